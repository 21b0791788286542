//! IPv4 addresses and networks.
//!
//! | form | what | example |
//! |---|---|---|
//! | `value` | the address, or the network in CIDR notation | `198.51.100.7`, `198.51.100.0/24` |
//! | `network` | whether it is a network | `false` |

use crate::indicator::{Indicator, IocType};
use crate::register;
use crate::registry::{Forms, TemplatePlugin};

register!(TemplatePlugin {
    name: "ipv4/network_connection_windows",
    ioc_type: IocType::Ipv4,
    primary: true,
    tagged: &[],
    needs: &[],
    source: include_str!("../../templates/ipv4/network_connection_windows.yml.j2"),
    forms,
});

register!(TemplatePlugin {
    name: "ipv4/network_connection_linux",
    ioc_type: IocType::Ipv4,
    primary: false,
    tagged: &[],
    needs: &[],
    source: include_str!("../../templates/ipv4/network_connection_linux.yml.j2"),
    forms,
});

register!(TemplatePlugin {
    name: "ipv4/firewall",
    ioc_type: IocType::Ipv4,
    primary: false,
    tagged: &[],
    needs: &[],
    source: include_str!("../../templates/ipv4/firewall.yml.j2"),
    forms,
});

register!(TemplatePlugin {
    name: "ipv4/proxy",
    ioc_type: IocType::Ipv4,
    primary: false,
    tagged: &[],
    needs: &[],
    source: include_str!("../../templates/ipv4/proxy.yml.j2"),
    forms,
});

register!(TemplatePlugin {
    name: "ipv4/webserver",
    ioc_type: IocType::Ipv4,
    primary: false,
    tagged: &[],
    needs: &[],
    source: include_str!("../../templates/ipv4/webserver.yml.j2"),
    forms,
});

register!(TemplatePlugin {
    name: "ipv4/zeek_conn",
    ioc_type: IocType::Ipv4,
    primary: false,
    tagged: &[],
    needs: &[],
    source: include_str!("../../templates/ipv4/zeek_conn.yml.j2"),
    forms,
});

fn forms(indicator: &Indicator) -> Forms {
    Forms::new()
        .text("value", indicator.ioc.to_string())
        .flag("network", indicator.ioc.is_network())
}

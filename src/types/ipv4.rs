//! IPv4 addresses and networks.
//!
//! | form | what | example |
//! |---|---|---|
//! | `value` | the address, or the network in CIDR notation | `198.51.100.7`, `198.51.100.0/24` |
//! | `network` | whether it is a network | `false` |

use crate::guard;
use crate::indicator::{Indicator, IocType, Parse, TypePlugin, parse};
use crate::registry::{Forms, TemplatePlugin};
use crate::{register, register_type};

pub(crate) static IPV4: TypePlugin = TypePlugin {
    name: "ipv4",
    title: "IPv4",
    order: 1,
    is_default: true,
    parse: Parse::Whole(parse::ipv4),
    names: &["ipv4", "ipv4addr", "ipv4address", "ipv4cidr"],
    stix: &["ipv4-addr:value"],
    warninglists: &["ip-src", "ip-dst", "ip"],
    ttl_days: Some(30),
    guard: guard::reserved,
    derive: forms,
    samples: &["198.51.100.7", "198.51.100.0/24", "203.0.113.255"],
    starter: "{% if network %}\n    FIELD|cidr: {{ value|sigma }}\n{% else %}\n    FIELD: {{ value|sigma }}\n{% endif %}\n",
    starter_field: "address",
    ..TypePlugin::NEW
};

register_type!(IPV4);

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

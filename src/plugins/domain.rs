//! Domain names.
//!
//! | form | what | example |
//! |---|---|---|
//! | `value` | the name | `evil.example` |
//! | `subdomains` | the ending of every name below it | `.evil.example` |
//! | `with_port` | the name as it stands before a port, which the host of a CONNECT request has | `evil.example:` |
//! | `subdomains_with_port` | the same of every name below it | `.evil.example:` |

use crate::indicator::{Indicator, IocType};
use crate::register;
use crate::registry::{Forms, TemplatePlugin};

register!(TemplatePlugin {
    name: "domain/dns_query_windows",
    ioc_type: IocType::Domain,
    primary: true,
    tagged: &[],
    needs: &[],
    source: include_str!("../../templates/domain/dns_query_windows.yml.j2"),
    forms,
});

register!(TemplatePlugin {
    name: "domain/dns",
    ioc_type: IocType::Domain,
    primary: false,
    tagged: &[],
    needs: &[],
    source: include_str!("../../templates/domain/dns.yml.j2"),
    forms,
});

register!(TemplatePlugin {
    name: "domain/proxy",
    ioc_type: IocType::Domain,
    primary: false,
    tagged: &[],
    needs: &[],
    source: include_str!("../../templates/domain/proxy.yml.j2"),
    forms,
});

register!(TemplatePlugin {
    name: "domain/network_connection_windows",
    ioc_type: IocType::Domain,
    primary: false,
    tagged: &[],
    needs: &[],
    source: include_str!("../../templates/domain/network_connection_windows.yml.j2"),
    forms,
});

register!(TemplatePlugin {
    name: "domain/zeek_dns",
    ioc_type: IocType::Domain,
    primary: false,
    tagged: &[],
    needs: &[],
    source: include_str!("../../templates/domain/zeek_dns.yml.j2"),
    forms,
});

fn forms(indicator: &Indicator) -> Forms {
    let value = indicator.ioc.to_string();
    Forms::new()
        .text("subdomains", format!(".{value}"))
        .text("with_port", format!("{value}:"))
        .text("subdomains_with_port", format!(".{value}:"))
        .text("value", value)
}

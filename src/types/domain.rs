//! Domain names.
//!
//! | derived value | what | example |
//! |---|---|---|
//! | `value` | the name | `evil.example` |
//! | `subdomains` | the ending of every name below it | `.evil.example` |
//! | `with_port` | the name as it stands before a port, which the host of a CONNECT request has | `evil.example:` |
//! | `subdomains_with_port` | the same of every name below it | `.evil.example:` |

use crate::derived::DerivedValues;
use crate::indicator::{Indicator, Ioc, Parse, TypePlugin, parse};
use crate::reason::Reason;
use crate::{register_template, register_type};

pub(crate) static DOMAIN: TypePlugin = TypePlugin {
    name: "domain",
    title: "Domain",
    order: 3,
    is_default: true,
    parse: Parse::Whole(parse::domain_name),
    names: &["domain", "domainname", "fqdn", "domains"],
    misp: &["domain"],
    stix: &["domain-name:value"],
    warninglists: &["hostname", "onion-address"],
    ttl_days: Some(90),
    guard,
    derive: derived,
    samples: &["evil.example", "a.evil.example"],
    more_samples: || {
        ["x", "y"]
            .map(|end| "abcdefgh.".repeat(20) + "evil" + end + ".example")
            .into()
    },
    starter: "    - FIELD: {{ value|sigma }}\n    - FIELD|endswith: {{ subdomains|sigma }}\n",
    starter_field: "name",
    ..TypePlugin::NEW
};

register_type!(DOMAIN);

register_template!("../../templates/domain/dns_query_windows.yml.j2");
register_template!("../../templates/domain/dns.yml.j2");
register_template!("../../templates/domain/proxy.yml.j2");
register_template!("../../templates/domain/network_connection_windows.yml.j2");
register_template!("../../templates/domain/zeek_dns.yml.j2");

/// Names under which anyone can register, and those of providers whose customers have names below them.
fn guard(ioc: &Ioc) -> Option<(Reason, Option<String>)> {
    match ioc {
        Ioc::Domain(name) if name.is_public_suffix() => Some((Reason::PublicSuffix, None)),
        Ioc::Domain(name) if name.is_parent_of_suffixes() => Some((
            Reason::PublicSuffix,
            Some("public suffixes are below it".to_owned()),
        )),
        _ => None,
    }
}

fn derived(indicator: &Indicator) -> DerivedValues {
    let value = indicator.ioc.to_string();
    DerivedValues::new()
        .text("subdomains", format!(".{value}"))
        .text("with_port", format!("{value}:"))
        .text("subdomains_with_port", format!(".{value}:"))
        .text("value", value)
}

//! IPv4 addresses and networks.
//!
//! | derived value | what | example |
//! |---|---|---|
//! | `value` | the address, or the network in CIDR notation | `198.51.100.7`, `198.51.100.0/24` |
//! | `network` | whether it is a network | `false` |
//! | `spellings` | the same as `value`: logs spell it in one way | `198.51.100.7` |

use crate::derived::DerivedValues;
use crate::guard;
use crate::indicator::{Indicator, Parse, TypePlugin, parse};
use crate::register_type;

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
    derive: derived,
    samples: &["198.51.100.7", "198.51.100.0/24", "203.0.113.255"],
    starter: "{% if network %}\n    FIELD|cidr: {{ value|sigma }}\n{% else %}\n    FIELD: {{ value|sigma }}\n{% endif %}\n",
    starter_field: "address",
    ..TypePlugin::NEW
};

register_type!(IPV4);

fn derived(indicator: &Indicator) -> DerivedValues {
    let value = indicator.ioc.to_string();
    DerivedValues::new()
        .text("spellings", value.clone())
        .text("value", value)
        .flag("network", indicator.ioc.is_network())
}

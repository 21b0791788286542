//! IPv6 addresses and networks.
//!
//! | derived value | what | example |
//! |---|---|---|
//! | `value` | RFC 5952, or the network in CIDR notation | `2001:db8::1`, `2001:db8::/32` |
//! | `network` | whether it is a network | `false` |
//! | `spellings` | RFC 5952, and as Sysmon writes it: no group left out; of an address only | `2001:db8::1`, `2001:db8:0:0:0:0:0:1` |
//! | `display` | for titles, in upper case | `2001:DB8::1` |

use crate::derived::DerivedValues;
use crate::guard;
use crate::indicator::{Indicator, Ioc, Parse, TypePlugin, expanded, parse};
use crate::register_type;

pub(crate) static IPV6: TypePlugin = TypePlugin {
    name: "ipv6",
    title: "IPv6",
    order: 2,
    is_default: true,
    parse: Parse::Whole(parse::ipv6),
    names: &["ipv6", "ipv6addr", "ipv6address", "ipv6cidr"],
    stix: &["ipv6-addr:value"],
    warninglists: &["ip-src", "ip-dst", "ip"],
    ttl_days: Some(30),
    guard: guard::reserved,
    derive: derived,
    samples: &["2001:db8::1", "2001:db8::/32", "2001:db8:1:2:3:4:5:6"],
    starter: "{% if network %}\n    FIELD|cidr: {{ value|sigma }}\n{% else %}\n    FIELD: {{ spellings|sigma }}\n{% endif %}\n",
    starter_field: "address",
    ..TypePlugin::NEW
};

register_type!(IPV6);

fn derived(indicator: &Indicator) -> DerivedValues {
    let value = indicator.ioc.to_string();
    let mut spellings = vec![value.clone()];
    if let Ioc::Ipv6(net) = &indicator.ioc {
        let full = expanded(net.addr());
        if full != value {
            spellings.push(full);
        }
    }
    DerivedValues::new()
        .text("display", value.to_uppercase())
        .text("value", value)
        .flag("network", indicator.ioc.is_network())
        .texts("spellings", spellings)
}

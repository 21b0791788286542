//! `hosts` files (hosts(5)): an address that leads nowhere, and the names that are sent there.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::line::{Line, Value, host};

/// The names by which a machine knows itself and its neighbours (`/etc/hosts` of Debian, Fedora, macOS and Windows): every
/// such file opens with them.
const OWN_NAMES: [&str; 17] = [
    "localhost",
    "localhost.localdomain",
    "localhost4",
    "localhost4.localdomain4",
    "localhost6",
    "localhost6.localdomain6",
    "local",
    "broadcasthost",
    "ip6-localhost",
    "ip6-loopback",
    "ip6-localnet",
    "ip6-mcastprefix",
    "ip6-allnodes",
    "ip6-allrouters",
    "ip6-allhosts",
    "0.0.0.0",
    "127.0.0.1",
];

/// Reads `ADDRESS NAME…`. `None` where the address is one that somebody may have.
pub(super) fn read<'a>(address: &str, text: &'a str) -> Option<Line<'a>> {
    let names = || {
        let rest = text[address.len()..].split('#').next().unwrap_or_default();
        rest.split_whitespace()
            .take_while(|name| !name.starts_with(';'))
    };
    if !is_address(address) {
        return None;
    }
    if names().next().is_some() && names().all(is_own) {
        return Some(Line::Header);
    }
    if !is_sinkhole(address) || !names().all(is_like_a_name) || !names().any(is_dotted) {
        return None;
    }
    let values: Vec<Value<'_>> = names().filter(|name| !is_own(name)).map(host).collect();
    Some(Line::Rule(values))
}

/// Reads `0.0.0.0one.example`, where the space between the address and the name is lost.
pub(super) fn glued(text: &str) -> Option<Line<'_>> {
    let name = ["0.0.0.0", "127.0.0.1"]
        .iter()
        .find_map(|address| text.strip_prefix(address))?;
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.contains('.');
    (is_name
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_')))
    .then(|| Line::Rule(vec![host(name)]))
}

fn is_own(name: &str) -> bool {
    OWN_NAMES.iter().any(|own| own.eq_ignore_ascii_case(name))
}

/// Whether a word is an address at all: most lines end here, by their first byte.
fn is_address(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_hexdigit() || c == ':')
        && (word == "0"
            || word.parse::<Ipv4Addr>().is_ok()
            || (word.contains(':') && ipv6(word).is_some()))
}

fn ipv6(word: &str) -> Option<Ipv6Addr> {
    word.split('%').next()?.parse().ok()
}

/// An address that leads nowhere, or to the machine itself. A short form writes `0`.
pub(super) fn is_sinkhole(word: &str) -> bool {
    if let Ok(address) = word.parse::<Ipv4Addr>() {
        return address.octets()[0] == 0 || address.is_loopback();
    }
    word == "0"
        || ipv6(word).is_some_and(|address| {
            let v4 = address.to_ipv4_mapped();
            address.is_unspecified()
                || address.is_loopback()
                || v4.is_some_and(|v4| v4.is_unspecified() || v4.is_loopback())
        })
}

/// A dot between labels; the one at the end of a sentence does not count.
fn is_dotted(name: &str) -> bool {
    name.trim_end_matches('.').contains('.')
}

fn is_like_a_name(name: &str) -> bool {
    name.chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '*' | '[' | ']'))
}

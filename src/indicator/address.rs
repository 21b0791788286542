//! IPv4 and IPv6 addresses and networks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::refusal::Refusal;
use crate::reason::Reason;

/// What an address stands for, once ports, brackets and host bits are off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) net: IpNet,
    pub(crate) port: Option<u16>,
    /// The prefix had bits set behind it, as in `198.51.100.9/24`.
    pub(crate) host_bits: bool,
}

/// Reads `a.b.c.d`, `a.b.c.d:port`, `a.b.c.d/n`, an IPv6 address, `[v6]`, `[v6]:port` or `v6/n`.
///
/// `None` where the text does not look like an address at all; an error where it does and is not an address.
pub(crate) fn parse(text: &str) -> Option<Result<Address, Refusal>> {
    if looks_like_ipv4(text) {
        return Some(ipv4(text).ok_or_else(|| Refusal::new(Reason::InvalidAddress)));
    }
    if looks_like_ipv6(text) {
        return Some(ipv6(text).ok_or_else(|| Refusal::new(Reason::InvalidAddress)));
    }
    None
}

/// Digits and dots, three dots, then at most a port or a prefix length.
fn looks_like_ipv4(text: &str) -> bool {
    let host = text.split(['/', ':']).next().unwrap_or_default();
    let tail = &text[host.len()..];
    host.bytes().filter(|b| *b == b'.').count() == 3
        && host.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && (tail.is_empty() || tail[1..].bytes().all(|b| b.is_ascii_digit() || b == b'.'))
}

/// Hexadecimal digits and at least two colons, perhaps in brackets.
fn looks_like_ipv6(text: &str) -> bool {
    let inside = match text.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => text.split(['/', '%']).next().unwrap_or_default(),
    };
    inside.bytes().filter(|b| *b == b':').count() >= 2
        && inside.split('%').next().is_some_and(|address| {
            address
                .bytes()
                .all(|b| b.is_ascii_hexdigit() || b == b':' || b == b'.')
        })
}

fn ipv4(text: &str) -> Option<Address> {
    if let Some((address, port)) = text.split_once(':') {
        return Some(Address {
            net: IpNet::V4(single_v4(quad(address)?)),
            port: Some(super::port::parse(port)?),
            host_bits: false,
        });
    }
    match text.split_once('/') {
        None => Some(Address {
            net: IpNet::V4(single_v4(quad(text)?)),
            port: None,
            host_bits: false,
        }),
        Some((address, prefix)) => {
            let net = match prefix.contains('.') {
                true => Ipv4Net::with_netmask(quad(address)?, quad(prefix)?).ok()?,
                false => Ipv4Net::new(quad(address)?, prefix.parse().ok()?).ok()?,
            };
            Some(Address {
                net: IpNet::V4(net.trunc()),
                port: None,
                host_bits: net.addr() != net.network(),
            })
        }
    }
}

/// A dotted quad in decimal; leading zeros, which the standard library refuses, carry no meaning.
pub(crate) fn quad(text: &str) -> Option<Ipv4Addr> {
    let mut octets = [0u8; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        let part = parts.next()?;
        if part.is_empty() || part.len() > 3 || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        *octet = part.parse().ok()?;
    }
    parts.next().is_none().then(|| Ipv4Addr::from(octets))
}

fn ipv6(text: &str) -> Option<Address> {
    if let Some(rest) = text.strip_prefix('[') {
        let (address, tail) = rest.split_once(']')?;
        let port = match tail.strip_prefix(':') {
            Some(port) => Some(super::port::parse(port)?),
            None if tail.is_empty() => None,
            None => return None,
        };
        let (net, _) = fold_mapped(Ipv6Net::new(zoneless(address)?, 128).ok()?);
        return Some(Address {
            net,
            port,
            host_bits: false,
        });
    }
    let net = match text.split_once('/') {
        None => Ipv6Net::new(zoneless(text)?, 128).ok()?,
        Some((address, prefix)) => {
            Ipv6Net::new(address.parse().ok()?, prefix.parse().ok()?).ok()?
        }
    };
    let (net, host_bits) = fold_mapped(net);
    Some(Address {
        net,
        port: None,
        host_bits,
    })
}

/// An address without its zone: `fe80::1%eth0` is `fe80::1`, on the interface of somebody else.
fn zoneless(text: &str) -> Option<Ipv6Addr> {
    text.split('%').next()?.parse().ok()
}

/// Clears the host bits, and makes an IPv4-mapped network (RFC 4291, section 2.5.5.2) the IPv4 one.
fn fold_mapped(net: Ipv6Net) -> (IpNet, bool) {
    if let (Some(v4), 96..) = (net.addr().to_ipv4_mapped(), net.prefix_len())
        && let Ok(inner) = Ipv4Net::new(v4, net.prefix_len() - 96)
    {
        return (IpNet::V4(inner.trunc()), inner.addr() != inner.network());
    }
    (IpNet::V6(net.trunc()), net.addr() != net.network())
}

fn single_v4(address: Ipv4Addr) -> Ipv4Net {
    Ipv4Net::from(address)
}

/// The IPv6 address as Sysmon writes it: lower case, no group left out.
///
/// ```text
/// 2001:db8::1  →  2001:db8:0:0:0:0:0:1
/// ```
pub(crate) fn expanded(address: Ipv6Addr) -> String {
    address
        .segments()
        .map(|segment| format!("{segment:x}"))
        .join(":")
}

/// The text of a network: the address alone where it holds one address only.
pub(crate) fn canonical(net: &IpNet) -> String {
    match net.prefix_len() == net.max_prefix_len() {
        true => match net.addr() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => rfc5952(address),
        },
        false => match net {
            IpNet::V4(net) => net.to_string(),
            IpNet::V6(net) => format!("{}/{}", rfc5952(net.network()), net.prefix_len()),
        },
    }
}

/// RFC 5952, section 4. The standard library writes it so, but for the IPv4-mapped form, which never gets here.
pub(crate) fn rfc5952(address: Ipv6Addr) -> String {
    address.to_string()
}

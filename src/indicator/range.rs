//! From a range of addresses, or an address and a mask, to the networks that hold exactly these addresses.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net, Ipv4Subnets, Ipv6Net, Ipv6Subnets};

use super::refusal::Refusal;
use crate::reason::Reason;

/// The most addresses of an IPv4 range: those of a /16.
const MAX_V4: u32 = 1 << 16;

/// The most addresses of an IPv6 range: those of a /48.
const MAX_V6: u128 = 1 << 80;

/// The smallest networks that together hold every address from `start` to `end`, both included, and no other, in
/// ascending order.
///
/// # Errors
/// [`Reason::RangeTooWide`] where the two are not of one family, the end lies before the start, or the range has more than
/// 65,536 addresses (IPv6: more than a /48).
pub(crate) fn networks(start: IpAddr, end: IpAddr) -> Result<Vec<IpNet>, Refusal> {
    match (start.to_canonical(), end.to_canonical()) {
        (IpAddr::V4(start), IpAddr::V4(end)) => {
            let count = u32::from(end).checked_sub(u32::from(start));
            match count.ok_or_else(backwards)? {
                0..MAX_V4 => Ok(Ipv4Subnets::new(start, end, 0).map(IpNet::V4).collect()),
                more => Err(too_many(u128::from(more) + 1)),
            }
        }
        (IpAddr::V6(start), IpAddr::V6(end)) => {
            let count = u128::from(end).checked_sub(u128::from(start));
            match count.ok_or_else(backwards)? {
                0..MAX_V6 => Ok(Ipv6Subnets::new(start, end, 0).map(IpNet::V6).collect()),
                more => Err(too_many(more.saturating_add(1))),
            }
        }
        _ => Err(refused("an IPv4 and an IPv6 address")),
    }
}

/// The network of an address and a mask: `255.255.255.192`, `/26` or `26`. Bits of the address behind the prefix are
/// cleared.
///
/// # Errors
/// [`Reason::InvalidAddress`] where the mask is not one of the address's family, [`Reason::RangeTooWide`] where the network
/// has more than 65,536 addresses (IPv6: more than a /48).
pub(crate) fn masked(address: IpAddr, mask: &str) -> Result<IpNet, Refusal> {
    let mask = mask.trim();
    let digits = mask.strip_prefix('/').unwrap_or(mask).trim_start();
    let invalid = || Refusal::new(Reason::InvalidAddress).detail("not a mask of this address");
    let net = match (address.to_canonical(), digits.parse::<Ipv4Addr>()) {
        (IpAddr::V4(address), Ok(mask)) => {
            IpNet::V4(Ipv4Net::with_netmask(address, mask).map_err(|_| invalid())?)
        }
        (IpAddr::V4(address), Err(_)) => {
            IpNet::V4(Ipv4Net::new(address, length(digits)?).map_err(|_| invalid())?)
        }
        (IpAddr::V6(address), _) => {
            IpNet::V6(Ipv6Net::new(address, length(digits)?).map_err(|_| invalid())?)
        }
    };
    let widest = match net {
        IpNet::V4(_) => 16,
        IpNet::V6(_) => 48,
    };
    match net.prefix_len() < widest {
        true => Err(refused(format!("/{}", net.prefix_len()))),
        false => Ok(net.trunc()),
    }
}

/// A prefix length: digits and nothing else.
fn length(digits: &str) -> Result<u8, Refusal> {
    let plain = digits.bytes().all(|b| b.is_ascii_digit());
    let length = digits.parse().ok().filter(|_| plain);
    length.ok_or_else(|| Refusal::new(Reason::InvalidAddress).detail("not a mask of this address"))
}

fn backwards() -> Refusal {
    refused("the end is before the start")
}

fn too_many(count: u128) -> Refusal {
    refused(format!("{count} addresses"))
}

fn refused(detail: impl Into<String>) -> Refusal {
    Refusal::new(Reason::RangeTooWide).detail(detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::Ipv6Addr;

    fn read(start: &str, end: &str) -> String {
        match networks(start.parse().unwrap(), end.parse().unwrap()) {
            Ok(networks) => {
                let texts: Vec<_> = networks.iter().map(ToString::to_string).collect();
                texts.join(" ")
            }
            Err(refusal) => refusal.reason.code().to_owned(),
        }
    }

    #[test]
    fn a_range_becomes_the_fewest_networks() {
        for (start, end, expected) in [
            ("203.0.113.0", "203.0.113.255", "203.0.113.0/24"),
            ("198.51.100.7", "198.51.100.7", "198.51.100.7/32"),
            (
                "198.51.100.5",
                "198.51.100.9",
                "198.51.100.5/32 198.51.100.6/31 198.51.100.8/31",
            ),
            ("11.0.0.0", "11.0.255.255", "11.0.0.0/16"),
            ("11.0.0.0", "11.1.0.0", "range_too_wide"),
            ("0.0.0.0", "255.255.255.255", "range_too_wide"),
            ("255.255.255.254", "255.255.255.255", "255.255.255.254/31"),
            ("198.51.100.9", "198.51.100.5", "range_too_wide"),
            ("198.51.100.9", "2001:db8::1", "range_too_wide"),
            ("::ffff:198.51.100.0", "198.51.100.3", "198.51.100.0/30"),
            (
                "2001:db8::",
                "2001:db8:0:ffff:ffff:ffff:ffff:ffff",
                "2001:db8::/48",
            ),
            ("2001:db8::", "2001:db8:1::", "range_too_wide"),
            (
                "::",
                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                "range_too_wide",
            ),
            (
                "2001:db8::1",
                "2001:db8::2",
                "2001:db8::1/128 2001:db8::2/128",
            ),
        ] {
            assert_eq!(read(start, end), expected, "{start} - {end}");
        }
    }

    #[test]
    fn a_mask_is_a_prefix_in_other_words() {
        let read = |address: &str, mask| match masked(address.parse().unwrap(), mask) {
            Ok(net) => net.to_string(),
            Err(refusal) => refusal.reason.code().to_owned(),
        };
        for (address, mask, expected) in [
            ("203.0.113.64", "255.255.255.192", "203.0.113.64/26"),
            ("203.0.113.70", " /26", "203.0.113.64/26"),
            ("203.0.113.0", "24", "203.0.113.0/24"),
            ("203.0.113.7", "255.255.255.255", "203.0.113.7/32"),
            ("2001:db8::7", "64", "2001:db8::/64"),
            ("203.0.113.0", "255.0.255.0", "invalid_address"),
            ("203.0.113.0", "33", "invalid_address"),
            ("203.0.113.0", "+24", "invalid_address"),
            ("203.0.113.0", "", "invalid_address"),
            ("203.0.113.0", "ffffff00", "invalid_address"),
            ("2001:db8::7", "255.255.0.0", "invalid_address"),
            ("11.0.0.0", "255.254.0.0", "range_too_wide"),
            ("2001:db8::", "47", "range_too_wide"),
        ] {
            assert_eq!(read(address, mask), expected, "{address} {mask}");
        }
    }

    /// The bounds of a network, as numbers.
    fn bounds(net: &IpNet) -> (u128, u128) {
        let number = |address| match address {
            IpAddr::V4(address) => u128::from(u32::from(address)),
            IpAddr::V6(address) => u128::from(address),
        };
        let last = match net {
            IpNet::V4(net) => IpAddr::V4(net.broadcast()),
            IpNet::V6(net) => IpAddr::V6(net.broadcast()),
        };
        (number(net.network()), number(last))
    }

    proptest! {
        #[test]
        fn the_networks_hold_the_range_and_nothing_else(start: u32, length in 0u32..MAX_V4, high: u128, wide in 0..MAX_V6) {
            let end = start.saturating_add(length);
            let v4 = (u128::from(start), u128::from(end), IpAddr::V4(start.into()), IpAddr::V4(end.into()));
            let last = high.saturating_add(wide);
            let v6 = (high, last, IpAddr::V6(Ipv6Addr::from(high)), IpAddr::V6(Ipv6Addr::from(last)));
            for (first, last, start, end) in [v4, v6] {
                let nets = networks(start, end).unwrap();
                let mut next = Some(first);
                for net in &nets {
                    let (from, to) = bounds(net);
                    prop_assert_eq!(Some(from), next);
                    next = to.checked_add(1);
                }
                prop_assert_eq!(bounds(nets.last().unwrap()).1, last);
                // No two neighbours would be one network.
                prop_assert_eq!(IpNet::aggregate(&nets).len(), nets.len());
            }
        }
    }
}

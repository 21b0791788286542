//! The guard: which indicators would match too much, or are over.
//!
//! Documentation ranges (RFC 5737, RFC 3849) are kept: examples and tests are made of them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use chrono::{DateTime, Utc};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::indicator::{Host, Indicator, Ioc};
use crate::reason::Reason;

/// The verdict on an indicator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It becomes a rule.
    Keep,
    /// It does not, for this reason; with the range or date that decided, where there is one.
    Drop(Reason, Option<String>),
}

/// What the guard looks at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct GuardSettings {
    /// Whether it looks at values at all.
    pub on: bool,
    /// Whether indicators that their producer calls revoked or expired pass.
    pub keep_expired: bool,
    /// The moment at which validity is judged.
    pub now: DateTime<Utc>,
}

/// Judges one indicator.
pub(crate) fn judge(indicator: &Indicator, settings: &GuardSettings) -> Verdict {
    if !settings.on {
        return Verdict::Keep;
    }
    if !settings.keep_expired {
        if indicator.revoked {
            return Verdict::Drop(Reason::Revoked, None);
        }
        if let Some(end) = indicator.valid_until.filter(|end| *end < settings.now) {
            return Verdict::Drop(Reason::Expired, Some(end.format("%Y-%m-%d").to_string()));
        }
    }
    match (indicator.ioc.ioc_type().plugin().guard)(&indicator.ioc) {
        None => Verdict::Keep,
        Some((reason, detail)) => Verdict::Drop(reason, detail),
    }
}

/// The ranges that no address or network may be of, nor the host of a URL.
pub(crate) fn reserved(ioc: &Ioc) -> Option<(Reason, Option<String>)> {
    match ioc {
        Ioc::Ipv4(net) => network((*net).into()),
        Ioc::Ipv6(net) => network((*net).into()),
        Ioc::Url(url) => match url.host() {
            Host::Ipv4(address) => network(IpNet::from(IpAddr::V4(*address))),
            Host::Ipv6(address) => network(IpNet::from(IpAddr::V6(*address))),
            Host::Domain(_) => None,
        },
        _ => None,
    }
}

/// The ranges that are on every network, by the IANA special-purpose address registries.
const V4_RANGES: [(Ipv4Addr, u8, Reason); 9] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8, Reason::UnspecifiedAddress),
    (Ipv4Addr::new(10, 0, 0, 0), 8, Reason::PrivateAddress),
    (Ipv4Addr::new(100, 64, 0, 0), 10, Reason::SharedAddress),
    (Ipv4Addr::new(127, 0, 0, 0), 8, Reason::LoopbackAddress),
    (Ipv4Addr::new(169, 254, 0, 0), 16, Reason::LinkLocalAddress),
    (Ipv4Addr::new(172, 16, 0, 0), 12, Reason::PrivateAddress),
    (Ipv4Addr::new(192, 168, 0, 0), 16, Reason::PrivateAddress),
    (Ipv4Addr::new(224, 0, 0, 0), 4, Reason::MulticastAddress),
    (
        Ipv4Addr::new(255, 255, 255, 255),
        32,
        Reason::BroadcastAddress,
    ),
];

const V6_RANGES: [(Ipv6Addr, u8, Reason); 5] = [
    (Ipv6Addr::UNSPECIFIED, 128, Reason::UnspecifiedAddress),
    (Ipv6Addr::LOCALHOST, 128, Reason::LoopbackAddress),
    (
        Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0),
        7,
        Reason::PrivateAddress,
    ),
    (
        Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0),
        10,
        Reason::LinkLocalAddress,
    ),
    (
        Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0),
        8,
        Reason::MulticastAddress,
    ),
];

/// A network is dropped when it holds any part of a reserved range, too: it would fire on it.
fn network(net: IpNet) -> Option<(Reason, Option<String>)> {
    let widest = match net {
        IpNet::V4(_) => 8,
        IpNet::V6(_) => 16,
    };
    if net.prefix_len() < widest {
        return Some((
            Reason::NetworkTooWide,
            Some(format!("/{}", net.prefix_len())),
        ));
    }
    let ranges: Vec<(IpNet, Reason)> = match net {
        IpNet::V4(_) => V4_RANGES
            .iter()
            .map(|(address, length, reason)| {
                (Ipv4Net::new_assert(*address, *length).into(), *reason)
            })
            .collect(),
        IpNet::V6(_) => V6_RANGES
            .iter()
            .map(|(address, length, reason)| {
                (Ipv6Net::new_assert(*address, *length).into(), *reason)
            })
            .collect(),
    };
    ranges
        .into_iter()
        .find(|(range, _)| range.contains(&net) || net.contains(range))
        .map(|(range, reason)| (reason, Some(range.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::{Expect, IocType, parse, parse_as, parse_date};

    fn code(value: &str) -> &'static str {
        let parsed = parse(value)
            .or_else(|_| parse_as(Expect::Type(IocType::Domain), value))
            .unwrap();
        let settings = GuardSettings {
            on: true,
            keep_expired: false,
            now: Utc::now(),
        };
        match judge(&Indicator::new(parsed), &settings) {
            Verdict::Keep => "keep",
            Verdict::Drop(reason, _) => reason.code(),
        }
    }

    #[test]
    fn what_is_on_every_network_is_dropped() {
        for (value, verdict) in [
            ("10.1.2.3", "private_address"),
            ("172.31.255.255", "private_address"),
            ("172.32.0.0", "keep"),
            ("192.168.0.0/24", "private_address"),
            ("192.0.0.0/8", "private_address"),
            ("11.0.0.0/8", "keep"),
            ("100.64.0.1", "shared_address"),
            ("100.128.0.1", "keep"),
            ("127.0.0.1", "loopback_address"),
            ("169.254.1.1", "link_local_address"),
            ("224.0.0.1", "multicast_address"),
            ("239.255.255.255", "multicast_address"),
            ("0.0.0.0", "unspecified_address"),
            ("255.255.255.255", "broadcast_address"),
            ("16.0.0.0/7", "network_too_wide"),
            ("203.0.113.42", "keep"),
            ("::1", "loopback_address"),
            ("::", "unspecified_address"),
            ("fd00::1", "private_address"),
            ("fe80::1", "link_local_address"),
            ("ff02::1", "multicast_address"),
            ("2001::/15", "network_too_wide"),
            ("2001:db8::/16", "keep"),
            ("2001:db8::1", "keep"),
            ("http://127.0.0.1/a", "loopback_address"),
            ("http://[fd00::1]/a", "private_address"),
            ("http://198.51.100.7/a", "keep"),
            ("co.uk", "public_suffix"),
            ("github.io", "public_suffix"),
            ("evil.github.io", "keep"),
            ("ec2-198-51-100-7.compute-1.amazonaws.com", "keep"),
            ("compute-1.amazonaws.com", "public_suffix"),
            ("amazonaws.com", "public_suffix"),
            ("windows.net", "public_suffix"),
            ("googleapis.com", "public_suffix"),
            ("evil.ck", "public_suffix"),
            ("evil.example", "keep"),
            ("d41d8cd98f00b204e9800998ecf8427e", "empty_file"),
            ("da39a3ee5e6b4b0d3255bfef95601890afd80709", "empty_file"),
            (
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "empty_file",
            ),
            ("d41d8cd98f00b204e9800998ecf8427f", "keep"),
        ] {
            assert_eq!(code(value), verdict, "{value}");
        }
    }

    #[test]
    fn what_is_over_is_dropped_unless_kept() {
        let now = parse_date("2026-05-17").unwrap();
        let judged = |indicator: &Indicator, keep_expired, on| {
            judge(
                indicator,
                &GuardSettings {
                    on,
                    keep_expired,
                    now,
                },
            )
        };
        let plain = Indicator::new(parse("198.51.100.7").unwrap());
        let revoked = Indicator {
            revoked: true,
            ..plain.clone()
        };
        let expired = Indicator {
            valid_until: parse_date("2026-05-16"),
            ..plain.clone()
        };
        let valid = Indicator {
            valid_until: parse_date("2026-05-18"),
            ..plain
        };
        assert_eq!(
            judged(&revoked, false, true),
            Verdict::Drop(Reason::Revoked, None)
        );
        assert_eq!(
            judged(&expired, false, true),
            Verdict::Drop(Reason::Expired, Some("2026-05-16".to_owned()))
        );
        assert_eq!(judged(&valid, false, true), Verdict::Keep);
        assert_eq!(judged(&revoked, true, true), Verdict::Keep);
        assert_eq!(judged(&expired, true, true), Verdict::Keep);
        assert_eq!(judged(&expired, false, false), Verdict::Keep);
    }
}

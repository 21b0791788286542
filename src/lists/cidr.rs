//! Networks: what a network shares addresses with.

use ipnet::IpNet;

use super::entries::{EntryId, Hit};
use crate::indicator::{Expect, Ioc, parse_as};

/// Listed networks. Two networks are apart or one holds the other, so the widest ones are enough, and they are in one order.
#[derive(Debug, Default)]
pub(super) struct Networks {
    v4: Vec<Range>,
    v6: Vec<Range>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Range {
    first: u128,
    last: u128,
    entry: EntryId,
}

impl Networks {
    pub(super) fn add(&mut self, net: IpNet, entry: EntryId) {
        let (first, last) = ends(net);
        self.of(net).push(Range { first, last, entry });
    }

    /// Sorts the networks, and leaves out those that are inside another.
    pub(super) fn finish(&mut self) {
        for ranges in [&mut self.v4, &mut self.v6] {
            ranges.sort_unstable_by_key(|range| (range.first, u128::MAX - range.last, range.entry));
            let mut end = None;
            ranges.retain(|range| {
                let inside = end.is_some_and(|end| range.last <= end);
                if !inside {
                    end = Some(range.last);
                }
                !inside
            });
            ranges.shrink_to_fit();
        }
    }

    /// The entry that holds all of a network or a part of it.
    pub(super) fn hit(&self, net: IpNet) -> Option<Hit> {
        let ranges = match net {
            IpNet::V4(_) => &self.v4,
            IpNet::V6(_) => &self.v6,
        };
        let (first, last) = ends(net);
        let range = ranges.get(ranges.partition_point(|range| range.last < first))?;
        if range.first > last {
            return None;
        }
        Some(match range.first <= first && last <= range.last {
            true => Hit::On(range.entry),
            false => Hit::Within(range.entry),
        })
    }

    fn of(&mut self, net: IpNet) -> &mut Vec<Range> {
        match net {
            IpNet::V4(_) => &mut self.v4,
            IpNet::V6(_) => &mut self.v6,
        }
    }
}

fn ends(net: IpNet) -> (u128, u128) {
    match net {
        IpNet::V4(net) => (
            u128::from(net.network().to_bits()),
            u128::from(net.broadcast().to_bits()),
        ),
        IpNet::V6(net) => (net.network().to_bits(), net.broadcast().to_bits()),
    }
}

/// Reads an address or a network of any spelling. The network of all addresses is refused: a list with it would drop every address.
pub(super) fn network(text: &str) -> Option<IpNet> {
    let text = text.trim();
    let net = match text.parse::<std::net::Ipv4Addr>() {
        Ok(address) => IpNet::from(std::net::IpAddr::V4(address)),
        Err(_) => of_ioc(&parse_as(Expect::Address, text).ok()?.ioc)?,
    };
    (net.prefix_len() > 0).then_some(net)
}

/// The network that an indicator is.
pub(super) fn of_ioc(ioc: &Ioc) -> Option<IpNet> {
    match ioc {
        Ioc::Ipv4(net) => Some(IpNet::V4(*net)),
        Ioc::Ipv6(net) => Some(IpNet::V6(*net)),
        _ => None,
    }
}

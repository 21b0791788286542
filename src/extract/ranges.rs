//! Ranges of addresses and addresses with masks, in words.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use super::Candidate;
use super::spans::bare;
use super::words::Word;
use crate::indicator::{Expect, Ioc, Parsed, Refusal, parse_as, range, refang};

/// The range that these words of a line begin with, and how many of them it takes.
///
/// Known: `A - B`, `A-B`, `A–B`, `A-9` (the last number only), `A to B` in one /24, `A /26`, `A 255.255.255.192`,
/// `A 0.0.0.63`, `A mask 255.255.255.192`. Three addresses with dashes between are a list.
pub(super) fn at(line: &str, words: &[Word<'_>]) -> Option<(Candidate, usize)> {
    let first = words.first()?;
    if !first.text.contains(|c: char| c.is_ascii_digit()) || !first.text.contains(['.', ':', ']']) {
        return None;
    }
    let text = clean(first.text);
    if let Some((start, end)) = glued(&text) {
        return Some((of(&text, range::networks(start, end)), 1));
    }
    let start = address(&text)?;
    let second = words.get(1)?;
    // `A -> B` is a pair: the text between two words has to be white space.
    let spaced = |at: usize| {
        let (before, after) = (&words[at], &words[at + 1]);
        line[before.start + before.text.len()..after.start]
            .chars()
            .all(char::is_whitespace)
    };
    if !spaced(0) {
        return None;
    }
    let mark = second.text.trim_end_matches([',', ';', '.', ')']);
    if let Some(prefix) = mark.strip_prefix('/') {
        let digits = !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_digit());
        return digits.then(|| (with_mask(&text, start, mark), 2));
    }
    if is_mask(mark) {
        return Some((with_mask(&text, start, &prefix_of(mark)?), 2));
    }
    let third = clean(words.get(2).filter(|_| spaced(1))?.text);
    if ["mask", "netmask", "subnet"].contains(&mark) && is_mask(&third) {
        return Some((with_mask(&text, start, &prefix_of(&third)?), 3));
    }
    let end = address(&third)?;
    let is_range = match mark {
        // `A - B - C` is a list.
        _ if is_dash(mark) => {
            let next = words.get(3).is_some_and(|word| word.text == mark);
            !next
                || words
                    .get(4)
                    .is_none_or(|word| address(&clean(word.text)).is_none())
        }
        // Traffic goes from an address to another, too.
        "to" | "through" | "thru" | "until" => are_near(start, end),
        _ => false,
    };
    let shown = || format!("{text} {mark} {third}");
    is_range.then(|| (of(&shown(), range::networks(start, end)), 3))
}

/// Whether a word is what stands between the ends of a range.
pub(super) fn is_dash(word: &str) -> bool {
    matches!(word, "-" | "–" | "—" | ".." | "..." | "…")
}

fn clean(text: &str) -> String {
    let text = bare(text).trim_matches(['[', ']', '.', ',', ';', '(', ')']);
    refang(text).into_owned()
}

/// An address alone: no port, no prefix.
fn address(text: &str) -> Option<IpAddr> {
    let parsed = parse_as(Expect::Address, text).ok()?;
    if parsed.port.is_some() || parsed.ioc.is_network() || text.contains('/') {
        return None;
    }
    match parsed.ioc {
        Ioc::Ipv4(net) => Some(IpAddr::V4(net.addr())),
        Ioc::Ipv6(net) => Some(IpAddr::V6(net.addr())),
        _ => None,
    }
}

/// `198.51.100.5-198.51.100.9` and `198.51.100.5-9`.
fn glued(text: &str) -> Option<(IpAddr, IpAddr)> {
    let (start, end) = text.split_once(['-', '–', '—'])?;
    let start = address(start)?;
    if let Some(end) = address(end) {
        return Some((start, end));
    }
    let last: u8 = end
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| end.parse().ok())??;
    let IpAddr::V4(v4) = start else { return None };
    let [a, b, c, from] = v4.octets();
    (last >= from).then(|| (start, IpAddr::V4(Ipv4Addr::new(a, b, c, last))))
}

fn are_near(start: IpAddr, end: IpAddr) -> bool {
    match (start, end) {
        (IpAddr::V4(start), IpAddr::V4(end)) => {
            start.octets()[..3] == end.octets()[..3] && start < end
        }
        (IpAddr::V6(start), IpAddr::V6(end)) => {
            start.segments()[..4] == end.segments()[..4] && start < end
        }
        _ => false,
    }
}

/// `255.255.255.192`, or the same with its bits turned round, as access lists have it.
fn is_mask(text: &str) -> bool {
    prefix_of(text).is_some()
}

fn prefix_of(text: &str) -> Option<String> {
    let bits = u32::from(text.parse::<Ipv4Addr>().ok()?);
    let bits = match bits >> 24 {
        255 => bits,
        0 if bits != 0 => !bits,
        _ => return None,
    };
    (bits.leading_ones() + bits.trailing_zeros() == 32).then(|| bits.leading_ones().to_string())
}

fn with_mask(text: &str, start: IpAddr, mask: &str) -> Candidate {
    let shown = format!("{text}/{}", mask.trim_start_matches('/'));
    of(&shown, range::masked(start, mask).map(|net| vec![net]))
}

fn of(shown: &str, networks: Result<Vec<IpNet>, Refusal>) -> Candidate {
    let mut candidate = Candidate::new(shown, Err(Refusal::new(crate::Reason::RangeTooWide)));
    candidate.is_range = true;
    match networks {
        Err(refusal) => candidate.parsed = Err(refusal),
        Ok(networks) => {
            let mut networks = networks.into_iter().map(parsed);
            if let Some(first) = networks.next() {
                candidate.parsed = Ok(first);
            }
            candidate.more = networks.collect();
        }
    }
    candidate
}

fn parsed(net: IpNet) -> Parsed {
    Parsed {
        ioc: match net {
            IpNet::V4(net) => Ioc::Ipv4(net),
            IpNet::V6(net) => Ioc::Ipv6(net),
        },
        port: None,
        original: None,
        defanged: false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::words;
    use super::*;

    fn read(text: &str) -> String {
        let words: Vec<Word<'_>> = words(text).collect();
        let Some((candidate, taken)) = at(text, &words) else {
            return String::new();
        };
        let networks: Vec<String> = match &candidate.parsed {
            Ok(first) => std::iter::once(first)
                .chain(&candidate.more)
                .map(|parsed| parsed.ioc.to_string())
                .collect(),
            Err(refusal) => vec![refusal.reason.code().to_owned()],
        };
        format!("{taken}: {}", networks.join(" "))
    }

    #[test]
    fn ranges_and_masks() {
        for (text, expected) in [
            (
                "198.51.100.5 - 198.51.100.6",
                "3: 198.51.100.5 198.51.100.6",
            ),
            (
                "198.51.100[.]0 – 198.51.100[.]255 seen",
                "3: 198.51.100.0/24",
            ),
            ("198.51.100.4-198.51.100.7,", "1: 198.51.100.4/30"),
            ("198.51.100.4-7", "1: 198.51.100.4/30"),
            ("198.51.100.4 to 198.51.100.7", "3: 198.51.100.4/30"),
            ("198.51.100.4 to 203.0.113.7", ""),
            ("203.0.113.0 /26", "2: 203.0.113.0/26"),
            ("203.0.113.64 255.255.255.192", "2: 203.0.113.64/26"),
            ("203.0.113.64 0.0.0.63", "2: 203.0.113.64/26"),
            ("203.0.113.64 netmask 255.255.255.192", "3: 203.0.113.64/26"),
            ("2001:db8::1 - 2001:db8::2", "3: 2001:db8::1 2001:db8::2"),
            ("198.51.100.9 - 198.51.100.5", "3: range_too_wide"),
            ("198.51.100.9 - 2001:db8::1", "3: range_too_wide"),
            ("198.51.0.0 - 198.53.0.0", "3: range_too_wide"),
            ("198.51.100.5 - 198.51.100.6 - 198.51.100.9", ""),
            ("198.51.100.5 -> 198.51.100.6", ""),
            ("198.51.100.5 - scanner", ""),
            ("198.51.100.5-2024", ""),
            ("198.51.100.5:80 - 198.51.100.6", ""),
            ("203.0.113.0/24 - 203.0.113.9", ""),
            ("198.51.100.5 203.0.113.9", ""),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}

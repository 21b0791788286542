//! Sets of firewalls: `ipset restore` and `ipset save`, elements of nftables, rules of iptables that name a source, and the lists
//! of PeerGuardian, `Name of somebody:198.51.100.0-198.51.100.255`.
//!
//! Source of the syntax: ipset(8), nft(8), iptables(8); the format "P2P plaintext" of PeerGuardian, which pfBlockerNG reads too.

use super::line::{Line, Value, exception, refused};
use crate::indicator::{Expect, Parsed, Refusal, parse_as};
use crate::reason::Reason;

/// Reads a line that begins with a command of one of them.
pub(super) fn read<'a>(word: &str, text: &'a str) -> Option<Line<'a>> {
    let rest = text[word.len()..].trim_start();
    let next = rest.split_whitespace().next().unwrap_or_default();
    match word {
        "ipset" | "nft" | "iptables" | "ip6tables" => command(next, rest),
        _ => command(word, text),
    }
}

fn command<'a>(word: &str, text: &'a str) -> Option<Line<'a>> {
    let rest = text[word.len()..].trim_start();
    let next = rest.split_whitespace().next().unwrap_or_default();
    match word {
        "add" if next == "element" => elements(rest),
        "add" | "-A" if is_entry(rest) => Some(entry(rest)),
        "-A" | "-I" => rule(rest),
        "create" | "-N" | "flush" | "destroy" | "swap" | "-exist" if is_setting(word, rest) => {
            Some(Line::Header)
        }
        _ => None,
    }
}

/// The words of a command without the flags that its name may have behind it.
fn operands(rest: &str) -> impl Iterator<Item = &str> {
    rest.split_whitespace()
        .filter(|word| !matches!(*word, "-exist" | "-!" | "-quiet" | "-q"))
}

/// Whether an address stands where the entry of a set does.
fn is_entry(rest: &str) -> bool {
    operands(rest).nth(1).is_some_and(|entry| {
        entry.contains(['.', ':']) && (address(entry).is_ok() || is_range(entry))
    })
}

/// The range of a line of PeerGuardian.
pub(super) fn labelled_range(text: &str) -> Option<&str> {
    if !text.ends_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (label, range) = text.rsplit_once(':')?;
    let is_quads = range.len() <= 31 && range.bytes().filter(|byte| *byte == b'.').count() == 6;
    (!label.is_empty() && is_quads && is_range(range)).then_some(range)
}

/// `198.51.100.5-198.51.100.9`
fn is_range(text: &str) -> bool {
    text.split_once('-').is_some_and(|(start, end)| {
        parse_as(Expect::Address, start).is_ok() && parse_as(Expect::Address, end).is_ok()
    })
}

fn is_setting(word: &str, rest: &str) -> bool {
    let kind = rest.split_whitespace().nth(1);
    match word {
        "create" | "-N" => kind.is_some_and(|kind| kind.contains(':') || kind.ends_with("map")),
        "swap" => rest.split_whitespace().count() == 2,
        _ => rest.split_whitespace().count() <= 2,
    }
}

/// `SET ENTRY option…`
fn entry(rest: &str) -> Line<'_> {
    let mut words = operands(rest).skip(1);
    let given = words.next().unwrap_or_default();
    let value = match words.any(|word| word == "nomatch") {
        true => exception(given, "nomatch"),
        false if is_range(given) => return Line::Text(given),
        false => (given, address(given)),
    };
    Line::Rule(vec![value])
}

/// An address or a network, with what a set may have beside it: `198.51.100.7,tcp:443`, `198.51.100.0/24,eth0`.
fn address(text: &str) -> Result<Parsed, Refusal> {
    let Some((address, beside)) = text.split_once(',') else {
        return parse_as(Expect::Address, text);
    };
    let mut parsed = parse_as(Expect::Address, address)?;
    let port = beside.rsplit(':').next().unwrap_or_default();
    parsed.port = parsed.port.or(port.parse().ok().filter(|port| *port != 0));
    Ok(parsed)
}

/// `element family table set { address, address timeout 1h }`
fn elements(rest: &str) -> Option<Line<'_>> {
    let inside = rest.split_once('{')?.1;
    let inside = inside.split('}').next().unwrap_or(inside);
    let values: Vec<Value<'_>> = inside
        .split(',')
        .filter_map(|part| part.split_whitespace().next())
        .map(|entry| (entry, parse_as(Expect::Address, entry)))
        .collect();
    Some(Line::Rule(values))
}

/// `CHAIN -s ADDRESS -j DROP`
fn rule(rest: &str) -> Option<Line<'_>> {
    let behind = |names: &[&str]| {
        let mut words = rest.split_whitespace();
        words.find(|word| names.contains(word))?;
        words.next()
    };
    let target = behind(&["-j", "--jump", "-g"])?;
    let hosts = [
        behind(&["-s", "--source", "--src"]),
        behind(&["-d", "--destination", "--dst"]),
    ];
    let blocks = ["DROP", "REJECT", "TARPIT"].contains(&target);
    let value = |given| match (blocks, target) {
        (true, _) => (given, parse_as(Expect::Address, given)),
        (false, "ACCEPT" | "RETURN") => exception(given, target),
        // A chain of its own, which may do anything.
        (false, _) => refused(
            given,
            Reason::UnsupportedType,
            "a rule that blocks nothing itself",
        ),
    };
    let values: Vec<Value<'_>> = hosts.into_iter().flatten().map(value).collect();
    Some(Line::Rule(values))
}

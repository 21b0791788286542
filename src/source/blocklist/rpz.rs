//! Response policy zones: zone files (RFC 1035, section 5) whose names are triggers and whose records are actions.
//!
//! Source of the meaning: the Internet-Draft "DNS Response Policy Zones" (draft-vixie-dnsop-dns-rpz), sections 3 to 5.

use super::hosts;
use super::line::{Line, Value, exception, host, refused};
use crate::indicator::{Expect, Refusal, parse_as};
use crate::reason::Reason;

/// What the lines of a zone before say about the next.
#[derive(Debug, Default)]
pub(super) struct Zone {
    /// The zone's own name, without dots around it: it stands behind the triggers.
    origin: String,
    /// Inside the parentheses of a record that goes over several lines.
    open: bool,
}

/// A line of a zone file.
struct Record<'a> {
    /// The name; empty where the line leaves it to the one before.
    owner: &'a str,
    kind: &'a str,
    data: &'a str,
}

/// Reads a line as a record. Alone, without a zone, it has to be one that only a policy has: what else has a name and an
/// address may be an answer that somebody noted down.
pub(super) fn read<'a>(text: &'a str, zone: Option<&mut Zone>) -> Option<Line<'a>> {
    let alone = zone.is_none();
    let mut unknown = Zone::default();
    let zone = zone.unwrap_or(&mut unknown);
    if zone.open {
        zone.open = !text.split(';').next().unwrap_or_default().contains(')');
        return Some(Line::Header);
    }
    if text.starts_with(';') {
        return Some(Line::Header);
    }
    if let Some(directive) = text.strip_prefix('$') {
        return directive_of(directive, zone).then_some(Line::Header);
    }
    let record = record(text)?;
    let is = |kind: &str| record.kind.eq_ignore_ascii_case(kind);
    let unnamed = record.owner.is_empty() || record.owner == "@";
    // Alone, `evil.example NS ns1.evil.example` and `A 203.0.113.7` are what somebody noted down.
    let of_zone = record.owner == "@" || record.data.trim_end_matches('.') == "localhost";
    if alone && (unnamed || is("SOA") || is("NS")) {
        return of_zone.then_some(Line::Header);
    }
    if is("SOA") || is("NS") {
        let open = text.split(';').next().unwrap_or_default();
        zone.open = open.contains('(') && !open.contains(')');
        return Some(Line::Header);
    }
    if unnamed {
        return Some(Line::Header);
    }
    if alone && !is_policy(&record) {
        return None;
    }
    Some(Line::Rule(vec![value(&record, &zone.origin)]))
}

/// `$ORIGIN`, `$TTL` and `$INCLUDE` (RFC 1035, section 5.1; RFC 2308, section 4).
fn directive_of(text: &str, zone: &mut Zone) -> bool {
    let mut words = text.split_whitespace();
    let name = words.next().unwrap_or_default();
    if name.eq_ignore_ascii_case("ORIGIN") {
        let origin = words.next().unwrap_or_default().trim_matches('.');
        zone.origin = origin.to_ascii_lowercase();
        return true;
    }
    ["TTL", "INCLUDE", "GENERATE"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}

/// `name [TTL] [class] type data`, the two in the middle in either order.
fn record(text: &str) -> Option<Record<'_>> {
    const TYPES: [&str; 7] = ["CNAME", "A", "AAAA", "TXT", "SOA", "NS", "MX"];
    let is_type = |word: &str| TYPES.iter().any(|kind| kind.eq_ignore_ascii_case(word));
    let is_class = |word: &str| word.eq_ignore_ascii_case("IN");
    let mut words = text
        .split_whitespace()
        .take_while(|word| !word.starts_with(';'));
    let first = words.next()?;
    let (owner, mut next) = match is_class(first) || is_type(first) {
        true => ("", first),
        false => (first, words.next()?),
    };
    for _ in 0..2 {
        if is_class(next) || is_ttl(next) {
            next = words.next()?;
        }
    }
    is_type(next).then(|| Record {
        owner,
        kind: next,
        data: words.next().unwrap_or_default(),
    })
}

/// Seconds, or `1h30m`.
fn is_ttl(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
        && word.bytes().all(|byte| {
            byte.is_ascii_digit()
                || matches!(byte.to_ascii_lowercase(), b's' | b'm' | b'h' | b'd' | b'w')
        })
}

/// Whether a record says by itself that it is an action: to answer nothing, an address that leads nowhere, or a special name.
fn is_policy(record: &Record<'_>) -> bool {
    if record.kind.eq_ignore_ascii_case("CNAME") {
        let target = record.data;
        return matches!(target, "." | "*.")
            || starts_with(target, "rpz-")
            || is_itself(record)
            || special(record.owner.trim_end_matches('.')).is_some();
    }
    let address = ["A", "AAAA"]
        .iter()
        .any(|kind| record.kind.eq_ignore_ascii_case(kind));
    address && hosts::is_sinkhole(record.data)
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(start))
}

/// A name that is an alias of itself is let through: the older way to say so.
fn is_itself(record: &Record<'_>) -> bool {
    let bare = |text: &str| text.trim_end_matches('.').to_ascii_lowercase();
    record.kind.eq_ignore_ascii_case("CNAME") && bare(record.owner) == bare(record.data)
}

/// The labels before `rpz-ip` and its like, and that label.
fn special(owner: &str) -> Option<(&str, &str)> {
    let at = memchr::memmem::find_iter(owner.as_bytes(), b".rpz-").next()?;
    let kind = owner[at + 1..].split('.').next().unwrap_or_default();
    ["rpz-ip", "rpz-client-ip", "rpz-nsdname", "rpz-nsip"]
        .iter()
        .find(|known| known.eq_ignore_ascii_case(kind))
        .map(|known| (&owner[..at], *known))
}

fn value<'a>(record: &Record<'a>, origin: &str) -> Value<'a> {
    let is_alias = record.kind.eq_ignore_ascii_case("CNAME");
    let trigger = below(record.owner, origin);
    if is_alias && (starts_with(record.data, "rpz-passthru") || is_itself(record)) {
        return exception(trigger, "rpz-passthru.");
    }
    if is_alias && starts_with(record.data, "rpz-tcp-only") {
        return exception(trigger, "rpz-tcp-only.");
    }
    match special(trigger) {
        Some((labels, "rpz-ip")) => {
            let parsed = match network(labels) {
                Some(network) => parse_as(Expect::Address, &network),
                None => Err(Refusal::new(Reason::InvalidAddress)),
            };
            (trigger, parsed)
        }
        Some((_, kind)) => refused(trigger, Reason::UnsupportedType, kind),
        None => host(trigger),
    }
}

/// A name without the zone's own behind it.
fn below<'a>(owner: &'a str, origin: &str) -> &'a str {
    let name = owner.trim_end_matches('.');
    let cut = name.len().checked_sub(origin.len() + 1);
    match cut.filter(|_| !origin.is_empty()) {
        Some(at) if name.as_bytes()[at] == b'.' && name[at + 1..].eq_ignore_ascii_case(origin) => {
            &name[..at]
        }
        _ => name,
    }
}

/// The network that the labels of `rpz-ip` spell backwards, the length of the prefix first; `zz` is `::`.
fn network(labels: &str) -> Option<String> {
    let (prefix, address) = labels.split_once('.')?;
    let mut parts: Vec<&str> = address.split('.').collect();
    parts.reverse();
    let is_gap = |part: &&str| part.eq_ignore_ascii_case("zz");
    if parts.len() == 4 && !parts.iter().any(is_gap) {
        return Some(format!("{}/{prefix}", parts.join(".")));
    }
    let gap = |part: Option<&&str>| if part.is_some_and(is_gap) { ":" } else { "" };
    let groups: Vec<&str> = parts
        .iter()
        .map(|part| if is_gap(part) { "" } else { *part })
        .collect();
    Some(format!(
        "{}{}{}/{prefix}",
        gap(parts.first()),
        groups.join(":"),
        gap(parts.last()),
    ))
}

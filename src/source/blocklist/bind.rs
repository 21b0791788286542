//! Names that a configuration takes for itself: BIND's `zone "name" { … };` and Squid's `acl NAME dstdomain .name`.
//!
//! Source of the syntax: the reference manual of BIND 9, "zone"; the directive `acl` of Squid.

use super::line::{Line, Value, exception, host};
use crate::indicator::{Expect, parse_as};

/// Zones that every resolver has for itself (RFC 6303), and its hint to the root.
const OWN_ZONES: [&str; 3] = ["localhost", "localdomain", "local"];

/// Reads the line that opens a zone, or an ACL of hosts.
pub(super) fn read<'a>(word: &str, text: &'a str) -> Option<Line<'a>> {
    let rest = text[word.len()..].trim_start();
    match word {
        "zone" => zone(rest),
        "acl" => acl(rest),
        _ => None,
    }
}

fn zone(rest: &str) -> Option<Line<'_>> {
    let (name, behind) = rest.strip_prefix('"')?.split_once('"')?;
    let behind = behind.trim_start();
    let block = behind
        .strip_prefix("IN")
        .or_else(|| behind.strip_prefix("in"))
        .unwrap_or(behind)
        .trim_start();
    if !(block.is_empty() || block.starts_with('{')) {
        return None;
    }
    if is_own_zone(name) {
        return Some(Line::Header);
    }
    // Names that another server is asked for are served, and not blocked.
    let served = ["forward", "slave", "secondary", "stub", "hint"]
        .into_iter()
        .find(|kind| {
            let kind = format!("type {kind}");
            block.contains(&kind)
        });
    let value = match served {
        Some(kind) => exception(name, kind),
        None => host(name),
    };
    Some(Line::Rule(vec![value]))
}

/// Whether a zone is one that every resolver has.
pub(super) fn is_own_zone(name: &str) -> bool {
    let bare = name.trim_end_matches('.').to_ascii_lowercase();
    name == "." || OWN_ZONES.contains(&&*bare) || bare.ends_with(".arpa")
}

fn acl(rest: &str) -> Option<Line<'_>> {
    let mut words = rest.split_whitespace();
    words.next()?;
    let expect = match words.next()? {
        "dstdomain" => Expect::Host,
        "dst" => Expect::Address,
        _ => return None,
    };
    let values: Vec<Value<'_>> = words
        .take_while(|word| !word.starts_with('#'))
        .filter(|word| !word.starts_with('-') && !word.starts_with('"'))
        .map(|word| (word, parse_as(expect, word)))
        .collect();
    Some(Line::Rule(values))
}

/// A statement inside the braces of a zone, or another one of such a file.
pub(super) fn setting(text: &str) -> Option<Line<'_>> {
    let ends = text.ends_with([';', '{', '}']);
    (ends && !text.contains("://")).then_some(Line::Header)
}

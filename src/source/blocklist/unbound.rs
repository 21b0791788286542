//! unbound: `local-zone: "name" always_null` and `local-data: "name A 0.0.0.0"`.
//!
//! Source of the syntax: unbound.conf(5).

use super::bind;
use super::line::{Line, exception, host};

/// The types of a zone whose names are answered as usual.
const LET_THROUGH: [&str; 5] = [
    "transparent",
    "always_transparent",
    "typetransparent",
    "inform",
    "nodefault",
];

/// Reads a line of one of the options that give a name an answer of its own.
pub(super) fn read<'a>(word: &str, text: &'a str) -> Option<Line<'a>> {
    let rest = text[word.len()..].trim_start();
    match word {
        "local-zone:" => {
            let (name, behind) = quoted(rest);
            let kind = behind.split_whitespace().next().unwrap_or_default();
            if bind::is_own_zone(name) {
                return Some(Line::Header);
            }
            let value = match LET_THROUGH.iter().find(|word| **word == kind) {
                Some(word) => exception(name, word),
                None => host(name),
            };
            Some(Line::Rule(vec![value]))
        }
        "local-data:" => {
            let record = quoted(rest).0;
            let name = record.split_whitespace().next().unwrap_or_default();
            let is_own = bind::is_own_zone(name);
            Some(match is_own {
                true => Line::Header,
                false => Line::Rule(vec![host(name)]),
            })
        }
        "local-data-ptr:" | "local-zone-tag:" | "local-zone-override:" => Some(Line::Header),
        _ => None,
    }
}

/// Any other option of such a file.
pub(super) fn setting(text: &str) -> Option<Line<'_>> {
    let (name, _) = text.split_once(':')?;
    let is_name = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    is_name.then_some(Line::Header)
}

/// The quoted start of a text, or its first word; and the rest.
fn quoted(text: &str) -> (&str, &str) {
    let mark = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    match mark {
        Some(mark) => text[1..].split_once(mark).unwrap_or((&text[1..], "")),
        None => text.split_once(char::is_whitespace).unwrap_or((text, "")),
    }
}

//! What a line of a block list is, and what its parts are read as.

use crate::indicator::{Expect, Parsed, Refusal, parse_as};
use crate::reason::Reason;

/// A value as it stands in the line, and what it is read as.
pub(crate) type Value<'a> = (&'a str, std::result::Result<Parsed, Refusal>);

/// What a line of a block list is.
#[derive(Debug)]
pub(crate) enum Line<'a> {
    /// A comment, or a setting of the file: nothing is blocked by it.
    Header,
    /// A rule, with its values; a rule without one is a record without values.
    Rule(Vec<Value<'a>>),
    /// A rule that has this in it, which is read as a line of its own: a range.
    Text(&'a str),
}

/// The host in a rule: a name with or without quotes, a wildcard before it and a dot behind it, or an address.
pub(super) fn host(text: &str) -> Value<'_> {
    let name = text.trim_matches(['"', '\'']);
    let name = name.strip_prefix("*.").unwrap_or(name);
    let parsed = match name.contains(['*', '?']) || name.is_empty() {
        true => Err(Refusal::new(Reason::Pattern)),
        false => parse_as(Expect::Host, name),
    };
    (text, parsed)
}

/// What the list lets through.
pub(super) fn exception<'a>(text: &'a str, sign: &str) -> Value<'a> {
    let refusal = Refusal::new(Reason::NotForDetection).detail(format!("let through by `{sign}`"));
    (text, Err(refusal))
}

pub(super) fn refused<'a>(text: &'a str, reason: Reason, detail: &str) -> Value<'a> {
    (text, Err(Refusal::new(reason).detail(detail)))
}

//! dnsmasq: `address=/name/…`, `server=/name/`, `local=/name/`, with several names between the slashes.
//!
//! Source of the syntax: dnsmasq(8), the options `--address`, `--server` and `--local`.

use super::line::{Line, Value, exception, host, refused};
use crate::reason::Reason;

/// Reads a line of one of the options that block names.
pub(super) fn read(text: &str) -> Option<Line<'_>> {
    let (key, rest) = text.split_once('=')?;
    let key = key.trim().trim_start_matches("--");
    let blocks = match key {
        "address" | "local" => true,
        "server" => false,
        _ => return None,
    };
    let rest = rest.trim_start().strip_prefix('/')?;
    let rest = rest.split(char::is_whitespace).next().unwrap_or_default();
    let (names, target) = rest.rsplit_once('/')?;
    // A server of its own is asked for these names, or the usual ones in spite of a rule for their parent.
    let elsewhere = !blocks && !target.is_empty();
    let value = |name| match name {
        _ if elsewhere => exception(name, "server=/…/SERVER"),
        "#" | "" => refused(text, Reason::Pattern, "every name"),
        name => host(name),
    };
    let values: Vec<Value<'_>> = names.split('/').map(value).collect();
    Some(Line::Rule(values))
}

/// Any other option of such a file.
pub(super) fn setting(text: &str) -> Option<Line<'_>> {
    let name = text.split('=').next().unwrap_or(text).trim();
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    (is_name && (text.contains('=') || name.contains('-'))).then_some(Line::Header)
}

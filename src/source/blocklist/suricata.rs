//! Rules of Suricata and Snort: the addresses of their head, and the name that a rule asks for in a query, a host or a handshake.
//!
//! Source of the syntax: Suricata's documentation, "Rules Format", "DNS Keywords", "HTTP Keywords" and "SSL/TLS Keywords". What a
//! rule says beyond that (parts of payloads, flows, thresholds) no rule of ours can say, and its `reference` is a link.

use super::line::{Line, Value, exception, refused};
use crate::indicator::{Expect, parse_as};
use crate::reason::Reason;

/// The buffers of which a whole name is looked for.
const BUFFERS: [&str; 8] = [
    "dns.query",
    "dns_query",
    "http.host",
    "http_host",
    "http.host.raw",
    "tls.sni",
    "tls_sni",
    "tls.cert_subject",
];

/// Reads `ACTION PROTOCOL FROM PORT -> TO PORT (option; …)`.
pub(super) fn read<'a>(action: &str, text: &'a str) -> Option<Line<'a>> {
    if !matches!(
        action,
        "alert" | "drop" | "reject" | "rejectsrc" | "rejectdst" | "pass"
    ) {
        return None;
    }
    let (head, options) = text.split_once('(')?;
    let is_rule = options.trim_end().ends_with(')')
        && options.contains(';')
        && (head.contains("->") || head.contains("<>"));
    if !is_rule {
        return None;
    }
    // `![A, B]` is everybody else.
    let named = if head.contains("![") { "" } else { head };
    let mut values: Vec<Value<'_>> = named
        .split(|c: char| c.is_whitespace() || matches!(c, '[' | ']' | ','))
        .filter(|word| word.contains(['.', ':']))
        .map(|word| (word, parse_as(Expect::Address, word)))
        .filter(|(_, parsed)| parsed.is_ok())
        .collect();
    let mut in_buffer = false;
    for option in options.split(';').map(str::trim) {
        let (name, content) = option.split_once(':').unwrap_or((option, ""));
        if BUFFERS.contains(&name) {
            in_buffer = true;
        } else if name == "content" {
            let content = content.trim().trim_matches('"');
            // A part of a name, or a name that is not to be there.
            let host = parse_as(Expect::Any, content);
            if in_buffer && host.is_ok() && !content.starts_with(['.', '!']) {
                values.push((content, host));
            }
            in_buffer = false;
        } else if !matches!(
            name,
            "bsize" | "nocase" | "startswith" | "endswith" | "dotprefix"
        ) {
            in_buffer = false;
        }
    }
    if action == "pass" {
        let values = values.iter().map(|(given, _)| exception(given, "pass"));
        return Some(Line::Rule(values.collect()));
    }
    if values.is_empty() {
        values.push(refused(
            text,
            Reason::PatternNotSupported,
            "a rule of Suricata",
        ));
    }
    Some(Line::Rule(values))
}

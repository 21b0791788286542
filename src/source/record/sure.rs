//! Values whose form alone says what they are, wherever they stand.
//!
//! An IP address, a URL with a scheme, a hash, a CVE id, and a name or an e-mail address that is defanged are sure. A name
//! that is not defanged is not sure: `setup.py` and `System.Net` look like one.

use crate::extract::{Setting, candidates};
use crate::indicator::{Ioc, Parsed, parse};
use crate::reason::{Outcome, Reason};

/// Whether a value that was read from this text has a form that is sure.
pub(crate) fn is_sure(parsed: &Parsed, text: &str) -> bool {
    match &parsed.ioc {
        Ioc::Ipv4(_) | Ioc::Ipv6(_) | Ioc::Hash(_) | Ioc::Cve(_) => true,
        Ioc::Url(_) => parsed.defanged || text.contains("://"),
        Ioc::Domain(_) | Ioc::Email(_) => parsed.defanged,
        Ioc::Token(_) => false,
    }
}

/// Whether a text has a sure value in it.
pub(crate) fn has(text: &str) -> bool {
    !within(text).is_empty()
}

/// The finds in a text about other values: sure values, and names that look like indicators where they stand. Each
/// comes as it stands there, in its live form, with the reason where the text itself says that it is not an
/// indicator.
pub(in crate::source) fn within(text: &str) -> Vec<(String, Result<Parsed, Reason>)> {
    if !may_hold(text.as_bytes()) {
        return Vec::new();
    }
    text.lines()
        .flat_map(|line| candidates(line, &Setting::default()))
        .filter_map(|candidate| match candidate.parsed {
            Ok(parsed) => Some((candidate.value, Ok(parsed))),
            // A malformed value in a text about something else is part of that text; one that is refused for its label
            // is a value all the same.
            Err(refusal) if refusal.reason.outcome() == Outcome::Refused => {
                let is_value = parse(&candidate.value).is_ok();
                is_value.then_some((candidate.value, Err(Reason::InContext)))
            }
            Err(refusal) if refusal.reason == Reason::FileInProse => None,
            Err(refusal) => Some((candidate.value, Err(refusal.reason))),
        })
        .collect()
}

/// Why a value in a text about others is not one of them.
pub(in crate::source) fn reason_in_text(parsed: Result<&Parsed, &Reason>) -> Reason {
    match parsed.map(|parsed| &parsed.ioc) {
        Ok(Ioc::Url(_)) => Reason::Reference,
        Ok(Ioc::Email(_)) => Reason::Contact,
        Ok(_) => Reason::InContext,
        Err(reason) => *reason,
    }
}

/// Whether the bytes have anything that every sure value has. Most texts do not, and are not looked at any closer.
pub(super) fn may_hold(text: &[u8]) -> bool {
    let mut digits = 0;
    for (at, byte) in text.iter().enumerate() {
        let next = text.get(at + 1).copied().unwrap_or_default();
        match byte {
            b'[' | b'{' | b'\\' => return true,
            b':' if matches!(next, b'/' | b':') => return true,
            b'.' if next.is_ascii_digit() && at > 0 && text[at - 1].is_ascii_digit() => {
                return true;
            }
            b'(' if matches!(next, b'.' | b'd' | b'D' | b'a' | b'A' | b'@' | b':') => return true,
            b'-' if at >= 3 && text[at - 3..at].eq_ignore_ascii_case(b"cve") => return true,
            b'x' | b'X' if matches!(next, b'x' | b'X') => return true,
            _ => {}
        }
        // Groups of an IPv6 address that leaves none out count as a run, too.
        match byte.is_ascii_hexdigit() || *byte == b':' {
            true => digits += 1,
            false => digits = 0,
        }
        if digits >= 15 {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        within(text)
            .into_iter()
            .map(|(value, parsed)| match parsed {
                Ok(parsed) => format!("{} {value}", parsed.ioc.ioc_type()),
                Err(reason) => format!("{} {value}", reason.code()),
            })
            .collect()
    }

    #[test]
    fn a_sure_value_is_found_in_a_text() {
        for (text, expected) in [
            ("(IP address: 198.51.100.7)", &["ipv4 198.51.100.7"][..]),
            (
                "seen at 198.51.100.7, then at 2001:db8:0:0:0:0:0:1.",
                &["ipv4 198.51.100.7", "ipv6 2001:db8:0:0:0:0:0:1"],
            ),
            (
                "see https://vendor.example/a_(b), and hxxp://evil[.]example/a",
                &[
                    "url https://vendor.example/a_(b)",
                    "url http://evil.example/a",
                ],
            ),
            (
                "drops setup.py and evil[.]example",
                &["domain evil.example"],
            ),
            ("exploits CVE-2024-12345", &["cve CVE-2024-12345"]),
            ("{\"ip\": \"198.51.100.7\"}", &["ipv4 198.51.100.7"]),
            (
                "md5=0123456789abcdef0123456789abcdef;x",
                &["md5 0123456789abcdef0123456789abcdef"],
            ),
            ("2024-01-02 03:04:05, version 1.2, $5.00 (dot) com", &[]),
            ("", &[]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }
}

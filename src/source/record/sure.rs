//! Values whose form alone says what they are, wherever they stand.
//!
//! An IP address, a URL with a scheme, a hash, a CVE id, and a name or an e-mail address that is defanged are sure. A name
//! that is not defanged is none: `setup.py` and `System.Net` look like one.

use crate::indicator::{Ioc, Parsed, parse};

/// The value that a text is as a whole, where its form is sure.
pub(crate) fn whole(text: &str) -> Option<Parsed> {
    let text = text.trim();
    if !may_hold(text.as_bytes()) || text.contains(char::is_whitespace) {
        return None;
    }
    parse(text).ok().filter(|parsed| is_sure(parsed, text))
}

/// Whether a value that was read from this text has a form that is sure.
pub(crate) fn is_sure(parsed: &Parsed, text: &str) -> bool {
    match &parsed.ioc {
        Ioc::Ipv4(_) | Ioc::Ipv6(_) | Ioc::Hash(_) | Ioc::Cve(_) => true,
        Ioc::Url(_) => parsed.defanged || text.contains("://"),
        Ioc::Domain(_) | Ioc::Email(_) => parsed.defanged,
    }
}

/// Whether a text has a sure value in it.
pub(crate) fn has(text: &str) -> bool {
    let mut has = false;
    within(text, |_, _| has = true);
    has
}

/// Every sure value in a text, in order, each as it was written.
pub(crate) fn within<'a>(text: &'a str, mut take: impl FnMut(&'a str, Parsed)) {
    if !may_hold(text.as_bytes()) {
        return;
    }
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>' | '|' | '`');
    for token in text.split(ends) {
        let token = trimmed(token);
        if let Some(parsed) = whole(token) {
            take(token, parsed);
            continue;
        }
        for part in token.split([',', ';', '=', '(', ')']).map(trimmed) {
            // The rest of a URL that was cut at one of these is none.
            if part.len() < token.len()
                && let Some(parsed) = whole(part)
            {
                take(part, parsed);
            }
        }
    }
}

/// Without the marks that a sentence, a list or a quotation puts around a value.
fn trimmed(token: &str) -> &str {
    let open = ['(', '\'', '*', '“', '‘', '«'];
    let close = [',', ';', ':', '.', '!', '?', '\'', '*', '”', '’', '»'];
    let mut token = token.trim_start_matches(open).trim_end_matches(close);
    while let Some(rest) = token.strip_suffix(')') {
        if rest.contains('(') {
            break;
        }
        token = rest.trim_end_matches(close);
    }
    token
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
        let mut found = Vec::new();
        within(text, |value, parsed| {
            found.push(format!("{} {value}", parsed.ioc.ioc_type()));
        });
        found
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
                    "url hxxp://evil[.]example/a",
                ],
            ),
            (
                "drops setup.py and evil[.]example",
                &["domain evil[.]example"],
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

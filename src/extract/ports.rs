//! Ports that stand beside an address or a name, and not in it.

use super::Candidate;
use crate::indicator::Ioc;

/// Takes the ports behind a value, given what follows it on its line: `|443`, ` port 8080`, `,443` behind a port, `:80,443`.
pub(super) fn take(candidate: &mut Candidate, rest: &str) {
    let Ok(parsed) = &candidate.parsed else {
        return;
    };
    if !matches!(parsed.ioc, Ioc::Ipv4(_) | Ioc::Ipv6(_) | Ioc::Domain(_)) {
        return;
    }
    let rest = rest.trim_start_matches(['`', '"', '*', ' ', '\t']);
    let (rest, mut more) = match rest.strip_prefix(['|', ',', '(', ':']) {
        Some(after) if rest.starts_with(',') && parsed.port.is_some() => (after, true),
        Some(after) if rest.starts_with(['|', ':']) => (after, true),
        Some(after) => (after, false),
        None => (rest, false),
    };
    let mut rest = rest.trim_start();
    if let Some(after) = ["ports", "port"].iter().find_map(|word| {
        let head = rest.get(..word.len())?;
        head.eq_ignore_ascii_case(word).then(|| &rest[word.len()..])
    }) {
        rest = after.trim_start_matches([' ', ':', '=', '\t']);
        more = after.len() > rest.len();
    }
    while more {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let after = &rest[digits..];
        // `|10.0.0.1` is an address, `|4711abc` a name.
        if digits == 0
            || after.starts_with(|c: char| c.is_alphanumeric() || c == '-' || c == ':')
            || after
                .strip_prefix('.')
                .is_some_and(|rest| rest.starts_with(char::is_alphanumeric))
        {
            return;
        }
        match rest[..digits].parse() {
            Ok(port) if port != 0 => candidate.ports.push(port),
            _ => return,
        }
        rest = after.trim_start();
        let next = rest.strip_prefix([',', '/', '|', ';']);
        let next = next.or_else(|| rest.strip_prefix("and "));
        more = next.is_some();
        rest = next.unwrap_or(rest).trim_start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::parse;

    #[test]
    fn ports_beside_a_value() {
        for (value, rest, expected) in [
            ("198.51.100.7", "|8080", &[8080][..]),
            ("evil.example", "|443", &[443]),
            ("198.51.100.7", " port 8080", &[8080]),
            ("198.51.100.7", " (port 8080)", &[8080]),
            (
                "198.51.100.7",
                ", ports: 80, 443 and 8443",
                &[80, 443, 8443],
            ),
            ("198.51.100.7:80", ",443", &[443]),
            ("198.51.100.7", ",443", &[]),
            ("198.51.100.7", "|10.0.0.1", &[]),
            ("198.51.100.7", "|4711abc", &[]),
            ("198.51.100.7", "|99999", &[]),
            ("198.51.100.7", " portal", &[]),
            ("http://evil.example/a", "|443", &[]),
        ] {
            let mut candidate = Candidate::new(value, parse(value));
            take(&mut candidate, rest);
            assert_eq!(candidate.ports, expected, "{value}{rest}");
        }
    }
}

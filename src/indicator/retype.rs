//! A value under the wrong name: the type that a feed gives helps, and yields to a form that is beyond doubt.

use super::ioc::Ioc;
use super::ioc_type::IocType;
use super::parse::{Expect, parse, parse_as};
use super::parsed::Parsed;
use super::refang::refang;
use super::refusal::Refusal;

/// Reads a value of which the feed says what it is, and whether it was taken as something else.
///
/// An address (with a port or a prefix), a URL with a scheme, a hash, a CVE id and a defanged name are beyond doubt, and taken as
/// what they are whatever the feed calls them. Everything else is read as what the feed says, or refused.
///
/// # Errors
/// The [`Refusal`] of [`parse_as`].
pub(crate) fn parse_declared(expect: Expect, value: &str) -> (Result<Parsed, Refusal>, bool) {
    let declared = parse_as(expect, value);
    let is_address = match expect {
        Expect::Address => true,
        Expect::Type(kind) => kind == IocType::Ipv4 || kind == IocType::Ipv6,
        _ => false,
    };
    let doubtful = match &declared {
        Ok(parsed) => is_host_alone(expect, parsed, value),
        Err(_) => expect != Expect::Any,
    };
    if doubtful && let Some(other) = beyond_doubt(value, is_address) {
        return (Ok(other), true);
    }
    (declared, false)
}

/// Whether a URL is nothing but an address that was given without a scheme: `198.51.100.7` is read as
/// `http://198.51.100.7/` where a URL is expected.
fn is_host_alone(expect: Expect, parsed: &Parsed, value: &str) -> bool {
    expect == Expect::Type(IocType::Url)
        && matches!(parsed.ioc, Ioc::Url(_))
        && value
            .trim_start()
            .starts_with(|c: char| c.is_ascii_digit() || c == '[')
        && !value.contains("//")
}

/// The value by its form alone, where there is only one thing that it can be.
fn beyond_doubt(value: &str, is_address: bool) -> Option<Parsed> {
    let parsed = parse(value).ok()?;
    let sure = match &parsed.ioc {
        Ioc::Ipv4(_) | Ioc::Ipv6(_) | Ioc::Hash(_) | Ioc::Cve(_) => true,
        Ioc::Url(_) => refang(value).contains("://"),
        // A text in the place of an address is the name of a host, if it has the form of one.
        Ioc::Domain(_) => parsed.defanged || is_address,
        Ioc::Email(_) | Ioc::Token(_) => false,
    };
    sure.then_some(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_beyond_doubt_wins_over_the_declared_type() {
        let sha1 = "a010d5449d29a1916827fdb443e3c84c405cb2a5";
        let kind = |kind| Expect::Type(kind);
        for (expect, value, expected) in [
            (
                kind(IocType::Domain),
                "198.51.100.81",
                "ipv4 198.51.100.81 retyped",
            ),
            (
                kind(IocType::Domain),
                "https://v.evil.example/a",
                "url https://v.evil.example/a retyped",
            ),
            (
                kind(IocType::Domain),
                "hxxps://v.evil[.]example/a",
                "url https://v.evil.example/a retyped",
            ),
            (kind(IocType::Domain), "evil.example", "domain evil.example"),
            (
                kind(IocType::Domain),
                sha1,
                "sha1 a010d5449d29a1916827fdb443e3c84c405cb2a5 retyped",
            ),
            (
                kind(IocType::Sha256),
                sha1,
                "sha1 a010d5449d29a1916827fdb443e3c84c405cb2a5 retyped",
            ),
            (kind(IocType::Sha256), "abc", "invalid_hash"),
            (
                kind(IocType::Url),
                "198.51.100.82",
                "ipv4 198.51.100.82 retyped",
            ),
            (
                kind(IocType::Url),
                "198.51.100[.]82:443",
                "ipv4 198.51.100.82 retyped",
            ),
            (
                kind(IocType::Url),
                "[2001:db8::1]:443",
                "ipv6 2001:db8::1 retyped",
            ),
            (
                kind(IocType::Url),
                "198.51.100.0/24",
                "ipv4 198.51.100.0/24 retyped",
            ),
            (
                kind(IocType::Url),
                "198.51.100.82/a.php",
                "url http://198.51.100.82/a.php",
            ),
            (
                kind(IocType::Url),
                "http://198.51.100.82/",
                "url http://198.51.100.82/",
            ),
            (
                kind(IocType::Url),
                "evil.example",
                "url http://evil.example/",
            ),
            (
                kind(IocType::Url),
                "7.evil.example",
                "url http://7.evil.example/",
            ),
            (
                kind(IocType::Ipv4),
                "2001:db8::1",
                "ipv6 2001:db8::1 retyped",
            ),
            (
                Expect::Address,
                "evil[.]example",
                "domain evil.example retyped",
            ),
            (
                Expect::Address,
                "evil.example",
                "domain evil.example retyped",
            ),
            (Expect::Address, "update.zip", "invalid_address"),
            (
                Expect::Host,
                "http://evil.example/a",
                "url http://evil.example/a retyped",
            ),
            (kind(IocType::Email), "evil.example", "invalid_email"),
            (kind(IocType::Domain), "a@evil.example", "invalid_domain"),
            (
                kind(IocType::Cve),
                "198.51.100.7",
                "ipv4 198.51.100.7 retyped",
            ),
            (Expect::Any, "kernel32.dll", "unknown_type"),
        ] {
            let (parsed, retyped) = parse_declared(expect, value);
            let text = match parsed {
                Ok(parsed) => format!("{} {}", parsed.ioc.ioc_type(), parsed.ioc),
                Err(refusal) => refusal.reason.code().to_owned(),
            };
            let text = if retyped { text + " retyped" } else { text };
            assert_eq!(text, expected, "{expect:?} {value}");
        }
    }
}

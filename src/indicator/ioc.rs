//! The indicator itself: a typed value in its canonical form.

use std::fmt;

use ipnet::{Ipv4Net, Ipv6Net};

use super::address;
use super::cve::Cve;
use super::domain::Domain;
use super::email::Email;
use super::hash::Hash;
use super::url::Url;

/// A value of a type, in canonical form. Two spellings of one indicator are equal.
///
/// ```
/// use socdef_sigma::indicator::parse;
/// let one = parse("hxxp://EVIL[.]example").unwrap().ioc;
/// let other = parse("http://evil.example:80/").unwrap().ioc;
/// assert_eq!(one, other);
/// assert_eq!(one.to_string(), "http://evil.example/");
/// assert_eq!(one.id(), other.id());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Ioc {
    /// An IPv4 address (prefix length 32) or network.
    Ipv4(Ipv4Net),
    /// An IPv6 address (prefix length 128) or network.
    Ipv6(Ipv6Net),
    /// A domain name.
    Domain(Domain),
    /// A URL.
    Url(Url),
    /// A hash of a file.
    Hash(Hash),
    /// A CVE id.
    Cve(Cve),
    /// An e-mail address.
    Email(Email),
    /// A value of any other type.
    Token(Token),
}

/// A value that is a text and its type, and nothing more.
///
/// ```
/// use socdef_sigma::indicator::{Expect, Ioc, parse_as};
///
/// let ja3 = Expect::Type("ja3".parse().unwrap());
/// let Ioc::Token(token) = parse_as(ja3, &"AB".repeat(16)).unwrap().ioc else { panic!() };
/// assert_eq!(token.as_str(), "ab".repeat(16));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Token {
    kind: &'static str,
    text: Box<str>,
}

impl Token {
    /// A text in the canonical form of the registered type of this name.
    pub(super) fn new(kind: &'static str, text: String) -> Token {
        let text = text.into_boxed_str();
        Token { kind, text }
    }

    /// The name of the type.
    pub(super) fn kind(&self) -> &'static str {
        self.kind
    }

    /// The canonical text.
    ///
    /// ```
    /// use socdef_sigma::indicator::{Expect, Ioc, parse_as};
    ///
    /// let agent = Expect::Type("user_agent".parse().unwrap());
    /// let Ioc::Token(token) = parse_as(agent, "evil-agent/4.7").unwrap().ioc else { panic!() };
    /// assert_eq!(token.as_str(), "evil-agent/4.7");
    /// ```
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl Ioc {
    /// Whether it is a network of more than one address.
    ///
    /// ```
    /// use socdef_sigma::indicator::parse;
    ///
    /// let is_network = |value| parse(value).unwrap().ioc.is_network();
    /// assert!(is_network("198.51.100.0/24") && !is_network("198.51.100.7") && !is_network("198.51.100.7/32"));
    /// ```
    pub fn is_network(&self) -> bool {
        match self {
            Ioc::Ipv4(net) => net.prefix_len() < 32,
            Ioc::Ipv6(net) => net.prefix_len() < 128,
            _ => false,
        }
    }
}

impl fmt::Display for Ioc {
    /// Writes the canonical value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ioc::Ipv4(net) => f.write_str(&address::canonical(&(*net).into())),
            Ioc::Ipv6(net) => f.write_str(&address::canonical(&(*net).into())),
            Ioc::Domain(domain) => domain.fmt(f),
            Ioc::Url(url) => url.fmt(f),
            Ioc::Hash(hash) => hash.fmt(f),
            Ioc::Cve(cve) => cve.fmt(f),
            Ioc::Email(email) => email.fmt(f),
            Ioc::Token(token) => f.write_str(&token.text),
        }
    }
}

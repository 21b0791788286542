//! The indicator itself: a typed value in its canonical form.

use std::fmt;

use ipnet::{Ipv4Net, Ipv6Net};
use serde::de::Error as _;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::address;
use super::cve::Cve;
use super::domain::Domain;
use super::email::Email;
use super::hash::Hash;
use super::ioc_type::IocType;
use super::parse::{Expect, parse_as};
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
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Token {
    kind: IocType,
    text: Box<str>,
}

impl Token {
    /// A text in the canonical form of its type.
    pub(super) fn new(kind: IocType, text: String) -> Token {
        let text = text.into_boxed_str();
        Token { kind, text }
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl Ioc {
    /// The namespace of all rule ids: UUIDv5 of the name `socdef-sigma` in the DNS namespace of RFC 9562.
    pub const NAMESPACE: Uuid = Uuid::from_u128(0xfedab7a4_bfd4_5653_9f28_a8cf39756f71);

    /// The type.
    pub fn ioc_type(&self) -> IocType {
        match self {
            Ioc::Ipv4(_) => IocType::Ipv4,
            Ioc::Ipv6(_) => IocType::Ipv6,
            Ioc::Domain(_) => IocType::Domain,
            Ioc::Url(_) => IocType::Url,
            Ioc::Hash(hash) => hash.algorithm().ioc_type(),
            Ioc::Cve(_) => IocType::Cve,
            Ioc::Email(_) => IocType::Email,
            Ioc::Token(token) => token.kind,
        }
    }

    /// Whether it is a network of more than one address.
    pub fn is_network(&self) -> bool {
        match self {
            Ioc::Ipv4(net) => net.prefix_len() < 32,
            Ioc::Ipv6(net) => net.prefix_len() < 128,
            _ => false,
        }
    }

    /// The id of the indicator's rule in its primary log source: UUIDv5 of `type:canonical value` in [`Ioc::NAMESPACE`].
    pub fn id(&self) -> Uuid {
        Uuid::new_v5(
            &Ioc::NAMESPACE,
            format!("{}:{self}", self.ioc_type()).as_bytes(),
        )
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

impl Serialize for Ioc {
    /// As `{"type": …, "value": …}`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut state = serializer.serialize_struct("Ioc", 2)?;
        state.serialize_field("type", self.ioc_type().as_str())?;
        state.serialize_field("value", &self.to_string())?;
        state.end()
    }
}

impl<'de> Deserialize<'de> for Ioc {
    /// Reads `{"type": …, "value": …}`, and holds the value to its type.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Ioc, D::Error> {
        #[derive(Deserialize)]
        struct Typed {
            r#type: String,
            value: String,
        }
        let typed = Typed::deserialize(deserializer)?;
        let kind: IocType = typed.r#type.parse().map_err(D::Error::custom)?;
        parse_as(Expect::Type(kind), &typed.value)
            .map(|parsed| parsed.ioc)
            .map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_namespace_is_what_its_documentation_says() {
        assert_eq!(
            Ioc::NAMESPACE,
            Uuid::new_v5(&Uuid::NAMESPACE_DNS, b"socdef-sigma")
        );
    }
}

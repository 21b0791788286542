//! A value of which the type is known, one function for each type.

use super::pattern::{is_any_path, is_pattern};
use crate::indicator::address::{self, Address};
use crate::indicator::cve::Cve;
use crate::indicator::domain::Domain;
use crate::indicator::email::Email;
use crate::indicator::hash::{Algorithm, Hash};
use crate::indicator::ioc::{Ioc, Token};
use crate::indicator::ioc_type::IocType;
use crate::indicator::parsed::Parsed;
use crate::indicator::port;
use crate::indicator::refusal::Refusal;
use crate::indicator::url::Url;
use crate::reason::Reason;

pub(super) fn plain(ioc: Ioc) -> Parsed {
    Parsed {
        ioc,
        port: None,
        original: None,
        defanged: false,
    }
}

/// A value that is a text in the canonical form of its type.
pub(crate) fn token(kind: IocType, text: String) -> Parsed {
    plain(Ioc::Token(Token::new(kind.as_str(), text)))
}

/// `host:port`, and nothing else.
pub(super) fn socket(live: &str) -> Result<Parsed, Refusal> {
    match address::parse(live) {
        Some(address) => address.map(|address| from_address(address, live)),
        None => domain(live),
    }
}

/// `host` or `host:port` where the host is an address or a name under a suffix that exists.
pub(super) fn known_host(text: &str) -> bool {
    match port::split(text) {
        Some((host, _)) => {
            address::quad(host).is_some()
                || Domain::parse(host).is_ok_and(|name| name.has_known_suffix())
        }
        None => false,
    }
}

/// A value that was read for a type, if it is of that type.
fn only(kind: IocType, parsed: Parsed) -> Result<Parsed, Refusal> {
    match parsed.ioc.ioc_type() == kind {
        true => Ok(parsed),
        false => Err(mismatch(kind)),
    }
}

fn mismatch(kind: IocType) -> Refusal {
    Refusal::new(Reason::TypeMismatch).detail(kind.as_str())
}

/// An IPv4 address or network.
pub(crate) fn ipv4(live: &str) -> Result<Parsed, Refusal> {
    only(IocType::Ipv4, expected_address(live)?)
}

/// An IPv6 address or network. An IPv4 address in IPv6 clothes is one of both.
pub(crate) fn ipv6(live: &str) -> Result<Parsed, Refusal> {
    let parsed = expected_address(live)?;
    match live.contains("::") {
        true => Ok(parsed),
        false => only(IocType::Ipv6, parsed),
    }
}

/// A domain name that is not an address.
pub(crate) fn domain_name(live: &str) -> Result<Parsed, Refusal> {
    match address::parse(live) {
        Some(_) => Err(mismatch(IocType::Domain)),
        None => domain(live),
    }
}

/// The hash of a file by one algorithm.
pub(crate) fn hash_of(algorithm: Algorithm, live: &str) -> Result<Parsed, Refusal> {
    only(algorithm.ioc_type(), hash(live)?)
}

/// A CVE id.
pub(crate) fn cve(live: &str) -> Result<Parsed, Refusal> {
    Ok(plain(Ioc::Cve(Cve::parse(live)?)))
}

/// An e-mail address.
pub(crate) fn email(live: &str) -> Result<Parsed, Refusal> {
    let email = Email::parse(live)?;
    // `evil.example/a@b.example` is a URL, which nothing but a declared type would say is not one.
    match email.local().split_once('/') {
        Some((host, _)) if known_host(host.strip_prefix("*.").unwrap_or(host)) => {
            Err(Refusal::new(Reason::InvalidEmail).detail("it reads as a URL"))
        }
        _ => Ok(plain(Ioc::Email(email))),
    }
}

pub(super) fn expected_address(live: &str) -> Result<Parsed, Refusal> {
    match address::parse(live) {
        Some(Ok(address)) => Ok(from_address(address, live)),
        _ => Err(Refusal::new(Reason::InvalidAddress)),
    }
}

pub(super) fn from_address(address: Address, live: &str) -> Parsed {
    let ioc = match address.net {
        ipnet::IpNet::V4(net) => Ioc::Ipv4(net),
        ipnet::IpNet::V6(net) => Ioc::Ipv6(net),
    };
    Parsed {
        ioc,
        port: address.port,
        original: address.host_bits.then(|| live.to_owned()),
        defanged: false,
    }
}

pub(super) fn domain(live: &str) -> Result<Parsed, Refusal> {
    let (name, port) = port::split(live).ok_or_else(|| Refusal::new(Reason::InvalidDomain))?;
    Ok(Parsed {
        port,
        ..plain(Ioc::Domain(Domain::parse(name)?))
    })
}

/// A URL.
pub(crate) fn url(live: &str) -> Result<Parsed, Refusal> {
    let (url, shortened) = Url::parse(live)?;
    if is_pattern(&url) {
        return match is_any_path(url.target()) {
            // All paths of a host are the host.
            true if url.port().is_none() => socket(&url.host().to_string()),
            _ => Err(Refusal::new(Reason::Pattern)),
        };
    }
    Ok(Parsed {
        original: shortened.then(|| live.to_owned()),
        ..plain(Ioc::Url(url))
    })
}

/// Hexadecimal digits, perhaps with the name of the algorithm before them: `SHA256:…`, `md5=…`.
pub(super) fn hash(live: &str) -> Result<Parsed, Refusal> {
    let hex = match live.split_once([':', '=']) {
        Some((name, hex))
            if name.to_ascii_lowercase().starts_with("md5")
                || name.to_ascii_lowercase().starts_with("sha") =>
        {
            hex.trim()
        }
        _ => live,
    };
    Ok(plain(Ioc::Hash(Hash::parse(hex)?)))
}

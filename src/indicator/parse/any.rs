//! The type of a value that stands alone, by its form.

use super::typed::{domain, from_address, hash, known_host, plain, socket, url};
use crate::indicator::address;
use crate::indicator::cve::Cve;
use crate::indicator::email::Email;
use crate::indicator::ioc::Ioc;
use crate::indicator::parsed::Parsed;
use crate::indicator::refusal::Refusal;
use crate::reason::Reason;

/// The type from the value alone. The order goes from forms that exclude all others to the loosest.
pub(super) fn any(live: &str, defanged: bool) -> Result<Parsed, Refusal> {
    if is_of_words(live) {
        return Err(Refusal::new(Reason::UnknownType));
    }
    if is_technique(live) {
        return Err(Refusal::new(Reason::Technique));
    }
    if live
        .get(..3)
        .is_some_and(|head| head.eq_ignore_ascii_case("cve"))
        && let Ok(cve) = Cve::parse(live)
    {
        return Ok(plain(Ioc::Cve(cve)));
    }
    if let Ok(parsed) = hash(live) {
        return Ok(parsed);
    }
    if let bits @ (56 | 96 | 128) = live.len()
        && live.bytes().all(|b| b.is_ascii_hexdigit())
    {
        return Err(Refusal::new(Reason::UnsupportedType).detail(format!("sha{}", bits * 4)));
    }
    if let Some(address) = address::parse(live) {
        return address.map(|address| from_address(address, live));
    }
    if let Some((scheme, rest)) = live.split_once("://") {
        // A socket: its address and port are what an analyst wants.
        return match is_transport(scheme) {
            true => socket(rest.trim_end_matches('/')),
            false => url(live),
        };
    }
    if live.contains('@') && !live.contains('/') {
        if live.starts_with("*@") {
            return Err(Refusal::new(Reason::Pattern).detail("any sender of the domain"));
        }
        return Ok(plain(Ioc::Email(Email::parse(live)?)));
    }
    if let Some(share) = live.strip_prefix(r"\\") {
        let share = share.trim_start_matches('\\');
        let host = share.split(['\\', '/', '@']).next().unwrap_or_default();
        return socket(host);
    }
    if live.starts_with('/') {
        return Err(Refusal::new(Reason::NoHost));
    }
    let unknown = || Refusal::new(Reason::UnknownType);
    if let Some(at) = live.find('/') {
        let (host, path) = live.split_at(at);
        if is_transport(&path[1..]) && host.contains(':') {
            return socket(host);
        }
        return match known_host(host.strip_prefix("*.").unwrap_or(host)) {
            // All paths of a host are the host.
            true if path == "/*" => socket(host),
            true => url(live),
            false => Err(unknown()),
        };
    }
    if is_glued(live) {
        return Err(Refusal::new(Reason::InvalidDomain));
    }
    let parsed = domain(live).map_err(|_| unknown())?;
    match &parsed.ioc {
        Ioc::Domain(name) if name.ends_as_a_file() && defanged => {
            Err(Refusal::new(Reason::FileName))
        }
        Ioc::Domain(name) if !name.has_known_suffix() && !defanged => Err(unknown()),
        Ioc::Domain(name) if name.looks_like_a_file() && !defanged => {
            Err(Refusal::new(Reason::FileName))
        }
        _ => Ok(parsed),
    }
}

/// Whether a text has nothing but words, too short for a hash: most cells and notes are such. None of the types is.
fn is_of_words(text: &str) -> bool {
    let is_plain =
        |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b' ' | b',' | b'-' | b'_');
    text.bytes().all(is_plain) && text.split(' ').all(|word| word.len() < 32)
}

/// `tcp` of `198.51.100.7:8080/tcp` and of `tcp://198.51.100.7:8080`.
fn is_transport(text: &str) -> bool {
    ["tcp", "udp"]
        .iter()
        .any(|name| text.eq_ignore_ascii_case(name))
}

/// A line of a `hosts` file that lost its white space: `0.0.0.0evil.example`.
fn is_glued(live: &str) -> bool {
    ["0.0.0.0", "127.0.0.1"].iter().any(|sinkhole| {
        live.strip_prefix(sinkhole)
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric()))
    })
}

/// An id of ATT&CK: `T1071`, `T1071.001`.
pub(crate) fn is_technique(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(['T', 't']) else {
        return false;
    };
    let digits =
        |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    match rest.split_once('.') {
        None => digits(rest, 4),
        Some((technique, sub)) => digits(technique, 4) && digits(sub, 3),
    }
}

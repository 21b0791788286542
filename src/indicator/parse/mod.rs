//! From text to a typed, canonical indicator.

use super::address::{self, Address};
use super::cve::Cve;
use super::domain::Domain;
use super::email::Email;
use super::hash::{Algorithm, Hash};
use super::ioc::{Ioc, Token};
use super::ioc_type::IocType;
use super::parsed::Parsed;
use super::port;
use super::refang::refang;
use super::refusal::Refusal;
use super::type_plugin::Parse;
use super::url::Url;
use crate::hidden::is_hidden;
use crate::reason::Reason;

/// The longest value that is read, in bytes. Longer ones are refused: no log keeps them whole.
pub(crate) const MAX_VALUE_BYTES: usize = 8192;

/// What a feed says a value is.
///
/// ```
/// use socdef_sigma::indicator::{Expect, parse_as};
///
/// // Nothing but the feed's word makes a host of it.
/// assert!(parse_as(Expect::Any, "evil.lan").is_err());
/// assert_eq!(parse_as(Expect::Host, "evil.lan").unwrap().ioc.to_string(), "evil.lan");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Expect {
    /// Any type: it is found from the value, and names need a suffix that exists.
    Any,
    /// An IP address or network of either family.
    Address,
    /// A host: a domain or an IP address.
    Host,
    /// A hash of any algorithm.
    Hash,
    /// This type, and no other.
    Type(IocType),
}

/// Reads a value whose type is not known.
///
/// # Errors
/// A [`Refusal`] that says why the value is not an indicator.
///
/// ```
/// use socdef_sigma::{indicator::parse, IocType};
/// let parsed = parse("198.51.100[.]7:8080").unwrap();
/// assert_eq!((parsed.ioc.ioc_type(), parsed.port), (IocType::Ipv4, Some(8080)));
/// assert_eq!(parse("kernel32.dll").unwrap_err().reason.code(), "unknown_type");
/// ```
pub fn parse(value: &str) -> Result<Parsed, Refusal> {
    parse_as(Expect::Any, value)
}

/// Reads a value of which the feed says what it is.
///
/// # Errors
/// A [`Refusal`] that says why the value is not an indicator, or not one of that type.
///
/// ```
/// use socdef_sigma::IocType;
/// use socdef_sigma::indicator::{Expect, parse_as};
///
/// let url = parse_as(Expect::Type(IocType::Url), "evil.example/a.php").unwrap();
/// assert_eq!(url.ioc.to_string(), "http://evil.example/a.php");
/// let refusal = parse_as(Expect::Type(IocType::Md5), "evil.example").unwrap_err();
/// assert_eq!(refusal.reason.code(), "invalid_hash");
/// ```
pub fn parse_as(expect: Expect, value: &str) -> Result<Parsed, Refusal> {
    let parsed = settled(read_as(expect, value)?)?;
    // A request spells one byte with three at most, and a scheme may be added. A canonical text is a value as well.
    if value.len() > MAX_VALUE_BYTES / 4 && parsed.ioc.to_string().len() > MAX_VALUE_BYTES {
        return Err(Refusal::new(Reason::ValueTooLong));
    }
    Ok(parsed)
}

/// Reads a value once, as types do that hand a value on to another type. The canonical form of what comes back may have another one.
pub(crate) fn read_as(expect: Expect, value: &str) -> Result<Parsed, Refusal> {
    let value = value.trim_matches(is_padding);
    if value.is_empty() {
        return Err(Refusal::new(Reason::Empty));
    }
    if value.len() > MAX_VALUE_BYTES {
        return Err(Refusal::new(Reason::ValueTooLong));
    }
    let plain = value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if !plain && value.chars().any(is_hidden) {
        return Err(Refusal::new(Reason::ControlCharacter));
    }
    let live = refang(value);
    let mut parsed = match expect {
        Expect::Any => {
            any(&live, live != value).or_else(|refusal| by_form(value, &live).ok_or(refusal))
        }
        Expect::Address => expected_address(&live),
        Expect::Host => match address::parse(&live) {
            Some(_) => expected_address(&live),
            None => domain(&live),
        },
        Expect::Hash => hash(&live),
        Expect::Type(kind) => of_type(kind, value, &live),
    }?;
    parsed.defanged = live != value;
    Ok(parsed)
}

/// A text whose canonical form is its own: quotes within quotes, brackets within brackets and their like are taken off until nothing
/// changes, so that one indicator has one id whatever way it comes. The values of other kinds are of such a form by themselves.
fn settled(mut parsed: Parsed) -> Result<Parsed, Refusal> {
    const MOST: usize = 4;
    for _ in 0..MOST {
        let Ioc::Token(token) = &parsed.ioc else {
            return Ok(parsed);
        };
        let kind = parsed.ioc.ioc_type();
        let text = token.as_str().trim_matches(is_padding);
        let again = of_type(kind, text, text)?;
        if again.ioc == parsed.ioc {
            return Ok(parsed);
        }
        parsed.ioc = again.ioc;
    }
    Err(Refusal::new(Reason::TypeMismatch).detail("no form of it is canonical"))
}

/// White space, and what invisibly sticks to values copied from documents.
fn is_padding(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}' | '\u{2060}')
}

fn plain(ioc: Ioc) -> Parsed {
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

/// The type from the value alone. The order goes from forms that exclude all others to the loosest.
fn any(live: &str, defanged: bool) -> Result<Parsed, Refusal> {
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

/// `host:port`, and nothing else.
fn socket(live: &str) -> Result<Parsed, Refusal> {
    match address::parse(live) {
        Some(address) => address.map(|address| from_address(address, live)),
        None => domain(live),
    }
}

/// A line of a `hosts` file that lost its white space: `0.0.0.0evil.example`.
fn is_glued(live: &str) -> bool {
    ["0.0.0.0", "127.0.0.1"].iter().any(|sinkhole| {
        live.strip_prefix(sinkhole)
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric()))
    })
}

/// `host` or `host:port` where the host is an address or a name under a suffix that exists.
fn known_host(text: &str) -> bool {
    match port::split(text) {
        Some((host, _)) => {
            address::quad(host).is_some()
                || Domain::parse(host).is_ok_and(|name| name.has_known_suffix())
        }
        None => false,
    }
}

/// A value for which a type is given.
fn of_type(kind: IocType, value: &str, live: &str) -> Result<Parsed, Refusal> {
    match kind.plugin().parse {
        Parse::Whole(parse) => parse(live),
        Parse::Raw(parse) => parse(value),
        Parse::Text(_) if !kind.is_registered() => Err(Refusal::new(Reason::UnsupportedType)),
        Parse::Text(canonical) => Ok(token(kind, canonical(value)?)),
    }
}

/// A value whose form says beyond doubt that it is of a type, though none of the types of the API takes it.
fn by_form(value: &str, live: &str) -> Option<Parsed> {
    let plain = |kind: &&IocType| kind.plugin().own_form.is_some_and(|is_one| is_one(value));
    let kind = IocType::all().iter().find(plain)?;
    of_type(*kind, value, live).ok()
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

fn expected_address(live: &str) -> Result<Parsed, Refusal> {
    match address::parse(live) {
        Some(Ok(address)) => Ok(from_address(address, live)),
        _ => Err(Refusal::new(Reason::InvalidAddress)),
    }
}

fn from_address(address: Address, live: &str) -> Parsed {
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

fn domain(live: &str) -> Result<Parsed, Refusal> {
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

/// `/*`, or nothing but a variable: `/$TIME`.
fn is_any_path(target: &str) -> bool {
    let variable = target.strip_prefix("/$").is_some_and(|name| {
        name.len() > 1 && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
    });
    target == "/*" || variable
}

/// Whether a path has something in it that stands for other text: `*`, `…`, `<name>`, `{id}`, `[a-z]`. A query may hold any of them.
fn is_pattern(url: &Url) -> bool {
    let path = url.target().split('?').next().unwrap_or_default();
    if !path
        .bytes()
        .any(|b| matches!(b, b'*' | b'<' | b'{' | b'[' | b'%' | b'$'))
    {
        return false;
    }
    if is_any_path(url.target()) {
        return true;
    }
    let classed = path.match_indices('[').any(|(at, _)| {
        let inside = path[at + 1..].split(']').next().unwrap_or_default();
        let range = inside.as_bytes().windows(3).any(|three| {
            three[1] == b'-' && three[0].is_ascii_alphanumeric() && three[2] > three[0]
        });
        range && inside.len() <= 16
    });
    // A name in brackets: `{id}` is one, the brackets of a request's own data are not.
    let named = |open: char, close: char| {
        path.match_indices(open).any(|(at, _)| {
            let inside = path[at + 1..].split(close).next().unwrap_or_default();
            !path[..at].ends_with('$')
                && (1..=32).contains(&inside.len())
                && path[at + 1 + inside.len()..].starts_with(close)
                && inside.starts_with(|c: char| c.is_ascii_alphabetic())
                && inside
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b' ' | b'%'))
        })
    };
    let (braced, angled) = (named('{', '}'), named('<', '>'));
    path.contains('*') || path.contains("%E2%80%A6") || angled || braced || classed
}

/// Hexadecimal digits, perhaps with the name of the algorithm before them: `SHA256:…`, `md5=…`.
fn hash(live: &str) -> Result<Parsed, Refusal> {
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

#[cfg(test)]
mod tests;

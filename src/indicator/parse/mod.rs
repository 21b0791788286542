//! From text to a typed, canonical indicator.

mod any;
mod pattern;
mod typed;

use super::address;
use super::ioc::Ioc;
use super::ioc_type::IocType;
use super::parsed::Parsed;
use super::refang::refang;
use super::refusal::Refusal;
use super::type_plugin::Parse;
use crate::hidden::is_hidden;
use crate::reason::Reason;
use any::any;
use typed::{domain, expected_address, hash};

pub(crate) use any::is_technique;
pub(crate) use typed::{cve, domain_name, email, hash_of, ipv4, ipv6, token, url};

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

#[cfg(test)]
mod tests;

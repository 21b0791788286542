//! E-mail addresses.

use std::fmt;

use super::domain::Domain;
use super::refusal::Refusal;
use crate::reason::Reason;

/// An e-mail address; the domain is in lower case, the local part as it was given (RFC 5321, section 2.4).
///
/// ```
/// use socdef_sigma::{Ioc, indicator::parse};
///
/// let Ioc::Email(email) = parse("Billing@EVIL.example").unwrap().ioc else { panic!() };
/// assert_eq!(email.to_string(), "Billing@evil.example");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Email {
    local: String,
    domain: Domain,
}

impl Email {
    /// Reads `local@domain`, with a local part of RFC 5322's `dot-atom` and of letters beyond ASCII (RFC 6531).
    pub(crate) fn parse(text: &str) -> Result<Email, Refusal> {
        let invalid = || Refusal::new(Reason::InvalidEmail);
        let address = match text.get(..7) {
            Some(head) if head.eq_ignore_ascii_case("mailto:") => &text[7..],
            _ => text,
        };
        let (local, domain) = address.rsplit_once('@').ok_or_else(invalid)?;
        let atom = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
        let well_formed = local.len() <= 64
            && local
                .split('.')
                .all(|part| !part.is_empty() && part.chars().all(atom));
        if !well_formed {
            return Err(invalid());
        }
        Ok(Email {
            local: local.to_owned(),
            domain: Domain::parse(domain).map_err(|_| invalid())?,
        })
    }

    /// The part before the `@`.
    ///
    /// ```
    /// use socdef_sigma::{Ioc, indicator::parse};
    ///
    /// let Ioc::Email(email) = parse("Billing@evil.example").unwrap().ioc else { panic!() };
    /// assert_eq!(email.local(), "Billing");
    /// ```
    pub fn local(&self) -> &str {
        &self.local
    }

    /// The part after the `@`.
    ///
    /// ```
    /// use socdef_sigma::{Ioc, indicator::parse};
    ///
    /// let Ioc::Email(email) = parse("billing@EVIL.example").unwrap().ioc else { panic!() };
    /// assert_eq!(email.domain().as_str(), "evil.example");
    /// ```
    pub fn domain(&self) -> &Domain {
        &self.domain
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domain_is_folded_and_the_local_part_is_not() {
        let read = |text| Email::parse(text).map(|email| email.to_string()).ok();
        assert_eq!(
            read("A.b+c@EVIL.Example").as_deref(),
            Some("A.b+c@evil.example")
        );
        assert_eq!(
            read("mailto:a@evil.example").as_deref(),
            Some("a@evil.example")
        );
        for text in [
            "a@",
            "@evil.example",
            "a@b@c",
            "a..b@evil.example",
            "a b@evil.example",
            "a@localhost",
            "evil.example",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}

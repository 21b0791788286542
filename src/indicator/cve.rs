//! CVE ids.

use std::fmt;

use super::refusal::Refusal;
use crate::reason::Reason;

/// A CVE id: a year, and a number of at least four digits.
///
/// ```
/// use socdef_sigma::{Ioc, indicator::parse};
///
/// let Ioc::Cve(cve) = parse("cve-2017-144444").unwrap().ioc else { panic!() };
/// assert_eq!(cve.to_string(), "CVE-2017-144444");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cve {
    year: u16,
    number: String,
}

impl Cve {
    /// Reads `CVE-2017-1188`, in any case, with `-`, `_`, a space or a dash of a word processor between the parts.
    ///
    /// Source: the CVE program's id syntax; the first ids are of 1999.
    pub(crate) fn parse(text: &str) -> Result<Cve, Refusal> {
        let invalid = || Refusal::new(Reason::InvalidCve);
        let rest = match text.get(..3) {
            Some(head) if head.eq_ignore_ascii_case("cve") => &text[3..],
            _ => return Err(invalid()),
        };
        let mut parts = rest.split(|c| matches!(c, '_' | ' ') || is_dash(c));
        let (Some(""), Some(year), Some(number), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(invalid());
        };
        let digits = |text: &str, least: usize, most: usize| {
            (least..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
        };
        if !digits(year, 4, 4) || !digits(number, 4, 19) {
            return Err(invalid());
        }
        let year: u16 = year.parse().map_err(|_| invalid())?;
        if !(1999..=2099).contains(&year) {
            return Err(invalid());
        }
        // Zeros fill up to four digits and no further: CVE-2017-0144.
        let significant = number.trim_start_matches('0');
        Ok(Cve {
            year,
            number: format!("{significant:0>4}"),
        })
    }

    /// The year.
    ///
    /// ```
    /// use socdef_sigma::{Ioc, indicator::parse};
    ///
    /// let Ioc::Cve(cve) = parse("CVE-2017-0144").unwrap().ioc else { panic!() };
    /// assert_eq!(cve.year(), 2017);
    /// ```
    pub fn year(&self) -> u16 {
        self.year
    }

    /// The number, with its leading zeros.
    ///
    /// ```
    /// use socdef_sigma::{Ioc, indicator::parse};
    ///
    /// let Ioc::Cve(cve) = parse("CVE-2017-0144").unwrap().ioc else { panic!() };
    /// assert_eq!(cve.number(), "0144");
    /// ```
    pub fn number(&self) -> &str {
        &self.number
    }
}

/// A hyphen, or one of the dashes that word processors put in its place.
pub(crate) fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}'
    )
}

impl fmt::Display for Cve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CVE-{}-{}", self.year, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        for spelling in [
            "CVE-2017-0144",
            "cve_2017_0144",
            "Cve 2017 0144",
            "CVE-2017-00144",
            "CVE–2017—0144",
            "CVE\u{2011}2017\u{2212}0144",
        ] {
            assert_eq!(
                Cve::parse(spelling).unwrap().to_string(),
                "CVE-2017-0144",
                "{spelling}"
            );
        }
        for text in [
            "CVE-2017-118",
            "CVE-1998-1234",
            "CVE-2017",
            "CVE2017-1188",
            "CVE-2017-1188-1",
            "CVE-2017-11a8",
            "CAN-2017-1188",
        ] {
            assert!(Cve::parse(text).is_err(), "{text}");
        }
    }
}

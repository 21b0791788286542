//! The typed indicator: its types, its canonical form, and what a feed says about it. No input or output here.
//!
//! One file for each type of value (`address`, `domain`, `url`, `hash`, `cve`, `email`), one for finding
//! the type ([`parse()`]), one for undoing defanged spellings ([`refang()`]), one for each scale that feeds use.

mod address;
mod bounds;
mod confidence;
mod cve;
mod date;
mod domain;
mod email;
mod hash;
mod identity;
mod ioc;
mod ioc_type;
pub(crate) mod parse;
mod parsed;
mod port;
pub(crate) mod range;
mod refang;
mod refusal;
mod retype;
mod sector;
mod source;
mod tlp;
mod type_plugin;
mod union;
mod url;
mod vulnerability;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub(crate) use address::expanded;
pub use bounds::{Bound, LeftOut};
pub use confidence::Confidence;
pub(crate) use confidence::is_unreadable_tag;
pub use cve::Cve;
pub(crate) use cve::is_dash;
pub use date::{parse_age, parse_date};
pub use domain::Domain;
pub(crate) use domain::is_file_ending;
pub use email::Email;
pub use hash::{Algorithm, Hash};
#[doc(hidden)]
pub use inventory;
pub use ioc::{Ioc, Token};
pub use ioc_type::IocType;
pub use parse::{Expect, parse, parse_as};
pub(crate) use parse::{MAX_VALUE_BYTES, read_as};
pub use parsed::Parsed;
pub use refang::refang;
pub(crate) use refang::{bracketed, is_marked, live, marked, unmarked};
pub use refusal::Refusal;
pub(crate) use retype::parse_declared;
pub use sector::Sector;
pub use source::Source;
pub use tlp::Tlp;
#[doc(hidden)]
pub use type_plugin::Registered;
pub use type_plugin::{Objection, Parse, TypePlugin};
pub use url::{Host, Url};
pub use vulnerability::Vulnerability;

use crate::location::Place;

/// The known role of an e-mail address.
///
/// ```
/// use socdef_sigma::{Indicator, indicator::{EmailRole, parse}};
///
/// let as_role = |role| Indicator { email_role: Some(role), ..Indicator::new(parse("a@evil.example").unwrap()) };
/// let mut indicator = as_role(EmailRole::Sender);
/// indicator.absorb(as_role(EmailRole::Recipient));
/// assert_eq!(indicator.email_role, Some(EmailRole::Both));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EmailRole {
    /// It sent mail.
    Sender,
    /// It received mail: the drop box of a stealer, say.
    Recipient,
    /// Both were seen.
    Both,
}

/// An indicator of compromise with all that its feed says about it.
///
/// ```
/// use socdef_sigma::{Indicator, indicator::parse};
/// let mut indicator = Indicator::new(parse("evil[.]example").unwrap());
/// indicator.tags.push("c2".to_owned());
/// assert_eq!(indicator.ioc.to_string(), "evil.example");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Indicator {
    /// The typed value.
    #[serde(flatten)]
    pub ioc: Ioc,
    /// How sure the producer is; `None` where the feed does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// When it was first seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<DateTime<Utc>>,
    /// When it was last seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<DateTime<Utc>>,
    /// Until when its producer stands by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<DateTime<Utc>>,
    /// Whether its producer has taken it back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub revoked: bool,
    /// Who published it, in the order of reading: `SOC Defenders`, `ESET`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub producers: Vec<String>,
    /// The articles and feeds that name it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
    /// Addresses of reports about it, beside those of the sources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    /// What the feed says about it in free text, one entry for each feed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<String>,
    /// The feed's own tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// ATT&CK techniques by id, upper case: `T1071.001`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mitre_techniques: Vec<String>,
    /// The sectors that it is aimed at, as CISA's slugs where the feed's words are known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub industries: Vec<String>,
    /// The ports seen with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<u16>,
    /// How far it may be shared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tlp: Option<Tlp>,
    /// The part an e-mail address played, where the feed says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_role: Option<EmailRole>,
    /// What a catalogue of vulnerabilities says about a CVE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vulnerability: Option<Vulnerability>,
    /// Live spellings that say more than the canonical form does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub originals: Vec<String>,
    /// Whether it is a further network of the range whose first network came before it: a range counts as one value. Of
    /// this run, so not stored.
    #[serde(skip)]
    pub continues: bool,
    /// Where it was read. Of this run, so not stored.
    #[serde(skip)]
    pub place: Option<Place>,
    /// The parts that had reached their bounds. Of this run, so not stored.
    #[serde(skip)]
    pub left_out: LeftOut,
}

impl Indicator {
    /// An indicator of which nothing but the value is known.
    ///
    /// ```
    /// use socdef_sigma::{Indicator, indicator::parse};
    ///
    /// let indicator = Indicator::new(parse("198.51.100[.]7:8080").unwrap());
    /// assert_eq!(indicator.ports, [8080]);
    /// assert_eq!(indicator.confidence, None);
    /// ```
    pub fn new(parsed: Parsed) -> Indicator {
        Indicator {
            ioc: parsed.ioc,
            confidence: None,
            first_seen: None,
            last_seen: None,
            valid_until: None,
            revoked: false,
            producers: Vec::new(),
            sources: Vec::new(),
            references: Vec::new(),
            context: Vec::new(),
            tags: Vec::new(),
            mitre_techniques: Vec::new(),
            industries: Vec::new(),
            ports: parsed.port.into_iter().collect(),
            tlp: None,
            email_role: None,
            vulnerability: None,
            originals: parsed.original.into_iter().collect(),
            continues: false,
            place: None,
            left_out: LeftOut::default(),
        }
    }

    /// When it was last known to be in use: last seen, else first seen.
    pub(crate) fn last_activity(&self) -> Option<DateTime<Utc>> {
        self.last_seen.or(self.first_seen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<DateTime<Utc>> {
        parse_date(text)
    }

    #[test]
    fn merging_keeps_the_strongest_of_everything() {
        let mut one = Indicator::new(parse("198.51.100.7:443").unwrap());
        one.confidence = Some(Confidence::Low);
        one.first_seen = at("2024-02-01");
        one.last_seen = at("2024-02-02");
        one.tlp = Some(Tlp::Green);
        one.tags = vec!["a".into(), "b".into()];
        let mut other = Indicator::new(parse("198.51.100.7:80").unwrap());
        other.confidence = Some(Confidence::High);
        other.first_seen = at("2024-01-01");
        other.last_seen = at("2024-01-02");
        other.tlp = Some(Tlp::Red);
        other.tags = vec!["b".into(), "c".into()];
        one.absorb(other);
        assert_eq!(one.confidence, Some(Confidence::High));
        assert_eq!(
            (one.first_seen, one.last_seen),
            (at("2024-01-01"), at("2024-02-02"))
        );
        assert_eq!(one.tlp, Some(Tlp::Red));
        assert_eq!(one.tags, ["a", "b", "c"]);
        assert_eq!(one.ports, [80, 443]);
    }

    #[test]
    fn an_indicator_survives_json() {
        let mut one = Indicator::new(parse("http://u@evil.example/a?b#c").unwrap());
        one.confidence = Some(Confidence::Low);
        one.first_seen = at("2024-02-01T10:11:12.5Z");
        one.tlp = Some(Tlp::AmberStrict);
        one.sources.push(Source {
            category: Some("news".into()),
            ..Source::default()
        });
        let json = serde_json::to_string(&one).unwrap();
        assert_eq!(
            serde_json::from_str::<Indicator>(&json).unwrap(),
            one,
            "{json}"
        );
        assert!(serde_json::from_str::<Indicator>(r#"{"type": "ipv4", "value": "x"}"#).is_err());
    }

    #[test]
    fn merging_unites_what_is_said_of_a_vulnerability() {
        let day = |text: &str| text.parse().ok();
        let sighting = |vulnerability| Indicator {
            vulnerability,
            ..Indicator::new(parse("CVE-2024-12345").unwrap())
        };
        let one = Vulnerability {
            product: Some("Product".into()),
            due_date: day("2024-03-02"),
            ransomware: true,
            cwes: vec!["CWE-22".into()],
            ..Vulnerability::default()
        };
        let other = Vulnerability {
            vendor: Some("Vendor".into()),
            product: Some("product".into()),
            date_added: day("2024-02-01"),
            due_date: day("2024-03-01"),
            cwes: vec!["CWE-22".into(), "CWE-79".into()],
            ..Vulnerability::default()
        };
        let merge = |mut one: Indicator, other| {
            one.absorb(other);
            one.vulnerability
        };
        let united = merge(sighting(Some(one.clone())), sighting(Some(other.clone())));
        let expected = Vulnerability {
            vendor: other.vendor.clone(),
            date_added: other.date_added,
            due_date: other.due_date,
            cwes: other.cwes.clone(),
            ..one.clone()
        };
        assert_eq!(united, Some(expected));
        assert_eq!(
            merge(sighting(None), sighting(Some(other.clone()))),
            Some(other)
        );
        assert_eq!(
            merge(sighting(Some(one.clone())), sighting(None)),
            Some(one)
        );
    }

    #[test]
    fn one_live_sighting_keeps_an_indicator_alive() {
        let revoked = || Indicator {
            revoked: true,
            ..Indicator::new(parse("198.51.100.7").unwrap())
        };
        let expired = |day| Indicator {
            valid_until: at(day),
            ..Indicator::new(parse("198.51.100.7").unwrap())
        };
        let merge = |mut one: Indicator, other| {
            one.absorb(other);
            (one.revoked, one.valid_until)
        };
        assert!(merge(revoked(), revoked()).0);
        assert_eq!(
            merge(revoked(), Indicator::new(parse("198.51.100.7").unwrap())),
            (false, None)
        );
        assert_eq!(
            merge(revoked(), expired("2024-01-01")),
            (false, at("2024-01-01"))
        );
        assert_eq!(
            merge(expired("2023-01-01"), expired("2024-01-01")),
            (false, at("2024-01-01"))
        );
    }
}

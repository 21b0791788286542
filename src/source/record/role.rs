//! What a column of a table, or a field of an object, holds.

use super::confidence::Scale;
use super::judgement::Judgement;
use crate::indicator::{EmailRole, Expect};
use crate::reason::Reason;

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Indicators to read so.
    Value(Expect, Option<EmailRole>),
    /// Indicators of the type that the type column of their record gives.
    Typed,
    /// Patterns of STIX, with indicators in them.
    Pattern,
    /// Values that are not to be matched, for this reason.
    Refused(Reason),
    /// The first address of a range, the last one, and the mask or prefix length of an address beside it.
    RangeStart,
    RangeEnd,
    Mask,
    /// The types of the indicators.
    Type,
    /// What decides whether the record is meant for detection at all.
    Judged(Judgement),
    Confidence(Scale),
    FirstSeen,
    /// A date of the record, which stands in for the date of the first sighting.
    Date,
    LastSeen,
    ValidUntil,
    Tags,
    /// Free text.
    Context,
    /// Addresses of reports and of services. They are never indicators.
    Reference,
    /// Who registered a name, or whom to write to. Never an indicator.
    Contact,
    /// Title or address of the article.
    Article,
    /// The feed's name.
    Feed,
    Category,
    Tlp,
    Industry,
    Port,
    Technique,
    Producer,
    Revoked,
    /// The name of a family of malware: a tag.
    Family,
    /// Who reported it to the publisher.
    Reporter,
    /// What its publisher says about it, under this name.
    Fact(&'static str),
    /// The parts of a catalogue of vulnerabilities.
    Vendor,
    Product,
    VulnerabilityName,
    DateAdded,
    DueDate,
    Ransomware,
    Weakness,
    /// The event of MISP that the record belongs to.
    Event,
    /// Values of a type for which there is no rule.
    Other,
    /// Something about the indicator that is not kept.
    Ignored,
    /// The name says nothing: the cells decide whether they are indicators.
    Unknown,
}

impl Role {
    /// Whether the cells hold the values of their record.
    pub(crate) const fn is_value(self) -> bool {
        matches!(
            self,
            Role::Value(..) | Role::Typed | Role::Pattern | Role::Refused(_) | Role::RangeStart
        )
    }

    /// Whether a cell is a word, a number or a date of few characters, in which no value can stand.
    pub(crate) const fn is_plain(self) -> bool {
        matches!(
            self,
            Role::Type
                | Role::Confidence(_)
                | Role::FirstSeen
                | Role::Date
                | Role::LastSeen
                | Role::ValidUntil
                | Role::DateAdded
                | Role::DueDate
                | Role::Tlp
                | Role::Port
                | Role::Revoked
                | Role::Ransomware
                | Role::Judged(_)
        )
    }
}

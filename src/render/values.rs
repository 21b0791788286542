//! What differs between the rules of two indicators.

use chrono::{DateTime, SecondsFormat, Utc};
use uuid::Uuid;

use crate::indicator::{Confidence, Indicator};
use crate::registry::{DerivedValue, DerivedValues};
use crate::template::Template;

/// What every rule of a run has in common.
///
/// ```
/// use socdef_sigma::{Confidence, render::RenderSettings};
///
/// let settings = RenderSettings { now: chrono::Utc::now(), default_confidence: Confidence::Low };
/// assert_eq!(settings.default_confidence, Confidence::Low);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RenderSettings {
    /// The date of rules whose feed has none. One value for the whole run.
    pub now: DateTime<Utc>,
    /// The confidence of indicators whose feed states none.
    pub default_confidence: Confidence,
}

/// The difference between the rules of two indicators with the same metadata: every text that comes from the value
/// or from a date.
#[derive(Debug, Clone)]
pub(crate) struct Values {
    /// The rule's id.
    pub(crate) id: Uuid,
    /// The value as titles have it.
    pub(crate) display: String,
    /// The first characters of the id, for titles in which the value is cut.
    pub(crate) short_id: String,
    /// `date` of the rule.
    pub(crate) date: String,
    /// `modified` of the rule.
    pub(crate) modified: Option<String>,
    /// The canonical value.
    pub(crate) value: String,
    /// The spellings that say more.
    pub(crate) originals: Vec<String>,
    /// The moments in `socdef`, in its order: three of the indicator, and two of each source.
    pub(crate) moments: Vec<Option<String>>,
    /// The derived values.
    pub(crate) derived: DerivedValues,
}

impl Values {
    /// The texts of an indicator in the rule of a template.
    pub(crate) fn of(
        template: &Template,
        indicator: &Indicator,
        settings: &RenderSettings,
    ) -> Values {
        let value = indicator.ioc.to_string();
        let id = template.id_of(indicator.ioc.ioc_type(), &value);
        let (date, modified) = dates(indicator, settings);
        let derived = template.derived(indicator);
        let display = display(&derived, &value);
        let moment = |moment: Option<DateTime<Utc>>| {
            moment.map(|m| m.to_rfc3339_opts(SecondsFormat::AutoSi, true))
        };
        Values {
            id,
            display,
            short_id: short_id(id),
            date,
            modified,
            value,
            originals: indicator.originals.clone(),
            moments: moments(indicator).map(moment).collect(),
            derived,
        }
    }

    /// The same with other derived values.
    pub(crate) fn with_derived(self, derived: DerivedValues) -> Values {
        Values {
            display: display(&derived, &self.value),
            derived,
            ..self
        }
    }
}

/// How many of the moments are of the indicator itself.
pub(super) const OWN_MOMENTS: usize = 3;

fn moments(indicator: &Indicator) -> impl Iterator<Item = Option<DateTime<Utc>>> {
    let own: [_; OWN_MOMENTS] = [
        indicator.first_seen,
        indicator.last_seen,
        indicator.valid_until,
    ];
    let sources = indicator.sources.iter();
    own.into_iter()
        .chain(sources.flat_map(|source| [source.first_seen, source.last_seen]))
}

fn display(derived: &DerivedValues, value: &str) -> String {
    match derived.get("display") {
        Some(DerivedValue::Text(text)) => text.clone(),
        _ => value.to_owned(),
    }
}

fn short_id(id: Uuid) -> String {
    let mut buffer = Uuid::encode_buffer();
    id.simple().encode_upper(&mut buffer)[..8].to_owned()
}

/// The rule's `date` and, where the feed saw the indicator again on a later day, `modified`.
fn dates(indicator: &Indicator, settings: &RenderSettings) -> (String, Option<String>) {
    let day = |moment: DateTime<Utc>| moment.date_naive();
    let first = indicator
        .first_seen
        .or(indicator.last_seen)
        .unwrap_or(settings.now);
    let modified = indicator
        .last_seen
        .map(day)
        .filter(|last| *last > day(first));
    // The form of ISO 8601 is that of Sigma.
    (
        day(first).to_string(),
        modified.map(|last| last.to_string()),
    )
}

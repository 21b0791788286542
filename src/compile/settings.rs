//! What to make of the indicators.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::error::{Error, ErrorKind, Result};
use crate::indicator::{Confidence, IocType, Tlp};
use crate::lists::Lists;
use crate::template::Selection;

/// What to make of the indicators. The default takes everything that the guard lets pass.
///
/// ```
/// use socdef_sigma::{Confidence, Tlp, compile::Settings};
///
/// let settings = Settings {
///     min_confidence: Some(Confidence::High),
///     max_tlp: Some(Tlp::Green),
///     ..Settings::new(chrono::Utc::now())
/// };
/// assert!(settings.guard);
/// ```
#[derive(Debug, Clone)]
pub struct Settings {
    /// The moment that stands for now: for validity, and for the date of rules whose feed has none.
    pub now: DateTime<Utc>,
    /// Only these types; the ones of the SOC Defenders API ([`IocType::DEFAULT`]) where it is empty.
    pub types: Vec<IocType>,
    /// Only indicators last active at this moment or later; those without dates pass.
    pub since: Option<DateTime<Utc>>,
    /// Only indicators last active at this moment or earlier; those without dates pass.
    pub until: Option<DateTime<Utc>>,
    /// Only indicators of exactly this confidence.
    pub confidence: Option<Confidence>,
    /// Only indicators of this confidence or a higher one.
    pub min_confidence: Option<Confidence>,
    /// The confidence of indicators whose feed states none.
    pub default_confidence: Confidence,
    /// Only indicators of this sector or industry.
    pub industry: Option<String>,
    /// At most so many indicators, the first ones.
    pub limit: Option<u64>,
    /// Names the producer in place of what the feed says.
    pub producer: Option<String>,
    /// Only indicators that may be shared so far; those without a label pass.
    pub max_tlp: Option<Tlp>,
    /// Whether the guard drops what would match too much.
    pub guard: bool,
    /// Whether revoked and expired indicators pass the guard.
    pub keep_expired: bool,
    /// The lists of indicators that must never alert. They apply with the guard on and off.
    pub lists: Arc<Lists>,
    /// The templates to make rules with.
    pub templates: Arc<Selection>,
}

impl Settings {
    /// Settings that take everything, with this moment as now.
    ///
    /// ```
    /// use socdef_sigma::{Confidence, compile::Settings};
    ///
    /// let settings = Settings::new(chrono::Utc::now());
    /// assert_eq!(settings.default_confidence, Confidence::Medium);
    /// assert!(settings.limit.is_none() && settings.guard);
    /// ```
    pub fn new(now: DateTime<Utc>) -> Settings {
        Settings {
            now,
            types: Vec::new(),
            since: None,
            until: None,
            confidence: None,
            min_confidence: None,
            default_confidence: Confidence::Medium,
            industry: None,
            limit: None,
            producer: None,
            max_tlp: None,
            guard: true,
            keep_expired: false,
            lists: Arc::default(),
            templates: Selection::registered(),
        }
    }

    /// The types of these names; `all` stands for every registered one.
    ///
    /// ```
    /// use socdef_sigma::{IocType, compile::Settings};
    /// assert_eq!(Settings::types_of(&["url", "ja3"]).unwrap().len(), 2);
    /// assert_eq!(Settings::types_of(&["all"]).unwrap(), IocType::all());
    /// ```
    ///
    /// # Errors
    /// One line that lists the names, where a name is unknown.
    pub fn types_of<T: AsRef<str>>(names: &[T]) -> std::result::Result<Vec<IocType>, String> {
        match names.iter().any(|name| name.as_ref() == "all") {
            true => Ok(IocType::all().to_vec()),
            false => names.iter().map(|name| name.as_ref().parse()).collect(),
        }
    }

    /// Whether indicators of this type were asked for.
    ///
    /// ```
    /// use socdef_sigma::{IocType, compile::Settings};
    ///
    /// let mut settings = Settings::new(chrono::Utc::now());
    /// let ja3: IocType = "ja3".parse().unwrap();
    /// assert!(settings.takes(IocType::Url) && !settings.takes(ja3));
    /// settings.types = vec![ja3];
    /// assert!(!settings.takes(IocType::Url) && settings.takes(ja3));
    /// ```
    pub fn takes(&self, kind: IocType) -> bool {
        match self.types.is_empty() {
            true => kind.plugin().is_default,
            false => self.types.contains(&kind),
        }
    }

    /// Whether there is a filter that judges each statement about an indicator.
    pub(super) fn judges_records(&self) -> bool {
        self.since.is_some()
            || self.until.is_some()
            || self.confidence.is_some()
            || self.min_confidence.is_some()
            || self.industry.is_some()
            || self.max_tlp.is_some()
    }

    /// The value of `SOURCE_DATE_EPOCH` as a moment, else the clock.
    ///
    /// # Errors
    /// [`ErrorKind::BadUsage`] where the variable is set and is not a number of seconds.
    ///
    /// ```
    /// use socdef_sigma::compile::Settings;
    ///
    /// // The clock, where `SOURCE_DATE_EPOCH` is not set.
    /// let settings = Settings::new(Settings::now_from_environment()?);
    /// assert!(settings.now <= chrono::Utc::now());
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn now_from_environment() -> Result<DateTime<Utc>> {
        let Some(text) = std::env::var_os("SOURCE_DATE_EPOCH") else {
            return Ok(Utc::now());
        };
        let seconds = text.to_str().and_then(|text| text.parse::<i64>().ok());
        seconds
            .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::BadUsage,
                    format!(
                        "`SOURCE_DATE_EPOCH={}` is not a number of seconds",
                        text.display()
                    ),
                )
            })
    }
}

//! A plan: what a key may ask for, and how often.

use serde::Deserialize;

use crate::wire::MAX_LIMIT;

/// A format that a plan may cover.
///
/// ```
/// use socdef_sigma::serve::{Config, PlanFormat};
/// assert_eq!(Config::default().plans["free"].formats, [PlanFormat::Json]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlanFormat {
    /// The JSON list.
    Json,
    /// The list as CSV.
    Csv,
    /// The list as bare values.
    Txt,
    /// Sigma rules.
    Sigma,
}

impl PlanFormat {
    /// The name in the configuration.
    ///
    /// ```
    /// use socdef_sigma::serve::PlanFormat;
    /// assert_eq!(PlanFormat::Sigma.as_str(), "sigma");
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            PlanFormat::Json => "json",
            PlanFormat::Csv => "csv",
            PlanFormat::Txt => "txt",
            PlanFormat::Sigma => "sigma",
        }
    }
}

/// What a key may ask for.
///
/// ```
/// use socdef_sigma::serve::Config;
///
/// let config = Config::default();
/// assert!(config.plans["pro"].requests_per_minute > config.plans["free"].requests_per_minute);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Requests in one minute.
    pub requests_per_minute: u64,
    /// Requests in one day, from midnight to midnight UTC.
    pub requests_per_day: u64,
    /// Results in one answer.
    pub results: u64,
    /// For how many days after its last change an IOC is given out.
    pub look_back_days: u32,
    /// The formats that it covers.
    pub formats: Vec<PlanFormat>,
}

impl Plan {
    pub(super) fn free() -> Plan {
        Plan {
            requests_per_minute: 10,
            requests_per_day: 1_000,
            results: 100,
            look_back_days: 1,
            formats: vec![PlanFormat::Json],
        }
    }

    pub(super) fn pro() -> Plan {
        Plan {
            requests_per_minute: 1_000,
            requests_per_day: 1_000_000,
            results: MAX_LIMIT,
            look_back_days: 365,
            formats: vec![
                PlanFormat::Json,
                PlanFormat::Csv,
                PlanFormat::Txt,
                PlanFormat::Sigma,
            ],
        }
    }

    /// Whether it covers a format.
    pub(crate) fn covers(&self, format: PlanFormat) -> bool {
        self.formats.contains(&format)
    }
}

/// Whether a plan may have this name: up to 32 of a-z, 0-9, `-` and `_`.
pub(crate) fn is_plan_name(name: &str) -> bool {
    (1..=32).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}

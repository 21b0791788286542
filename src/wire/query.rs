//! The parameters of a request.

use std::fmt;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};

use super::MAX_LIMIT;
use crate::coded::coded;
use crate::indicator::{Confidence, IocType, Sector, parse_date};

coded! {
/// The formats of the list.
///
/// ```
/// use socdef_sigma::wire::{ListFormat, Query};
/// assert_eq!(Query::read([("format", "csv")], true).unwrap().format, ListFormat::Csv);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ListFormat in "wire" as as_str {
    /// A JSON object with `meta`, `data` and `links`.
    #[default]
    Json "json",
    /// Comma-separated values, with a header.
    Csv "csv",
    /// One bare value a line.
    Txt "txt",
}
}

/// The query. The default asks for everything, in the API's default number.
///
/// ```
/// use socdef_sigma::{IocType, wire::Query};
///
/// let query = Query { ioc_type: Some(IocType::Ipv4), limit: Some(10), ..Query::default() };
/// assert_eq!(Query::read([("type", "ipv4"), ("limit", "10")], true).unwrap(), query);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Only indicators of this type.
    pub ioc_type: Option<IocType>,
    /// Only indicators added or changed after this moment.
    pub since: Option<DateTime<Utc>>,
    /// Only indicators of exactly this confidence.
    pub confidence: Option<Confidence>,
    /// Only indicators aimed at this sector. Text, since a client may pass on what it does not know.
    pub industry: Option<String>,
    /// At most so many results.
    pub limit: Option<u64>,
    /// How many results to skip.
    pub offset: u64,
    /// The format of the list; the Sigma endpoint has none to choose.
    pub format: ListFormat,
}

/// A parameter that makes no sense: its name, and what is allowed.
///
/// ```
/// use socdef_sigma::wire::Query;
///
/// let invalid = Query::read([("offset", "-1")], true).unwrap_err();
/// assert_eq!(invalid.to_string(), "the parameter `offset` must be a number from 0");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidParameter {
    /// The parameter.
    pub name: String,
    /// What it may be, in a few words.
    pub allowed: String,
}

impl fmt::Display for InvalidParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the parameter `{}` must be {}", self.name, self.allowed)
    }
}

impl Query {
    /// Reads decoded name and value pairs. `list` says whether the query is of the list, which has a format.
    ///
    /// # Errors
    /// The first parameter that is unknown, given twice, or of a value that is not allowed. Nothing is clamped.
    ///
    /// ```
    /// use socdef_sigma::wire::Query;
    /// let query = Query::read([("type", "ipv4"), ("limit", "10")], false).unwrap();
    /// assert_eq!(query.limit, Some(10));
    /// assert_eq!(Query::read([("limit", "0")], false).unwrap_err().name, "limit");
    /// ```
    pub fn read<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
        list: bool,
    ) -> Result<Query, InvalidParameter> {
        let mut query = Query::default();
        let mut seen: Vec<&str> = Vec::new();
        for (name, value) in pairs {
            let invalid = |allowed: String| InvalidParameter {
                name: name.to_owned(),
                allowed,
            };
            if seen.contains(&name) {
                return Err(invalid("given once".to_owned()));
            }
            seen.push(name);
            match name {
                "type" => {
                    let kind = IocType::DEFAULT
                        .into_iter()
                        .find(|kind| kind.as_str() == value)
                        .ok_or_else(|| invalid(one_of(&IocType::DEFAULT.map(IocType::as_str))))?;
                    query.ioc_type = Some(kind);
                }
                "since" => {
                    let date = moment(value)
                        .ok_or_else(|| invalid("an ISO 8601 date or time".to_owned()))?;
                    query.since = Some(date);
                }
                "confidence" => {
                    let level = Confidence::ALL
                        .into_iter()
                        .find(|level| level.as_str() == value);
                    query.confidence = Some(level.ok_or_else(|| {
                        invalid(one_of(&Confidence::ALL.map(Confidence::as_str)))
                    })?);
                }
                "industry" => {
                    let sector: Sector =
                        value.parse().map_err(|_| invalid(one_of(&Sector::SLUGS)))?;
                    query.industry = Some(sector.as_str().to_owned());
                }
                "limit" => {
                    let limit = number(value).filter(|limit| (1..=MAX_LIMIT).contains(limit));
                    query.limit = Some(
                        limit.ok_or_else(|| invalid(format!("a number from 1 to {MAX_LIMIT}")))?,
                    );
                }
                "offset" => {
                    let offset = number(value).filter(|offset| *offset <= i64::MAX as u64);
                    query.offset = offset.ok_or_else(|| invalid("a number from 0".to_owned()))?;
                }
                "format" if list => {
                    let format = ListFormat::ALL
                        .into_iter()
                        .find(|format| format.as_str() == value);
                    query.format = format
                        .ok_or_else(|| invalid(one_of(&ListFormat::ALL.map(ListFormat::as_str))))?;
                }
                _ => {
                    let mut names =
                        vec!["type", "since", "confidence", "industry", "limit", "offset"];
                    if list {
                        names.push("format");
                    }
                    return Err(InvalidParameter {
                        name: name.to_owned(),
                        allowed: format!("{}; this one is unknown", one_of(&names)),
                    });
                }
            }
        }
        Ok(query)
    }

    /// The name and value pairs that ask for it, not yet encoded; parameters at their default are left out.
    ///
    /// ```
    /// use socdef_sigma::{Confidence, wire::Query};
    ///
    /// let query = Query { confidence: Some(Confidence::High), offset: 20, ..Query::default() };
    /// assert_eq!(query.pairs(), [("confidence", "high".to_owned()), ("offset", "20".to_owned())]);
    /// ```
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        if let Some(kind) = self.ioc_type {
            pairs.push(("type", kind.to_string()));
        }
        if let Some(since) = self.since {
            pairs.push(("since", since.to_rfc3339_opts(SecondsFormat::AutoSi, true)));
        }
        if let Some(level) = self.confidence {
            pairs.push(("confidence", level.to_string()));
        }
        if let Some(industry) = &self.industry {
            pairs.push(("industry", industry.clone()));
        }
        if let Some(limit) = self.limit {
            pairs.push(("limit", limit.to_string()));
        }
        if self.offset > 0 {
            pairs.push(("offset", self.offset.to_string()));
        }
        if self.format != ListFormat::Json {
            pairs.push(("format", self.format.as_str().to_owned()));
        }
        pairs
    }
}

/// A date or time as feeds write it, or of any year.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    let day = || {
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        (text.len() == 10).then(|| day.and_hms_opt(0, 0, 0))?
    };
    parse_date(text)
        .or_else(|| Some(DateTime::parse_from_rfc3339(text).ok()?.to_utc()))
        .or_else(|| Some(day()?.and_utc()))
}

/// Digits only: `parse` takes a sign, too.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

fn one_of(names: &[&str]) -> String {
    format!("one of {}", names.join(", "))
}

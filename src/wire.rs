//! The contract of the endpoint: paths, query, bodies, headers and errors. The server and the client share it.
//!
//! Source: the public documentation of the SOC Defenders API. Where its pages differ, the client takes both forms and the
//! server speaks the one of the Sigma endpoint's page.

use std::fmt;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::coded::coded;
use crate::indicator::{
    Confidence, EmailRole, Indicator, IocType, Sector, Source, Vulnerability, parse_date,
};

/// The upstream service.
pub const UPSTREAM: &str = "https://socdefenders.ai";
/// `GET`: Sigma rules as a multi-document YAML file. Pro keys only.
pub const SIGMA_PATH: &str = "/api/v1/iocs/sigma";
/// `GET`: indicators as a JSON list, or as CSV or TXT.
pub const IOCS_PATH: &str = "/api/v1/iocs";
/// `GET`: the description of the endpoint in OpenAPI 3.1.
pub const OPENAPI_PATH: &str = "/api/openapi.json";
/// `GET`: whether the process is up.
pub const HEALTH_PATH: &str = "/healthz";
/// `GET`: whether the store can be read.
pub const READY_PATH: &str = "/readyz";
/// `GET`: counters for Prometheus.
pub const METRICS_PATH: &str = "/metrics";

/// The content type of rules. `text/yaml` is seen upstream too.
pub const YAML: &str = "application/yaml";
/// The answer of the Sigma endpoint where nothing matches: a comment, which every reader takes for no rules.
pub const NO_RULES: &str = "# no rules\n";
/// How many results an answer has when no limit is asked for.
pub const DEFAULT_LIMIT: u64 = 100;
/// The highest limit that can be asked for.
pub const MAX_LIMIT: u64 = 10_000;

/// The header with the key, beside `Authorization: Bearer`.
pub const API_KEY_HEADER: &str = "x-api-key";
/// The header with the number of all results of a query, also behind the limit.
pub const TOTAL_HEADER: &str = "x-total-count";
/// The header with the requests that the plan allows in the current window.
pub const RATE_LIMIT_HEADER: &str = "x-ratelimit-limit";
/// The header with those that are left.
pub const RATE_REMAINING_HEADER: &str = "x-ratelimit-remaining";
/// The header with the end of the window, in seconds of Unix time.
pub const RATE_RESET_HEADER: &str = "x-ratelimit-reset";
/// The header with the id of the request, as in the error envelope and in the server's log.
pub const REQUEST_ID_HEADER: &str = "x-request-id";
/// What every key begins with.
pub const KEY_PREFIX: &str = "sk_live_";

coded! {
/// The formats of the list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ListFormat as as_str {
    /// A JSON object with `meta`, `data` and `links`.
    #[default]
    Json "json",
    /// [`CSV_COLUMNS`], with a header.
    Csv "csv",
    /// One bare value a line.
    Txt "txt",
}
}

/// The columns of the CSV export.
pub const CSV_COLUMNS: [&str; 10] = [
    "id",
    "type",
    "value",
    "confidence",
    "first_seen",
    "last_seen",
    "source_article",
    "source_feed",
    "category",
    "tags",
];

/// The query. The default asks for everything, in the API's default number.
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

coded! {
/// The codes of the error envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCode as as_str {
    /// No key was sent.
    MissingApiKey "missing_api_key",
    /// The key is not known, or revoked.
    InvalidApiKey "invalid_api_key",
    /// The key's time is over.
    ExpiredApiKey "expired_api_key",
    /// The plan of the key does not cover the endpoint.
    PlanRequired "plan_required",
    /// A parameter is unknown or out of bounds.
    InvalidParameter "invalid_parameter",
    /// There is nothing at this path.
    NotFound "not_found",
    /// The path takes other methods.
    MethodNotAllowed "method_not_allowed",
    /// The request has a body that is too large.
    PayloadTooLarge "payload_too_large",
    /// The address is too long.
    UriTooLong "uri_too_long",
    /// The headers are too many or too long.
    HeadersTooLarge "headers_too_large",
    /// The plan's requests of the minute or of the day are used up.
    RateLimitExceeded "rate_limit_exceeded",
    /// The server failed; its log says how, under the request's id.
    InternalError "internal_error",
    /// The server is stopping, or has too much to do.
    Unavailable "unavailable",
}
}

impl ErrorCode {
    /// The HTTP status.
    pub const fn status(self) -> u16 {
        match self {
            ErrorCode::MissingApiKey | ErrorCode::InvalidApiKey | ErrorCode::ExpiredApiKey => 401,
            ErrorCode::PlanRequired => 403,
            ErrorCode::InvalidParameter => 400,
            ErrorCode::NotFound => 404,
            ErrorCode::MethodNotAllowed => 405,
            ErrorCode::PayloadTooLarge => 413,
            ErrorCode::UriTooLong => 414,
            ErrorCode::HeadersTooLarge => 431,
            ErrorCode::RateLimitExceeded => 429,
            ErrorCode::InternalError => 500,
            ErrorCode::Unavailable => 503,
        }
    }
}

/// The error envelope: `{"error": {…}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// The error.
    pub error: ErrorDetail,
}

/// The content of the envelope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ErrorDetail {
    /// A stable code; see [`ErrorCode`].
    pub code: String,
    /// One line for humans.
    pub message: String,
    /// The id under which the server's log has the request.
    #[serde(default)]
    pub request_id: String,
    /// Depends on the code: the parameter and its allowed values, or the plan that is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Json>,
}

/// The JSON list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct List {
    /// About the answer.
    pub meta: Meta,
    /// The indicators.
    pub data: Vec<Record>,
    /// Where to go on.
    pub links: Links,
}

/// About an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    /// The number of all results of the query.
    pub total: u64,
    /// The limit that was in force.
    pub limit: u64,
    /// How many results were left out before the first.
    pub offset: u64,
    /// The clock of the server.
    pub generated_at: DateTime<Utc>,
    /// `1.0`.
    pub feed_version: String,
    /// Who publishes the feed.
    pub source: String,
    /// The filters that were in force, by the names of the query.
    #[serde(default)]
    pub filters: Map<String, Json>,
}

/// Where to go on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Links {
    /// This answer.
    #[serde(rename = "self")]
    pub this: String,
    /// The next one; none where this is the last.
    pub next: Option<String>,
}

/// One indicator of the list: the fields of the API, and behind them those that only this project's server sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The id of the indicator's rule.
    pub id: String,
    /// The type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The canonical value.
    pub value: String,
    /// `low`, `medium` or `high`.
    pub confidence: Option<Confidence>,
    /// When it was first seen.
    pub first_seen: Option<DateTime<Utc>>,
    /// When it was last seen.
    pub last_seen: Option<DateTime<Utc>>,
    /// The first source.
    #[serde(default)]
    pub source: Source,
    /// Free text.
    pub context: Option<String>,
    /// The feeds' tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// ATT&CK techniques.
    #[serde(default)]
    pub mitre_techniques: Vec<String>,
    /// The sectors that it is aimed at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub industries: Vec<String>,
    /// The ports seen with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<u16>,
    /// How far it may be shared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tlp: Option<String>,
    /// Until when its producer stands by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<DateTime<Utc>>,
    /// Who published it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub producers: Vec<String>,
    /// Addresses of reports, beside the source's article.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    /// The part that an e-mail address played.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_role: Option<EmailRole>,
    /// What a catalogue of vulnerabilities says about a CVE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vulnerability: Option<Vulnerability>,
}

impl From<&Indicator> for Record {
    fn from(indicator: &Indicator) -> Record {
        Record {
            id: indicator.ioc.id().to_string(),
            kind: indicator.ioc.ioc_type().to_string(),
            value: indicator.ioc.to_string(),
            confidence: indicator.confidence,
            first_seen: indicator.first_seen,
            last_seen: indicator.last_seen,
            source: indicator.sources.first().cloned().unwrap_or_default(),
            context: match indicator.context.is_empty() {
                true => None,
                false => Some(indicator.context.join("; ")),
            },
            tags: indicator.tags.clone(),
            mitre_techniques: indicator.mitre_techniques.clone(),
            industries: indicator.industries.clone(),
            ports: indicator.ports.clone(),
            tlp: indicator.tlp.map(|tlp| tlp.to_string()),
            valid_until: indicator.valid_until,
            producers: indicator.producers.clone(),
            references: indicator.references.clone(),
            email_role: indicator.email_role,
            vulnerability: indicator.vulnerability.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::parse;
    use crate::source::{Found, Input, ReadOptions, read};

    #[test]
    fn a_record_reads_back_as_its_indicator() {
        let mut indicator = Indicator::new(parse("a@evil.example").expect("an address"));
        indicator.confidence = Some(Confidence::High);
        indicator.producers = vec!["ESET".to_owned(), "Volexity".to_owned()];
        indicator.references = vec!["https://example.com/report".to_owned()];
        indicator.email_role = Some(EmailRole::Recipient);
        indicator.tags = vec!["c2".to_owned()];
        indicator.mitre_techniques = vec!["T1566".to_owned()];
        indicator.industries = vec!["energy".to_owned()];
        indicator.sources = vec![Source {
            feed_name: Some("A feed".to_owned()),
            ..Source::default()
        }];
        reads_back(indicator);
        let mut known = Indicator::new(parse("CVE-2026-12345").expect("a CVE"));
        known.producers = vec!["CISA".to_owned()];
        known.vulnerability = Some(Vulnerability {
            product: Some("Product".to_owned()),
            due_date: "2026-05-22".parse().ok(),
            ransomware: true,
            ..Vulnerability::default()
        });
        reads_back(known);
    }

    fn reads_back(mut indicator: Indicator) {
        let list =
            serde_json::json!({"meta": {"source": "a server"}, "data": [Record::from(&indicator)]});
        let input = Input::from_bytes("list.json", list.to_string().as_bytes());
        let found: Vec<_> = read(&input, &ReadOptions::default())
            .expect("a list")
            .collect();
        let [Ok(Found::Indicator(again))] = found.as_slice() else {
            panic!("{found:?}")
        };
        indicator.place = again.place.clone();
        assert_eq!(**again, indicator);
    }

    #[test]
    fn a_query_says_what_is_wrong_with_it() {
        let read = |pairs: &[(&str, &str)]| {
            Query::read(pairs.iter().copied(), true).map_err(|error| error.to_string())
        };
        for (pairs, part) in [
            (
                &[("limit", "0")][..],
                "`limit` must be a number from 1 to 10000",
            ),
            (&[("limit", "10001")], "`limit` must be"),
            (&[("limit", "-1")], "`limit` must be"),
            (&[("type", "IPV4")], "`type` must be one of ipv4"),
            (
                &[("confidence", "High")],
                "`confidence` must be one of low, medium, high",
            ),
            (&[("since", "yesterday")], "`since` must be an ISO 8601"),
            (
                &[("industry", "gaming")],
                "`industry` must be one of chemical",
            ),
            (&[("offset", "-1")], "`offset` must be a number from 0"),
            (
                &[("format", "xml")],
                "`format` must be one of json, csv, txt",
            ),
            (&[("typo", "x")], "`typo` must be one of type"),
            (
                &[("type", "ipv4"), ("type", "ipv6")],
                "`type` must be given once",
            ),
        ] {
            let error = read(pairs).unwrap_err();
            assert!(error.contains(part), "{pairs:?}: {error}");
        }
        assert!(Query::read([("format", "csv")], false).is_err());
    }

    #[test]
    fn a_query_reads_back_from_its_pairs() {
        let query = Query {
            ioc_type: Some(IocType::Url),
            since: parse_date("2024-05-06T07:08:09.5Z"),
            confidence: Some(Confidence::Low),
            industry: Some("energy".to_owned()),
            limit: Some(10_000),
            offset: 7,
            format: ListFormat::Txt,
        };
        let pairs = query.pairs();
        let borrowed = pairs.iter().map(|(name, value)| (*name, value.as_str()));
        assert_eq!(Query::read(borrowed, true).unwrap(), query);
    }
}

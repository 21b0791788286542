//! The JSON list, and its rows.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::indicator::{Confidence, EmailRole, Indicator, Source, Vulnerability};

/// The columns of the CSV export: those of the API, and behind them those that only this project's server sends. A cell that a spreadsheet would calculate (it begins with `=`, `+`, `-` or `@`) has an apostrophe
/// before it, which the readers of this crate take away again; controls and invisible characters are left out.
pub(crate) const CSV_COLUMNS: [&str; 12] = [
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
    "tlp",
    "producers",
];

/// How many of them the API has.
pub(crate) const API_COLUMNS: usize = 10;

/// The JSON list.
///
/// ```
/// use socdef_sigma::wire::List;
///
/// let text = r#"{
///     "meta": {"total": 0, "limit": 100, "offset": 0, "generated_at": "2026-05-17T00:00:00Z", "feed_version": "1.0", "source": "Example CERT"},
///     "data": [],
///     "links": {"self": "/api/v1/iocs", "next": null}
/// }"#;
/// let list: List = serde_json::from_str(text).unwrap();
/// assert_eq!((list.meta.total, list.data.len(), list.links.next), (0, 0, None));
/// ```
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
///
/// ```
/// use socdef_sigma::wire::Meta;
///
/// let meta = Meta {
///     total: 250,
///     limit: 100,
///     offset: 0,
///     generated_at: "2026-05-17T00:00:00Z".parse().unwrap(),
///     feed_version: "1.0".to_owned(),
///     source: "Example CERT".to_owned(),
///     filters: Default::default(),
/// };
/// assert_eq!(serde_json::to_value(&meta).unwrap()["total"], 250);
/// ```
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
///
/// ```
/// use socdef_sigma::wire::Links;
///
/// let links = Links { this: "/api/v1/iocs".to_owned(), next: None };
/// assert_eq!(serde_json::to_value(&links).unwrap()["self"], "/api/v1/iocs");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Links {
    /// This answer.
    #[serde(rename = "self")]
    pub this: String,
    /// The next one; none where this is the last.
    pub next: Option<String>,
}

/// One indicator of the list: the fields of the API, and behind them those that only this project's server sends.
///
/// ```
/// use socdef_sigma::wire::Record;
/// use socdef_sigma::{Indicator, indicator::parse};
///
/// let record = Record::from(&Indicator::new(parse("EVIL[.]example").unwrap()));
/// assert_eq!((record.kind.as_str(), record.value.as_str()), ("domain", "evil.example"));
/// ```
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
            source: indicator
                .sources
                .first()
                .map(Source::of_api)
                .unwrap_or_default(),
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

//! The report of a call: requested, received and missing results.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value as Json, json};

/// How many refusals are kept; all are counted.
const MAX_REFUSED: usize = 1000;

/// Requested, received and missing results: `received = kept + duplicates + refused + surplus`.
///
/// ```
/// use socdef_sigma::fetch::Account;
///
/// let account = Account { received: 3, kept: 2, duplicates: 1, ..Account::default() };
/// assert_eq!(account.received, account.kept + account.duplicates + account.refused + account.surplus);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Account {
    /// Requests that were sent, redirects and retries included.
    pub requests: u64,
    /// Requests that were sent again after a failure.
    pub retries: u64,
    /// The time spent waiting for a rate limit or before another try.
    pub waited: Duration,
    /// Bytes of the answers that were used, decompressed.
    pub bytes: u64,
    /// Documents or records that came.
    pub received: u64,
    /// Those that are in the result.
    pub kept: u64,
    /// Those that came again.
    pub duplicates: u64,
    /// Those that are invalid.
    pub refused: u64,
    /// Those that came behind the limit of the caller.
    pub surplus: u64,
    /// The first of the invalid ones.
    pub refusals: Vec<Refused>,
    /// How many results the server said there are, when it was first asked.
    pub first_total: Option<u64>,
    /// The same at the end: with another number, the feed has changed in between.
    pub last_total: Option<u64>,
    /// How many results of the last total did not come, though the walk was repeated: the feed changes faster than it is read, or
    /// the server counts what it does not give.
    pub missing: u64,
    /// The parts of the feed that the server did not give in full.
    pub truncated: Vec<Truncation>,
    /// The server's clock when it made the first answer: `meta.generated_at`, else the header `Date`.
    pub server_time: Option<DateTime<Utc>>,
    /// When an indicator last left the feed, by the server's clock, where the server says so: what was asked for `since` a moment before it
    /// does not show that.
    pub last_removal: Option<DateTime<Utc>>,
    /// Who publishes the feed, by its own word.
    pub publisher: Option<String>,
}

/// A document or record that is invalid.
///
/// ```
/// use socdef_sigma::fetch::Refused;
///
/// let refused = Refused { place: "https://feed.example/api".to_owned(), number: 7, reason: "the rule has no `title`".to_owned() };
/// assert_eq!(refused.number, 7);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The address of the answer that it stood in.
    pub place: String,
    /// Its number in the answer, from 1.
    pub number: u64,
    /// The message.
    pub reason: String,
}

/// A part of the feed that the server did not give in full.
///
/// ```
/// use socdef_sigma::fetch::Truncation;
///
/// let part = Truncation { filter: "type=ipv4".to_owned(), received: 100, total: Some(250) };
/// assert_eq!(part.to_string(), "type=ipv4: 100 of 250");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truncation {
    /// The filter of the part, such as `type=ipv4 confidence=high`; empty for the whole feed.
    pub filter: String,
    /// How many results of it came.
    pub received: u64,
    /// How many there are, where the server says so.
    pub total: Option<u64>,
}

impl std::fmt::Display for Truncation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let filter = if self.filter.is_empty() {
            "all types"
        } else {
            &self.filter
        };
        match self.total {
            Some(total) => write!(f, "{filter}: {} of {total}", self.received),
            None => write!(f, "{filter}: {}, and there may be more", self.received),
        }
    }
}

impl Account {
    /// Whether the feed has changed while it was read.
    ///
    /// ```
    /// use socdef_sigma::fetch::Account;
    ///
    /// let mut account = Account { first_total: Some(10), last_total: Some(10), ..Account::default() };
    /// assert!(!account.drifted());
    /// account.last_total = Some(11);
    /// assert!(account.drifted());
    /// ```
    pub fn drifted(&self) -> bool {
        self.first_total != self.last_total
    }

    /// How many different results came.
    pub(super) fn distinct(&self) -> u64 {
        self.received - self.duplicates
    }

    /// Closes the account of a walk from `offset` that wanted at most `limit` results.
    pub(super) fn close(&mut self, offset: u64, limit: Option<u64>) {
        let behind = self.last_total.unwrap_or_default().saturating_sub(offset);
        let wanted = limit.map_or(behind, |limit| behind.min(limit));
        self.missing = wanted.saturating_sub(self.distinct());
    }

    /// The total of an answer.
    pub(super) fn total(&mut self, total: Option<u64>) {
        if total.is_some() {
            self.first_total = self.first_total.or(total);
            self.last_total = total;
        }
    }

    /// Counts an invalid document or record.
    pub(super) fn refuse(&mut self, refused: Refused) {
        self.refused += 1;
        if self.refusals.len() < MAX_REFUSED {
            self.refusals.push(refused);
        }
    }

    /// The account as a JSON object.
    ///
    /// ```
    /// use socdef_sigma::fetch::Account;
    ///
    /// let account = Account { received: 3, publisher: Some("Example CERT".to_owned()), ..Account::default() };
    /// assert_eq!(account.json()["received"], 3);
    /// assert_eq!(account.json()["publisher"], "Example CERT");
    /// ```
    pub fn json(&self) -> Json {
        json!({
            "requests": self.requests,
            "retries": self.retries,
            "waited_seconds": self.waited.as_secs_f64(),
            "bytes": self.bytes,
            "received": self.received,
            "kept": self.kept,
            "duplicates": self.duplicates,
            "refused": self.refused,
            "surplus": self.surplus,
            "refusals": self.refusals.iter().map(|refused| json!({
                "place": refused.place, "number": refused.number, "reason": refused.reason,
            })).collect::<Vec<_>>(),
            "first_total": self.first_total,
            "last_total": self.last_total,
            "drifted": self.drifted(),
            "missing": self.missing,
            "truncated": self.truncated.iter().map(|part| json!({
                "filter": part.filter, "received": part.received, "total": part.total,
            })).collect::<Vec<_>>(),
            "server_time": self.server_time.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            "last_removal": self.last_removal.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            "publisher": self.publisher,
        })
    }
}

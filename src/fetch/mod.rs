//! The authenticated client of the endpoint: Sigma rules and indicators over HTTP.
//!
//! [`Client::rules`] gives the documents of the Sigma endpoint byte for byte, [`Client::iocs`] the indicators of the JSON
//! list. Both give everything or an error: a full answer is split into parts, a cut one is an error, and parts that are
//! not complete are named. Each comes with an [`Account`].
//!
//! The key goes to the service and nowhere else: over TLS or to this machine, never to another origin, and it is in no error, log
//! or `Debug`.
//!
//! ```
//! use socdef_sigma::fetch::{ApiKey, Client, SafeUrl, Settings};
//! use socdef_sigma::wire::Query;
//! # use socdef_sigma::serve::{self, Store, keys};
//! # let folder = tempfile::tempdir().unwrap();
//! # let db = folder.path().join("feed.db");
//! # let (key, _) = keys::create(&Store::open(&db)?, "pro", None, None, chrono::Utc::now())?;
//! # let server = serve::start(serve::Options::new(&db))?;
//! # let address = server.url();
//!
//! let mut settings = Settings::new(ApiKey::new(key)?);
//! settings.base_url = SafeUrl::base(&address)?; // the upstream service, where it is left out
//! let client = Client::new(settings)?;
//! let query = Query::read([("type", "ipv4"), ("confidence", "high")], false).unwrap();
//! let rules = client.rules(&query, &mut |_stage, _count| Ok(()))?;
//! assert_eq!(rules.yaml(), "# no rules\n"); // the store is empty
//! # Ok::<(), socdef_sigma::Error>(())
//! ```

mod account;
mod answer;
mod client;
mod documents;
mod failure;
mod iocs;
mod key;
mod pass;
mod refusal;
mod retry;
mod rules;
mod run;
mod safe_url;
mod trust;

pub use account::{Account, Refused, Truncation};
pub use client::{BASE_URL_VARIABLE, Client, Settings};
pub use iocs::FetchedIndicators;
pub use key::{ApiKey, KEY_VARIABLE};
pub use rules::{Document, FetchedRules};
pub use safe_url::SafeUrl;

use crate::error::{Error, ErrorKind, Result};
use crate::wire::{ListFormat, Query};

/// Is called about ten times a second with what is done (`fetching`, `waiting`) and how far it is: results so far,
/// seconds left. An error that it returns ends the call within that time.
///
/// ```
/// use socdef_sigma::fetch::Observer;
///
/// fn wait(observer: Observer<'_>) -> socdef_sigma::Result<()> {
///     (3..6).try_for_each(|left| observer("waiting", left))
/// }
/// let mut seen = Vec::new();
/// wait(&mut |stage, count| Ok(seen.push(format!("{stage} {count}"))))?;
/// assert_eq!(seen, ["waiting 3", "waiting 4", "waiting 5"]);
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
pub type Observer<'a> = &'a mut dyn FnMut(&str, u64) -> Result<()>;

/// The filter of a query in a few words, such as `type=ipv4 confidence=high`.
fn label(query: &Query) -> String {
    let query = Query {
        limit: None,
        offset: 0,
        format: ListFormat::Json,
        ..query.clone()
    };
    let parts: Vec<_> = query
        .pairs()
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    parts.join(" ")
}

/// The error of a call whose result is not whole, unless that is allowed.
fn check_whole(account: &Account, allow_truncated: bool) -> Result<()> {
    let Some(first) = account.truncated.first() else {
        return Ok(());
    };
    if allow_truncated {
        return Ok(());
    }
    let more = match account.truncated.len() - 1 {
        0 => String::new(),
        more => format!(", and {more} more parts"),
    };
    Err(Error::new(ErrorKind::Truncated, format!("the server does not return everything: {first}{more}"))
        .hint("narrow the query (`--type`, `--confidence`, `--since`), or accept an incomplete result with `--allow-truncated`"))
}

//! The contract of the endpoint: paths, query, bodies, headers and errors. The server and the client share it.
//!
//! Source: the public documentation of the SOC Defenders API. Where its pages differ, the client takes both forms and the
//! server speaks the one of the Sigma endpoint's page.

#[cfg_attr(not(feature = "serve"), allow(dead_code))]
pub(crate) mod csv;
mod error;
mod query;
mod record;
#[cfg(test)]
mod tests;

pub(crate) use error::{ErrorBody, ErrorCode, ErrorDetail};
pub use query::{InvalidParameter, ListFormat, Query};
pub(crate) use record::{API_COLUMNS, CSV_COLUMNS};
pub use record::{Links, List, Meta, Record};

/// The upstream service.
pub(crate) const UPSTREAM: &str = "https://socdefenders.ai";
/// `GET`: Sigma rules as a multi-document YAML file. Pro keys only.
pub(crate) const SIGMA_PATH: &str = "/api/v1/iocs/sigma";
/// `GET`: indicators as a JSON list, or as CSV or TXT.
pub(crate) const IOCS_PATH: &str = "/api/v1/iocs";
/// `GET`: the description of the endpoint in OpenAPI 3.1.
pub(crate) const OPENAPI_PATH: &str = "/api/openapi.json";
/// `GET`: whether the process is up.
pub(crate) const HEALTH_PATH: &str = "/healthz";
/// `GET`: whether the store can be read.
pub(crate) const READY_PATH: &str = "/readyz";
/// `GET`: counters for Prometheus, at an address of their own and not at that of the API.
pub(crate) const METRICS_PATH: &str = "/metrics";

/// The content type of rules. `text/yaml` is seen upstream too.
pub(crate) const YAML: &str = "application/yaml";
/// The answer of the Sigma endpoint where nothing matches: a comment, which every reader takes for no rules.
pub(crate) const NO_RULES: &str = "# no rules\n";
/// How many results an answer has when no limit is asked for.
pub(crate) const DEFAULT_LIMIT: u64 = 100;
/// The highest limit that can be asked for.
pub(crate) const MAX_LIMIT: u64 = 10_000;

/// The header with the key, beside `Authorization: Bearer`.
pub(crate) const API_KEY_HEADER: &str = "x-api-key";
/// The header with the number of all results of a query, also behind the limit.
pub(crate) const TOTAL_HEADER: &str = "x-total-count";
/// The header with the moment at which the store last lost an indicator: one that was asked for `since` a moment before it must ask for
/// everything to learn of that. Our server's own, beyond the contract; it is only there where the key sees the whole store.
pub(crate) const LAST_REMOVAL_HEADER: &str = "x-last-removal";
/// The header with the requests that the plan allows in the current window.
pub(crate) const RATE_LIMIT_HEADER: &str = "x-ratelimit-limit";
/// The header with those that are left.
pub(crate) const RATE_REMAINING_HEADER: &str = "x-ratelimit-remaining";
/// The header with the end of the window, in seconds of Unix time.
pub(crate) const RATE_RESET_HEADER: &str = "x-ratelimit-reset";
/// The header with the id of the request, as in the error envelope and in the server's log.
pub(crate) const REQUEST_ID_HEADER: &str = "x-request-id";
/// What every key begins with.
pub(crate) const KEY_PREFIX: &str = "sk_live_";
/// A mark behind the prefix: a server of this project made the key. No digit of a key is one of its letters, so the client can tell such a key
/// from one of the service, and not send it there.
pub(crate) const OWN_KEY_MARK: &str = "local";
/// The hexadecimal digits behind the mark.
pub(crate) const OWN_KEY_DIGITS: usize = 60;

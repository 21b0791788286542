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

pub use error::{ErrorBody, ErrorCode, ErrorDetail};
pub use query::{InvalidParameter, ListFormat, Query};
pub use record::{CSV_COLUMNS, Links, List, Meta, Record};

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

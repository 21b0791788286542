//! The headers of the answers.

use serde_json::{Value as Json, json};

/// The headers of every answer.
pub(super) const ALWAYS: [&str; 1] = ["X-Request-Id"];

/// Those of every answer under `/api/`.
pub(super) const LIMITED: [&str; 4] = [
    "X-Request-Id",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
];

/// Those of an answer from the feed.
pub(super) const FEED: [&str; 8] = [
    "X-Request-Id",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-Total-Count",
    "X-Last-Removal",
    "ETag",
    "Link",
];

/// References to these headers.
pub(super) fn headers(names: &[&str]) -> Json {
    let named = |name: &&str| {
        (
            (*name).to_owned(),
            json!({"$ref": format!("#/components/headers/{name}")}),
        )
    };
    Json::Object(names.iter().map(named).collect())
}

/// The headers that the description refers to.
pub(super) fn all_headers() -> Json {
    let number = json!({"type": "integer", "minimum": 0});
    json!({
        "X-Request-Id": {
            "description": "The id of the request, as in the server's log.",
            "required": true,
            "schema": {"type": "string", "pattern": "^req_[0-9a-f]{24}$"},
        },
        "X-RateLimit-Limit": {
            "description": "The requests that are allowed in the current window: the minute, or the day if less of it is left. \
                With a valid API key the limit of its plan, else the limit of the address.",
            "required": true,
            "schema": number,
        },
        "X-RateLimit-Remaining": {"description": "The requests that are left.", "required": true, "schema": number},
        "X-RateLimit-Reset": {"description": "When the window ends, in seconds of Unix time.", "required": true, "schema": number},
        "X-Total-Count": {
            "description": "The number of all results of the query, including those beyond the limit.",
            "required": true,
            "schema": number,
        },
        "X-Last-Removal": {
            "description": "When an indicator last left the list, whatever the query. A client that asks for news with `since` then has to \
                ask for everything once. Missing if none has left, or if the plan does not look back to the oldest indicator.",
            "schema": {"type": "string", "format": "date-time"},
        },
        "ETag": {"description": "Changes when the answer does.", "required": true, "schema": {"type": "string"}},
        "Link": {"description": "The next page, with `rel=\"next\"`, if there is one.", "schema": {"type": "string"}},
        "Retry-After": {"description": "After how many seconds to try again.", "schema": number},
        "WWW-Authenticate": {"description": "How to send a key.", "schema": {"type": "string"}},
        "Allow": {"description": "The allowed methods.", "schema": {"type": "string"}},
    })
}

//! The refusals: which operation has which, and what each says.

use serde_json::{Map, Value as Json, json};

use super::headers::{ALWAYS, LIMITED, headers};
use crate::wire::ErrorCode;

pub(super) const OPEN: [ErrorCode; 6] = [
    ErrorCode::MethodNotAllowed,
    ErrorCode::PayloadTooLarge,
    ErrorCode::UriTooLong,
    ErrorCode::HeadersTooLarge,
    ErrorCode::InternalError,
    ErrorCode::Unavailable,
];

pub(super) const READY: [ErrorCode; 6] = OPEN;

pub(super) const FEED_ERRORS: [ErrorCode; 10] = [
    ErrorCode::InvalidParameter,
    ErrorCode::MissingApiKey,
    ErrorCode::PlanRequired,
    ErrorCode::MethodNotAllowed,
    ErrorCode::PayloadTooLarge,
    ErrorCode::UriTooLong,
    ErrorCode::RateLimitExceeded,
    ErrorCode::HeadersTooLarge,
    ErrorCode::InternalError,
    ErrorCode::Unavailable,
];

/// Adds the refusals that an operation may answer with.
pub(super) fn with_errors(mut responses: Json, errors: &[ErrorCode], names: &[&str]) -> Json {
    let limited = names.len() > ALWAYS.len();
    if let Some(responses) = responses.as_object_mut() {
        for error in errors {
            let name = format!("{}{}", error.status(), if limited { "" } else { "-open" });
            responses.insert(
                error.status().to_string(),
                json!({"$ref": format!("#/components/responses/{name}")}),
            );
        }
    }
    responses
}

/// Every refusal, for the API and for the paths beside it, which have no limits.
pub(super) fn responses() -> Json {
    let mut all = Map::new();
    for code in ErrorCode::ALL {
        for (suffix, names) in [("", &LIMITED[..]), ("-open", &ALWAYS[..])] {
            let codes: Vec<_> = ErrorCode::ALL
                .iter()
                .filter(|other| other.status() == code.status())
                .map(|other| other.as_str())
                .collect();
            let mut with = headers(names);
            let extra = match code.status() {
                401 => Some("WWW-Authenticate"),
                405 => Some("Allow"),
                429 | 503 => Some("Retry-After"),
                _ => None,
            };
            if let Some(extra) = extra {
                with[extra] = json!({"$ref": format!("#/components/headers/{extra}")});
            }
            all.insert(
                format!("{}{suffix}", code.status()),
                json!({
                    "description": format!("{}: {}", codes.join(", "), meaning(code)),
                    "headers": with,
                    "content": {"application/json": {"schema": {"allOf": [
                        {"$ref": "#/components/schemas/Error"},
                        {"properties": {"error": {"properties": {"code": {"enum": codes}}}}},
                    ]}}},
                }),
            );
        }
    }
    Json::Object(all)
}

fn meaning(code: ErrorCode) -> &'static str {
    match code.status() {
        400 => "a parameter is unknown, given twice, out of bounds, or more than the plan allows.",
        401 => "the API key is missing, unknown, revoked, or expired.",
        403 => {
            "the plan of the API key does not cover this; `details.plan` names a plan that does."
        }
        404 => "there is nothing at this path.",
        405 => "only GET and HEAD are allowed.",
        413 => "the request has a large body.",
        414 => "the address is too long.",
        429 => "the requests of the minute or the day are used up.",
        431 => "the headers are too long.",
        500 => "the server failed; its log has the details under the request's id.",
        _ => {
            "the server is overloaded or stopping, this API key has as many answers under way as it may have, or the store \
             was removed or replaced."
        }
    }
}

//! The error envelope.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::coded::coded;

coded! {
/// The codes of the error envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorCode as as_str {
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
    /// The server's store was removed or replaced, and the new one is not open yet.
    StoreUnavailable "store_unavailable",
}
}

impl ErrorCode {
    /// The HTTP status.
    pub(crate) const fn status(self) -> u16 {
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
            ErrorCode::Unavailable | ErrorCode::StoreUnavailable => 503,
        }
    }
}

/// The error envelope: `{"error": {…}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ErrorBody {
    /// The error.
    pub error: ErrorDetail,
}

/// The content of the envelope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ErrorDetail {
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

//! Errors: every answer without success, in the error envelope.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value as Json, json};

use crate::wire::{ErrorBody, ErrorCode, ErrorDetail, InvalidParameter};

/// Why a request is not answered with what it asks for.
#[derive(Debug, Clone)]
pub(crate) struct Refusal(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    code: ErrorCode,
    message: String,
    details: Option<Json>,
    headers: Vec<(HeaderName, HeaderValue)>,
    cause: Option<String>,
}

impl Refusal {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Refusal {
        Refusal(Box::new(Inner {
            code,
            message: message.into(),
            details: None,
            headers: Vec::new(),
            cause: None,
        }))
    }

    /// The server's own failure: the cause is for the log only.
    pub(crate) fn internal(cause: impl std::fmt::Display) -> Refusal {
        let mut refusal = Refusal::new(
            ErrorCode::InternalError,
            "the server failed; its log has the details under the request's id",
        );
        refusal.0.cause = Some(cause.to_string());
        refusal
    }

    /// The store that was opened is gone, or another one is at its path: the cause is for the log only.
    pub(crate) fn store_unavailable(cause: String) -> Refusal {
        let message =
            "the store was removed or replaced, and the new one is not open yet; try again";
        let mut refusal =
            Refusal::new(ErrorCode::StoreUnavailable, message).header(header::RETRY_AFTER, 1);
        refusal.0.cause = Some(cause);
        refusal
    }

    /// Too much to do.
    pub(crate) fn busy(message: &str) -> Refusal {
        Refusal::new(ErrorCode::Unavailable, message).header(header::RETRY_AFTER, 1)
    }

    pub(crate) fn details(mut self, details: Json) -> Refusal {
        self.0.details = Some(details);
        self
    }

    pub(crate) fn header(mut self, name: HeaderName, value: impl Into<HeaderValue>) -> Refusal {
        self.0.headers.push((name, value.into()));
        self
    }

    /// Takes over the cause of another refusal, for the log.
    pub(crate) fn because(mut self, other: Refusal) -> Refusal {
        self.0.cause = other.0.cause;
        self
    }

    pub(crate) fn code(&self) -> ErrorCode {
        self.0.code
    }

    pub(crate) fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// The answer, with the id of the request.
    pub(crate) fn response(&self, request_id: &str) -> Response {
        let inner = &self.0;
        let body = ErrorBody {
            error: ErrorDetail {
                code: inner.code.as_str().to_owned(),
                message: inner.message.clone(),
                request_id: request_id.to_owned(),
                details: inner.details.clone(),
            },
        };
        let mut response = Response::new(Body::from(serde_json::to_vec(&body).unwrap_or_default()));
        *response.status_mut() =
            StatusCode::from_u16(inner.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        for (name, value) in &inner.headers {
            headers.insert(name.clone(), value.clone());
        }
        response
    }
}

impl From<InvalidParameter> for Refusal {
    fn from(invalid: InvalidParameter) -> Refusal {
        let invalid = InvalidParameter {
            name: shown(&invalid.name),
            allowed: invalid.allowed,
        };
        Refusal::new(ErrorCode::InvalidParameter, invalid.to_string())
            .details(json!({"parameter": invalid.name, "allowed": invalid.allowed}))
    }
}

/// A name that a client made up, as an answer may repeat it: short, and without any part of a key.
fn shown(name: &str) -> String {
    let redacted = super::keys::redacted(name);
    let mut short: String = redacted.chars().take(40).collect();
    if short.len() < redacted.len() {
        short.push('…');
    }
    short
}

impl IntoResponse for Refusal {
    /// Puts the refusal where the front finds it: only that knows the id of the request.
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        response.extensions_mut().insert(self);
        response
    }
}

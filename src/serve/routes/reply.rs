//! Parts of answers that several routes have.

use axum::http::{HeaderName, HeaderValue, header};

use crate::serve::answer::Refusal;
use crate::wire::ErrorCode;

pub(crate) async fn not_found() -> Refusal {
    Refusal::new(
        ErrorCode::NotFound,
        "there is nothing at this path; `/api/openapi.json` lists the paths",
    )
}

pub(crate) fn plain(name: &'static str) -> (HeaderName, HeaderValue) {
    (header::CONTENT_TYPE, HeaderValue::from_static(name))
}

//! Whether the server is up, whether it can answer, and what it has done.

use axum::extract::State as Shared;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::reply::plain;
use crate::serve::answer::Refusal;
use crate::serve::state::State;
use crate::serve::store::Reader;
use crate::wire::ErrorCode;

pub(super) async fn alive() -> Response {
    ([plain("application/json")], r#"{"status":"ok"}"#).into_response()
}

pub(super) async fn ready(Shared(state): Shared<State>) -> Result<Response, Refusal> {
    if state.is_stopping() {
        return Err(Refusal::busy("the server is stopping"));
    }
    match state.look(Reader::check).await {
        Ok(_) => Ok(([plain("application/json")], r#"{"status":"ready"}"#).into_response()),
        Err(refusal) if refusal.code() == ErrorCode::StoreUnavailable => Err(refusal),
        Err(refusal) => {
            Err(Refusal::new(ErrorCode::Unavailable, "the store cannot be read").because(refusal))
        }
    }
}

pub(super) async fn metrics(Shared(state): Shared<State>) -> Result<Response, Refusal> {
    let (_, (iocs, changed)) = state
        .look(|reader| Ok((reader.count()?, reader.last_change()?)))
        .await?;
    let seconds = changed.map_or(0.0, |at| at.timestamp_micros() as f64 / 1e6);
    let text = state
        .metrics
        .text(iocs, seconds)
        .map_err(Refusal::internal)?;
    let kind = plain("application/openmetrics-text; version=1.0.0; charset=utf-8");
    Ok((
        [
            kind,
            (
                header::CACHE_CONTROL,
                axum::http::HeaderValue::from_static("no-store"),
            ),
        ],
        text,
    )
        .into_response())
}

//! Whether the server is up, whether it can answer, and what it has done.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State as Shared;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use super::reply::{not_found, plain};
use crate::serve::answer::Refusal;
use crate::serve::state::{Context, State};
use crate::wire::ErrorCode;

/// Headers that a proxy sets: the peer is then not who asks.
const PROXY_HEADERS: [&str; 4] = ["forwarded", "via", "x-forwarded-for", "x-real-ip"];

pub(super) async fn alive() -> Response {
    ([plain("application/json")], r#"{"status":"ok"}"#).into_response()
}

pub(super) async fn ready(Shared(state): Shared<State>) -> Result<Response, Refusal> {
    if state.is_stopping() {
        return Err(Refusal::busy("the server is stopping"));
    }
    match state.read(|reader| reader.check()).await {
        Ok(()) => Ok(([plain("application/json")], r#"{"status":"ready"}"#).into_response()),
        Err(refusal) => {
            Err(Refusal::new(ErrorCode::Unavailable, "the store cannot be read").because(refusal))
        }
    }
}

pub(super) async fn metrics(
    Shared(state): Shared<State>,
    Extension(context): Extension<Arc<Context>>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let forwarded = PROXY_HEADERS.iter().any(|name| headers.contains_key(*name));
    if !context.peer.is_loopback() || forwarded {
        return Err(not_found().await);
    }
    let (iocs, changed) = state
        .read(|reader| Ok((reader.count()?, reader.last_change()?)))
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

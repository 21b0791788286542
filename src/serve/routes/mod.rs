//! One file for each part of the API.

mod health;
mod iocs;
pub(crate) mod openapi;
mod reply;
mod sigma;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, header};
use axum::routing::get;

use self::reply::not_found;
use super::answer::Refusal;
use super::state::State;
use crate::wire::{
    ErrorCode, HEALTH_PATH, IOCS_PATH, METRICS_PATH, OPENAPI_PATH, READY_PATH, SIGMA_PATH,
};

/// All paths: those of the API, and the one of the counters, which has a listener of its own.
pub(crate) const PATHS: [&str; 6] = [
    SIGMA_PATH,
    IOCS_PATH,
    OPENAPI_PATH,
    HEALTH_PATH,
    READY_PATH,
    METRICS_PATH,
];

pub(crate) fn router(state: State) -> Router {
    Router::new()
        .route(SIGMA_PATH, get(sigma::get))
        .route(IOCS_PATH, get(iocs::get))
        .route(OPENAPI_PATH, get(openapi::get))
        .route(HEALTH_PATH, get(health::alive))
        .route(READY_PATH, get(health::ready))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(not_found)
        .with_state(state)
}

/// The counters, and nothing else.
pub(crate) fn metrics(state: State) -> Router {
    Router::new()
        .route(METRICS_PATH, get(health::metrics))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(not_found)
        .with_state(state)
}

/// The path of a request as the metrics have it: all unknown ones are one.
pub(crate) fn label(path: &str) -> &'static str {
    PATHS
        .into_iter()
        .find(|known| *known == path)
        .unwrap_or("other")
}

async fn method_not_allowed(method: Method, _: Request) -> Refusal {
    let method: String = method.as_str().chars().take(20).collect();
    Refusal::new(
        ErrorCode::MethodNotAllowed,
        format!("`{method}` is not allowed here; use GET or HEAD"),
    )
    .header(header::ALLOW, HeaderValue::from_static("GET, HEAD"))
}

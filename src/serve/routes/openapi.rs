//! `GET /api/openapi.json`.

use axum::extract::State as Shared;
use axum::response::{IntoResponse, Response};
use serde_json::{Value as Json, json};

use super::plain;
use crate::serve::state::State;

pub(super) async fn get(Shared(_): Shared<State>) -> Response {
    ([plain("application/json")], document().to_string()).into_response()
}

/// The description of the API in OpenAPI 3.1.
pub fn document() -> Json {
    json!({})
}

//! `GET /api/v1/iocs`: the indicators of a query as a JSON list, or as CSV or TXT.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State as Shared;
use axum::http::request::Parts;
use axum::response::Response;

use crate::serve::answer::Refusal;
use crate::serve::feed;
use crate::serve::state::{Context, State};

pub(super) async fn get(
    Shared(state): Shared<State>,
    Extension(context): Extension<Arc<Context>>,
    request: Parts,
) -> Result<Response, Refusal> {
    feed::answer(&state, &context, &request, false).await
}

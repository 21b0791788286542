//! `GET /api/v1/iocs/sigma`: the rules of a query as one multi-document YAML file.

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
    feed::answer(&state, &context, &request, true).await
}

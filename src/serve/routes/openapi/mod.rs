//! `GET /api/openapi.json`: the description of the API, made from the same names and bounds that the server checks.

mod headers;
mod parameters;
mod refusals;
mod schemas;

use std::sync::LazyLock;

use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use serde_json::{Value as Json, json};

use self::headers::{ALWAYS, FEED, LIMITED, all_headers, headers};
use self::parameters::parameters;
use self::refusals::{FEED_ERRORS, OPEN, READY, responses, with_errors};
use self::schemas::schemas;
use super::reply::plain;
use crate::wire::{ErrorCode, HEALTH_PATH, IOCS_PATH, OPENAPI_PATH, READY_PATH, SIGMA_PATH, YAML};

/// It never changes while the process runs.
static TEXT: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(document().to_string()));

pub(super) async fn get() -> Response {
    ([plain("application/json")], TEXT.clone()).into_response()
}

/// The description of the API in OpenAPI 3.1.
///
/// ```
/// let description = socdef_sigma::serve::openapi();
/// assert_eq!(description["openapi"], "3.1.0");
/// assert!(description["paths"]["/api/v1/iocs/sigma"]["get"].is_object());
/// ```
pub fn document() -> Json {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "socdef-sigma",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Indicators of compromise, and Sigma rules made from them",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [
            {"name": "feed", "description": "Indicators and rules. Needs an API key."},
            {"name": "server", "description": "About the server. Needs no API key."},
        ],
        "paths": {
            (SIGMA_PATH): {"get": sigma(), "head": head(sigma())},
            (IOCS_PATH): {"get": iocs(), "head": head(iocs())},
            (OPENAPI_PATH): {"get": {
                "operationId": "openapi",
                "tags": ["server"],
                "summary": "This document",
                "security": [],
                "responses": with_errors(json!({"200": {
                    "description": "The description of the API.",
                    "headers": headers(&LIMITED),
                    "content": {"application/json": {"schema": {"type": "object", "required": ["openapi", "info", "paths"]}}},
                }}), &OPEN, &LIMITED),
            }},
            (HEALTH_PATH): {"get": status("health", "Whether the process is up", "The process is up.", "ok", &OPEN)},
            (READY_PATH): {"get": status("ready", "Whether the store can be read", "The store can be read.", "ready", &READY)},
        },
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer sk_live_…`"},
                "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
            "headers": all_headers(),
            "responses": responses(),
            "schemas": schemas(),
        },
        "security": [{"bearer": []}, {"header": []}],
    })
}

fn sigma() -> Json {
    json!({
        "operationId": "sigma",
        "tags": ["feed"],
        "summary": "Sigma rules, one for each indicator",
        "description": "A multi-document YAML file, streamed in the order in which the indicators were added. \
            Expired and revoked indicators have no rule. If nothing matches, the file is the comment `# no rules`. Needs a plan with \
            the format `sigma`, such as `pro`.",
        "parameters": parameters(false),
        "responses": with_errors(json!({
            "200": {
                "description": "The rules.",
                "headers": headers(&FEED),
                "content": {(YAML): {"schema": {"type": "string"}}},
            },
            "304": {"description": "The client has this answer already.", "headers": headers(&FEED)},
        }), &FEED_ERRORS, &LIMITED),
    })
}

fn iocs() -> Json {
    json!({
        "operationId": "iocs",
        "tags": ["feed"],
        "summary": "Indicators",
        "description": "In the order in which they were added. Expired and revoked indicators are left out.",
        "parameters": parameters(true),
        "responses": with_errors(json!({
            "200": {
                "description": "The indicators.",
                "headers": headers(&FEED),
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/List"}},
                    "text/csv": {"schema": {"type": "string", "description": "The columns `id`, `type`, `value`, `confidence`, `first_seen`, `last_seen`, `source_article`, `source_feed`, `category`, `tags`, and behind those of the API `tlp`, `producers`. A cell (in `tags` and `producers`, each item) that begins with `=`, `+`, `-` or `@`, blanks and apostrophes aside, has an apostrophe before it, so that no spreadsheet calculates it: take one away before such a beginning. Controls and invisible characters are left out."}},
                    "text/plain": {"schema": {"type": "string"}},
                },
            },
            "304": {"description": "The client has this answer already.", "headers": headers(&FEED)},
        }), &FEED_ERRORS, &LIMITED),
    })
}

/// The same without a body.
fn head(mut operation: Json) -> Json {
    operation["operationId"] = json!(format!(
        "{}-head",
        operation["operationId"].as_str().unwrap_or_default()
    ));
    if let Some(responses) = operation["responses"].as_object_mut() {
        for (status, response) in responses.iter_mut() {
            *response = json!({
                "description": format!("Like the answer {status} to GET, without its body."),
                "headers": headers(if status.starts_with('4') || status.starts_with('5') { &LIMITED } else { &FEED }),
            });
        }
    }
    operation
}

fn status(id: &str, summary: &str, description: &str, word: &str, errors: &[ErrorCode]) -> Json {
    json!({
        "operationId": id,
        "tags": ["server"],
        "summary": summary,
        "security": [],
        "responses": with_errors(json!({"200": {
            "description": description,
            "headers": headers(&ALWAYS),
            "content": {"application/json": {"schema": {
                "type": "object",
                "required": ["status"],
                "properties": {"status": {"const": word}},
                "additionalProperties": false,
            }}},
        }}), errors, &ALWAYS),
    })
}

//! `GET /api/openapi.json`: the description of the API, made from the same names and bounds that the server checks.

use std::sync::LazyLock;

use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value as Json, json};

use super::reply::plain;
use crate::indicator::{Confidence, IocType, Sector};
use crate::wire::{
    DEFAULT_LIMIT, ErrorCode, HEALTH_PATH, IOCS_PATH, ListFormat, MAX_LIMIT, OPENAPI_PATH,
    READY_PATH, SIGMA_PATH, YAML,
};

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
                    "text/csv": {"schema": {"type": "string", "description": "The columns `id`, `type`, `value`, `confidence`, `first_seen`, `last_seen`, `source_article`, `source_feed`, `category`, `tags`. A cell (in `tags`, each tag) that begins with `=`, `+`, `-` or `@`, blanks and apostrophes aside, has an apostrophe before it, so that no spreadsheet calculates it: take one away before such a beginning. Controls and invisible characters are left out."}},
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

fn parameters(list: bool) -> Json {
    let mut all = vec![
        query(
            "type",
            "Only this type.",
            json!({"type": "string", "enum": IocType::DEFAULT.map(IocType::as_str)}),
        ),
        query(
            "since",
            "Only indicators that were added to the store, or changed in it, after this moment. A date alone means midnight UTC.",
            json!({"type": "string", "anyOf": [{"format": "date-time"}, {"format": "date"}], "examples": ["2026-05-17T00:00:00Z"]}),
        ),
        query(
            "confidence",
            "Only this confidence.",
            json!({"type": "string", "enum": Confidence::ALL.map(Confidence::as_str)}),
        ),
        query(
            "industry",
            "Only indicators aimed at this sector, by the slug of CISA's name. Other spellings of the same names are accepted.",
            json!({"type": "string", "enum": Sector::SLUGS}),
        ),
        query(
            "limit",
            "At most this many results. The default is lower if the plan's maximum is. More than the plan allows is an error.",
            json!({"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}),
        ),
        query(
            "offset",
            "How many results to skip.",
            json!({"type": "integer", "format": "int64", "minimum": 0, "maximum": i64::MAX, "default": 0}),
        ),
    ];
    if list {
        all.push(query(
            "format",
            "The format of the answer. `csv` and `txt` need a plan that has them, such as `pro`.",
            json!({"type": "string", "enum": ListFormat::ALL.map(ListFormat::as_str), "default": "json"}),
        ));
    }
    all.push(json!({
        "name": "If-None-Match",
        "in": "header",
        "description": "The `ETag` of an earlier answer. If it still matches, the answer is 304 without a body.",
        "schema": {"type": "string"},
    }));
    Json::Array(all)
}

fn query(name: &str, description: &str, schema: Json) -> Json {
    json!({"name": name, "in": "query", "description": description, "required": false, "schema": schema})
}

/// The headers of every answer.
const ALWAYS: [&str; 1] = ["X-Request-Id"];
/// Those of every answer under `/api/`.
const LIMITED: [&str; 4] = [
    "X-Request-Id",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
];
/// Those of an answer from the feed.
const FEED: [&str; 8] = [
    "X-Request-Id",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-Total-Count",
    "X-Last-Removal",
    "ETag",
    "Link",
];

fn headers(names: &[&str]) -> Json {
    let named = |name: &&str| {
        (
            (*name).to_owned(),
            json!({"$ref": format!("#/components/headers/{name}")}),
        )
    };
    Json::Object(names.iter().map(named).collect())
}

fn all_headers() -> Json {
    let number = json!({"type": "integer", "minimum": 0});
    json!({
        "X-Request-Id": {
            "description": "The id of the request, as in the server's log.",
            "required": true,
            "schema": {"type": "string", "pattern": "^req_[0-9a-f]{24}$"},
        },
        "X-RateLimit-Limit": {
            "description": "The requests that are allowed in the current window: the minute, or the day if less of it is left. \
                With a valid API key the limit of its plan, else the limit of the address.",
            "required": true,
            "schema": number,
        },
        "X-RateLimit-Remaining": {"description": "The requests that are left.", "required": true, "schema": number},
        "X-RateLimit-Reset": {"description": "When the window ends, in seconds of Unix time.", "required": true, "schema": number},
        "X-Total-Count": {
            "description": "The number of all results of the query, including those beyond the limit.",
            "required": true,
            "schema": number,
        },
        "X-Last-Removal": {
            "description": "When an indicator last left the list, whatever the query. A client that asks for news with `since` then has to \
                ask for everything once. Missing if none has left, or if the plan does not look back to the oldest indicator.",
            "schema": {"type": "string", "format": "date-time"},
        },
        "ETag": {"description": "Changes when the answer does.", "required": true, "schema": {"type": "string"}},
        "Link": {"description": "The next page, with `rel=\"next\"`, if there is one.", "schema": {"type": "string"}},
        "Retry-After": {"description": "After how many seconds to try again.", "schema": number},
        "WWW-Authenticate": {"description": "How to send a key.", "schema": {"type": "string"}},
        "Allow": {"description": "The allowed methods.", "schema": {"type": "string"}},
    })
}

const OPEN: [ErrorCode; 6] = [
    ErrorCode::MethodNotAllowed,
    ErrorCode::PayloadTooLarge,
    ErrorCode::UriTooLong,
    ErrorCode::HeadersTooLarge,
    ErrorCode::InternalError,
    ErrorCode::Unavailable,
];
const READY: [ErrorCode; 6] = OPEN;
const FEED_ERRORS: [ErrorCode; 10] = [
    ErrorCode::InvalidParameter,
    ErrorCode::MissingApiKey,
    ErrorCode::PlanRequired,
    ErrorCode::MethodNotAllowed,
    ErrorCode::PayloadTooLarge,
    ErrorCode::UriTooLong,
    ErrorCode::RateLimitExceeded,
    ErrorCode::HeadersTooLarge,
    ErrorCode::InternalError,
    ErrorCode::Unavailable,
];

/// Adds the refusals that an operation may answer with.
fn with_errors(mut responses: Json, errors: &[ErrorCode], names: &[&str]) -> Json {
    let limited = names.len() > ALWAYS.len();
    if let Some(responses) = responses.as_object_mut() {
        for error in errors {
            let name = format!("{}{}", error.status(), if limited { "" } else { "-open" });
            responses.insert(
                error.status().to_string(),
                json!({"$ref": format!("#/components/responses/{name}")}),
            );
        }
    }
    responses
}

/// Every refusal, for the API and for the paths beside it, which have no limits.
fn responses() -> Json {
    let mut all = Map::new();
    for code in ErrorCode::ALL {
        for (suffix, names) in [("", &LIMITED[..]), ("-open", &ALWAYS[..])] {
            let codes: Vec<_> = ErrorCode::ALL
                .iter()
                .filter(|other| other.status() == code.status())
                .map(|other| other.as_str())
                .collect();
            let mut with = headers(names);
            let extra = match code.status() {
                401 => Some("WWW-Authenticate"),
                405 => Some("Allow"),
                429 | 503 => Some("Retry-After"),
                _ => None,
            };
            if let Some(extra) = extra {
                with[extra] = json!({"$ref": format!("#/components/headers/{extra}")});
            }
            all.insert(
                format!("{}{suffix}", code.status()),
                json!({
                    "description": format!("{}: {}", codes.join(", "), meaning(code)),
                    "headers": with,
                    "content": {"application/json": {"schema": {"allOf": [
                        {"$ref": "#/components/schemas/Error"},
                        {"properties": {"error": {"properties": {"code": {"enum": codes}}}}},
                    ]}}},
                }),
            );
        }
    }
    Json::Object(all)
}

fn meaning(code: ErrorCode) -> &'static str {
    match code.status() {
        400 => "a parameter is unknown, given twice, out of bounds, or more than the plan allows.",
        401 => "the API key is missing, unknown, revoked, or expired.",
        403 => {
            "the plan of the API key does not cover this; `details.plan` names a plan that does."
        }
        404 => "there is nothing at this path.",
        405 => "only GET and HEAD are allowed.",
        413 => "the request has a large body.",
        414 => "the address is too long.",
        429 => "the requests of the minute or the day are used up.",
        431 => "the headers are too long.",
        500 => "the server failed; its log has the details under the request's id.",
        _ => {
            "the server is overloaded or stopping, this API key has as many answers under way as it may have, or the store \
             was removed or replaced."
        }
    }
}

fn schemas() -> Json {
    let moment = json!({"type": ["string", "null"], "format": "date-time"});
    let text = json!({"type": ["string", "null"]});
    let texts = json!({"type": "array", "items": {"type": "string"}});
    json!({
        "Error": {
            "type": "object",
            "required": ["error"],
            "properties": {"error": {
                "type": "object",
                "required": ["code", "message", "request_id"],
                "properties": {
                    "code": {"type": "string", "enum": ErrorCode::ALL.map(ErrorCode::as_str)},
                    "message": {"type": "string", "description": "One line for humans."},
                    "request_id": {"type": "string"},
                    "details": {"type": "object", "description": "Depends on the code: the parameter and its allowed values, or the plan that is needed."},
                },
            }},
        },
        "List": {
            "type": "object",
            "required": ["meta", "data", "links"],
            "properties": {
                "meta": {"$ref": "#/components/schemas/Meta"},
                "data": {"type": "array", "maxItems": MAX_LIMIT, "items": {"$ref": "#/components/schemas/Indicator"}},
                "links": {
                    "type": "object",
                    "required": ["self", "next"],
                    "properties": {
                        "self": {"type": "string", "format": "uri-reference"},
                        "next": {"type": ["string", "null"], "format": "uri-reference", "description": "Null on the last page."},
                    },
                },
            },
        },
        "Meta": {
            "type": "object",
            "required": ["total", "limit", "offset", "generated_at", "feed_version", "source", "filters"],
            "properties": {
                "total": {"type": "integer", "minimum": 0},
                "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT},
                "offset": {"type": "integer", "minimum": 0},
                "generated_at": {"type": "string", "format": "date-time"},
                "feed_version": {"const": "1.0"},
                "source": {"type": "string"},
                "filters": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        },
        "Indicator": {
            "type": "object",
            "required": ["id", "type", "value", "confidence", "first_seen", "last_seen", "source", "context", "tags", "mitre_techniques"],
            "properties": {
                "id": {"type": "string", "format": "uuid", "description": "Also the id of the indicator's rule."},
                "type": {"type": "string", "enum": IocType::DEFAULT.map(IocType::as_str)},
                "value": {"type": "string"},
                "confidence": {"type": "string", "enum": Confidence::ALL.map(Confidence::as_str)},
                "first_seen": moment,
                "last_seen": moment,
                "valid_until": moment,
                "source": {"type": "object", "properties": {
                    "feed_name": text, "article_title": text, "article_url": text, "category": text, "origin": text,
                }},
                "context": text,
                "tags": texts,
                "mitre_techniques": texts,
                "industries": texts,
                "ports": {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 65535}},
                "tlp": {"type": "string"},
                "producers": texts,
                "references": texts,
                "email_role": {"type": "string", "enum": ["sender", "recipient", "both"]},
                "vulnerability": {"type": "object", "required": ["ransomware"], "properties": {
                    "vendor": text, "product": text, "name": text,
                    "date_added": {"type": "string", "format": "date"}, "due_date": {"type": "string", "format": "date"},
                    "ransomware": {"type": "boolean"}, "cwes": texts,
                }},
            },
        },
    })
}

//! The parameters of a request.

use serde_json::{Value as Json, json};

use crate::indicator::{Confidence, IocType, Sector};
use crate::wire::{DEFAULT_LIMIT, ListFormat, MAX_LIMIT};

/// Those of the feed; `list` adds those of the list alone.
pub(super) fn parameters(list: bool) -> Json {
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

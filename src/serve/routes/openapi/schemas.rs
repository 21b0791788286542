//! The schemas of the bodies.

use serde_json::{Value as Json, json};

use crate::indicator::{Confidence, IocType};
use crate::wire::{ErrorCode, MAX_LIMIT};

/// The schemas that the description refers to.
pub(super) fn schemas() -> Json {
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

//! One entry of the list.

use chrono::DateTime;
use serde_json::Value;

use crate::extract::split::is_placeholder;
use crate::indicator::{EmailRole, Expect, Refusal, parse_declared};
use crate::location::Place;
use crate::reason::Reason;
use crate::source::entry::{self, Details, Queue, add};
use crate::source::record::{JUDGING_FIELDS, Judged, is_true, lone_confidence};
use crate::source::type_name::{self, Declared};
use crate::source::{Found, Rejection};

/// Reads the text of one entry and queues what it holds.
///
/// Types other than the documented ones are tolerated: a number for a string, `null` for nothing, one string for a list.
pub(super) fn read(text: &[u8], place: &Place, producer: &str, found: &mut Queue) {
    let reject = |found: &mut Queue, value: &str, refusal: Refusal| {
        let rejection = Rejection::new(place.clone(), value, refusal);
        found.push_back(Found::Rejection(rejection));
    };
    let broken = |detail: &str| Refusal::new(Reason::BrokenEntry).detail(detail);
    let shown = || String::from_utf8_lossy(&text[..text.len().min(1000)]);
    if std::str::from_utf8(text).is_err() {
        return reject(found, &shown(), Reason::NotUtf8.into());
    }
    let entry = match serde_json::from_slice(text) {
        Ok(Value::Object(entry)) => entry,
        Ok(Value::String(value)) => {
            let (parsed, _) = parse_declared(Expect::Any, &value);
            return entry::queue(found, place, &value, parsed, |_| {});
        }
        Ok(_) => return reject(found, &shown(), broken("the entry is not an object")),
        Err(cause) => {
            // The position is one inside the entry, and would be taken for one in the file.
            let cause = cause.to_string();
            let cause = cause.split(" at line ").next().unwrap_or_default();
            return reject(found, &shown(), broken(cause));
        }
    };
    let Some(value) = entry.get("value").and_then(as_text) else {
        return reject(found, &shown(), broken("the entry has no `value`"));
    };
    let judged = judged(&entry);
    if let Some((Judged::Dropped(reason), detail)) = &judged {
        return reject(found, &value, Refusal::new(*reason).detail(detail));
    }
    let word = entry.get("type").and_then(as_text).unwrap_or_default();
    let (expect, role) = match type_name::kind(&word) {
        Declared::Value(expect, role) => (expect, role),
        Declared::Unknown => (Expect::Any, None),
        Declared::Not(reason) => {
            let mut refusal = Refusal::new(reason);
            if reason == Reason::UnsupportedType {
                refusal = refusal.detail(word);
            }
            return reject(found, &value, refusal);
        }
    };
    let role = role.or_else(|| match entry.get("email_role")?.as_str()? {
        "sender" => Some(EmailRole::Sender),
        "recipient" => Some(EmailRole::Recipient),
        "both" => Some(EmailRole::Both),
        _ => None,
    });
    let (parsed, retyped) = parse_declared(expect, &value);
    if retyped {
        entry::note_retyped(found, place, &value);
    }
    let mut details = Details::default();
    if parsed.is_ok() {
        details = describe(&entry);
        match judged {
            Some((Judged::Revoked, _)) => details.revoked = true,
            // Nothing says since when.
            Some((Judged::Expired, _)) => {
                details.valid_until.get_or_insert(DateTime::UNIX_EPOCH);
            }
            _ => {}
        }
        // A server of several feeds says of each entry who published it.
        for name in as_list(entry.get("producers")) {
            add(&mut details.producers, &name);
        }
        if details.producers.is_empty() {
            add(&mut details.producers, producer);
        }
        details.queue_notes(found, place);
    }
    entry::queue(found, place, &value, parsed, |indicator| {
        details.give(indicator, role);
    });
}

/// What the entry says about whether its value is meant for detection, with the field that says so.
fn judged(entry: &serde_json::Map<String, Value>) -> Option<(Judged, String)> {
    JUDGING_FIELDS.iter().find_map(|(name, judgement)| {
        let text = entry.get(*name).and_then(as_text)?;
        Some((judgement.of(&text)?, format!("{name}: {text}")))
    })
}

/// What the entry says about its value.
fn describe(entry: &serde_json::Map<String, Value>) -> Details {
    let text = |key: &str| entry.get(key).and_then(as_text);
    let texts = |keys: [&'static str; 2]| keys.into_iter().flat_map(|key| as_list(entry.get(key)));
    let mut details = Details {
        revoked: text("revoked").is_some_and(|text| is_true(&text)),
        ..Details::default()
    };
    if let Some(text) = text("confidence") {
        details.confidence("confidence", &text, lone_confidence(&text));
    }
    let mut date = |keys: &[&str]| {
        let (key, text) = keys.iter().find_map(|key| Some((*key, text(key)?)))?;
        if is_placeholder(&text) {
            return None;
        }
        details.date(key, &text)
    };
    let first_seen = date(&["first_seen"]);
    let last_seen = date(&["last_seen"]);
    let valid_until = date(&["valid_until", "expires_at"]);
    details.first_seen = first_seen;
    details.last_seen = last_seen;
    details.valid_until = valid_until;
    match entry.get("source") {
        Some(Value::Object(source)) => {
            let text = |key: &str| {
                source
                    .get(key)
                    .and_then(as_text)
                    .filter(|text| !text.is_empty())
            };
            details.source.feed_name = text("feed_name");
            details.source.article_title = text("article_title");
            details.source.article_url = text("article_url");
            details.source.category = text("category");
            details.source.origin = text("origin");
        }
        Some(name) => details.source.feed_name = as_text(name).filter(|name| !name.is_empty()),
        None => {}
    }
    if let Some(context) = text("context") {
        add(&mut details.context, &context);
    }
    for tag in as_list(entry.get("tags")) {
        details.tag(&tag);
    }
    for link in as_list(entry.get("references")) {
        add(&mut details.references, &link);
    }
    details.vulnerability = entry
        .get("vulnerability")
        .and_then(|known| serde_json::from_value(known.clone()).ok());
    if let Some(label) = text("tlp") {
        details.tlp_label(&label);
    }
    for technique in as_list(entry.get("mitre_techniques")) {
        details.technique(&technique);
    }
    for name in texts(["industries", "industry"]) {
        details.industry(&name);
    }
    for port in texts(["ports", "port"]) {
        details.port(&port);
    }
    details
}

/// A string without white space around it, or a number or truth value as text; `None` for everything else.
fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The texts of a list; one string stands for a list with commas, semicolons or bars.
fn as_list(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(items)) => items.iter().filter_map(as_text).collect(),
        Some(other) => as_text(other)
            .unwrap_or_default()
            .split([',', ';', '|'])
            .map(|part| part.trim().to_owned())
            .filter(|part| !is_placeholder(part))
            .collect(),
        None => Vec::new(),
    }
}

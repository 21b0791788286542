//! Pulses of AlienVault OTX in JSON: one pulse, a list of them, the `results` of the API, or its list of indicators alone.
//!
//! Source of the fields: the documentation of the API "DirectConnect" (`/api/v1/pulses/…`) and of its SDK for Python, with the
//! names of the types in `IndicatorTypes.py`.

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use super::entry::{Details, Queue, add};
use super::input::{HEAD_BYTES, Input, without_bom};
use super::json::Layout;
use super::json_objects::{self, text};
use super::json_shape::{JsonKind, Shape};
use super::record::lone_confidence;
use super::{Blank, Found, Rejection, Stream, typed};
use crate::error::Result;
use crate::indicator::Refusal;
use crate::location::{At, Place};
use crate::reason::Reason;

/// The longest pulse, in bytes: it is in memory whole.
const MAX_PULSE_BYTES: usize = 32 << 20;

/// The producer of a pulse that names none.
const PRODUCER: &str = "AlienVault OTX";

/// The most items of a list of a pulse that are kept: each indicator of it has its own copy.
const MAX_ITEMS: usize = 64;

/// Whether a document holds pulses, by the keys of its first objects.
pub(crate) fn is_otx(shape: &Shape, text: &[u8]) -> bool {
    if shape.root("results") == Some(&JsonKind::List) {
        let list = memchr::memmem::find(text, b"\"results\"")
            .and_then(|at| Some(at + memchr::memchr(b'[', &text[at..])?));
        return list.is_some_and(|at| Shape::of(&text[at..]).entries().any(is_pulse));
    }
    shape.entries().any(is_pulse)
}

/// A pulse has a list of indicators, and an indicator its value under a key of its own.
fn is_pulse(keys: &[(String, JsonKind)]) -> bool {
    let has = |name: &str| keys.iter().any(|(key, _)| key == name);
    let list = keys
        .iter()
        .any(|(key, sight)| key == "indicators" && *sight == JsonKind::List);
    let of_pulse = [
        "name",
        "author_name",
        "pulse_source",
        "adversary",
        "revision",
    ];
    (list && of_pulse.into_iter().any(has))
        || (has("indicator") && has("type") && (has("id") || has("pulse_key") || has("created")))
}

pub(crate) fn read(input: &Input) -> Result<Stream<'_>> {
    let head = input.head(HEAD_BYTES)?;
    let head = without_bom(&head).trim_ascii_start();
    let shape = Shape::of(head);
    let layout = match shape.root("results") {
        _ if shape.is_list => Layout::Array,
        Some(JsonKind::List) => Layout::Under("results"),
        _ => Layout::Records,
    };
    json_objects::read(input, layout, MAX_PULSE_BYTES, |object, place, found| {
        let Some(Value::Array(indicators)) = object.get("indicators") else {
            // An indicator that stands alone.
            return indicator(object, &Details::default(), place, found);
        };
        let mut details = of_pulse(object);
        details.queue_notes(found, place);
        if indicators.is_empty() {
            let name = object.get("name").and_then(text).unwrap_or_default();
            found.push_back(Found::Blank(Blank::new(place.clone(), &name)));
        }
        for (index, entry) in indicators.iter().enumerate() {
            let place = inside(place, index);
            match entry {
                Value::Object(entry) => indicator(entry, &details, &place, found),
                other => {
                    let refusal =
                        Refusal::new(Reason::BrokenEntry).detail("the indicator is not an object");
                    let rejection = Rejection::new(place, &other.to_string(), refusal);
                    found.push_back(Found::Rejection(rejection));
                }
            }
        }
    })
}

/// The place of an indicator of a pulse.
fn inside(pulse: &Place, index: usize) -> Place {
    match pulse.at {
        At::Element { .. } => pulse.inside(format!("indicators[{index}]")),
        _ => Place::element(&pulse.input, &"indicators".into(), index as u64),
    }
}

/// What a pulse says about every indicator in it.
fn of_pulse(pulse: &Map<String, Value>) -> Details {
    let list = |key: &str| {
        let items = pulse.get(key).map(names).unwrap_or_default();
        items.into_iter().take(MAX_ITEMS)
    };
    let one = |key: &str| pulse.get(key).and_then(text);
    let mut details = Details::default();
    details.source.feed_name = Some(PRODUCER.to_owned());
    details.source.article_title = one("name");
    if let Some(author) = one("author_name").or_else(|| {
        let author = pulse.get("author")?;
        author.get("username").and_then(text)
    }) {
        add(&mut details.producers, &author);
    }
    if let Some(label) = one("tlp").or_else(|| one("TLP")) {
        details.tlp_label(&label);
    }
    if let Some(text) = one("confidence") {
        details.confidence("confidence", &text, lone_confidence(&text));
    }
    for tag in list("tags")
        .chain(list("malware_families"))
        .chain(list("adversary"))
    {
        details.tag(&tag);
    }
    for id in list("attack_ids") {
        details.technique(&id);
    }
    for name in list("industries") {
        details.industry(&name);
    }
    for link in list("references") {
        if link.starts_with("http://") || link.starts_with("https://") {
            add(&mut details.references, &link);
        }
    }
    details.first_seen = one("created").and_then(|date| details.date("created", &date));
    details
}

/// Reads one indicator. What its pulse says comes first, what it says itself counts more.
fn indicator(entry: &Map<String, Value>, pulse: &Details, place: &Place, found: &mut Queue) {
    let one = |key: &str| entry.get(key).and_then(text);
    let Some(value) = one("indicator") else {
        let shown: String = Value::Object(entry.clone()).to_string();
        found.push_back(Found::Blank(Blank::new(place.clone(), &shown)));
        return;
    };
    let kind = one("type").or_else(|| {
        let slug = entry.get("type_title").or_else(|| entry.get("slug"))?;
        text(slug)
    });
    if let Some(reason) = not_meant(entry) {
        let rejection = Rejection::new(place.clone(), &value, reason);
        found.push_back(Found::Rejection(rejection));
        return;
    }
    let mut details = pulse.clone();
    let mut date = |key: &str| one(key).and_then(|date| details.date(key, &date));
    let first_seen = date("created");
    let valid_until = date("expiration");
    if let Some(text) = one("confidence") {
        // What it says itself counts more than what its pulse says.
        details.confidence = None;
        details.confidence("confidence", &text, lone_confidence(&text));
    }
    details.first_seen = first_seen.or(details.first_seen);
    details.valid_until = valid_until;
    for key in ["title", "description"] {
        if let Some(words) = one(key) {
            let words: String = words.chars().take(2000).collect();
            add(&mut details.context, &words);
        }
    }
    if let Some(role) = entry.get("role").map(names).unwrap_or_default().first() {
        details.tag(role);
    }
    details.queue_notes(found, place);
    typed::queue(
        found,
        place,
        &value,
        kind.as_deref().unwrap_or_default(),
        |indicator, role| details.give(indicator, role),
    );
}

/// Why an indicator is not meant to be matched: OTX has ended it, or found it on a list of good ones.
fn not_meant(entry: &Map<String, Value>) -> Option<Refusal> {
    let is_over = |value: &Value| text(value).is_some_and(|text| matches!(&*text, "0" | "false"));
    if entry.get("is_active").is_some_and(is_over) {
        return Some(Refusal::new(Reason::Expired).detail("`is_active` is 0"));
    }
    let validation = entry.get("validation").and_then(Value::as_array);
    let is_good = |check: &Value| {
        check
            .get("source")
            .and_then(text)
            .is_some_and(|source| matches!(&*source, "whitelist" | "false_positive"))
    };
    let denied = entry
        .get("false_positive")
        .and_then(Value::as_array)
        .is_some_and(|claims| {
            let accepted = |claim: &Value| {
                claim.get("assessment").and_then(text).as_deref() == Some("accepted")
            };
            claims.iter().any(accepted)
        });
    (denied || validation.is_some_and(|checks| checks.iter().any(is_good)))
        .then(|| Refusal::new(Reason::NotForDetection).detail("OTX calls it good"))
}

/// The names in a list of texts, or of objects that have one.
fn names(value: &Value) -> Vec<String> {
    let name = |item: &Value| match item {
        Value::Object(object) => ["id", "display_name", "name"]
            .iter()
            .find_map(|key| object.get(*key).and_then(text)),
        other => text(other),
    };
    match value {
        Value::Array(items) => items.iter().filter_map(name).collect(),
        other => name(other).into_iter().collect(),
    }
}

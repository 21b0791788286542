//! Lists of flat JSON objects whose fields are named as the columns of a table are.
//!
//! abuse.ch and CISA publish their feeds in CSV and in JSON, with the same names or nearly so. Each object is read as a
//! record of the CSV reader, so both forms mean the same. Lists stand at the top, under a key
//! (`data`, `urls`, `vulnerabilities`), or under the id of their only entry (the dumps of URLhaus and ThreatFox).

use std::sync::Arc;

use serde_json::Value;

use super::entry::Queue;
use super::input::{HEAD_BYTES, Input, without_bom};
use super::json::{Layout, Part};
use super::json_objects;
use super::json_shape::{JsonKind, Shape};
use super::record::{self, Cell, Context, Publisher, Role, holds_indicators, role};
use super::type_name::{Declared, kind};
use super::{Blank, Found, Rejection, Stream};
use crate::error::Result;
use crate::indicator::{Refusal, parse_declared};
use crate::location::Place;
use crate::reason::Reason;

/// The longest entry, in bytes.
const MAX_ENTRY_BYTES: usize = 1 << 20;

/// The keys under which the lists of APIs and of CISA's catalogue stand.
const LISTS: [&str; 12] = [
    "data",
    "urls",
    "vulnerabilities",
    "indicators",
    "iocs",
    "results",
    "items",
    "observables",
    "records",
    "entries",
    "feed",
    "hits",
];

/// Whether an input is a JSON document. Publishers have tables, too.
pub(crate) fn is_json(input: &Input) -> Result<bool> {
    let head = input.head(HEAD_BYTES)?;
    let text = without_bom(&head).trim_ascii_start();
    Ok(matches!(text.first(), Some(b'{' | b'[')))
}

pub(crate) fn read(input: &Input) -> Result<Stream<'_>> {
    let head = input.head(HEAD_BYTES)?;
    document(input, layout(without_bom(&head).trim_ascii_start()))
}

/// Whether a JSON document is a list of flat objects with indicators in them: a field is named as a column of indicators and
/// holds some, or a type stands beside a text of that type. Events of a log have addresses, too, those of the reader's own
/// machines; their other fields tell them from feeds.
pub(crate) fn has_values(text: &[u8]) -> bool {
    let in_list = list(text).map(|at| Shape::of(&text[at..]));
    [Some(Shape::of(text)), in_list]
        .iter()
        .flatten()
        .filter(|shape| !shape.entries().any(is_event))
        .any(|shape| {
            shape.entries().flatten().any(is_value) || shape.entries().any(has_typed_value)
        })
}

/// Fields of events: of Windows, Sysmon, Zeek, Suricata, Elastic and the clouds.
const OF_EVENTS: [&str; 20] = [
    "@timestamp",
    "channel",
    "computer",
    "providername",
    "provider_name",
    "sourcename",
    "eventtime",
    "eventrecordid",
    "recordnumber",
    "id.orig_h",
    "event_type",
    "flow_id",
    "eventsource",
    "eventname",
    "src_ip",
    "source_ip",
    "sourceip",
    "processid",
    "commandline",
    "logname",
];

fn is_event(entry: &[(String, JsonKind)]) -> bool {
    let is_of_events = |name: &str| OF_EVENTS.contains(&name.to_ascii_lowercase().as_str());
    entry.len() > 64 || entry.iter().any(|(name, _)| is_of_events(name))
}

fn is_value((name, sight): &(String, JsonKind)) -> bool {
    let JsonKind::Text(text) = sight else {
        return false;
    };
    match role(None, name) {
        Role::Value(..) | Role::Typed | Role::Pattern => holds_indicators(text),
        _ => false,
    }
}

/// Whether an object gives a type, and a text of that type.
fn has_typed_value(entry: &[(String, JsonKind)]) -> bool {
    let texts = || {
        entry.iter().filter_map(|(name, sight)| match sight {
            JsonKind::Text(text) => Some((role(None, name), text.as_str())),
            _ => None,
        })
    };
    texts().any(|(role, word)| {
        let Declared::Value(expect, _) = kind(word) else {
            return false;
        };
        let is_of_type = |text| matches!(parse_declared(expect, text), (Ok(_), false));
        role == Role::Type
            && texts().any(|(role, text)| {
                matches!(role, Role::Unknown | Role::Ignored) && is_of_type(text)
            })
    })
}

/// Whose records a JSON document holds, by the fields of those in its head.
pub(crate) fn publisher(text: &[u8]) -> Option<Publisher> {
    let of = |shape: &Shape| shape.entries().find_map(of_names);
    let top = Shape::of(text);
    of(&top).or_else(|| {
        let lists = LISTS
            .iter()
            .any(|key| top.root(key) == Some(&JsonKind::List))
            || is_keyed(&top);
        let at = list(text).filter(|_| lists)?;
        of(&Shape::of(&text[at..]))
    })
}

fn of_names(entry: &[(String, JsonKind)]) -> Option<Publisher> {
    Publisher::of(entry.iter().map(|(name, _)| name.as_str()))
}

/// Whether every key of the outer object is a number or a hash, with a list behind it.
fn is_keyed(shape: &Shape) -> bool {
    let mut entries = shape.entries();
    let Some(outer) = entries.next().filter(|_| !shape.is_list) else {
        return false;
    };
    let is_id = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_hexdigit());
    let listed = |sight: &JsonKind| *sight == JsonKind::List;
    outer.iter().any(|(_, sight)| listed(sight)) && outer.iter().all(|(name, _)| is_id(name))
}

/// The index of the first bracket that is in no string.
fn list(text: &[u8]) -> Option<usize> {
    let (mut string, mut escaped) = (false, false);
    text.iter().position(|byte| {
        let quote = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        string ^= quote;
        *byte == b'[' && !string
    })
}

fn layout(text: &[u8]) -> Layout {
    let shape = Shape::of(text);
    let under = |key: &&&str| shape.root(key) == Some(&JsonKind::List);
    match LISTS.iter().find(under) {
        _ if shape.is_list => Layout::Array,
        Some(key) => Layout::Under(key),
        // No list is the whole; each field is a list of its own.
        None if is_keyed(&shape) => Layout::Under(""),
        None => Layout::Records,
    }
}

fn document(input: &Input, layout: Layout) -> Result<Stream<'_>> {
    let keyed = matches!(layout, Layout::Under(""));
    let place = json_objects::places(input, layout);
    let mut publisher = None;
    json_objects::each_part(input, layout, MAX_ENTRY_BYTES, move |part, found| {
        let (place, refusal) = match part {
            Part::Element { index, line, text } => {
                return read_text(&text, &mut publisher, &place(index, line), found);
            }
            Part::Field { key, text } if keyed => {
                return read_list(&text, &mut publisher, input.name(), &key, found);
            }
            Part::Field { .. } => return,
            Part::TooLong { index, line } => (place(index, line), Reason::LineTooLong.into()),
            Part::Broken { index, line, what } => (place(index, line), broken(what)),
        };
        found.push_back(Found::Rejection(Rejection::new(place, "", refusal)));
    })
}

fn broken(detail: impl Into<String>) -> Refusal {
    Refusal::new(Reason::BrokenEntry).detail(detail)
}

/// The JSON in a text, or a refusal of it.
fn parsed(text: &[u8], place: &Place, found: &mut Queue) -> Option<Value> {
    let refusal = match (std::str::from_utf8(text), serde_json::from_slice(text)) {
        (Err(_), _) => Reason::NotUtf8.into(),
        (Ok(_), Ok(value)) => return Some(value),
        (Ok(_), Err(cause)) => {
            // The position is one inside the entry, and would be taken for one in the file.
            let cause = cause.to_string();
            broken(cause.split(" at line ").next().unwrap_or_default())
        }
    };
    let shown = String::from_utf8_lossy(&text[..text.len().min(1000)]);
    found.push_back(Found::Rejection(Rejection::new(
        place.clone(),
        &shown,
        refusal,
    )));
    None
}

fn read_text(text: &[u8], publisher: &mut Option<Publisher>, place: &Place, found: &mut Queue) {
    if let Some(entry) = parsed(text, place, found) {
        read_entry(&entry, publisher, place, found);
    }
}

/// The entries under one id.
fn read_list(
    text: &[u8],
    publisher: &mut Option<Publisher>,
    name: &Arc<str>,
    key: &str,
    found: &mut Queue,
) {
    let path: Arc<str> = Arc::from(key);
    match parsed(text, &Place::element(name, &path, 0), found) {
        Some(Value::Array(entries)) => {
            for (index, entry) in (0..).zip(&entries) {
                read_entry(entry, publisher, &Place::element(name, &path, index), found);
            }
        }
        Some(entry) => read_entry(&entry, publisher, &Place::element(name, &path, 0), found),
        None => {}
    }
}

fn read_entry(entry: &Value, publisher: &mut Option<Publisher>, place: &Place, found: &mut Queue) {
    let reject = |found: &mut Queue, what: &str| {
        let shown: String = entry.to_string().chars().take(1000).collect();
        let rejection = Rejection::new(place.clone(), &shown, broken(what));
        found.push_back(Found::Rejection(rejection));
    };
    let Value::Object(entry) = entry else {
        return reject(found, "the entry is not an object");
    };
    // An entry that leaves fields out is of the publisher of those before it.
    *publisher = Publisher::of(entry.keys().map(String::as_str)).or(*publisher);
    let mut fields: Vec<(Role, &str, String)> = entry
        .iter()
        .map(|(name, value)| (role(*publisher, name), name.as_str(), text(value)))
        .collect();
    if publisher.is_none() {
        promote(&mut fields);
    }
    let kind = fields.iter().find(|(role, ..)| *role == Role::Type);
    let cells: Vec<Cell<'_>> = fields
        .iter()
        .map(|(role, name, text)| Cell {
            role: *role,
            name,
            bytes: text.as_bytes(),
        })
        .collect();
    let context = Context {
        kind: kind.map_or("", |(_, _, text)| text.as_str()),
        producer: publisher.map(Publisher::producer),
        is_strict: false,
        is_loose: false,
        place,
    };
    let before = found.len();
    record::read(&cells, context, found);
    if found.len() == before {
        let shown: String = serde_json::to_string(entry).unwrap_or_default();
        found.push_back(Found::Blank(Blank::new(place.clone(), &shown)));
    }
}

/// Where no field of an object is named as one of values, those of unknown name whose text is nothing but indicators are; and a
/// field is not left out for its name alone where it is the only one.
fn promote(fields: &mut [(Role, &str, String)]) {
    let holds = |(role, _, text): &(Role, &str, String)| role.is_value() && !text.trim().is_empty();
    for unnamed in [Role::Unknown, Role::Ignored] {
        if fields.iter().any(holds) {
            return;
        }
        for (role, _, text) in fields.iter_mut() {
            if *role == unnamed && holds_indicators(text) {
                *role = Role::Typed;
            }
        }
    }
}

/// A field as a cell has it: a list line by line, nothing for an object.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Array(items) => {
            let flat = items.iter().filter(|item| !item.is_array());
            flat.map(text).collect::<Vec<_>>().join("\n")
        }
        Value::Null | Value::Object(_) => String::new(),
    }
}

#[cfg(test)]
mod tests;

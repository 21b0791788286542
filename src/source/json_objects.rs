//! A document of JSON objects, one after the other, each read on its own.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::entry::{self, Queue};
use super::input::{Input, unreadable};
use super::json::{Elements, Layout, Part};
use super::{Found, Rejection, Stream};
use crate::error::Result;
use crate::indicator::Refusal;
use crate::location::Place;
use crate::reason::Reason;

/// The stream of what `read` queues of each part of a document.
///
/// # Errors
/// Those of opening the input.
pub(super) fn each_part<'a>(
    input: &'a Input,
    layout: Layout,
    limit: usize,
    mut read: impl FnMut(Part, &mut Queue) + Send + 'a,
) -> Result<Stream<'a>> {
    let mut parts = Elements::new(input.open()?, layout, limit);
    Ok(entry::drain(move |found| {
        let part = parts.next().transpose();
        let part = part.map_err(|cause| unreadable(input.name(), cause))?;
        let has_part = part.is_some();
        part.into_iter().for_each(|part| read(part, found));
        Ok(has_part)
    }))
}

/// The place of an element of a document, by its index and its line.
pub(super) fn places(input: &Input, layout: Layout) -> impl Fn(u64, u64) -> Place + Send + use<> {
    let name = input.name().clone();
    let path: Arc<str> = Arc::from(match layout {
        Layout::Under(key) => key,
        _ => "",
    });
    move |index, line| match layout {
        Layout::Records => Place::line(&name, line),
        _ => Place::element(&name, &path, index),
    }
}

/// Reads each object of a document by `read`; an element that is broken, too long or not an object is refused on its own.
pub(super) fn read<'a>(
    input: &'a Input,
    layout: Layout,
    limit: usize,
    mut read: impl FnMut(&Map<String, Value>, &Place, &mut Queue) + Send + 'a,
) -> Result<Stream<'a>> {
    let place = places(input, layout);
    each_part(input, layout, limit, move |part, found| {
        let (place, shown, refusal) = match part {
            Part::Element { index, line, text } => {
                let place = place(index, line);
                match object(&text) {
                    Ok(object) => return read(&object, &place, found),
                    Err(refusal) => (place, beginning(&text), refusal),
                }
            }
            Part::Field { .. } => return,
            Part::TooLong { index, line } => {
                let detail = format!("an entry longer than {} MiB", limit >> 20);
                (place(index, line), String::new(), broken(detail))
            }
            Part::Broken { index, line, what } => (place(index, line), String::new(), broken(what)),
        };
        found.push_back(Found::Rejection(Rejection::new(place, &shown, refusal)));
    })
}

fn object(text: &[u8]) -> std::result::Result<Map<String, Value>, Refusal> {
    if std::str::from_utf8(text).is_err() {
        return Err(Reason::NotUtf8.into());
    }
    match serde_json::from_slice(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(broken("the entry is not an object")),
        // The position is one inside the entry, and would be taken for one in the file.
        Err(cause) => {
            let cause = cause.to_string();
            Err(broken(cause.split(" at line ").next().unwrap_or_default()))
        }
    }
}

fn beginning(text: &[u8]) -> String {
    String::from_utf8_lossy(&text[..text.len().min(1000)]).into_owned()
}

fn broken(detail: impl Into<String>) -> Refusal {
    Refusal::new(Reason::BrokenEntry).detail(detail)
}

/// A text with something in it, or a number or truth value as text.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The texts of a list; of anything else, that one.
pub(super) fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().filter_map(text).collect(),
        other => text(other).into_iter().collect(),
    }
}

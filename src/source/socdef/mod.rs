//! The JSON of the SOC Defenders API: its list, a bare list of the same objects, and the same objects one a line.
//!
//! A bare list of strings is read too: each is a value of which nothing else is known.

mod entries;

use std::io;

use super::entry;
use super::input::{HEAD_BYTES, Input, unreadable, without_bom};
use super::json::{Elements, Layout, Part};
use super::json_objects;
use super::json_shape::{JsonKind, Shape};
use super::record::SOC_DEFENDERS as PRODUCER;
use super::{Found, Rejection, Stream};
use crate::error::Result;
use crate::indicator::Refusal;
use crate::location::Place;
use crate::reason::Reason;

/// The longest entry, in bytes.
const MAX_ENTRY_BYTES: usize = 1 << 20;

pub(crate) fn read(input: &Input) -> Result<Stream<'_>> {
    match arrangement(input)? {
        Arrangement::Lines => lines(input),
        Arrangement::Document(layout) => document(input, layout),
    }
}

enum Arrangement {
    /// One object a line, so that a broken one ends with its line.
    Lines,
    Document(Layout),
}

fn arrangement(input: &Input) -> Result<Arrangement> {
    let head = input.head(HEAD_BYTES)?;
    let text = without_bom(&head).trim_ascii_start();
    if text.starts_with(b"[") {
        return Ok(Arrangement::Document(Layout::Array));
    }
    let shape = Shape::of(text);
    let list = shape.root("data") == Some(&JsonKind::List) && shape.root("value").is_none();
    Ok(match list {
        true => Arrangement::Document(Layout::Under("data")),
        false if text.split(|b| *b == b'\n').any(is_whole_object) => Arrangement::Lines,
        false => Arrangement::Document(Layout::Records),
    })
}

/// Whether a line is an object from its first byte to its last.
fn is_whole_object(line: &[u8]) -> bool {
    line.starts_with(b"{") && serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok()
}

fn document(input: &Input, layout: Layout) -> Result<Stream<'_>> {
    let producer = match layout {
        Layout::Under(_) => producer(input, layout)?,
        _ => None,
    };
    let producer = producer.unwrap_or_else(|| PRODUCER.to_owned());
    let place = json_objects::places(input, layout);
    json_objects::each_part(input, layout, MAX_ENTRY_BYTES, move |part, found| {
        let (place, refusal) = match part {
            Part::Element { index, line, text } => {
                return entries::read(&text, &place(index, line), &producer, found);
            }
            Part::Field { .. } => return,
            Part::TooLong { index, line } => (place(index, line), Reason::LineTooLong.into()),
            Part::Broken { index, line, what } => {
                let refusal = Refusal::new(Reason::BrokenEntry).detail(what);
                (place(index, line), refusal)
            }
        };
        found.push_back(Found::Rejection(Rejection::new(place, "", refusal)));
    })
}

fn lines(input: &Input) -> Result<Stream<'_>> {
    entry::each_line(input, move |line, found| {
        let place = Place::line(input.name(), line.number);
        match line.bytes {
            Ok(text) => {
                let text = without_bom(&text).trim_ascii();
                if !text.is_empty() {
                    entries::read(text, &place, PRODUCER, found);
                }
            }
            Err(reason) => found.push_back(Found::Rejection(Rejection::new(place, "", reason))),
        }
    })
}

/// `meta.source`, in a pass of its own: it may stand behind the list.
fn producer(input: &Input, layout: Layout) -> Result<Option<String>> {
    let meta = Elements::new(input.open()?, layout, MAX_ENTRY_BYTES)
        .find_map(|part| match part {
            Ok(Part::Field { key, text }) if key == "meta" => Some(Ok(text)),
            Err(cause) => Some(Err(cause)),
            _ => None,
        })
        .transpose()
        .map_err(|cause: io::Error| unreadable(input.name(), cause))?;
    let meta: Option<serde_json::Value> = meta.and_then(|text| serde_json::from_slice(&text).ok());
    Ok(meta
        .and_then(|meta| Some(meta.get("source")?.as_str()?.trim().to_owned()))
        .filter(|name| !name.is_empty()))
}

#[cfg(test)]
mod tests;

//! MISP events, lists of events, and lists of attributes.
//!
//! Source of the format: the Internet-Draft "MISP core format" (draft-dulaunoy-misp-core-format), sections "Event",
//! "Attribute", "Object", "Tag" and "Galaxy"; the forms of `restSearch` from MISP's documentation of its API.
//!
//! Read: `{"Event": …}`, `{"response": [{"Event": …}, …]}`, `[{"Event": …}, …]`, events without the key `Event`, and
//! `{"response": {"Attribute": […]}}` and `{"Attribute": […]}`. One event is in memory at a time.
//!
//! [`types`] says what each attribute type means, [`event`] what an event says about all its attributes, [`attribute`]
//! makes indicators, [`labels`] reads tags and galaxies, and [`model`] and [`lenient`] get it out of the JSON.

mod attribute;
mod dates;
mod event;
mod labels;
mod lenient;
mod member;
mod model;
mod place;
mod shared;
#[cfg(test)]
mod tests;
mod types;

use std::iter;
use std::sync::Arc;

use lenient::{One, Read};
use model::Unit;
use place::{Base, Entries, broken};

use super::input::{Input, unreadable};
use super::json::{Elements, Layout, Part};
use super::{ReadOptions, Stream};
use crate::error::Result;
use crate::location::Place;
use crate::reason::Reason;

/// The longest event that is read. It is the unit that is held in memory, and the largest public events, with
/// samples attached, have some 100 MB. Its text and what is read out of it are in memory at once.
const MAX_EVENT_BYTES: usize = 256 << 20;

/// How much of an input is looked at to find its layout.
const HEAD_BYTES: u64 = 1 << 16;

/// The key under which the answers of MISP's API have their events.
const RESPONSE: &str = "response";

pub(crate) fn read<'a>(input: &'a Input, options: &ReadOptions) -> Result<Stream<'a>> {
    with_limit(input, options, MAX_EVENT_BYTES)
}

/// The reader with a limit of its own, so that a test need not write that much.
fn with_limit<'a>(input: &'a Input, options: &ReadOptions, limit: usize) -> Result<Stream<'a>> {
    let document = Document {
        name: input.name().clone(),
        layout: layout(&input.head(HEAD_BYTES)?),
        all_attributes: options.all_attributes,
        limit,
    };
    // Not a queue: what an event gives is made as it is asked for.
    let parts = Elements::new(input.open()?, document.layout, limit);
    Ok(Box::new(parts.flat_map(move |part| -> Stream<'a> {
        match part {
            Ok(part) => Box::new(document.entries(part).map(Ok)),
            Err(cause) => Box::new(iter::once(Err(unreadable(&document.name, cause)))),
        }
    })))
}

/// Where the events of a document are, by its first bytes.
fn layout(head: &[u8]) -> Layout {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    match head.trim_ascii_start().first() {
        Some(b'{') if has_key(head, RESPONSE) => Layout::Under(RESPONSE),
        Some(b'{') => Layout::Records,
        // A document that is not JSON at all is refused once, as is one that does not start with a list.
        _ => Layout::Array,
    }
}

/// Whether the outer object has this key. A key is a string before a colon, one bracket deep.
fn has_key(head: &[u8], wanted: &str) -> bool {
    let mut depth = 0u32;
    let mut rest = head;
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        match first {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let end = string_end(rest);
                let key = &rest[..end];
                rest = rest.get(end + 1..).unwrap_or_default();
                let colon = rest.trim_ascii_start().first() == Some(&b':');
                if depth == 1 && colon && key == wanted.as_bytes() {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

/// The index of the quote that ends a string, or the end of the text.
fn string_end(text: &[u8]) -> usize {
    let mut escaped = false;
    let quote = text.iter().position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    quote.unwrap_or(text.len())
}

/// A document while it is read.
struct Document {
    name: Arc<str>,
    layout: Layout,
    all_attributes: bool,
    limit: usize,
}

impl Document {
    fn entries(&self, part: Part) -> Entries {
        match part {
            Part::Element { index, line, text } => self.unit(&text, line, self.base(index)),
            Part::Field { key, text } => self.field(&key, &text),
            Part::TooLong { index, line } => {
                let detail = format!("an event longer than {} MiB, line {line}", self.limit >> 20);
                self.base(index).refuse("", broken(detail))
            }
            Part::Broken { index, line, what } => self
                .base(index)
                .refuse("", broken(format!("{what}, line {line}"))),
        }
    }

    /// The place of an element. A document that is one event needs no index.
    fn base(&self, index: u64) -> Base {
        let path = match self.layout {
            Layout::Under(key) => key,
            Layout::Records if index == 0 => return Base::top(&self.name, ""),
            Layout::Array | Layout::Records => "",
        };
        Base::element(Place::element(&self.name, &Arc::from(path), index))
    }

    /// A field beside the list of events. MISP writes empty `Attribute` and `Object` there; what they hold is read.
    fn field(&self, key: &str, text: &[u8]) -> Entries {
        match key {
            _ if text == b"null" => Box::new(iter::empty()),
            // Not a list: the answer of a search for attributes.
            RESPONSE => self.unit(text, 1, Base::top(&self.name, "response.")),
            "Event" | "Attribute" | "Object" => {
                let text = [b"{\"", key.as_bytes(), b"\":", text, b"}"].concat();
                self.unit(&text, 1, Base::top(&self.name, ""))
            }
            _ => Box::new(iter::empty()),
        }
    }

    /// One event, or one list of attributes, from its text.
    fn unit(&self, text: &[u8], line: u64, base: Base) -> Entries {
        let shown = || String::from_utf8_lossy(&text[..text.len().min(1000)]).into_owned();
        if std::str::from_utf8(text).is_err() {
            return base.refuse(&shown(), Reason::NotUtf8);
        }
        let unit = match serde_json::from_slice::<Read<One<Unit>>>(text) {
            Ok(Read(One(unit))) => unit,
            Err(error) => {
                return base.refuse(&shown(), broken(parse_error(&error, line)));
            }
        };
        match unit.and_then(|unit| unit.event()) {
            Some((event, wrapped)) => {
                event::entries(event, base.wrapped(wrapped), self.all_attributes)
            }
            None => {
                let detail = "neither an event nor a list of attributes";
                base.refuse(&shown(), broken(detail))
            }
        }
    }
}

/// The error in the JSON and its line: the parser counts lines from the start of the event.
fn parse_error(error: &serde_json::Error, line: u64) -> String {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or(&text);
    let line = line.saturating_add((error.line() as u64).saturating_sub(1));
    format!("{what}, line {line}")
}

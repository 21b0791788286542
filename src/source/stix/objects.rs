//! The objects of an input, one after the other, however they are laid out.

use std::io::{BufReader, Cursor, Read};
use std::sync::Arc;

use serde::de::IgnoredAny;

use super::object::{Broken, Head, beginning, text};
use crate::error::Result;
use crate::location::{At, Place};
use crate::source::Input;
use crate::source::input::unreadable;
use crate::source::json::{Elements, Layout, Part};

/// The longest object that is read, in bytes: reports carry their pictures with them.
const MAX_OBJECT_BYTES: usize = 16 << 20;

/// How much of the input is looked at for its layout.
const HEAD_BYTES: u64 = 1 << 16;

/// An object with its place.
pub(super) struct Object {
    pub(super) place: Place,
    pub(super) content: std::result::Result<Content, Broken>,
}

/// An object's text, and what every object has.
pub(super) struct Content {
    pub(super) kind: String,
    pub(super) head: Head,
    pub(super) text: Vec<u8>,
}

/// The objects of an input. An error ends them.
pub(super) struct Objects {
    name: Arc<str>,
    /// The path of the list.
    path: Arc<str>,
    layout: Layout,
    outer: Elements<BufReader<Box<dyn Read + Send>>>,
    /// A bundle that is itself an element, as where there is one a line.
    bundle: Option<(Place, Elements<Cursor<Vec<u8>>>)>,
}

impl Objects {
    pub(super) fn open(input: &Input) -> Result<Objects> {
        let layout = layout(&input.head(HEAD_BYTES)?);
        Ok(Objects {
            name: input.name().clone(),
            path: match layout {
                Layout::Under(key) => Arc::from(key),
                _ => Arc::from(""),
            },
            layout,
            outer: Elements::new(input.open()?, layout, MAX_OBJECT_BYTES),
            bundle: None,
        })
    }

    /// The next part of the document, with its place and whether it is inside a bundle that is an element.
    fn part(&mut self) -> Option<std::io::Result<(Place, Part, bool)>> {
        if let Some((outside, elements)) = &mut self.bundle {
            match elements.next() {
                Some(part) => {
                    let outside = outside.clone();
                    return Some(part.map(|part| {
                        let place = within(&outside, &format!("objects[{}]", index(&part)));
                        (place, part, true)
                    }));
                }
                None => self.bundle = None,
            }
        }
        Some(self.outer.next()?.map(|part| {
            let place = match (self.layout, &part) {
                (
                    Layout::Records,
                    Part::Element { line, .. }
                    | Part::TooLong { line, .. }
                    | Part::Broken { line, .. },
                ) => Place::line(&self.name, *line),
                _ => Place::element(&self.name, &self.path, index(&part)),
            };
            (place, part, false)
        }))
    }
}

impl Iterator for Objects {
    type Item = Result<Object>;

    fn next(&mut self) -> Option<Result<Object>> {
        loop {
            let (place, part, nested) = match self.part()? {
                Ok(part) => part,
                Err(cause) => return Some(Err(unreadable(&self.name, cause))),
            };
            let broken = |value: String, what: &str| {
                Err(Broken {
                    value,
                    what: what.to_owned(),
                })
            };
            let content = match part {
                Part::Field { .. } => continue,
                Part::TooLong { .. } => broken(String::new(), "longer than 16 MiB"),
                Part::Broken { what, line, .. } => {
                    broken(String::new(), &format!("{what}, in line {line}"))
                }
                Part::Element { text, .. } => content(text),
            };
            match content {
                Ok(content) if content.kind == "bundle" && nested => {
                    let content = broken(beginning(&content.text), "a bundle inside a bundle");
                    return Some(Ok(Object { place, content }));
                }
                Ok(content) if content.kind == "bundle" => {
                    let objects = Layout::Under("objects");
                    let elements =
                        Elements::new(Cursor::new(content.text), objects, MAX_OBJECT_BYTES);
                    self.bundle = Some((place, elements));
                }
                content => return Some(Ok(Object { place, content })),
            }
        }
    }
}

fn content(bytes: Vec<u8>) -> std::result::Result<Content, Broken> {
    let head = match bytes.first() {
        Some(b'{') => Head::parse(&bytes)?,
        // A list would pass for an object's properties in their order.
        _ => {
            return Err(Broken {
                value: beginning(&bytes),
                what: "not an object".to_owned(),
            });
        }
    };
    match text(&head.kind) {
        Some(kind) => Ok(Content {
            kind: kind.to_owned(),
            head,
            text: bytes,
        }),
        None => Err(Broken {
            value: beginning(&bytes),
            what: "the object has no `type`".to_owned(),
        }),
    }
}

fn index(part: &Part) -> u64 {
    match part {
        Part::Field { .. } => 0,
        Part::Element { index, .. } | Part::TooLong { index, .. } | Part::Broken { index, .. } => {
            *index
        }
    }
}

/// A place further inside, where `inner` is below what the place has already.
pub(super) fn within(place: &Place, inner: &str) -> Place {
    match &place.at {
        At::Element { inner: before, .. } if !before.is_empty() => {
            place.inside(format!("{before}.{inner}"))
        }
        _ => place.inside(inner),
    }
}

/// How the objects are laid out, from the first bytes.
fn layout(head: &[u8]) -> Layout {
    let head = head
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(head)
        .trim_ascii_start();
    match head.first() {
        Some(b'{') if is_one_of_several(head) => Layout::Records,
        Some(b'{') if is_bundle(head) => Layout::Under("objects"),
        Some(b'{') | None => Layout::Records,
        // A list, or not STIX at all: that is reported once, not for each of its words.
        Some(_) => Layout::Array,
    }
}

/// Whether something follows the first object.
fn is_one_of_several(head: &[u8]) -> bool {
    let mut values = serde_json::Deserializer::from_slice(head).into_iter::<IgnoredAny>();
    let first = values.next();
    let rest = head.get(values.byte_offset()..).unwrap_or_default();
    matches!(first, Some(Ok(_))) && !rest.trim_ascii().is_empty()
}

/// Whether the object is a bundle (STIX 2.1, section 8) or a TAXII 2.1 envelope (section 3.7): by its type, or by a list
/// of `objects`. The `objects` of observed data are not a list (STIX 2.0, part 2, section 2.8).
fn is_bundle(head: &[u8]) -> bool {
    let parts = Elements::new(head, Layout::Under("objects"), head.len());
    for part in parts.map_while(std::io::Result::ok) {
        match part {
            Part::Element { .. } => return true,
            Part::Field { key, text } if key == "type" => return text == b"\"bundle\"",
            Part::Field { .. } => {}
            // Cut off inside the list: its first object is longer than what is looked at.
            Part::Broken { what, .. } => return what.contains("list") || what.contains("element"),
            Part::TooLong { .. } => return false,
        }
    }
    false
}

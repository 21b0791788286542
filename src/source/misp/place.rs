//! The places of events and attributes.

use std::sync::Arc;

use crate::indicator::Refusal;
use crate::location::Place;
use crate::reason::Reason;
use crate::source::{Found, Rejection};

/// Where an event is, to make the places of its attributes from.
///
/// The attributes of an event in a list are at `response[2].Event.Attribute[3]`; those of a document that is one
/// event at `Event.Attribute[3]`.
#[derive(Debug, Clone)]
pub(super) struct Base {
    place: Place,
    /// Whether the place is that of an element, which attributes are inside of.
    element: bool,
    /// The path from there to the event, with a dot at its end.
    prefix: String,
    /// Whether the event stands under the key `Event`.
    wrapped: bool,
}

/// Where an attribute is in its event: in its own list, or in the object of this index. An object alone has no
/// attribute.
#[derive(Debug, Clone, Copy)]
pub(super) struct Position {
    pub(super) object: Option<usize>,
    pub(super) attribute: Option<usize>,
}

impl Base {
    /// A document that is one event, or whose event is at this path.
    pub(super) fn top(input: &Arc<str>, path: &str) -> Base {
        Base {
            place: Place::whole(input),
            element: false,
            prefix: path.to_owned(),
            wrapped: false,
        }
    }

    /// An event that is an element of a list.
    pub(super) fn element(place: Place) -> Base {
        Base {
            place,
            element: true,
            prefix: String::new(),
            wrapped: false,
        }
    }

    /// The same, inside the key `Event` where there is one.
    pub(super) fn wrapped(mut self, wrapped: bool) -> Base {
        self.wrapped = wrapped;
        if wrapped {
            self.prefix.push_str("Event.");
        }
        self
    }

    /// Whether the event stands under the key `Event`: then it is one, whatever it holds.
    pub(super) fn is_wrapped(&self) -> bool {
        self.wrapped
    }

    /// The place of the event as a whole.
    pub(super) fn whole(&self) -> Place {
        self.place.clone()
    }

    /// The place of an attribute.
    pub(super) fn place(&self, position: Position) -> Place {
        let attribute = |index: usize| format!("Attribute[{index}]");
        match (position.object, position.attribute) {
            (None, index) => self.at("Attribute", index.unwrap_or_default(), String::new()),
            (Some(object), index) => {
                self.at("Object", object, index.map(attribute).unwrap_or_default())
            }
        }
    }

    fn at(&self, list: &str, index: usize, inner: String) -> Place {
        let prefix = &self.prefix;
        if self.element {
            let dot = if inner.is_empty() { "" } else { "." };
            return self
                .place
                .inside(format!("{prefix}{list}[{index}]{dot}{inner}"));
        }
        let path = Arc::from(format!("{prefix}{list}"));
        Place::element(&self.place.input, &path, index as u64).inside(inner)
    }
}

/// What one event, or what is wrong with one, gives.
pub(super) type Entries = Box<dyn Iterator<Item = Found> + Send>;

/// A part that is not as MISP writes it.
pub(super) fn broken(detail: impl Into<String>) -> Refusal {
    Refusal::new(Reason::BrokenEntry).detail(detail)
}

impl Base {
    /// A refusal of the whole unit.
    pub(super) fn refuse(&self, value: &str, refusal: impl Into<Refusal>) -> Entries {
        let rejection = Rejection::new(self.whole(), value, refusal);
        Box::new(std::iter::once(Found::Rejection(rejection)))
    }
}

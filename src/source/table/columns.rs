//! The columns of a table.

use std::borrow::Cow;

use super::header::{is_header, known, split_comment};
use super::learn::{Learned, learn};
use super::row::{Record, Row, Rows};
use super::sample::Seen;
use crate::error::Result;
use crate::source::record::{Publisher, Role, SOC_DEFENDERS, holds_indicators};
use crate::wire::{API_COLUMNS, CSV_COLUMNS};

/// How many records are looked at, and how many bytes of cells at most.
const SAMPLE_RECORDS: usize = 1000;
const SAMPLE_BYTES: usize = 1 << 24;
/// Among how many records the header is looked for.
const TITLES: usize = 10;

/// The columns of a table, from their names and its first records.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    /// What each column holds.
    roles: Vec<Role>,
    /// Their names, where they have any.
    names: Vec<String>,
    /// The line of the header, where the first record is one.
    header: Option<u64>,
    type_column: Option<usize>,
    /// Whether only the columns of values have values.
    is_strict: bool,
    /// Whether a column that marks for detection marks nothing, either way.
    is_unmarked: bool,
    /// Whether any column holds values, as far as was looked.
    has_values: bool,
    /// Whether the file is the SOC Defenders API's own export.
    is_export: bool,
    /// Whose table it is, where its columns say so.
    pub(crate) publisher: Option<Publisher>,
}

impl Columns {
    /// Whether the names of a publisher's columns are among the first lines. It takes [`Columns::learn`] to know whether they
    /// are its header, which costs much more.
    pub(crate) fn may_be_published(mut rows: impl Rows) -> Result<bool> {
        let delimiter = char::from(rows.delimiter());
        let mut records = 0;
        while records < TITLES
            && let Some(row) = rows.next_row()?
        {
            let names = match row {
                Row::Comment(text) => split_comment(text, delimiter),
                Row::Record(record) => {
                    records += 1;
                    record.texts().map(Cow::into_owned).collect()
                }
                Row::TooLong(_) => continue,
            };
            if Publisher::of(names.iter().map(String::as_str)).is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Looks at the first records of a table.
    pub(crate) fn learn(mut rows: impl Rows) -> Result<Columns> {
        let mut comment: Option<String> = None;
        let mut lines: Vec<u64> = Vec::new();
        let mut sample: Vec<Vec<String>> = Vec::new();
        let mut bytes = 0;
        let delimiter = char::from(rows.delimiter());
        while let Some(row) = rows.next_row()? {
            match row {
                // Zeek writes the types of the columns behind their names.
                Row::Comment(text) if sample.is_empty() && !text.starts_with("types\t") => {
                    comment = Some(text.to_owned());
                }
                Row::Record(record) => {
                    let cells: Vec<String> = record.texts().map(Cow::into_owned).collect();
                    lines.push(record.line);
                    bytes += cells.iter().map(|cell| cell.len() + 1).sum::<usize>();
                    sample.push(cells);
                }
                Row::Comment(_) | Row::TooLong(_) => {}
            }
            if sample.len() > SAMPLE_RECORDS || bytes >= SAMPLE_BYTES {
                break;
            }
        }
        let title = titles(&sample);
        sample.drain(..title);
        let Some(line) = lines.get(title).copied() else {
            return Ok(Columns::default());
        };
        let first = sample.remove(0);
        // abuse.ch writes the names into the last comment before the data.
        let commented: Option<Vec<String>> = comment
            .map(|text| split_comment(&text, delimiter))
            .filter(|names| names.len() == first.len() && known(names) > 1);
        let mut seen = Seen::of(&sample);
        let is_header = commented.is_none() && is_header(&first, &seen);
        let names = match is_header {
            true => first,
            false => {
                Seen::add(&mut seen, &first);
                sample.insert(0, first);
                commented.unwrap_or_default()
            }
        };
        let mut columns = Columns::of(names, &sample, seen);
        columns.header = is_header.then_some(line);
        Ok(columns)
    }

    fn of(names: Vec<String>, sample: &[Vec<String>], seen: Vec<Seen>) -> Columns {
        let publisher = Publisher::of(names.iter().map(String::as_str));
        let Learned {
            roles,
            type_column,
            is_strict,
            is_unmarked,
            has_values,
        } = learn(&names, sample, seen, publisher);
        Columns {
            roles,
            type_column,
            is_strict,
            is_unmarked,
            has_values,
            publisher,
            header: None,
            is_export: names.len() == API_COLUMNS
                && names
                    .iter()
                    .zip(CSV_COLUMNS)
                    .all(|(name, export)| name.eq_ignore_ascii_case(export)),
            names,
        }
    }

    /// What the cells of a record of this length are, with their indexes. Cells behind the last column are of unknown name.
    pub(crate) fn roles(&self, length: usize) -> impl Iterator<Item = (usize, Role)> {
        (0..length).map(|index| {
            (
                index,
                self.roles.get(index).copied().unwrap_or(Role::Unknown),
            )
        })
    }

    /// Whether any column holds values. Where none does, the table is a list of lines.
    pub(crate) fn has_values(&self) -> bool {
        self.has_values
    }

    /// Whether only the columns of values have values: those of unknown name are about them.
    pub(crate) fn is_strict(&self) -> bool {
        self.is_strict
    }

    /// Whether there is a column that marks records for detection, and none is marked either way.
    pub(crate) fn is_unmarked(&self) -> bool {
        self.is_unmarked
    }

    /// The line of the header, where the first record is one.
    pub(crate) fn header(&self) -> Option<u64> {
        self.header
    }

    /// The type that a record gives for its values; empty where it gives none.
    pub(crate) fn type_of<'a>(&self, record: &'a Record) -> Cow<'a, str> {
        self.type_column
            .and_then(|index| record.text(index))
            .unwrap_or_default()
    }

    /// Who published the file, where its columns say so.
    pub(crate) fn producer(&self) -> Option<&'static str> {
        match self.is_export {
            true => Some(SOC_DEFENDERS),
            false => self.publisher.map(Publisher::producer),
        }
    }

    /// The name of a column; `column 3` where it has none.
    pub(crate) fn name(&self, index: usize) -> &str {
        self.names.get(index).map_or("", String::as_str)
    }

    /// Whether a record stands above the header.
    pub(crate) fn is_title(&self, record: &Record) -> bool {
        self.header.is_some_and(|line| record.line < line)
    }

    /// Whether a record is the header. Files that were put together repeat it.
    pub(crate) fn is_header(&self, record: &Record) -> bool {
        self.header.is_some()
            && self.names.len() == record.len()
            && record.texts().eq(self.names.iter().map(String::as_str))
    }
}

/// How many records stand before the header: a title and the like, each of one cell, as spreadsheets have them.
fn titles(sample: &[Vec<String>]) -> usize {
    let filled = |record: &Vec<String>| record.iter().filter(|cell| !cell.is_empty()).count();
    let first = sample
        .iter()
        .take(TITLES)
        .position(|record| filled(record) > 1);
    let Some(at) = first.filter(|at| *at > 0) else {
        return 0;
    };
    let holds = sample[..at]
        .iter()
        .flatten()
        .any(|cell| !cell.is_empty() && holds_indicators(cell));
    let is_named = known(&sample[at]) > 1 && is_header(&sample[at], &Seen::of(&sample[at + 1..]));
    if holds || !is_named { 0 } else { at }
}

//! Whether a text is a table, and what separates its columns.

use std::borrow::Cow;
use std::sync::Arc;

use super::rows::{CsvRows, separator, without_end};
use crate::indicator::parse;
use crate::source::input::{HEAD_BYTES, Input, without_bom};
use crate::source::lines::RawLines;
use crate::source::record::holds_indicators;
use crate::source::table::{Row, Rows, known};

/// The delimiters that are tried, the likeliest first.
const DELIMITERS: [u8; 5] = [b',', b'\t', b';', b'|', b'#'];

/// How many records are looked at.
const SAMPLE: usize = 50;

/// The delimiter of a table; `None` where the text is a list or prose.
///
/// It is a table where the number of cells is the same in nearly every record and either the first one has names of columns, or
/// the cells hold indicators. A list whose lines are one value each, comma or not, is not a table.
pub(crate) fn guess(head: &[u8], extension: Option<&str>) -> Option<u8> {
    written(head).or_else(|| decide(&samples(head, extension), extension))
}

/// The same of an input and its head, which is asked when the format is looked for and again when it is read.
pub(crate) fn of(input: &Input, head: &[u8]) -> Option<u8> {
    *input
        .delimiter
        .get_or_init(|| guess(head, input.extension().as_deref()))
}

/// The delimiter that a text names itself.
fn written(head: &[u8]) -> Option<u8> {
    let first = head.split_inclusive(|b| matches!(b, b'\n' | b'\r')).next();
    let first = without_end(without_bom(first.unwrap_or_default()));
    if let Some(delimiter) = separator(first) {
        return Some(delimiter);
    }
    // Zeek writes the names of its columns so, whatever follows.
    if head
        .split(|b| *b == b'\n')
        .any(|line| line.starts_with(b"#fields\t"))
    {
        return Some(b'\t');
    }
    None
}

fn decide(samples: &[Sample], extension: Option<&str>) -> Option<u8> {
    let named = matches!(extension, Some("csv" | "tsv" | "psv" | "tab"));
    let titled = samples.iter().filter(|sample| sample.has_header());
    if let Some(best) = titled.max_by_key(|sample| sample.known) {
        return Some(best.delimiter);
    }
    let best = best(samples);
    if let Some(sample) = best {
        let taken = match (named, sample.rows.len()) {
            // A URL of which the rest is not a list of indicators is a URL, whatever its commas separate.
            _ if sample.single * 2 > sample.rows.len() => false,
            (true, _) => true,
            // `evil.example, seen in May` has a note and `evil.example, bad.example` has none.
            (false, 1) => sample.holding == 1 && sample.full == 1,
            (false, count) => sample.holding * 2 >= count,
        };
        if taken {
            return Some(sample.delimiter);
        }
    }
    if !named {
        return None;
    }
    // A file that calls itself a table, and has one column: every line is one cell, or has the odd comma in a URL.
    let one_column = samples
        .iter()
        .all(|sample| sample.rows.iter().all(|row| *row == 1));
    let is_list = samples
        .first()
        .is_some_and(|sample| sample.single * 2 > sample.rows.len());
    (one_column || !is_list).then(|| best.map_or(b',', |sample| sample.delimiter))
}

/// The delimiter of a text that is a table, whatever it looks like.
pub(super) fn delimiter(input: &Input, head: &[u8]) -> u8 {
    of(input, head).unwrap_or_else(|| {
        let samples = samples(head, input.extension().as_deref());
        best(&samples).map_or(b',', |sample| sample.delimiter)
    })
}

fn best(samples: &[Sample]) -> Option<&Sample> {
    // The last of several equal ones wins; the likeliest is the first.
    samples
        .iter()
        .rev()
        .filter(|sample| sample.is_consistent())
        .max_by_key(|sample| (sample.usual * 100 / sample.rows.len(), sample.cells))
}

fn samples(head: &[u8], extension: Option<&str>) -> Vec<Sample> {
    let mut delimiters = DELIMITERS;
    if extension == Some("tsv") {
        delimiters.swap(0, 1);
    }
    // A delimiter that does not occur gives one cell in each line, as does the likeliest one if it does not occur either.
    let likeliest = delimiters[0];
    delimiters
        .into_iter()
        .filter(|delimiter| *delimiter == likeliest || memchr::memchr(*delimiter, head).is_some())
        .map(|delimiter| Sample::take(head, delimiter))
        .collect()
}

/// What the head of a text looks like when it is split at one delimiter.
#[derive(Debug)]
struct Sample {
    delimiter: u8,
    /// The number of cells of each record, without those of a comment.
    rows: Vec<usize>,
    /// The number of cells that most records have, and how many have it.
    cells: usize,
    usual: usize,
    /// Records of more than one cell, comments and all.
    several: usize,
    /// Names of columns in the first record, if it has no indicators.
    known: usize,
    /// The cells of the first record.
    first: usize,
    /// Records that are one value as a whole.
    single: usize,
    /// Records with an indicator in a cell, and with indicators in all cells.
    holding: usize,
    full: usize,
}

impl Sample {
    fn take(head: &[u8], delimiter: u8) -> Sample {
        let mut sample = Sample {
            delimiter,
            rows: Vec::new(),
            cells: 0,
            usual: 0,
            several: 0,
            known: 0,
            first: 0,
            single: 0,
            holding: 0,
            full: 0,
        };
        let mut rows = CsvRows::new(RawLines::over(whole_lines(head), Arc::from("")), delimiter);
        // The bytes are in memory, and reading them does not fail.
        while let Ok(Some(row)) = rows.next_row() {
            if let Row::Record(record) = row {
                let cells: Vec<String> = record.texts().map(Cow::into_owned).collect();
                // A semicolon behind a space opens a comment in lists.
                let spaced = (0..cells.len() - 1).find(|index| {
                    let cell = record.cell(*index).unwrap_or_default();
                    delimiter == b';' && cell.ends_with(b" ")
                });
                sample.add(&cells, spaced.map(|index| index + 1));
            }
            if sample.rows.len() == SAMPLE {
                break;
            }
        }
        for count in &sample.rows {
            let same = sample.rows.iter().filter(|other| *other == count).count();
            if (same, *count) > (sample.usual, sample.cells) {
                (sample.usual, sample.cells) = (same, *count);
            }
        }
        sample
    }

    fn add(&mut self, cells: &[String], before_spaced: Option<usize>) {
        let holding = cells.iter().filter(|cell| holds_indicators(cell)).count();
        if self.rows.is_empty() {
            self.first = cells.len();
            self.known = known(cells).saturating_sub(holding);
        }
        let line = cells.join(&char::from(self.delimiter).to_string());
        let single = holding < 2 && !line.contains(char::is_whitespace) && parse(&line).is_ok();
        self.single += usize::from(single);
        self.holding += usize::from(holding > 0);
        self.full += usize::from(holding == cells.len());
        self.several += usize::from(cells.len() > 1);
        let count = before_comment(cells);
        self.rows
            .push(before_spaced.map_or(count, |before| before.min(count)));
    }

    /// Whether the first record is a header by its names.
    fn has_header(&self) -> bool {
        self.first > 1
            && self.delimiter != b'#'
            && (self.known > 1 || self.known * 2 >= self.first)
            && self.several * 2 > self.rows.len()
    }

    /// Whether nearly every record has the same number of cells, more than one.
    fn is_consistent(&self) -> bool {
        // One `#` in a line opens a comment or a fragment.
        let least = if self.delimiter == b'#' { 3 } else { 1 };
        self.cells > least && self.usual * 5 >= self.rows.len() * 4
    }
}

/// The head without its last line, where that may be cut off.
fn whole_lines(head: &[u8]) -> &[u8] {
    let cut = head.len() as u64 >= HEAD_BYTES;
    match head.iter().rposition(|b| matches!(b, b'\n' | b'\r')) {
        Some(at) if cut => &head[..=at],
        _ => head,
    }
}

/// The number of cells that begin before a comment: `198.51.100.7 # a scanner, it seems` has one.
fn before_comment(cells: &[String]) -> usize {
    let opens_comment = |cell: &String| {
        cell.char_indices()
            .any(|(at, c)| (c == '#' || c == ';') && cell[..at].ends_with(char::is_whitespace))
    };
    cells
        .iter()
        .position(opens_comment)
        .map_or(cells.len(), |index| index + 1)
}

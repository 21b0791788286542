//! Records of cells, from lines.
//!
//! This is RFC 4180 with what feeds do beside it: any delimiter, `\n` or `\r\n`, comment lines, blanks before an opening quote
//! (`"a", "b"`), and quotes that are never closed. Such a quote would swallow the rest of the file; here it counts as a character
//! of its cell, and the next line is a record of its own.

use std::collections::VecDeque;

use crate::error::Result;
use crate::formula;
use crate::source::lines::{MAX_LINE_BYTES, RawLine, RawLines};
use crate::source::table::{MAX_COLUMNS, Record, Row, Rows};

/// The rows of a file.
pub(crate) struct CsvRows<'a> {
    lines: RawLines<'a>,
    /// Lines that were read as the inside of a quote that has no end.
    again: VecDeque<RawLine>,
    delimiter: u8,
    record: Record,
    comment: String,
}

/// Where in a cell the splitter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first character that is not a blank.
    Start,
    Plain,
    Quoted,
    /// Behind a quote that either ends the quoted text or is doubled.
    Quote,
}

impl Rows for CsvRows<'_> {
    fn next_row(&mut self) -> Result<Option<Row<'_>>> {
        self.row()
    }

    fn delimiter(&self) -> u8 {
        self.delimiter
    }
}

impl<'a> CsvRows<'a> {
    pub(crate) fn new(lines: RawLines<'a>, delimiter: u8) -> CsvRows<'a> {
        CsvRows {
            lines,
            again: VecDeque::new(),
            delimiter,
            record: Record::default(),
            comment: String::new(),
        }
    }

    fn row(&mut self) -> Result<Option<Row<'_>>> {
        loop {
            let Some(line) = self.line()? else {
                return Ok(None);
            };
            let number = line.number;
            let Ok(bytes) = line.bytes else {
                return Ok(Some(Row::TooLong(number)));
            };
            let mut text = without_end(&bytes);
            if number == 1 {
                text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
            }
            if number == 1 && separator(text).is_some() {
                continue;
            }
            if let Some(comment) = text.trim_ascii_start().strip_prefix(b"#") {
                self.comment = String::from_utf8_lossy(comment).into_owned();
                return Ok(Some(Row::Comment(&self.comment)));
            }
            if !self.assemble(number, text)? {
                return Ok(Some(Row::TooLong(number)));
            }
            if !self.record.is_blank() {
                return Ok(Some(Row::Record(&self.record)));
            }
        }
    }

    fn line(&mut self) -> Result<Option<RawLine>> {
        match self.again.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next().transpose(),
        }
    }

    /// Makes the record that begins with `text`; `false` where it is longer than a record may be.
    fn assemble(&mut self, number: u64, text: &[u8]) -> Result<bool> {
        self.record.clear(number);
        let mut state = self.split(State::Start, text, true);
        let mut inside = VecDeque::new();
        while state == State::Quoted {
            let next = self.line()?;
            let fits = match next.as_ref().map(|line| &line.bytes) {
                Some(Ok(bytes)) => self.record.text.len() + bytes.len() < MAX_LINE_BYTES,
                Some(Err(_)) => false,
                None => {
                    // The end of the file: it is not a quote.
                    self.put_back(inside);
                    self.record.clear(number);
                    self.split(State::Start, text, false);
                    break;
                }
            };
            let Some(line) = next else { break };
            if let (true, Ok(bytes)) = (fits, &line.bytes) {
                self.record.text.push(b'\n');
                state = self.split(State::Quoted, without_end(bytes), true);
                inside.push_back(line);
            } else {
                inside.push_back(line);
                self.put_back(inside);
                return Ok(false);
            }
        }
        self.record.ends.push(self.record.text.len());
        self.unguard();
        Ok(self.record.len() <= MAX_COLUMNS)
    }

    /// Takes away the apostrophes that keep a spreadsheet from calculating a cell: they are not of its value.
    fn unguard(&mut self) {
        if !self.record.text.contains(&b'\'') {
            return;
        }
        let Record { text, ends, .. } = &mut self.record;
        let (mut start, mut taken) = (0, 0);
        let mut kept = Vec::with_capacity(text.len());
        for end in ends {
            let cell = &text[start..*end];
            let guard = formula::guard_of(cell);
            kept.extend_from_slice(&cell[guard..]);
            (start, taken) = (*end, taken + guard);
            *end -= taken;
        }
        *text = kept;
    }

    fn put_back(&mut self, mut lines: VecDeque<RawLine>) {
        lines.append(&mut self.again);
        self.again = lines;
    }

    /// Splits a line into cells of the record, from `state` on. The last cell stays open.
    fn split(&mut self, mut state: State, line: &[u8], quotes: bool) -> State {
        let Record { text, ends, .. } = &mut self.record;
        for byte in line {
            match state {
                State::Quoted if *byte == b'"' => state = State::Quote,
                State::Quoted => text.push(*byte),
                State::Quote if *byte == b'"' => {
                    text.push(b'"');
                    state = State::Quoted;
                }
                _ if *byte == self.delimiter => {
                    // More than a record may have is more in any case.
                    if ends.len() <= MAX_COLUMNS {
                        ends.push(text.len());
                    }
                    state = State::Start;
                }
                State::Start if *byte == b'"' && quotes => {
                    text.truncate(ends.last().copied().unwrap_or(0));
                    state = State::Quoted;
                }
                _ => {
                    let blank = *byte == b' ' || *byte == b'\t';
                    if !(state == State::Start && blank) {
                        state = State::Plain;
                    }
                    text.push(*byte);
                }
            }
        }
        state
    }
}

/// The delimiter that a first line of `sep=;` gives, as spreadsheets write and read it.
pub(super) fn separator(line: &[u8]) -> Option<u8> {
    match line {
        [s, e, p, b'=', delimiter] if [*s, *e, *p].eq_ignore_ascii_case(b"sep") => Some(*delimiter),
        _ => None,
    }
}

pub(super) fn without_end(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\n")
        .or_else(|| line.strip_suffix(b"\r"))
        .unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn rows(text: &str, delimiter: u8) -> Vec<String> {
        let mut rows = CsvRows::new(RawLines::over(text.as_bytes(), Arc::from("")), delimiter);
        let mut seen = Vec::new();
        while let Some(row) = rows.next_row().unwrap() {
            seen.push(match row {
                Row::Record(record) => {
                    let cells: Vec<_> = (0..record.len())
                        .map(|at| String::from_utf8_lossy(record.cell(at).unwrap()))
                        .collect();
                    format!("{}: {}", record.line, cells.join("¦"))
                }
                Row::Comment(text) => format!("#{text}"),
                Row::TooLong(line) => format!("{line}: too long"),
            });
        }
        seen
    }

    #[test]
    fn apostrophes_before_formulas_go() {
        assert_eq!(
            rows("'=1,\"'+2\",''-3,'a,' @b,'\n", b','),
            ["1: =1¦+2¦'-3¦'a¦ @b¦'"]
        );
    }

    #[test]
    fn rfc_4180() {
        assert_eq!(
            rows("a,b,\r\n\"x,\"\"y\"\"\",\"1\r\n2\",\n\n z ,", b','),
            ["1: a¦b¦", "2: x,\"y\"¦1\n2¦", "5:  z ¦"]
        );
        assert_eq!(rows("a;\"b;c\"\n", b';'), ["1: a¦b;c"]);
        assert_eq!(rows("a\t b\t\"c\td\"\n", b'\t'), ["1: a¦ b¦c\td"]);
    }

    #[test]
    fn what_feeds_do_beside_it() {
        assert_eq!(
            rows(
                "\u{feff}# one, \"two\n\"a\", \"b, c\" ,  \"d\"\n  # x\n , \n",
                b','
            ),
            ["# one, \"two", "2: a¦b, c ¦d", "# x"]
        );
        assert_eq!(
            rows("a\"b\",c\n\"a\"b,c\n", b','),
            ["1: a\"b\"¦c", "2: ab¦c"]
        );
    }

    #[test]
    fn a_quote_without_an_end_costs_its_line_only() {
        assert_eq!(
            rows("a,\"b\nc,d\n\ne,f", b','),
            ["1: a¦\"b", "2: c¦d", "4: e¦f"]
        );
        let long = format!("a,\"b\n{}e,f\n", "c,d\n".repeat(MAX_LINE_BYTES / 4));
        let seen = rows(&long, b',');
        assert_eq!(seen[..2], ["1: too long", "2: c¦d"]);
        assert_eq!(seen.len(), MAX_LINE_BYTES / 4 + 2);
    }

    #[test]
    fn a_record_has_bounds() {
        let wide = format!("{}\na,b\n", ",".repeat(MAX_COLUMNS));
        assert_eq!(rows(&wide, b','), ["1: too long", "2: a¦b"]);
        assert_eq!(rows(&"x,".repeat(MAX_COLUMNS - 1), b',').len(), 1);
        let long = format!("{}\na,b\n", "x".repeat(MAX_LINE_BYTES));
        assert_eq!(rows(&long, b','), ["1: too long", "2: a¦b"]);
    }
}

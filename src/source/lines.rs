//! The lines of an input, as bytes, with a bound on their length.

use std::io::{self, BufRead};
use std::sync::Arc;

use super::input::{Input, unreadable};
use super::packed::CutFlag;
use crate::error::Result;
use crate::reason::Reason;

/// The longest line, and the longest record of a CSV file, in bytes.
pub(crate) const MAX_LINE_BYTES: usize = 1 << 20;

/// A line with its number, from 1, and its bytes, with a `\n` or `\r` at their end; or why it cannot be read.
#[derive(Debug, Clone)]
pub(crate) struct RawLine {
    pub(crate) number: u64,
    pub(crate) bytes: std::result::Result<Vec<u8>, Reason>,
}

/// The bytes of a line as text; or why they cannot be read.
pub(crate) fn text(
    bytes: std::result::Result<Vec<u8>, Reason>,
) -> std::result::Result<String, Reason> {
    String::from_utf8(bytes?).map_err(|_| Reason::NotUtf8)
}

/// The lines of an input; they end in `\n`, `\r\n`, or `\r` alone (spreadsheets for the Mac). One longer than [`MAX_LINE_BYTES`] is left out and reported.
/// The last one of an input that is cut is half a line, which may be another value than the whole one: it is not given.
pub(crate) struct RawLines<'a> {
    reader: Box<dyn BufRead + Send + 'a>,
    name: Arc<str>,
    number: u64,
    cut: CutFlag,
}

impl<'a> RawLines<'a> {
    pub(crate) fn new(input: &'a Input) -> Result<RawLines<'a>> {
        Ok(RawLines {
            cut: input.cut_flag(),
            ..RawLines::over(input.open()?, input.name().clone())
        })
    }

    /// The lines of any reader, under a name for messages.
    pub(crate) fn over(reader: impl BufRead + Send + 'a, name: Arc<str>) -> RawLines<'a> {
        RawLines {
            reader: Box::new(reader),
            name,
            number: 0,
            cut: CutFlag::default(),
        }
    }

    fn line(&mut self) -> io::Result<Option<RawLine>> {
        let mut text = Vec::new();
        let mut length = 0;
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() && (length == 0 || self.cut.get().is_some()) {
                return Ok(None);
            }
            let (used, end) = match memchr::memchr2(b'\n', b'\r', buffer) {
                Some(at) => (at + 1, buffer.get(at).copied()),
                None => (buffer.len(), None),
            };
            let done = end.is_some() || buffer.is_empty();
            length += used;
            if length <= MAX_LINE_BYTES {
                text.extend_from_slice(&buffer[..used]);
            }
            self.reader.consume(used);
            if end == Some(b'\r') && self.reader.fill_buf()?.first() == Some(&b'\n') {
                self.reader.consume(1);
            }
            if done {
                break;
            }
        }
        self.number += 1;
        Ok(Some(RawLine {
            number: self.number,
            bytes: match length <= MAX_LINE_BYTES {
                true => Ok(text),
                false => Err(Reason::LineTooLong),
            },
        }))
    }
}

impl Iterator for RawLines<'_> {
    type Item = Result<RawLine>;

    fn next(&mut self) -> Option<Result<RawLine>> {
        self.line()
            .map_err(|cause| unreadable(&self.name, cause))
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_any_length_costs_itself_only() {
        let text = format!("a\r\n{}\nb", "x".repeat(MAX_LINE_BYTES + 1));
        let lines: Vec<_> = RawLines::over(text.as_bytes(), Arc::from("list"))
            .map(|line| line.map(|line| (line.number, line.bytes)).unwrap())
            .collect();
        assert_eq!(
            lines,
            [
                (1, Ok(b"a\r".to_vec())),
                (2, Err(Reason::LineTooLong)),
                (3, Ok(b"b".to_vec()))
            ]
        );
    }

    #[test]
    fn a_line_ends_in_any_of_three_ways() {
        // A buffer of one byte parts `\r` and `\n`.
        let text = b"a\r\nb\rc\n\n\r\rd";
        let reader = io::BufReader::with_capacity(1, &text[..]);
        let lines: Vec<_> = RawLines::over(reader, Arc::from("list"))
            .map(|line| String::from_utf8(line.unwrap().bytes.unwrap()).unwrap())
            .map(|line| line.trim_end().to_owned())
            .collect();
        assert_eq!(lines, ["a", "b", "c", "", "", "", "d"]);
    }
}

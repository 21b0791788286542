//! One value a line.
//!
//! `#` and `;` open comments, and a note may follow a value. A line that ends in a colon, or that is the name of a type, is a heading;
//! what stands under a heading of something else (`File Names:`, `Observed commands:`) is not read.

use std::io::BufRead;
use std::sync::Arc;

use super::input::{Input, unreadable};
use super::type_name::{Declared, declared};
use super::{Found, Note, NoteKind, Rejection, Stream};
use crate::error::Result;
use crate::indicator::{Expect, Indicator, parse_as, refang};
use crate::place::Place;
use crate::reason::Reason;

/// The longest line that is read, in bytes.
pub(crate) const MAX_LINE_BYTES: usize = 1 << 20;

pub(crate) fn read(input: &Input) -> Result<Stream<'_>> {
    let mut lines = Lines::new(input)?;
    let name = input.name().clone();
    let mut section = Section::Indicators;
    let mut waiting: Vec<Found> = Vec::new();
    Ok(Box::new(std::iter::from_fn(move || {
        loop {
            if let Some(found) = waiting.pop() {
                return Some(Ok(found));
            }
            let line = match lines.next()? {
                Ok(line) => line,
                Err(error) => return Some(Err(error)),
            };
            let place = Place::line(&name, line.number);
            match line.text {
                Ok(text) => value_of_line(&text, place, &mut section, &mut waiting),
                Err(reason) => waiting.push(Found::Rejection(Rejection::new(place, "", reason))),
            }
        }
    })))
}

/// What the lines under the last heading hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Indicators,
    Other,
}

/// Words of headings under which no line is an indicator.
const OTHER_HEADINGS: [&str; 16] = [
    "file name",
    "filename",
    "file path",
    "filepath",
    "path",
    "command",
    "mutex",
    "registry",
    "user agent",
    "user-agent",
    "bitcoin",
    "btc",
    "wallet",
    "reference",
    "process",
    "yara",
];

fn value_of_line(text: &str, place: Place, section: &mut Section, found: &mut Vec<Found>) {
    let text = without_comment(text);
    if text.is_empty() {
        return;
    }
    if let Some(next) = heading(text) {
        *section = next;
        return;
    }
    if *section == Section::Other {
        return;
    }
    match first_value(text) {
        Ok(parsed) => {
            // Notes go out first: the stack is popped from its end.
            let cleared = parsed
                .ioc
                .is_network()
                .then(|| parsed.original.clone())
                .flatten();
            let mut indicator = Indicator::new(parsed);
            indicator.place = Some(place.clone());
            found.push(Found::Indicator(Box::new(indicator)));
            if let Some(detail) = cleared {
                found.push(Found::Note(Note {
                    kind: NoteKind::HostBits,
                    place,
                    detail,
                }));
            }
        }
        Err(refusal) => found.push(Found::Rejection(Rejection::new(place, text, refusal))),
    }
}

/// A line without white space around it and without a comment: `#` or `;` at its start or behind a space.
fn without_comment(text: &str) -> &str {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    if text.starts_with(['#', ';']) || text.starts_with("//") {
        return "";
    }
    let comment = text
        .char_indices()
        .zip(text.chars().skip(1))
        .find(|((_, before), c)| before.is_whitespace() && matches!(c, '#' | ';'))
        .map(|((at, _), _)| at);
    text[..comment.unwrap_or(text.len())].trim_end()
}

/// The section that a line opens, where the line is a heading: it ends in a colon, or is nothing but the name of a type.
fn heading(text: &str) -> Option<Section> {
    let name = match text.strip_suffix(':') {
        Some(name) => name,
        None if is_type_name(text) => text,
        None => return None,
    };
    let lower = name.to_lowercase();
    let other = OTHER_HEADINGS.iter().any(|word| lower.contains(word));
    Some(if other {
        Section::Other
    } else {
        Section::Indicators
    })
}

fn is_type_name(text: &str) -> bool {
    const COLUMN_NAMES: [&str; 6] = [
        "value",
        "indicator",
        "indicators",
        "ioc",
        "iocs",
        "observable",
    ];
    declared(text) != Declared::Unknown
        || COLUMN_NAMES.contains(&text.to_ascii_lowercase().as_str())
}

/// The value of a line: the whole line, or else what stands before its first white space, comma or tab.
fn first_value(
    text: &str,
) -> std::result::Result<crate::indicator::Parsed, crate::indicator::Refusal> {
    let whole = parse_as(Expect::Any, text);
    let spaced = text.contains(|c: char| c.is_whitespace() || c == ',');
    if !spaced || (whole.is_ok() && !text.contains(char::is_whitespace)) {
        return whole;
    }
    // Spaces around a bracketed dot are part of the value, not its end.
    let live = refang(text);
    let first = live
        .split(|c: char| c.is_whitespace() || c == ',')
        .find(|part| !part.is_empty());
    match first.map(|first| parse_as(Expect::Any, first)) {
        Some(Ok(parsed)) => Ok(parsed),
        _ => whole,
    }
}

/// A line with its number, or why it cannot be read.
pub(crate) struct Line {
    pub(crate) number: u64,
    pub(crate) text: std::result::Result<String, Reason>,
}

/// The lines of an input, each at most [`MAX_LINE_BYTES`] long; a longer one is passed over and said.
pub(crate) struct Lines<'a> {
    reader: Box<dyn BufRead + Send + 'a>,
    name: Arc<str>,
    number: u64,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(input: &'a Input) -> Result<Lines<'a>> {
        Ok(Lines {
            reader: Box::new(input.open()?),
            name: input.name().clone(),
            number: 0,
        })
    }

    fn line(&mut self) -> std::io::Result<Option<Line>> {
        let mut text = Vec::new();
        let mut length = 0;
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() && length == 0 {
                return Ok(None);
            }
            let (used, done) = match buffer.iter().position(|b| *b == b'\n') {
                Some(at) => (at + 1, true),
                None => (buffer.len(), buffer.is_empty()),
            };
            length += used;
            if length <= MAX_LINE_BYTES {
                text.extend_from_slice(&buffer[..used]);
            }
            self.reader.consume(used);
            if done {
                break;
            }
        }
        self.number += 1;
        let text = match length <= MAX_LINE_BYTES {
            true => String::from_utf8(text).map_err(|_| Reason::NotUtf8),
            false => Err(Reason::LineTooLong),
        };
        Ok(Some(Line {
            number: self.number,
            text,
        }))
    }
}

impl Iterator for Lines<'_> {
    type Item = Result<Line>;

    fn next(&mut self) -> Option<Result<Line>> {
        self.line()
            .map_err(|cause| unreadable(&self.name, cause))
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let input = Input::from_bytes("list.txt", text.as_bytes());
        read(&input)
            .unwrap()
            .map(|found| match found.unwrap() {
                Found::Indicator(indicator) => {
                    format!("{} {}", indicator.ioc.ioc_type(), indicator.ioc)
                }
                Found::Rejection(rejection) => {
                    format!("{} {}", rejection.refusal.reason.code(), rejection.value)
                }
                Found::Note(note) => format!("note {}", note.kind.code()),
            })
            .collect()
    }

    #[test]
    fn values_comments_notes_and_headings() {
        assert_eq!(
            found(
                "\u{feff}# a comment\r\nDomains:\r\n\r\nevil[.]example ; seen\r\nSHA256\r\n198.51.100.0/24 # scanner\r\n198.51.100.9/24\r\nevil [.] example  a note\r\nhttp://evil.example/a#b\r\n; no\r\n"
            ),
            [
                "domain evil.example",
                "ipv4 198.51.100.0/24",
                "note host_bits",
                "ipv4 198.51.100.0/24",
                "domain evil.example",
                "url http://evil.example/a"
            ]
        );
    }

    #[test]
    fn what_stands_under_a_heading_of_something_else_is_not_read() {
        assert_eq!(
            found("evil.example\nFile Names:\nAppdata.zip\nAD_intel\nDomains:\nbad.example"),
            ["domain evil.example", "domain bad.example"]
        );
    }

    #[test]
    fn what_is_no_indicator_is_refused_with_its_line() {
        assert_eq!(
            found("Appdata.zip\n/a.php\nnot an indicator"),
            [
                "file_name Appdata.zip",
                "no_host /a.php",
                "unknown_type not an indicator"
            ]
        );
        let input = Input::from_bytes("list.txt", &b"evil.example\n\xff\xfe\n"[..]);
        let last = read(&input).unwrap().last().unwrap().unwrap();
        let Found::Rejection(rejection) = last else {
            panic!("{last:?}")
        };
        assert_eq!(
            (rejection.refusal.reason, rejection.place.to_string()),
            (Reason::NotUtf8, "list.txt:2".to_owned())
        );
    }

    #[test]
    fn a_line_of_any_length_costs_itself_only() {
        let text = format!("{}\nevil.example\n", "a".repeat(MAX_LINE_BYTES + 1));
        assert_eq!(found(&text), ["line_too_long ", "domain evil.example"]);
    }
}

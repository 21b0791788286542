//! A line of a list that is in no other syntax.

use super::entry::{self, Queue};
use super::{Blank, Found};
use crate::extract::{self, LEAD, Line, Outline, split};
use crate::location::Place;

/// Reads a line below the headings before it; one without a value is a record without values.
pub(super) fn read(text: &str, place: &Place, outline: &mut Outline, found: &mut Queue) {
    if text.is_empty() {
        return;
    }
    match extract::line(text, &outline.setting(None, &[])) {
        Line::Heading(name) => outline.enter(LEAD, name),
        Line::Value(parsed) => entry::queue(found, place, text, parsed, |_| {}),
        Line::Values(values) => {
            for candidate in values {
                entry::queue_candidate(found, place, candidate, |_| {});
            }
        }
        Line::Blank => found.push_back(Found::Blank(Blank::new(place.clone(), text))),
    }
}

/// A line without white space around it and without a comment: `#` or `;` at its start or behind a space.
pub(super) fn without_comment(text: &str) -> &str {
    let text = split::trim(text);
    if text.starts_with(['#', ';']) || text.starts_with("//") {
        return "";
    }
    let comment = memchr::memchr2_iter(b'#', b';', text.as_bytes())
        .find(|at| text[..*at].ends_with(char::is_whitespace));
    text[..comment.unwrap_or(text.len())].trim_end()
}

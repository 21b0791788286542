//! What is said at the end of an input, whatever its format.

use super::{Found, Input, Note, NoteKind, Rejection, Stream};
use crate::error::Result;
use crate::indicator::Refusal;
use crate::place::Place;
use crate::reason::Reason;

/// A stream with what its end has to say: that the packed data was cut, or that there was nothing in it.
pub(super) struct Ending<'a> {
    input: &'a Input,
    found: Option<Stream<'a>>,
    nothing: bool,
}

impl<'a> Ending<'a> {
    pub(super) fn of(input: &'a Input, found: Stream<'a>) -> Ending<'a> {
        Ending {
            input,
            found: Some(found),
            nothing: true,
        }
    }

    fn at_end(&self) -> Option<Found> {
        let place = Place::whole(self.input.name());
        if let Some(cut) = self.input.cut() {
            let refusal = Refusal::new(Reason::BrokenEntry).detail(cut.to_string());
            return Some(Found::Rejection(Rejection::new(place, "", refusal)));
        }
        (self.nothing && self.input.is_from_outside()).then(|| {
            Found::Note(Note {
                kind: NoteKind::NothingFound,
                detail: String::new(),
                place,
            })
        })
    }
}

impl Iterator for Ending<'_> {
    type Item = Result<Found>;

    fn next(&mut self) -> Option<Result<Found>> {
        match self.found.as_mut()?.next() {
            Some(found) => {
                self.nothing = false;
                Some(found)
            }
            None => {
                self.found = None;
                self.at_end().map(Ok)
            }
        }
    }
}

//! The notes at the end of an input, whatever its format.

use super::{Found, Input, Note, NoteKind, Rejection, Stream};
use crate::error::Result;
use crate::indicator::Refusal;
use crate::location::Place;
use crate::reason::Reason;

/// A stream with what its end has to say: that the packed data was cut, or that nothing was read.
pub(super) struct Ending<'a> {
    input: &'a Input,
    found: Option<Stream<'a>>,
    values: bool,
    blanks: bool,
    /// The last thing that was read is broken: nothing followed.
    breaks: bool,
}

impl<'a> Ending<'a> {
    pub(super) fn of(input: &'a Input, found: Stream<'a>) -> Ending<'a> {
        Ending {
            input,
            found: Some(found),
            values: false,
            blanks: false,
            breaks: false,
        }
    }

    fn at_end(&self) -> Option<Found> {
        let place = Place::whole(self.input.name());
        if let Some(cut) = self.input.cut() {
            let refusal = Refusal::new(Reason::BrokenEntry).detail(cut.to_string());
            return Some(Found::Rejection(Rejection::new(place, "", refusal)));
        }
        let kind = match (self.values, self.blanks) {
            (true, _) => return None,
            (false, true) => NoteKind::NothingRead,
            (false, false) if self.input.is_from_outside() => NoteKind::NothingFound,
            (false, false) => return None,
        };
        Some(Found::Note(Note {
            kind,
            detail: String::new(),
            place,
        }))
    }
}

impl Iterator for Ending<'_> {
    type Item = Result<Found>;

    fn next(&mut self) -> Option<Result<Found>> {
        match self.found.as_mut()?.next() {
            Some(found) => {
                match &found {
                    Ok(Found::Indicator(_)) => {
                        self.values = true;
                        self.breaks = false;
                    }
                    Ok(Found::Rejection(rejection)) => {
                        self.values = true;
                        self.breaks = rejection.refusal.reason == Reason::BrokenEntry;
                    }
                    Ok(Found::Blank(_)) => self.blanks = true,
                    Ok(Found::Note(_)) | Err(_) => {}
                }
                Some(found)
            }
            None => {
                self.found = None;
                if self.breaks {
                    self.input.set_broken();
                }
                self.at_end().map(Ok)
            }
        }
    }
}

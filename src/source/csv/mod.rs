//! CSV and TSV of any kind: the export of the SOC Defenders API, and the tables that vendors publish.

pub(crate) mod dialect;
mod rows;

use super::input::{HEAD_BYTES, Input};
use super::lines::RawLines;
use super::record::Publisher;
use super::table::{self, Columns};
use super::{Blank, Found, Stream, txt};
use crate::error::Result;
use crate::location::Place;
use crate::reason::Reason;
use rows::CsvRows;

/// Whose table the head of a text is, where its columns say so.
pub(crate) fn publisher(input: &Input, delimiter: u8) -> Result<Option<Publisher>> {
    let head = input.head(HEAD_BYTES)?;
    let rows = || {
        let lines = RawLines::over(head.as_slice(), input.name().clone());
        CsvRows::new(lines, delimiter)
    };
    match Columns::may_be_published(rows())? {
        true => Ok(Columns::learn(rows())?.publisher),
        false => Ok(None),
    }
}

pub(crate) fn read(input: &Input) -> Result<Stream<'_>> {
    let head = input.head(HEAD_BYTES)?;
    let delimiter = dialect::delimiter(input, &head);
    let open = || Ok(CsvRows::new(RawLines::new(input)?, delimiter));
    let columns = Columns::learn(open()?)?;
    if !columns.has_values() {
        return by_lines(input, columns.header());
    }
    let name = input.name().clone();
    Ok(table::read(open()?, columns, move |line| {
        Place::line(&name, line)
    }))
}

/// A table in which no column holds values is a list of lines, but for its header.
fn by_lines(input: &Input, header: Option<u64>) -> Result<Stream<'_>> {
    let found = txt::read(input)?;
    let place = move |found: &Found| match found {
        Found::Indicator(indicator) => indicator.place.as_ref()?.line_number(),
        Found::Rejection(rejection) => rejection.place.line_number(),
        Found::Note(note) => note.place.line_number(),
        Found::Blank(blank) => blank.place.line_number(),
    };
    let found = found.filter(move |found| match found {
        Ok(found) => header.is_none() || place(found) != header,
        Err(_) => true,
    });
    // A record that looks like nothing is one without a value.
    Ok(Box::new(found.map(|found| {
        Ok(match found? {
            Found::Rejection(rejection) if rejection.refusal.reason == Reason::UnknownType => {
                Found::Blank(Blank::new(rejection.place, &rejection.value))
            }
            found => found,
        })
    })))
}

#[cfg(test)]
mod tests;

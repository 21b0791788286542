//! Tables: rows of cells, whatever file they stand in, and what their columns hold.
//!
//! Every column that holds indicators is read: the ones whose names say so, and the ones of unknown name in which at
//! least half of the cells are indicators. In other columns of unknown name a cell counts where its form is sure. The rest
//! says something about the indicators of its record; values in it are counted with the reason why they
//! are not indicators.

mod columns;
mod header;
mod learn;
mod links;
mod row;
mod sample;
#[cfg(test)]
mod tests;
mod unnamed;

pub(crate) use columns::Columns;
pub(crate) use header::known;
pub(crate) use row::{MAX_COLUMNS, Record, Row, Rows};

use super::entry::{self, Queue};
use super::record::{self, Cell, Context, Role, holds_indicators};
use super::{Blank, Found, NoteKind, Rejection, Stream};
use crate::indicator::Expect;
use crate::location::Place;
use crate::reason::Reason;

/// What the rows of a table hold, by its columns. `place` says where the record of a line stands.
pub(crate) fn read<'a>(
    mut rows: impl Rows + Send + 'a,
    columns: Columns,
    place: impl Fn(u64) -> Place + Send + 'a,
) -> Stream<'a> {
    let mut is_unmarked = columns.is_unmarked();
    entry::drain(move |found| {
        match rows.next_row()? {
            None => return Ok(false),
            Some(Row::Comment(_)) => {}
            Some(Row::Record(record)) if columns.is_header(record) => {}
            Some(Row::Record(record)) => {
                let place = place(record.line);
                if std::mem::take(&mut is_unmarked) {
                    let detail = "no record says whether it is".to_owned();
                    found.push_back(entry::note(NoteKind::NoDetectionFlags, &place, detail));
                }
                read_record(record, &columns, &place, found);
            }
            Some(Row::TooLong(line)) => {
                let rejection = Rejection::new(place(line), "", Reason::LineTooLong);
                found.push_back(Found::Rejection(rejection));
            }
        }
        Ok(true)
    })
}

fn read_record(record: &Record, columns: &Columns, place: &Place, found: &mut Queue) {
    let is_title = columns.is_title(record);
    let is_loose = !columns.has_values() && !is_title;
    let mut cells: Vec<Cell<'_>> = columns
        .roles(record.len())
        .filter_map(|(index, role)| {
            let bytes = record.cell(index)?;
            // Above the header stands a title.
            let role = if is_title { Role::Ignored } else { role };
            // A table in which no column holds values: each cell decides for itself.
            let is_value = is_loose && std::str::from_utf8(bytes).is_ok_and(holds_indicators);
            Some(Cell {
                role: if is_value {
                    Role::Value(Expect::Any, None)
                } else {
                    role
                },
                name: columns.name(index),
                bytes,
            })
        })
        .collect();
    let links = record.links.iter().map(|link| Cell {
        role: Role::Ignored,
        name: "link of a cell",
        bytes: link.as_bytes(),
    });
    cells.extend(links);
    let kind = columns.type_of(record);
    let context = Context {
        kind: &kind,
        producer: columns.producer(),
        is_strict: columns.is_strict(),
        is_loose,
        place,
    };
    record::read(&cells, context, found);
    let is_value = |found: &Found| matches!(found, Found::Indicator(_) | Found::Rejection(_));
    if !found.iter().any(is_value) {
        let texts: Vec<_> = record.texts().collect();
        found.push_back(Found::Blank(Blank::new(place.clone(), &texts.join(" "))));
    }
}

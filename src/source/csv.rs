//! CSV and TSV of any kind: the export of the SOC Defenders API, and the tables that vendors publish.
//!
//! Every column that holds indicators is read: the ones whose names say so, and the ones of unknown name in which at
//! least half of the cells are indicators. The other columns say something about the indicators of their
//! record ([`columns::Role`]), or are not read.

mod columns;
mod details;
pub(crate) mod dialect;
mod names;
mod rows;

pub(crate) use columns::{Role, role};

use super::entry::{self, Details, Queue};
use super::input::Input;
use super::lines::RawLines;
use super::publisher::Publisher;
use super::sniff;
use super::split;
use super::type_name::{self, Declared, declared};
use super::{Found, Rejection, Stream};
use crate::error::Result;
use crate::indicator::{EmailRole, Expect, Parsed, Refusal, parse_as};
use crate::place::Place;
use crate::reason::Reason;
use columns::Columns;
use rows::{Record, Row, Rows};

/// Whose table the head of a text is, where its columns say so.
pub(crate) fn publisher(input: &Input, delimiter: u8) -> Result<Option<Publisher>> {
    let head = input.head(sniff::HEAD_BYTES)?;
    let lines = RawLines::over(head.as_slice(), input.name().clone());
    Ok(Columns::learn(Rows::new(lines, delimiter))?.publisher)
}

pub(crate) fn read(input: &Input) -> Result<Stream<'_>> {
    let head = input.head(sniff::HEAD_BYTES)?;
    let delimiter = dialect::delimiter(&head, input.extension().as_deref());
    let open = || Ok(Rows::new(RawLines::new(input)?, delimiter));
    let columns = Columns::learn(open()?)?;
    let mut rows = open()?;
    let name = input.name().clone();
    let mut waiting = Queue::new();
    Ok(Box::new(std::iter::from_fn(move || {
        loop {
            if let Some(found) = waiting.pop_front() {
                return Some(Ok(found));
            }
            match rows.next_row() {
                Ok(None) => return None,
                Ok(Some(Row::Comment(_))) => {}
                Ok(Some(Row::Record(record))) if columns.is_header(record) => {}
                Ok(Some(Row::Record(record))) => {
                    let place = Place::line(&name, record.line);
                    let kind = columns.type_of(record);
                    read_cells(
                        &cells(record, &columns),
                        &kind,
                        columns.producer(),
                        &place,
                        &mut waiting,
                    );
                }
                Ok(Some(Row::TooLong(line))) => {
                    let place = Place::line(&name, line);
                    let rejection = Rejection::new(place, "", Reason::LineTooLong);
                    waiting.push_back(Found::Rejection(rejection));
                }
                Err(error) => return Some(Err(error)),
            }
        }
    })))
}

/// A value of a record: as it was written, as it was understood, and the part that an e-mail address played.
type Value<'a> = (
    &'a str,
    std::result::Result<Parsed, Refusal>,
    Option<EmailRole>,
);

/// One cell of a record, or one field of an object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell<'a> {
    /// What it holds.
    pub(crate) role: Role,
    /// The name of its column.
    pub(crate) name: &'a str,
    /// Its content.
    pub(crate) bytes: &'a [u8],
}

fn cells<'a>(record: &'a Record, columns: &'a Columns) -> Vec<Cell<'a>> {
    columns
        .roles()
        .filter_map(|(index, role)| {
            Some(Cell {
                role,
                name: columns.name(index).unwrap_or("date"),
                bytes: record.cell(index)?,
            })
        })
        .collect()
}

/// Reads what one record holds. `kind` is the type that it gives for its values, and `producer` who published it.
pub(crate) fn read_cells(
    cells: &[Cell<'_>],
    kind: &str,
    producer: Option<&'static str>,
    place: &Place,
    found: &mut Queue,
) {
    let mut values = Vec::new();
    for Cell { role, bytes, .. } in cells.iter().copied() {
        if !matches!(role, Role::Value(..) | Role::Typed | Role::Refused(_)) {
            continue;
        }
        let Ok(cell) = std::str::from_utf8(bytes) else {
            let rejection = Rejection::new(
                place.clone(),
                &String::from_utf8_lossy(&bytes[..bytes.len().min(1000)]),
                Reason::NotUtf8,
            );
            found.push_back(Found::Rejection(rejection));
            continue;
        };
        match role {
            Role::Value(expect, email_role) => read_cell(cell, expect, email_role, &mut values),
            Role::Refused(reason) => refuse_cell(cell, &Refusal::new(reason), &mut values),
            _ => read_typed(cell, kind, &mut values),
        }
    }
    let mut details = Details::default();
    if values.iter().any(|(_, parsed, _)| parsed.is_ok()) {
        details = details::describe(cells, producer);
        details.queue_notes(found, place);
    }
    for (value, parsed, email_role) in values {
        entry::queue(found, place, value, parsed, |indicator| {
            details.give(indicator, email_role);
        });
    }
}

/// A cell whose type stands in another one of its record.
fn read_typed<'a>(cell: &'a str, kind: &str, values: &mut Vec<Value<'a>>) {
    if let (Some(kinds), Some(parts)) = (kind.split_once('|'), cell.rsplit_once('|')) {
        return read_pair(cell, kinds, parts, values);
    }
    read_as(cell, kind, values);
}

fn read_as<'a>(cell: &'a str, kind: &str, values: &mut Vec<Value<'a>>) {
    match type_name::kind(kind) {
        Declared::Value(expect, email_role) => read_cell(cell, expect, email_role, values),
        Declared::Unknown => read_cell(cell, Expect::Any, None, values),
        Declared::Not(reason) => {
            let refusal = Refusal::new(reason);
            let refusal = match reason {
                Reason::UnsupportedType => refusal.detail(kind),
                _ => refusal,
            };
            refuse_cell(cell, &refusal, values);
        }
    }
}

/// A cell of two values, as MISP pairs them: `ip-dst|port`, `domain|ip`, `filename|sha256`. The port belongs to the address; the name of a
/// file is no indicator.
fn read_pair<'a>(
    cell: &'a str,
    kinds: (&str, &str),
    parts: (&'a str, &'a str),
    values: &mut Vec<Value<'a>>,
) {
    if kinds.1.eq_ignore_ascii_case("port") {
        let (host, port) = (split::trim(parts.0), split::trim(parts.1));
        let with_port = match host.contains(':') {
            true => format!("[{host}]:{port}"),
            false => format!("{host}:{port}"),
        };
        let expect = match declared(kinds.0) {
            Declared::Value(expect, _) => expect,
            _ => Expect::Any,
        };
        values.push((cell, parse_as(expect, &with_port), None));
        return;
    }
    for (kind, part) in [(kinds.0, parts.0), (kinds.1, parts.1)] {
        let names_a_file = matches!(declared(kind), Declared::Value(Expect::Type(kind), _) if kind.plugin().names_a_file);
        if !names_a_file && declared(kind) != Declared::Not(Reason::UnsupportedType) {
            read_as(part, kind, values);
        }
    }
}

fn read_cell<'a>(
    cell: &'a str,
    expect: Expect,
    email_role: Option<EmailRole>,
    values: &mut Vec<Value<'a>>,
) {
    for (value, parsed) in split::values(cell, expect) {
        values.push((value, parsed, email_role));
    }
}

/// A cell whose values are none of ours whatever they are; they count all the same, each by itself.
fn refuse_cell<'a>(cell: &'a str, refusal: &Refusal, values: &mut Vec<Value<'a>>) {
    for (value, _) in split::values(cell, Expect::Any) {
        values.push((value, Err(refusal.clone()), None));
    }
}

#[cfg(test)]
mod tests;

//! From the cells of a record to findings.

use super::cell::Cell;
use super::details;
use super::judgement::Judged;
use super::role::Role;
use super::sure;
use super::values::{self, Value};
use super::{parents, ranges};
use crate::extract::split;
use crate::indicator::{Expect, Ioc, Parsed, Refusal};
use crate::location::Place;
use crate::reason::{Outcome, Reason};
use crate::source::entry::{self, Queue};
use crate::source::{Found, NoteKind, Rejection};

/// The facts of a record beside its cells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    /// The type that it gives for its values; empty where it gives none.
    pub(crate) kind: &'a str,
    /// Who published it.
    pub(crate) producer: Option<&'static str>,
    /// Whether only the columns of values have values: those of unknown name are about them.
    pub(crate) is_strict: bool,
    /// Whether values stand in its texts, since it has no cells for them.
    pub(crate) is_loose: bool,
    /// Where it stands.
    pub(crate) place: &'a Place,
}

/// Reads what one record holds, and queues it; nothing where it holds no value.
pub(crate) fn read(cells: &[Cell<'_>], context: Context<'_>, found: &mut Queue) {
    let mut values = Vec::new();
    let ranged = ranges::read(cells, &mut values);
    for (index, cell) in cells.iter().enumerate() {
        let is_range = ranged == Some(index) || (ranged.is_some() && cell.role == Role::RangeEnd);
        let holds = cell.role.is_value() || cell.role == Role::RangeEnd;
        if !holds || is_range {
            continue;
        }
        let Some(text) = cell.text() else {
            let shown = String::from_utf8_lossy(&cell.bytes[..cell.bytes.len().min(1000)]);
            let rejection = Rejection::new(context.place.clone(), &shown, Reason::NotUtf8);
            found.push_back(Found::Rejection(rejection));
            continue;
        };
        let before = values.len();
        match cell.role {
            Role::Value(expect, role) => values::read(text, expect, role, &mut values),
            Role::RangeStart | Role::RangeEnd => {
                values::read(text, Expect::Address, None, &mut values);
            }
            Role::Refused(reason) => values::refuse(text, reason, cell.name, &mut values),
            Role::Pattern if split::is_placeholder(text) => {}
            Role::Pattern if values::holds_indicators(text) => {
                values::read(text, Expect::Any, None, &mut values);
            }
            Role::Pattern => values::read_pattern(text, &mut values),
            _ => values::read_typed(text, context.kind, &mut values),
        }
        for value in &mut values[before..] {
            value.cell = index;
        }
    }
    parents::drop(cells, &mut values);
    read_others(cells, context, &mut values);
    judge(cells, &mut values);
    queue(cells, context, values, found);
}

/// Takes back the values of a record that is not meant for detection.
fn judge(cells: &[Cell<'_>], values: &mut [Value<'_>]) {
    if values.is_empty() {
        return;
    }
    if is_analysis(cells) {
        for value in values.iter_mut() {
            if matches!(&value.parsed, Ok(parsed) if matches!(parsed.ioc, Ioc::Url(_))) {
                value.parsed = Err(Reason::Reference.into());
            }
        }
    }
    for cell in cells {
        let Role::Judged(judgement) = cell.role else {
            continue;
        };
        let text = cell.text().unwrap_or_default();
        if let Some(Judged::Dropped(reason)) = judgement.of(text) {
            for value in values.iter_mut() {
                let is_dropped = matches!(&value.parsed, Err(refusal)
                    if refusal.reason.outcome() == Outcome::Dropped);
                if !is_dropped {
                    let detail = match cell.name {
                        "" => text.trim().to_owned(),
                        name => format!("{name}: {}", text.trim()),
                    };
                    value.parsed = Err(Refusal::new(reason).detail(detail));
                }
            }
            return;
        }
    }
}

/// Whether a record is of one of MISP's categories for reports, and is not marked for detection itself.
fn is_analysis(cells: &[Cell<'_>]) -> bool {
    let is_report = |cell: &&Cell<'_>| {
        cell.role == Role::Category
            && cell.text().is_some_and(|text| {
                let text = text.trim();
                text.eq_ignore_ascii_case("external analysis")
                    || text.eq_ignore_ascii_case("internal reference")
            })
    };
    let is_marked = |cell: &Cell<'_>| {
        cell.role == Role::Judged(super::judgement::Judgement::Detection)
            && cell.text().is_some_and(super::judgement::is_true)
    };
    cells.iter().any(|cell| is_report(&cell)) && !cells.iter().any(is_marked)
}

/// The values in the cells that are about the others: counted, each with its reason. A cell of a column of unknown name
/// that is a value by its form is one of the record's.
///
/// A record without a value of its own has those that stand in the texts of such columns.
fn read_others<'a>(cells: &[Cell<'a>], context: Context<'_>, values: &mut Vec<Value<'a>>) {
    let is_loose = context.is_loose || !values.iter().any(|value| value.parsed.is_ok());
    for (index, cell) in cells.iter().enumerate() {
        if cell.role.is_value() || cell.role.is_plain() || cell.bytes.is_empty() {
            continue;
        }
        if matches!(cell.role, Role::RangeEnd | Role::Mask) {
            continue;
        }
        let Some(text) = cell.text() else {
            continue;
        };
        let before = values.len();
        let is_about = cell.role != Role::Unknown || context.is_strict;
        let reason = |parsed: &Parsed| match parsed.ioc {
            Ioc::Hash(_) if cell.role == Role::Other => Reason::UnsupportedType,
            _ => sure::reason_in_text(Ok(parsed)),
        };
        if cell.role == Role::Contact && values::email(text).is_some() {
            let refusal = Refusal::new(Reason::Contact).detail(cell.name);
            values.push(Value::new(split::trim(text), Err(refusal)));
        } else {
            let reason = |parsed: &Parsed| match (is_loose && !is_about, reason(parsed)) {
                (true, Reason::InContext) => None,
                (_, reason) => Some(reason),
            };
            values::read_other(text, is_about, reason, cell.name, values);
        }
        for value in &mut values[before..] {
            value.cell = index;
        }
    }
}

fn queue(cells: &[Cell<'_>], context: Context<'_>, values: Vec<Value<'_>>, found: &mut Queue) {
    let place = context.place;
    let mut details = entry::Details::default();
    if values.iter().any(|value| value.parsed.is_ok()) {
        details = details::describe(cells, context.producer);
        details.queue_notes(found, place);
    }
    let mut range: Option<String> = None;
    for value in values {
        // A range counts as one value: its networks behind the first one continue it.
        let continues = value.range.is_some() && value.range == range;
        if let Some(shown) = value.range.filter(|_| !continues) {
            if value.parsed.is_ok() {
                found.push_back(entry::note(NoteKind::RangeRead, place, shown.clone()));
            }
            range = Some(shown);
        }
        if value.retyped {
            entry::note_retyped(found, place, &value.text);
        }
        let ports = value.ports;
        entry::queue(found, place, &value.text, value.parsed, |indicator| {
            details.give(indicator, value.email_role);
            indicator.continues = continues;
            entry::add_ports(indicator, &ports);
        });
    }
}

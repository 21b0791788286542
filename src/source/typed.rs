//! A value whose feed says what it is.

use super::entry::{self, Queue};
use super::type_name::{Declared, declared};
use super::{Found, Note, NoteKind, Rejection};
use crate::indicator::{EmailRole, Expect, Indicator, Ioc, Parsed, Refusal, parse, parse_as};
use crate::place::Place;
use crate::reason::Reason;

/// Queues what became of a value of the type that the feed calls `kind`; a name that is not known makes it no value of ours.
pub(super) fn queue(
    found: &mut Queue,
    place: &Place,
    value: &str,
    kind: &str,
    complete: impl FnOnce(&mut Indicator, Option<EmailRole>),
) {
    let refuse = |found: &mut Queue, reason: Reason| {
        let refusal = Refusal::new(reason).detail(kind.chars().take(60).collect::<String>());
        found.push_back(Found::Rejection(Rejection::new(
            place.clone(),
            value,
            refusal,
        )));
    };
    match declared(kind) {
        Declared::Value(expect, role) => {
            queue_as(found, place, value, expect, |indicator| {
                complete(indicator, role);
            });
        }
        Declared::Not(reason) => refuse(found, reason),
        Declared::Unknown => refuse(found, Reason::UnsupportedType),
    }
}

/// Queues what became of a value that is to be read as `expect`. What it cannot be, and is beyond doubt by its own form, it is, with a note.
pub(super) fn queue_as(
    found: &mut Queue,
    place: &Place,
    value: &str,
    expect: Expect,
    complete: impl FnOnce(&mut Indicator),
) {
    let mut parsed = parse_as(expect, value);
    let mismatch = match &parsed {
        Err(refusal) => refusal.reason != Reason::Pattern,
        // `http://198.51.100.82/` out of the address in a field of URLs.
        Ok(parsed) => matches!(parsed.ioc, Ioc::Url(_)) && !value.contains(['/', ':']),
    };
    if mismatch
        && let Ok(sure) = parse(value)
        && is_sure(&sure, value)
    {
        found.push_back(Found::Note(Note {
            kind: NoteKind::Retyped,
            place: place.clone(),
            detail: format!("{}: {value}", sure.ioc.ioc_type()),
        }));
        parsed = Ok(sure);
    }
    entry::queue(found, place, value, parsed, complete);
}

/// Whether the form of a value says alone what it is: an address, a URL with a scheme, a hash, a CVE id.
fn is_sure(parsed: &Parsed, value: &str) -> bool {
    match &parsed.ioc {
        Ioc::Domain(_) | Ioc::Email(_) => false,
        Ioc::Url(_) => value.contains("://"),
        _ => true,
    }
}

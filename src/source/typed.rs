//! A value whose feed says what it is.

use super::entry::{self, Queue};
use super::type_name::{self, Declared};
use super::{Found, Rejection};
use crate::indicator::{EmailRole, Expect, Indicator, Refusal, parse_declared};
use crate::location::Place;
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
    match type_name::kind(kind) {
        Declared::Value(expect, role) => {
            queue_as(found, place, value, expect, |indicator| {
                complete(indicator, role);
            });
        }
        Declared::Not(reason) => refuse(found, reason),
        Declared::Unknown => refuse(found, Reason::UnsupportedType),
    }
}

/// Queues what became of a value that is to be read as `expect`. A value that is beyond doubt of another type is read as that type, with a note.
pub(super) fn queue_as(
    found: &mut Queue,
    place: &Place,
    value: &str,
    expect: Expect,
    complete: impl FnOnce(&mut Indicator),
) {
    let (parsed, retyped) = parse_declared(expect, value);
    if retyped {
        entry::note_retyped(found, place, value);
    }
    entry::queue(found, place, value, parsed, complete);
}

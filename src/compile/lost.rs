//! Templates that gave no rule.

use std::sync::Arc;

use crate::indicator::Indicator;
use crate::location::{At, Place};
use crate::report::Report;
use crate::source::{Note, NoteKind};

/// Where an indicator stood; those that no reader gave have no place.
pub(super) fn place(indicator: &Indicator) -> Place {
    indicator.place.clone().unwrap_or(Place {
        input: Arc::from("-"),
        at: At::Whole,
    })
}

/// Says that templates failed: the indicator is refused where it has no rule at all.
pub(super) fn fail(
    indicator: &Indicator,
    errors: &[String],
    has_others: bool,
    report: &mut Report,
) {
    if !has_others {
        let why = errors.join("; ");
        report.lose(indicator.place.clone(), indicator.ioc.to_string(), why);
        return;
    }
    for error in errors {
        report.note(Note {
            kind: NoteKind::RuleLost,
            place: place(indicator),
            detail: format!("{}: {error}", indicator.ioc),
        });
    }
}

//! Where in the text of a template something is wrong, and the moment of every check.

use crate::error::Error;
use crate::render::RenderSettings;
use crate::template::{Finding, Template};

/// An error of a template as what is wrong in a line of it.
pub(super) fn broken(template: &Template, error: &Error) -> Finding {
    let line = error.place().and_then(|place| {
        place
            .strip_prefix(template.place())?
            .strip_prefix(':')?
            .parse()
            .ok()
    });
    let mut message = error.message().to_owned();
    for cause in error.causes() {
        message.push_str(": ");
        message.push_str(&cause);
    }
    let instead = error.hint_text().map_or_else(
        || "change what the message names; `templates show` prints valid templates".to_owned(),
        str::to_owned,
    );
    Finding::new(line.unwrap_or(1), message, instead)
}

/// The line of a key of the rule in the text of the template.
pub(super) fn key_line(template: &Template, key: &str) -> usize {
    let lines = template.body().lines();
    lines
        .into_iter()
        .position(|line| {
            line.strip_prefix(key)
                .is_some_and(|rest| rest.starts_with(':'))
        })
        .map_or(1, |at| at + 1)
}

/// One moment, so that a check says the same tomorrow.
pub(super) fn settings() -> RenderSettings {
    RenderSettings {
        now: chrono::DateTime::from_timestamp(1_778_976_000, 0).unwrap_or_default(),
        default_confidence: crate::Confidence::Medium,
    }
}

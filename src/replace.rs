//! Whether what a run made may take the place of an output that is there: good output is never replaced by nothing.

use crate::coded::coded;
use crate::reason::{Outcome, Reason};
use crate::report::Report;
use crate::source::NoteKind;

coded! {
    /// Why an output stays as it was.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    #[non_exhaustive]
    pub enum Kept as code, words {
        /// A feed that was emptied, or a download that failed without an error.
        EmptyInput "empty_input" "the input is empty",
        /// A page of an error, a file of another kind, a format that was read wrongly.
        NothingRead "nothing_read" "no indicator was read from the input",
        /// A list of something else, or a column that was read wrongly.
        AllRefused "all_refused" "every value that was read was refused",
        /// There are indicators, and every template failed.
        NoRules "no_rules" "no rule could be made of the indicators",
        /// What `--strict` is about.
        Findings "findings" "the run has findings, and strict mode is on",
    }
}

/// What the user asked for about an output that is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Caution {
    /// A run with findings replaces nothing.
    pub strict: bool,
    /// An empty input may empty the output.
    pub allow_empty: bool,
}

/// Why what a run made must not replace an output; `None` where it may. A run without rules may only where the user's own filters, the
/// lists or the guard left them out, or the feed itself took its indicators back.
///
/// ```
/// use socdef_sigma::replace::{Caution, Kept, why_kept};
/// use socdef_sigma::report::Report;
///
/// let nothing = Report::new(10);
/// assert_eq!(why_kept(&nothing, Caution::default()), Some(Kept::EmptyInput));
/// assert_eq!(why_kept(&nothing, Caution { allow_empty: true, ..Caution::default() }), None);
/// ```
pub fn why_kept(report: &Report, caution: Caution) -> Option<Kept> {
    let counts = report.counts();
    if counts.rules == 0 {
        let records = report.record_counts();
        let left_out = report.reasons().any(|(reason, _)| is_left_out(reason));
        if counts.kept > 0 {
            return Some(Kept::NoRules);
        }
        match (left_out, counts.refused, counts.read + records.without) {
            (true, _, _) => {}
            (false, 0, 0) if caution.allow_empty => {}
            (false, 0, 0) => return Some(Kept::EmptyInput),
            (false, 0, _) => return Some(Kept::NothingRead),
            (false, _, _) => return Some(Kept::AllRefused),
        }
    }
    (caution.strict && has_findings(report)).then_some(Kept::Findings)
}

/// Whether a run has what `--strict` is about: a refused value, a rule that was lost, an input without values.
pub fn has_findings(report: &Report) -> bool {
    report.counts().refused > 0
        || report
            .note_counts()
            .any(|(kind, _)| matches!(kind, NoteKind::RuleLost | NoteKind::NothingRead))
}

/// Whether a value was left out on purpose, and was an indicator: not what the reader takes for a reference or a contact.
fn is_left_out(reason: Reason) -> bool {
    reason.outcome() == Outcome::Dropped
        && !matches!(
            reason,
            Reason::Technique
                | Reason::NotASender
                | Reason::Reference
                | Reason::Contact
                | Reason::Version
                | Reason::Example
                | Reason::FileInProse
                | Reason::ParentName
                | Reason::InContext
        )
}

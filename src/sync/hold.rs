//! Why a run from a feed on disk removes nothing: the feed is not all there, or it is much smaller than the rules that there are.

use crate::coded::coded;
use crate::replace::{Caution, Kept, why_kept};
use crate::report::Report;
use crate::source::{Format, NoteKind};

/// How many of its rules a run may remove without being asked to, in percent.
///
/// ```
/// assert_eq!(socdef_sigma::sync::MOST_REMOVED, 30);
/// ```
pub const MOST_REMOVED: usize = 30;

coded! {
    /// Why a run removes nothing. It adds and updates rules for all that.
    ///
    /// ```
    /// use socdef_sigma::sync::Hold;
    /// assert_eq!((Hold::Shrunk.code(), Hold::Empty.code()), ("shrunk_feed", "empty_input"));
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    #[non_exhaustive]
    pub enum Hold in "sync" as code, words {
        /// An input that is missing, or that breaks off.
        Unread "unread_input" "an input of the feed cannot be read",
        /// An input that was emptied, or whose download failed without an error.
        Empty "empty_input" "an input of the feed is empty",
        /// A page of an error, a file of another kind, a format that was read wrongly.
        NothingRead "nothing_read" "no indicator was read from an input of the feed",
        /// A list of something else, or a column that was read wrongly.
        AllRefused "all_refused" "every value that was read was refused",
        /// There are indicators, and every template failed.
        NoRules "no_rules" "no rule could be made of the indicators",
        /// Too many rules would go at once.
        Shrunk "shrunk_feed" "more than 30 % of the rules would be removed",
    }
}

/// What a run from a feed on disk may remove. The feed is all that there is, so what it does not list is removed; but a file says
/// less than a server about whether it is whole.
///
/// ```
/// use socdef_sigma::sync::FeedCaution;
/// assert!(!FeedCaution::default().allow_shrink);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FeedCaution {
    /// A part of the feed could not be read.
    pub is_unread: bool,
    /// An input without records lists nothing, and is not a failure.
    pub allow_empty: bool,
    /// More than [`MOST_REMOVED`] percent of the rules may go.
    pub allow_shrink: bool,
}

impl FeedCaution {
    /// Why nothing is removed, where `removed` of the `before` rules that were there would be; `None` where they may.
    pub(super) fn hold(self, report: &Report, removed: usize, before: usize) -> Option<Hold> {
        if self.is_unread {
            return Some(Hold::Unread);
        }
        let caution = Caution {
            strict: false,
            allow_empty: self.allow_empty,
        };
        let has = |wanted| report.note_counts().any(|(kind, _)| kind == wanted);
        // A page without indicators is what a failed download leaves, and no list that is empty on purpose.
        let is_page = has(NoteKind::NothingFound)
            && report.formats().any(|(format, _)| format == Format::Html);
        if is_page {
            return Some(Hold::NothingRead);
        }
        match why_kept(report, caution) {
            Some(Kept::EmptyInput) => return Some(Hold::Empty),
            Some(Kept::AllRefused) => return Some(Hold::AllRefused),
            Some(Kept::NoRules) => return Some(Hold::NoRules),
            Some(_) => return Some(Hold::NothingRead),
            None if has(NoteKind::NothingRead) => return Some(Hold::NothingRead),
            None if has(NoteKind::NothingFound) && !self.allow_empty => return Some(Hold::Empty),
            None => {}
        }
        (!self.allow_shrink && removed * 100 > before * MOST_REMOVED).then_some(Hold::Shrunk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_the_limit_is_held() {
        let caution = FeedCaution {
            allow_empty: true,
            ..FeedCaution::default()
        };
        let hold = |removed, before| caution.hold(&Report::new(1), removed, before);
        for (removed, before) in [(0, 0), (0, 9), (3, 10), (30, 100)] {
            assert_eq!(hold(removed, before), None, "{removed} of {before}");
        }
        for (removed, before) in [(1, 1), (1, 3), (4, 10), (31, 100)] {
            assert_eq!(hold(removed, before), Some(Hold::Shrunk));
        }
    }
}

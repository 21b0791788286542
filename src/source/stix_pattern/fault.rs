//! Why a pattern cannot be read.

use crate::indicator::Refusal;
use crate::reason::Reason;

/// How deep parentheses may be nested. The grammar and what walks over its tree recurse no deeper.
pub(crate) const MAX_DEPTH: usize = 64;

/// Why a pattern cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is not of the language: the byte, and what is wrong there.
    Broken { at: usize, what: &'static str },
    /// It is, but deeper than [`MAX_DEPTH`].
    TooDeep,
}

impl Fault {
    pub(super) fn refusal(&self) -> Refusal {
        match self {
            Fault::Broken { at, what } => Refusal::new(Reason::BrokenEntry)
                .detail(format!("{what} at byte {at} of the pattern")),
            Fault::TooDeep => Refusal::new(Reason::PatternNotSupported)
                .detail(format!("parentheses nested deeper than {MAX_DEPTH}")),
        }
    }
}

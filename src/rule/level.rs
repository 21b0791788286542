//! How urgent a match is.

use crate::coded::coded;

coded! {
/// How urgent a match is.
///
/// ```
/// use socdef_sigma::rule::Level;
/// assert!(Level::High > Level::Medium);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level in "rule" as as_str {
    /// For statistics.
    Informational "informational",
    /// To be looked at some day.
    Low "low",
    /// To be looked at soon.
    Medium "medium",
    /// To be looked at now.
    High "high",
    /// To be acted on now.
    Critical "critical",
}
}

impl Level {
    /// The level of this name.
    ///
    /// ```
    /// use socdef_sigma::rule::Level;
    /// assert_eq!((Level::from_name("high"), Level::from_name("HIGH")), (Some(Level::High), None));
    /// ```
    pub fn from_name(name: &str) -> Option<Level> {
        Level::ALL.into_iter().find(|level| level.as_str() == name)
    }
}

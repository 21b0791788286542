//! Why a value is not an indicator.

use std::fmt;

use crate::reason::Reason;

/// Why a value is not an indicator.
///
/// ```
/// use socdef_sigma::indicator::parse;
///
/// let refusal = parse("gopher://evil.example/").unwrap_err();
/// assert_eq!(refusal.reason.code(), "unsupported_scheme");
/// assert_eq!(refusal.detail.as_deref(), Some("gopher"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The reason, with its stable code.
    pub reason: Reason,
    /// What the reason's own words leave open, such as the scheme of a URL.
    pub detail: Option<String>,
}

impl Refusal {
    /// A refusal for `reason`.
    ///
    /// ```
    /// use socdef_sigma::{Reason, indicator::Refusal};
    /// assert_eq!(Refusal::new(Reason::Empty).to_string(), "the value is empty");
    /// ```
    pub fn new(reason: Reason) -> Self {
        Refusal {
            reason,
            detail: None,
        }
    }

    /// Adds what the reason's words leave open.
    ///
    /// ```
    /// use socdef_sigma::{Reason, indicator::Refusal};
    ///
    /// let refusal = Refusal::new(Reason::Empty).detail("after the quotes");
    /// assert_eq!(refusal.to_string(), "the value is empty: after the quotes");
    /// ```
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason.words())?;
        match &self.detail {
            Some(detail) => write!(f, ": {detail}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Refusal {}

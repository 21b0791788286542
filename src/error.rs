//! Errors of a whole run, as opposed to for one indicator ([`crate::reason`]).
//!
//! Every [`Error`] has a stable code, one lower-case line, the place where that is known, the causes
//! behind it, and a hint where there is something to do. [`Error::report`] prints all of them the same way
//! everywhere:
//!
//! ```
//! use socdef_sigma::error::{Error, ErrorKind};
//!
//! let error = Error::new(ErrorKind::UnknownFormat, "no known feed format")
//!     .at("feed.bin")
//!     .hint("name the format with `--input-format`");
//! assert_eq!(
//!     error.report(),
//!     "error[unknown_format]: no known feed format\n  --> feed.bin\nhint: name the format with `--input-format`"
//! );
//! ```

use std::fmt;

use crate::coded::coded;

coded! {
/// A kind of error: its code and its exit status never change between releases.
///
/// ```
/// use socdef_sigma::ErrorKind;
///
/// assert_eq!(ErrorKind::BadKey.code(), "bad_key");
/// assert_eq!(ErrorKind::BadKey.exit_status(), 3);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind in "error" as code {
    /// An input is missing, is not a file, or cannot be read.
    UnreadableInput "unreadable_input",
    /// The content of an input is in no format that has a reader.
    UnknownFormat "unknown_format",
    /// An input is in a known format, but broken so that nothing after the place can be read.
    BrokenInput "broken_input",
    /// An option, an argument or a combination of them makes no sense.
    BadUsage "bad_usage",
    /// A template does not parse, does not render, or does not give one Sigma rule.
    BrokenTemplate "broken_template",
    /// The output cannot be written.
    UnwritableOutput "unwritable_output",
    /// The API key is missing, malformed, readable by others, or refused by the server.
    BadKey "bad_key",
    /// The plan of the API key does not cover what was asked for.
    PlanRequired "plan_required",
    /// A server cannot be reached, or the connection to it fails.
    Network "network",
    /// A server fails, or has nothing at the address.
    Server "server",
    /// A server's rate limit is used up for longer than the caller waits.
    RateLimited "rate_limited",
    /// A server's answer is cut, too large, or not what was asked for.
    BadAnswer "bad_answer",
    /// A server has more results than it gives.
    Truncated "truncated",
    /// A state folder is damaged, or of another version.
    BrokenState "broken_state",
    /// Another process has the state open, or another server the store.
    Busy "busy",
    /// The endpoint's store is missing, is not a store, or cannot be read or written.
    BrokenStore "broken_store",
    /// The endpoint cannot take connections at the address that was asked for.
    CannotListen "cannot_listen",
    /// The caller asked to stop (Ctrl-C).
    Interrupted "interrupted",
}
}

impl ErrorKind {
    /// The exit status of the command line for this kind: 2 for usage, input and output, 3 for key and plan, 4 for network
    /// and server, 130 for Ctrl-C.
    ///
    /// ```
    /// use socdef_sigma::ErrorKind;
    ///
    /// assert_eq!(ErrorKind::BrokenInput.exit_status(), 2);
    /// assert_eq!(ErrorKind::RateLimited.exit_status(), 4);
    /// ```
    pub const fn exit_status(self) -> u8 {
        match self {
            ErrorKind::BadKey | ErrorKind::PlanRequired => 3,
            ErrorKind::Network
            | ErrorKind::Server
            | ErrorKind::RateLimited
            | ErrorKind::BadAnswer
            | ErrorKind::Truncated => 4,
            ErrorKind::Interrupted => 130,
            _ => 2,
        }
    }
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// An error that ends the run. See the [module documentation](self).
///
/// ```
/// use socdef_sigma::{Error, ErrorKind};
///
/// let error = Error::new(ErrorKind::BrokenInput, "the file is cut").at("feed.json:7");
/// assert_eq!(error.to_string(), "the file is cut (feed.json:7)");
/// ```
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    message: String,
    place: Option<String>,
    hint: Option<String>,
    cause: Option<Cause>,
}

/// `Result` with this crate's [`Error`].
///
/// ```
/// use socdef_sigma::{Error, ErrorKind, Result};
///
/// fn at_least_one(count: u64) -> Result<u64> {
///     match count {
///         0 => Err(Error::new(ErrorKind::BadUsage, "the limit must be 1 or more")),
///         count => Ok(count),
///     }
/// }
/// assert_eq!(at_least_one(0).unwrap_err().kind(), ErrorKind::BadUsage);
/// ```
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of `kind` with one lower-case line that says what is wrong.
    ///
    /// ```
    /// use socdef_sigma::{Error, ErrorKind};
    /// assert_eq!(Error::new(ErrorKind::Busy, "another run has it open").report(), "error[busy]: another run has it open");
    /// ```
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error(Box::new(Inner {
            kind,
            message: message.into(),
            place: None,
            hint: None,
            cause: None,
        }))
    }

    /// Adds the place: a file, `file:line`, or a path into a document.
    ///
    /// ```
    /// use socdef_sigma::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::BrokenInput, "the row has no end").at(format_args!("feed.csv:{}", 12));
    /// assert_eq!(error.place(), Some("feed.csv:12"));
    /// ```
    #[must_use]
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.0.place = Some(place.to_string());
        self
    }

    /// Adds what the user can do about it.
    ///
    /// ```
    /// use socdef_sigma::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::BadUsage, "the limit is 0").hint("leave it out for all");
    /// assert!(error.report().ends_with("\nhint: leave it out for all"));
    /// ```
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds the error that caused this one.
    ///
    /// ```
    /// use socdef_sigma::{Error, ErrorKind};
    ///
    /// let cause = std::io::Error::other("the disk is full");
    /// let error = Error::new(ErrorKind::UnwritableOutput, "cannot write the output").because(cause);
    /// assert_eq!(error.one_line(), "cannot write the output: the disk is full");
    /// ```
    #[must_use]
    pub fn because(mut self, cause: impl Into<Cause>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// The kind, which carries code and exit status.
    ///
    /// ```
    /// use socdef_sigma::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::Network, "no answer");
    /// assert_eq!((error.kind().code(), error.kind().exit_status()), ("network", 4));
    /// ```
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The one line that says what is wrong.
    ///
    /// ```
    /// use socdef_sigma::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::Network, "no answer").at("https://feed.example");
    /// assert_eq!(error.message(), "no answer");
    /// ```
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Where it went wrong, if that is known.
    ///
    /// ```
    /// use socdef_sigma::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::BrokenInput, "the file is cut");
    /// assert_eq!(error.place(), None);
    /// assert_eq!(error.at("feed.json").place(), Some("feed.json"));
    /// ```
    pub fn place(&self) -> Option<&str> {
        self.0.place.as_deref()
    }

    /// How the user can fix it, if that is known.
    ///
    /// ```
    /// use socdef_sigma::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::BadUsage, "the limit is 0");
    /// assert_eq!(error.hint_text(), None);
    /// assert_eq!(error.hint("leave it out").hint_text(), Some("leave it out"));
    /// ```
    pub fn hint_text(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The message with its place and its causes, in one line.
    ///
    /// ```
    /// use socdef_sigma::{Error, ErrorKind};
    /// let error = Error::new(ErrorKind::BrokenInput, "the file is not a list").at("feed.json");
    /// assert_eq!(error.because("no `[`").one_line(), "the file is not a list (feed.json): no `[`");
    /// ```
    pub fn one_line(&self) -> String {
        let mut line = self.to_string();
        for cause in self.causes() {
            line.push_str(": ");
            line.push_str(&cause);
        }
        line
    }

    /// The lines of the causes, outermost first.
    ///
    /// ```
    /// use socdef_sigma::{Error, ErrorKind};
    ///
    /// let inner = Error::new(ErrorKind::UnreadableInput, "cannot read the feed").because("it is a folder");
    /// let outer = Error::new(ErrorKind::BrokenInput, "cannot compile").because(inner);
    /// assert_eq!(outer.causes(), ["cannot read the feed", "it is a folder"]);
    /// ```
    pub fn causes(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut next = std::error::Error::source(self);
        while let Some(cause) = next {
            lines.push(cause.to_string());
            next = cause.source();
        }
        lines
    }

    /// The whole error as the command line prints it, without a trailing newline.
    ///
    /// ```
    /// use socdef_sigma::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::BrokenInput, "the file is cut").at("feed.json").because("no `]`");
    /// assert_eq!(error.report(), "error[broken_input]: the file is cut\n  --> feed.json\n  caused by: no `]`");
    /// ```
    pub fn report(&self) -> String {
        let mut text = format!("error[{}]: {}", self.0.kind.code(), self.0.message);
        if let Some(place) = &self.0.place {
            text.push_str("\n  --> ");
            text.push_str(place);
        }
        for cause in self.causes() {
            text.push_str("\n  caused by: ");
            text.push_str(&cause);
        }
        if let Some(hint) = &self.0.hint {
            text.push_str("\nhint: ");
            text.push_str(hint);
        }
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        match &self.0.place {
            Some(place) => write!(f, " ({place})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.cause.as_deref().map(|cause| cause as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_code_of_its_own() {
        let mut codes: Vec<_> = ErrorKind::ALL.iter().map(|kind| kind.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), ErrorKind::ALL.len());
    }

    #[test]
    fn the_report_names_every_cause() {
        let io = std::io::Error::new(std::io::ErrorKind::NotFound, "no such file");
        let inner = Error::new(ErrorKind::UnreadableInput, "cannot read the feed").because(io);
        let outer = Error::new(ErrorKind::BrokenInput, "cannot compile").because(inner);
        assert_eq!(
            outer.report(),
            "error[broken_input]: cannot compile\n  caused by: cannot read the feed\n  caused by: no such file"
        );
    }
}

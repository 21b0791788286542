//! Which clock to believe: the server's and ours, and what the last run left.

use std::fmt;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

/// By how much two clocks may differ, and still be right.
///
/// ```
/// assert_eq!(socdef_sigma::sync::TOLERANCE.num_minutes(), 10);
/// ```
pub const TOLERANCE: TimeDelta = TimeDelta::minutes(10);

/// What the clocks said in a run.
///
/// ```
/// use socdef_sigma::sync::Clocks;
/// let right = "2026-05-17T12:00:00Z".parse().unwrap();
/// let ahead = "2026-06-17T12:00:00Z".parse().unwrap();
/// assert!(Clocks::agreed(right).doubt(None).is_none());
/// assert!(Clocks { server: ahead, ..Clocks::agreed(right) }.doubt(None).is_some());
/// // The last run cannot lie in the future.
/// assert!(Clocks::agreed(right).doubt(Some(ahead)).is_some());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clocks {
    /// The server's clock, in its first answer.
    pub server: DateTime<Utc>,
    /// Our clock before the first question.
    pub began: DateTime<Utc>,
    /// Our clock after the last answer.
    pub ended: DateTime<Utc>,
}

impl Clocks {
    /// All clocks say the same.
    ///
    /// ```
    /// use socdef_sigma::sync::Clocks;
    ///
    /// let now = chrono::Utc::now();
    /// assert_eq!(Clocks::agreed(now).server, now);
    /// ```
    pub fn agreed(at: DateTime<Utc>) -> Clocks {
        Clocks {
            server: at,
            began: at,
            ended: at,
        }
    }

    /// Why the clocks cannot be trusted, given the time of the last run; `None` if they can.
    ///
    /// They differ by more than [`TOLERANCE`], or one of them says that the last run lies in the future.
    ///
    /// ```
    /// use socdef_sigma::sync::{Clocks, TOLERANCE};
    ///
    /// let now = chrono::Utc::now();
    /// assert!(Clocks::agreed(now).doubt(Some(now - TOLERANCE)).is_none());
    /// assert!(Clocks::agreed(now).doubt(Some(now + TOLERANCE * 2)).is_some());
    /// ```
    pub fn doubt(&self, last: Option<DateTime<Utc>>) -> Option<ClockDoubt> {
        let differ = self.server - self.ended > TOLERANCE || self.began - self.server > TOLERANCE;
        let last = last.filter(|last| *last - self.earliest() > TOLERANCE);
        (differ || last.is_some()).then_some(ClockDoubt {
            server: self.server,
            ours: self.began,
            last,
        })
    }

    /// No later than the beginning of the run, if one of the clocks is right.
    pub(super) fn earliest(&self) -> DateTime<Utc> {
        self.server.min(self.began)
    }

    /// No earlier than the end of the run, if one of the clocks is right.
    pub(super) fn latest(&self) -> DateTime<Utc> {
        self.server.max(self.ended)
    }
}

/// Why the clocks of a run cannot be trusted. Its text is one line that names both.
///
/// ```
/// use socdef_sigma::sync::Clocks;
///
/// let right = "2026-05-17T12:00:00Z".parse().unwrap();
/// let ahead = "2026-06-17T12:00:00Z".parse().unwrap();
/// let doubt = Clocks { server: ahead, ..Clocks::agreed(right) }.doubt(None).unwrap();
/// assert!(doubt.to_string().starts_with("the server's clock says 2026-06-17T12:00:00Z, and ours 2026-05-17"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockDoubt {
    /// The server's clock.
    pub server: DateTime<Utc>,
    /// Our clock.
    pub ours: DateTime<Utc>,
    /// The last run, where it lies in the future.
    pub last: Option<DateTime<Utc>>,
}

impl fmt::Display for ClockDoubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
        let (server, ours) = (text(self.server), text(self.ours));
        match self.server == self.ours {
            // There was no server to ask.
            true => write!(f, "the clock says {ours}")?,
            false => write!(f, "the server's clock says {server}, and ours {ours}")?,
        }
        if let Some(last) = self.last {
            write!(f, ", but the last run was at {}", text(last))?;
        }
        f.write_str(
            "; nothing expires or is taken back in this run, and the next one fetches everything",
        )
    }
}

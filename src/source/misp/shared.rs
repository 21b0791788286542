//! What an event says about every indicator in it.

use chrono::{DateTime, Utc};

use super::labels::Labels;
use crate::indicator::Source;

/// What an event says about every indicator in it.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) source: Option<Source>,
    pub(super) producers: Vec<String>,
    /// The addresses of the event's reports, in its order.
    pub(super) references: Vec<String>,
    pub(super) labels: Labels,
    /// The day of the event: its indicators were seen by then.
    pub(super) date: Option<DateTime<Utc>>,
    /// Whether attributes that are not marked for detection are taken, too.
    pub(super) takes_all: bool,
}

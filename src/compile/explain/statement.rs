//! What feeds say about one value, record by record.

use crate::indicator::{Indicator, Refusal};
use crate::location::Place;
use crate::source::Note;

/// What feeds say about a value.
///
/// ```
/// use socdef_sigma::compile::{Settings, explain_in};
/// use socdef_sigma::source::{Input, ReadOptions};
///
/// let feed = [Input::from_bytes("feed.csv", &b"ip,confidence\n198.51.100.7,high\n198.51.100.7,sure\n"[..])];
/// let settings = Settings::new(chrono::Utc::now());
/// let explained = explain_in(&["198.51.100.7"], &feed, &ReadOptions::default(), &settings, &mut |_, _| Ok(()))?;
/// let statement = explained[0].statement.as_ref().unwrap();
/// assert_eq!((statement.records.len(), statement.unlisted, statement.read), (2, 0, 2));
/// assert_eq!(statement.notes[0].kind.code(), "unreadable_confidence");
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Statement {
    /// The records that have it, in the order of reading; none where the feeds do not have it.
    pub records: Vec<Record>,
    /// How many further records have it.
    pub unlisted: u64,
    /// How many values were read in all.
    pub read: u64,
    /// Notes about these records, and about the indicator that is made of them.
    pub notes: Vec<Note>,
}

/// One record that has the value.
///
/// ```
/// use socdef_sigma::compile::{Settings, explain_in};
/// use socdef_sigma::source::{Input, ReadOptions};
/// use socdef_sigma::Tlp;
///
/// let feed = [Input::from_bytes("feed.csv", &b"ip,provider,tlp\n198.51.100.7,A,red\n198.51.100.7,B,green\n"[..])];
/// let settings = Settings { max_tlp: Some(Tlp::Green), ..Settings::new(chrono::Utc::now()) };
/// let explained = explain_in(&["198.51.100.7"], &feed, &ReadOptions::default(), &settings, &mut |_, _| Ok(()))?;
/// let records = &explained[0].statement.as_ref().unwrap().records;
/// assert_eq!(records[0].refusal.as_ref().unwrap().reason.code(), "tlp_too_strict");
/// assert!(records[1].refusal.is_none() && explained[0].verdict() == "keep");
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Record {
    /// Where it stands.
    pub place: Option<Place>,
    /// What it says; `None` where its reader did not take the value.
    pub indicator: Option<Box<Indicator>>,
    /// Why it adds nothing to a rule, where that is for what this record says; `None` where it is judged with the others.
    pub refusal: Option<Refusal>,
}

//! The report of a run: the outcome of every value that was read.
//!
//! `read = kept + merged + dropped + refused`, always. Records (rows, objects, lines, blocks of prose) have an account of their
//! own: with values, and without.

mod count;
mod json;

use std::collections::BTreeMap;

use crate::indicator::Refusal;
use crate::location::Place;
use crate::reason::Reason;
use crate::source::{Blank, Format, Note, NoteKind};

#[cfg(feature = "python")]
pub(crate) use json::{entry_json, note_json};

/// How many values were read, and what became of them.
///
/// ```
/// use socdef_sigma::report::Counts;
///
/// let counts = Counts { read: 4, kept: 1, merged: 1, dropped: 1, refused: 1, rules: 1 };
/// assert_eq!(counts.read, counts.kept + counts.merged + counts.dropped + counts.refused);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Values that were read.
    pub read: u64,
    /// Distinct indicators that were kept.
    pub kept: u64,
    /// Values that were further sightings of an indicator.
    pub merged: u64,
    /// Distinct indicators, and marked values, that must not become rules.
    pub dropped: u64,
    /// Values that are not indicators.
    pub refused: u64,
    /// Rules that were made.
    pub rules: u64,
}

/// How many records there were: rows, objects, lines that are not empty, blocks of prose. Headers and comments do not count.
///
/// ```
/// use socdef_sigma::report::{Records, Report};
/// assert_eq!(Report::new(8).record_counts(), Records { with_values: 0, without: 0 });
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Records {
    /// Records with at least one value.
    pub with_values: u64,
    /// Records with none.
    pub without: u64,
}

/// Files of rules that earlier runs left in a folder.
///
/// ```
/// use socdef_sigma::report::Report;
/// assert_eq!(Report::new(8).earlier(), None);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Earlier {
    /// How many there were that the run did not make again.
    pub found: u64,
    /// How many of them the run removed.
    pub removed: u64,
}

/// A value that did not become a rule of its own.
///
/// ```
/// use socdef_sigma::compile::Intake;
/// use socdef_sigma::source::{Input, ReadOptions};
///
/// let mut intake = Intake::new(8);
/// let feed = Input::from_bytes("feed.txt", &b"198.51.100.256\n"[..]);
/// intake.read(&feed, &ReadOptions::default(), &mut |_| Ok(()))?;
/// let entry = &intake.report().entries()[0];
/// assert_eq!(entry.value, "198.51.100.256");
/// assert_eq!(entry.place.as_ref().unwrap().to_string(), "feed.txt:1");
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it stood, where that is known.
    pub place: Option<Place>,
    /// The value.
    pub value: String,
    /// Why.
    pub refusal: Refusal,
}

/// The account of a run. Counts are exact; entries are kept up to a limit, for the memory of the run.
///
/// ```
/// use socdef_sigma::compile::{Intake, Settings};
/// use socdef_sigma::source::{Input, ReadOptions};
///
/// let mut intake = Intake::new(8);
/// let feed = Input::from_bytes("feed.txt", &b"evil.example\nevil[.]example\n10.0.0.1\n198.51.100.256\n"[..]);
/// intake.read(&feed, &ReadOptions::default(), &mut |_| Ok(()))?;
/// let counts = intake.select(&Settings::new(chrono::Utc::now())).1.counts();
/// assert_eq!((counts.read, counts.kept, counts.merged, counts.dropped, counts.refused), (4, 1, 1, 1, 1));
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    counts: Counts,
    reasons: BTreeMap<Reason, u64>,
    notes: BTreeMap<NoteKind, u64>,
    rules: BTreeMap<(String, String), u64>,
    entries: Vec<Entry>,
    formats: BTreeMap<Format, u64>,
    records: Records,
    /// Where the last value stood: the next one at the same place is of the same record.
    last: Option<Place>,
    blanks: Vec<Blank>,
    note_list: Vec<Note>,
    earlier: Option<Earlier>,
    limit: usize,
    /// How many entries are kept: of other outcomes, and refused.
    kept_entries: [usize; 2],
}

impl Report {
    /// An empty account that keeps at most `limit` refused entries, as many others, and as many notes.
    ///
    /// ```
    /// use socdef_sigma::report::Report;
    /// assert_eq!(Report::new(32).counts().read, 0);
    /// ```
    pub fn new(limit: usize) -> Report {
        Report {
            limit,
            ..Report::default()
        }
    }

    /// The counts.
    ///
    /// ```
    /// use socdef_sigma::compile::Intake;
    /// use socdef_sigma::source::{Input, ReadOptions};
    ///
    /// let mut intake = Intake::new(8);
    /// let feed = Input::from_bytes("feed.txt", &b"evil.example\nevil[.]example\n198.51.100.256\n"[..]);
    /// intake.read(&feed, &ReadOptions::default(), &mut |_| Ok(()))?;
    /// assert_eq!((intake.report().counts().read, intake.report().counts().merged), (3, 1));
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// How many values there were for each reason, in the order of [`Reason::ALL`].
    ///
    /// ```
    /// use socdef_sigma::Reason;
    /// use socdef_sigma::compile::Intake;
    /// use socdef_sigma::source::{Input, ReadOptions};
    ///
    /// let mut intake = Intake::new(8);
    /// let feed = Input::from_bytes("feed.txt", &b"evil.example\nevil[.]example\n198.51.100.256\n"[..]);
    /// intake.read(&feed, &ReadOptions::default(), &mut |_| Ok(()))?;
    /// let reasons: Vec<_> = intake.report().reasons().collect();
    /// assert_eq!(reasons, [(Reason::InvalidAddress, 1), (Reason::Duplicate, 1)]);
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn reasons(&self) -> impl Iterator<Item = (Reason, u64)> {
        self.reasons.iter().map(|(reason, count)| (*reason, *count))
    }

    /// How many notes there were of each kind.
    ///
    /// ```
    /// use socdef_sigma::compile::Intake;
    /// use socdef_sigma::source::{Input, NoteKind, ReadOptions};
    ///
    /// let mut intake = Intake::new(8);
    /// let feed = Input::from_bytes("feed.txt", &b"198.51.100.7/24\n"[..]);
    /// intake.read(&feed, &ReadOptions::default(), &mut |_| Ok(()))?;
    /// assert!(intake.report().note_counts().any(|count| count == (NoteKind::HostBits, 1)));
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn note_counts(&self) -> impl Iterator<Item = (NoteKind, u64)> {
        self.notes.iter().map(|(kind, count)| (*kind, *count))
    }

    /// How many rules there are for each type and log source.
    ///
    /// ```
    /// use socdef_sigma::compile::{Compiler, Settings};
    /// use socdef_sigma::report::Report;
    /// use socdef_sigma::{Indicator, indicator::parse};
    ///
    /// let mut report = Report::new(8);
    /// let indicator = Indicator::new(parse("198.51.100.7").unwrap());
    /// Compiler::new(&Settings::new(chrono::Utc::now())).counted(&indicator, &mut report);
    /// assert_eq!(report.rules().next(), Some(("ipv4", "network_connection/windows", 1)));
    /// ```
    pub fn rules(&self) -> impl Iterator<Item = (&str, &str, u64)> {
        self.rules
            .iter()
            .map(|((kind, source), count)| (kind.as_str(), source.as_str(), *count))
    }

    /// How many inputs were read in each format.
    ///
    /// ```
    /// use socdef_sigma::source::Format;
    /// use socdef_sigma::compile::Intake;
    /// use socdef_sigma::source::{Input, ReadOptions};
    ///
    /// let mut intake = Intake::new(8);
    /// let feed = Input::from_bytes("feed.txt", &b"evil.example\nevil[.]example\n198.51.100.256\n"[..]);
    /// intake.read(&feed, &ReadOptions::default(), &mut |_| Ok(()))?;
    /// assert_eq!(intake.report().formats().next(), Some((Format::Txt, 1)));
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn formats(&self) -> impl Iterator<Item = (Format, u64)> {
        self.formats.iter().map(|(format, count)| (*format, *count))
    }

    /// How many records gave values, and how many did not.
    ///
    /// ```
    /// use socdef_sigma::compile::Intake;
    /// use socdef_sigma::source::{Input, ReadOptions};
    ///
    /// let mut intake = Intake::new(8);
    /// let feed = Input::from_bytes("feed.txt", &b"evil.example\nevil[.]example\n198.51.100.256\n"[..]);
    /// intake.read(&feed, &ReadOptions::default(), &mut |_| Ok(()))?;
    /// let records = intake.report().record_counts();
    /// assert_eq!((records.with_values, records.without), (3, 0));
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn record_counts(&self) -> Records {
        self.records
    }

    /// What earlier runs left in the folder that the run wrote to; `None` where it did not write to one.
    ///
    /// ```
    /// use socdef_sigma::report::Report;
    /// assert!(Report::new(8).earlier().is_none());
    /// ```
    pub fn earlier(&self) -> Option<Earlier> {
        self.earlier
    }

    #[cfg_attr(not(feature = "python"), allow(dead_code))]
    pub(crate) fn set_earlier(&mut self, earlier: Earlier) {
        self.earlier = Some(earlier);
    }

    /// The first entries, in the order in which they were decided.
    ///
    /// ```
    /// use socdef_sigma::compile::Intake;
    /// use socdef_sigma::source::{Input, ReadOptions};
    ///
    /// let mut intake = Intake::new(8);
    /// let feed = Input::from_bytes("feed.txt", &b"evil.example\nevil[.]example\n198.51.100.256\n"[..]);
    /// intake.read(&feed, &ReadOptions::default(), &mut |_| Ok(()))?;
    /// let values: Vec<_> = intake.report().entries().iter().map(|entry| entry.value.as_str()).collect();
    /// assert_eq!(values, ["evil.example", "198.51.100.256"]);
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The first notes.
    ///
    /// ```
    /// use socdef_sigma::compile::Intake;
    /// use socdef_sigma::source::{Input, ReadOptions};
    ///
    /// let mut intake = Intake::new(8);
    /// let feed = Input::from_bytes("feed.txt", &b"198.51.100.7/24\n"[..]);
    /// intake.read(&feed, &ReadOptions::default(), &mut |_| Ok(()))?;
    /// let note = intake.report().notes().iter().find(|note| note.kind.code() == "host_bits").unwrap();
    /// assert_eq!(note.place.line_number(), Some(1));
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn notes(&self) -> &[Note] {
        &self.note_list
    }
}

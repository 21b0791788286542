//! The report of a run: the outcome of every value that was read.
//!
//! `read = kept + merged + dropped + refused`, always. Records (rows, objects, lines, blocks of prose) have an account of their
//! own: with values, and without.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::indicator::Refusal;
use crate::location::Place;
use crate::reason::{Outcome, Reason};
use crate::source::{Blank, Choice, Format, Found, Note, NoteKind, Rejection};
use crate::template::Template;

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

    /// An input is read in the format that was chosen for it.
    pub(crate) fn open(&mut self, choice: Option<Choice>) {
        if let Some(Choice { format, note }) = choice {
            *self.formats.entry(format).or_default() += 1;
            note.into_iter().for_each(|note| self.note(note));
        }
    }

    /// Counts and names what is not an indicator.
    pub(crate) fn aside(&mut self, found: Found) {
        match found {
            Found::Rejection(rejection) => self.reject(rejection),
            Found::Note(note) => self.note(note),
            Found::Blank(blank) => self.blank(blank),
            Found::Indicator(_) => {}
        }
    }

    /// A value was read and became an indicator, of which it is not yet said what becomes of it.
    pub(crate) fn read_one(&mut self, place: Option<&Place>) {
        self.counts.read += 1;
        self.record(place);
    }

    /// A record gave no value.
    pub(crate) fn blank(&mut self, blank: Blank) {
        self.records.without += 1;
        self.name_blank(blank);
    }

    fn name_blank(&mut self, blank: Blank) {
        if self.blanks.len() < self.limit {
            self.blanks.push(blank);
        }
    }

    /// A value stood at a place; values at one place are of one record.
    fn record(&mut self, place: Option<&Place>) {
        if place.is_none() || place != self.last.as_ref() {
            self.records.with_values += 1;
            self.last = place.cloned();
        }
    }

    /// A value was read and became none.
    pub(crate) fn reject(&mut self, rejection: Rejection) {
        self.read_one(Some(&rejection.place));
        self.decide(Some(rejection.place), || rejection.value, rejection.refusal);
    }

    fn count(&mut self, refusal: &Refusal) {
        match refusal.reason.outcome() {
            Outcome::Refused => self.counts.refused += 1,
            Outcome::Merged => self.counts.merged += 1,
            Outcome::Dropped => self.counts.dropped += 1,
        }
        *self.reasons.entry(refusal.reason).or_default() += 1;
    }

    /// Counts what became of a value that was read before; gives the number of its entry, where that is kept.
    pub(crate) fn decide(
        &mut self,
        place: Option<Place>,
        value: impl FnOnce() -> String,
        refusal: Refusal,
    ) -> Option<usize> {
        self.count(&refusal);
        // Refused values are findings, and must not be crowded out by merged ones.
        let refused = refusal.reason.outcome() == Outcome::Refused;
        let alike = &mut self.kept_entries[usize::from(refused)];
        if *alike >= self.limit {
            return None;
        }
        *alike += 1;
        self.entries.push(Entry {
            place,
            value: value(),
            refusal,
        });
        Some(self.entries.len() - 1)
    }

    /// A value that was counted as merged is not: it is kept, or it is decided again.
    pub(crate) fn unmerge(&mut self) {
        self.counts.merged -= 1;
        if let Some(count) = self.reasons.get_mut(&Reason::Duplicate) {
            *count -= 1;
            if *count == 0 {
                self.reasons.remove(&Reason::Duplicate);
            }
        }
    }

    /// Counts what became of a value in place of one that was counted as merged. It takes over the entry, where there is one.
    pub(crate) fn decide_again(
        &mut self,
        entry: Option<usize>,
        place: Option<Place>,
        value: impl FnOnce() -> String,
        refusal: Refusal,
    ) {
        self.unmerge();
        self.count(&refusal);
        self.name_again(entry, place, value, refusal);
    }

    /// Names what became of a value in an entry of another one.
    pub(crate) fn name_again(
        &mut self,
        entry: Option<usize>,
        place: Option<Place>,
        value: impl FnOnce() -> String,
        refusal: Refusal,
    ) {
        if let Some(entry) = entry.and_then(|at| self.entries.get_mut(at)) {
            *entry = Entry {
                place,
                value: value(),
                refusal,
            };
        }
    }

    /// Names what became of a further network of a range, which counts as one value.
    pub(crate) fn name(&mut self, place: Option<Place>, value: String, refusal: Refusal) {
        if self.kept_entries[0] < self.limit {
            self.kept_entries[0] += 1;
            self.entries.push(Entry {
                place,
                value,
                refusal,
            });
        }
    }

    /// Adds to an entry what was not known when it was decided.
    pub(crate) fn explain(&mut self, entry: usize, detail: String) {
        if let Some(entry) = self.entries.get_mut(entry) {
            entry.refusal.detail = Some(detail);
        }
    }

    /// Adds another account to this one. Gives the numbers that its entries have now, those of them that are kept.
    pub(crate) fn absorb(&mut self, other: Report) -> Vec<Option<usize>> {
        self.counts.read += other.counts.read;
        self.counts.kept += other.counts.kept;
        self.counts.merged += other.counts.merged;
        self.counts.dropped += other.counts.dropped;
        self.counts.refused += other.counts.refused;
        self.counts.rules += other.counts.rules;
        for (reason, count) in other.reasons {
            *self.reasons.entry(reason).or_default() += count;
        }
        for (kind, count) in other.notes {
            *self.notes.entry(kind).or_default() += count;
        }
        let mut numbers = Vec::with_capacity(other.entries.len());
        for entry in other.entries {
            let refused = entry.refusal.reason.outcome() == Outcome::Refused;
            let alike = &mut self.kept_entries[usize::from(refused)];
            let has_room = *alike < self.limit;
            numbers.push(has_room.then_some(self.entries.len()));
            if has_room {
                *alike += 1;
                self.entries.push(entry);
            }
        }
        for (format, count) in other.formats {
            *self.formats.entry(format).or_default() += count;
        }
        self.records.with_values += other.records.with_values;
        self.records.without += other.records.without;
        for blank in other.blanks {
            self.name_blank(blank);
        }
        let room = self.limit.saturating_sub(self.note_list.len());
        self.note_list
            .extend(other.note_list.into_iter().take(room));
        numbers
    }

    /// An indicator was kept.
    pub(crate) fn keep(&mut self) {
        self.counts.kept += 1;
    }

    /// An indicator that was kept got a rule.
    pub(crate) fn rule(&mut self, ioc_type: &str, log_source: String) {
        self.counts.rules += 1;
        *self
            .rules
            .entry((ioc_type.to_owned(), log_source))
            .or_default() += 1;
    }

    /// A template gave so many rules.
    pub(crate) fn rules_made(&mut self, template: &Template, count: u64) {
        if count == 0 {
            return;
        }
        self.counts.rules += count;
        let key = (
            template.ioc_type().to_string(),
            template.logsource().label(),
        );
        *self.rules.entry(key).or_default() += count;
    }

    /// An indicator that was kept got none: its template failed.
    pub(crate) fn lose(&mut self, place: Option<Place>, value: String, why: String) {
        self.counts.kept -= 1;
        self.decide(
            place,
            || value,
            Refusal::new(Reason::BrokenTemplate).detail(why),
        );
    }

    /// Something to know.
    pub(crate) fn note(&mut self, note: Note) {
        *self.notes.entry(note.kind).or_default() += 1;
        if self.note_list.len() < self.limit {
            self.note_list.push(note);
        }
    }

    /// The account as the JSON document of `--report`.
    ///
    /// ```
    /// use socdef_sigma::compile::Intake;
    /// use socdef_sigma::source::{Input, ReadOptions};
    ///
    /// let mut intake = Intake::new(8);
    /// let feed = Input::from_bytes("feed.txt", &b"evil.example\nevil[.]example\n198.51.100.256\n"[..]);
    /// intake.read(&feed, &ReadOptions::default(), &mut |_| Ok(()))?;
    /// let json = intake.report().json();
    /// assert_eq!(json["counts"]["read"], 3);
    /// assert_eq!(json["entries"][1]["reason"], "invalid_address");
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn json(&self) -> Json {
        let counts = self.counts;
        let mut json = json!({
            "counts": {
                "read": counts.read,
                "kept": counts.kept,
                "merged": counts.merged,
                "dropped": counts.dropped,
                "refused": counts.refused,
                "rules": counts.rules,
            },
            "formats": self.formats().map(|(format, count)| (format.to_string(), json!(count))).collect::<serde_json::Map<_, _>>(),
            "records": {
                "read": self.records.with_values + self.records.without,
                "with_values": self.records.with_values,
                "without_values": self.records.without,
            },
            "reasons": self.reasons.iter().map(|(reason, count)| (reason.code().to_owned(), json!(count))).collect::<serde_json::Map<_, _>>(),
            "rules": self.rules().map(|(kind, source, count)| json!({"type": kind, "log_source": source, "rules": count})).collect::<Vec<_>>(),
            "notes": self.note_list.iter().map(note_json).collect::<Vec<_>>(),
            "entries": self.entries.iter().map(entry_json).collect::<Vec<_>>(),
            "without_values": self.blanks.iter().map(blank_json).collect::<Vec<_>>(),
        });
        if let Some(Earlier { found, removed }) = self.earlier {
            json["earlier_files"] = json!({"found": found, "removed": removed});
        }
        json
    }
}

/// One entry as an object: outcome, reason, words, value, and the place in parts.
pub(crate) fn entry_json(entry: &Entry) -> Json {
    let mut object = json!({
        "outcome": entry.refusal.reason.outcome().as_str(),
        "reason": entry.refusal.reason.code(),
        "words": entry.refusal.to_string(),
        "value": entry.value,
    });
    if let Some(place) = &entry.place {
        place_json(place, &mut object);
    }
    object
}

/// One note as an object: its code, words, what it is about, and the place in parts.
pub(crate) fn note_json(note: &Note) -> Json {
    let mut object =
        json!({"note": note.kind.code(), "words": note.kind.words(), "about": note.detail});
    place_json(&note.place, &mut object);
    object
}

/// One record without values as an object: what it says, and the place in parts.
fn blank_json(blank: &Blank) -> Json {
    let mut object = json!({"text": blank.text});
    place_json(&blank.place, &mut object);
    object
}

fn place_json(place: &Place, object: &mut Json) {
    object["file"] = json!(&*place.input);
    if let Some(line) = place.line_number() {
        object["line"] = json!(line);
    }
    if let Some(path) = place.path() {
        object["path"] = json!(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_is_not_crowded_out() {
        let mut report = Report::new(2);
        for _ in 0..9 {
            report.read_one(None);
            report.decide(None, || "again".to_owned(), Reason::Duplicate.into());
        }
        report.read_one(None);
        report.decide(None, || "bad".to_owned(), Reason::UnknownType.into());
        let mut whole = Report::new(2);
        whole.absorb(report.clone());
        for report in [report, whole] {
            let values: Vec<&str> = report
                .entries()
                .iter()
                .map(|entry| entry.value.as_str())
                .collect();
            assert_eq!(values, ["again", "again", "bad"]);
            assert_eq!((report.counts().merged, report.counts().refused), (9, 1));
        }
    }
}

//! What a run tells the report: each value, each record, each note.

use super::{Entry, Report};
use crate::indicator::Refusal;
use crate::location::Place;
use crate::reason::{Outcome, Reason};
use crate::source::{Blank, Choice, Found, Note, Rejection};
use crate::template::Template;

impl Report {
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

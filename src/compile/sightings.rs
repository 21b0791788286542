//! All that was read about one indicator, and what of it becomes a rule.
//!
//! A filter judges what each voice says, before it is merged with what others say: a second producer that puts an
//! indicator under TLP:RED, or is less sure of it, takes nothing away from the first. What a filter refuses is not merged.
//!
//! A voice is a producer with its feed. It may correct itself, so all that one voice says is merged before it is judged:
//! the strictest TLP holds, the highest confidence, and the latest date. Where a record names neither a producer nor a feed,
//! nobody knows whether another one is by the same, so it is judged by itself. A service that hands on what others say is not such a name: it stands for all of them.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use indexmap::map::Entry as Slot;

use super::select::{refused, unselected, whole};
use super::settings::Settings;
use crate::indicator::{Confidence, Indicator, Refusal, Tlp};
use crate::report::Report;

/// The service, which is named where a record of its form names nobody.
const SERVICE: &str = crate::source::SOC_DEFENDERS;

/// Who speaks in a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Voice {
    /// Producers, and the name of the feed.
    Named(Vec<String>, Option<String>),
    /// Nobody that is known. Records of which a filter sees the same are one.
    Nameless(Facts),
    /// Whom the user named, for what came from another voice.
    Renamed(String, Box<Voice>),
}

/// What filters see of a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Facts {
    confidence: Option<Confidence>,
    tlp: Option<Tlp>,
    last_activity: Option<DateTime<Utc>>,
    industries: Vec<String>,
}

impl Voice {
    pub(super) fn of(indicator: &Indicator) -> Voice {
        let feed = indicator
            .sources
            .first()
            .and_then(|source| source.feed_name.clone());
        let is_named = indicator.producers.iter().any(|name| name != SERVICE);
        match is_named || feed.is_some() {
            true => Voice::Named(indicator.producers.clone(), feed),
            false => Voice::Nameless(Facts {
                confidence: indicator.confidence,
                tlp: indicator.tlp,
                last_activity: indicator.last_activity(),
                industries: indicator.industries.clone(),
            }),
        }
    }
}

/// What one voice says.
#[derive(Debug, Clone)]
struct Word {
    indicator: Arc<Indicator>,
    /// The entry of the report that counts its first record as merged; none of the very first, and where it is not kept.
    entry: Option<usize>,
}

impl Word {
    fn refusal(&self, settings: &Settings) -> Option<Refusal> {
        unselected(&self.indicator, settings).map(Refusal::new)
    }
}

/// All that was read about one indicator.
#[derive(Debug, Clone)]
pub(super) struct Sightings {
    merged: Arc<Indicator>,
    /// The voice of the first record, where its producer was given another name.
    first: Option<Box<Voice>>,
    /// What each voice says, in the order of their first records; nothing while there is only one.
    words: Option<Box<IndexMap<Voice, Word>>>,
}

impl Sightings {
    pub(super) fn new(indicator: Indicator) -> Sightings {
        Sightings {
            merged: Arc::new(indicator),
            first: None,
            words: None,
        }
    }

    /// The same of a record that spoke with this voice.
    pub(super) fn by(voice: Voice, indicator: Indicator) -> Sightings {
        Sightings {
            first: Some(Box::new(voice)),
            ..Sightings::new(indicator)
        }
    }

    /// All of it in one, in the order of reading.
    pub(super) fn merged(&self) -> &Arc<Indicator> {
        &self.merged
    }

    /// All of it in one, in the order of reading.
    pub(super) fn into_merged(self) -> Indicator {
        Arc::unwrap_or_clone(self.merged)
    }

    /// Takes in a further record, without a thought of who speaks.
    pub(super) fn merge(&mut self, indicator: Indicator) {
        Arc::make_mut(&mut self.merged).absorb(indicator);
    }

    /// Takes in a further record of a voice, which `entry` counts as merged.
    pub(super) fn add(&mut self, voice: Voice, indicator: Indicator, entry: Option<usize>) {
        if self.words.is_none() && self.voice() == voice {
            return self.merge(indicator);
        }
        self.hear(voice, Arc::new(indicator.clone()), entry);
        self.merge(indicator);
    }

    /// Takes in the sightings that come behind these. `entry` counts their first record as merged.
    pub(super) fn absorb(&mut self, other: Sightings, entry: Option<usize>) {
        match other.words {
            None => {
                let voice = other.voice();
                self.add(voice, Arc::unwrap_or_clone(other.merged), entry);
            }
            Some(words) => {
                let first = entry;
                for (at, (voice, word)) in words.into_iter().enumerate() {
                    let entry = if at == 0 { first } else { word.entry };
                    self.hear(voice, word.indicator, entry);
                }
                self.merge(Arc::unwrap_or_clone(other.merged));
            }
        }
    }

    /// Gives each entry its new number, where entries were renumbered.
    pub(super) fn renumber(&mut self, numbers: &[Option<usize>]) {
        let words = self.words.iter_mut().flat_map(|words| words.values_mut());
        for word in words {
            word.entry = word.entry.and_then(|at| numbers.get(at).copied().flatten());
        }
    }

    fn voice(&self) -> Voice {
        match &self.first {
            Some(voice) => (**voice).clone(),
            None => Voice::of(&self.merged),
        }
    }

    fn hear(&mut self, voice: Voice, indicator: Arc<Indicator>, entry: Option<usize>) {
        let words = match &mut self.words {
            Some(words) => words,
            none => {
                let first = Word {
                    indicator: self.merged.clone(),
                    entry: None,
                };
                let voice = match self.first.take() {
                    Some(voice) => *voice,
                    None => Voice::of(&self.merged),
                };
                none.insert(Box::new(IndexMap::from([(voice, first)])))
            }
        };
        match words.entry(voice) {
            Slot::Vacant(slot) => {
                slot.insert(Word { indicator, entry });
            }
            Slot::Occupied(mut slot) => {
                Arc::make_mut(&mut slot.get_mut().indicator)
                    .absorb(Arc::unwrap_or_clone(indicator));
            }
        }
    }

    /// What the voices say, where filters judge each by itself.
    fn judged(&self, settings: &Settings) -> Option<&IndexMap<Voice, Word>> {
        let words = self.words.as_deref()?;
        let judges = settings.judges_records() && whole(&self.merged, settings).is_none();
        judges.then_some(words)
    }

    /// Which filter refuses what a voice says, where several speak.
    pub(super) fn refusal_of(&self, voice: &Voice, settings: &Settings) -> Option<Refusal> {
        self.judged(settings)?.get(voice)?.refusal(settings)
    }

    /// Which filter refuses what the first voice says, where several speak.
    pub(super) fn first_refusal(&self, settings: &Settings) -> Option<Refusal> {
        self.judged(settings)?.first()?.1.refusal(settings)
    }

    /// All of it that no filter refuses, in one; nothing where several voices speak and all are refused. Each refusal is counted.
    pub(super) fn chosen(
        &self,
        settings: &Settings,
        report: &mut Report,
    ) -> Option<Arc<Indicator>> {
        match self.judged(settings) {
            Some(words) => chosen(&self.merged, words, settings, report),
            // One voice is judged with the rest.
            None => Some(self.merged.clone()),
        }
    }
}

/// What the voices say that no filter refuses; nothing where all are refused.
fn chosen(
    merged: &Arc<Indicator>,
    words: &IndexMap<Voice, Word>,
    settings: &Settings,
    report: &mut Report,
) -> Option<Arc<Indicator>> {
    let verdicts: Vec<Option<Refusal>> =
        words.values().map(|word| word.refusal(settings)).collect();
    if verdicts.iter().all(Option::is_none) {
        return Some(merged.clone());
    }
    let mut taken: Option<Arc<Indicator>> = None;
    // The first record was not counted yet, and the others as merged. Where the first is refused, the first of those that
    // are not takes its place, and its entry is the one of the first.
    let mut vacant: Option<(&Indicator, Refusal)> = None;
    for (at, (word, verdict)) in words.values().zip(verdicts).enumerate() {
        let indicator = &*word.indicator;
        match verdict {
            Some(refusal) if at == 0 => vacant = Some((indicator, refusal)),
            Some(refusal) if indicator.continues => refused(indicator, refusal, report),
            Some(refusal) => {
                let value = || indicator.ioc.to_string();
                report.decide_again(word.entry, indicator.place.clone(), value, refusal);
            }
            None => match &mut taken {
                Some(taken) => Arc::make_mut(taken).absorb(indicator.clone()),
                None => {
                    if let Some((first, refusal)) = vacant.take() {
                        succeed(word, first, refusal, report);
                    }
                    taken = Some(word.indicator.clone());
                }
            },
        }
    }
    if let Some((first, refusal)) = vacant {
        refused(first, refusal, report);
    }
    taken
}

/// A word takes the place of the first one, which is refused.
fn succeed(word: &Word, first: &Indicator, refusal: Refusal, report: &mut Report) {
    let (place, value) = (first.place.clone(), || first.ioc.to_string());
    match (word.indicator.continues, first.continues) {
        (false, false) => report.decide_again(word.entry, place, value, refusal),
        (false, true) => {
            report.unmerge();
            report.name_again(word.entry, place, value, refusal);
        }
        (true, _) => refused(first, refusal, report),
    }
}

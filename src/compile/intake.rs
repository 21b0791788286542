//! Inputs, read and merged.

use std::sync::Arc;

use indexmap::IndexMap;
use indexmap::map::Entry as Slot;

use super::select::{admit, settle_tags};
use super::settings::Settings;
use super::sightings::{Sightings, Voice};
use crate::error::Result;
use crate::indicator::{Indicator, Ioc, Refusal};
use crate::reason::Reason;
use crate::report::Report;
use crate::source::{self, Found, Input, ReadOptions};

/// Indicators that were read, merged: two spellings or sightings of one are one, in the order of the first.
#[derive(Debug, Clone, Default)]
pub struct Intake {
    indicators: IndexMap<Ioc, Sightings>,
    report: Report,
    producer: Option<String>,
}

impl Intake {
    /// An empty intake whose report keeps at most `entries` entries.
    pub fn new(entries: usize) -> Intake {
        Intake {
            report: Report::new(entries),
            ..Intake::default()
        }
    }

    /// Names the producer of everything that is read from now on, in place of what the feeds say.
    pub fn set_producer(&mut self, producer: Option<String>) {
        self.producer = producer;
    }

    /// Reads an input to its end. `tick` is called with the number of values read so far, now and then, and may end the run.
    ///
    /// # Errors
    /// Those of [`source::read`], and what `tick` returns.
    pub fn read(
        &mut self,
        input: &Input,
        options: &ReadOptions,
        tick: &mut dyn FnMut(u64) -> Result<()>,
    ) -> Result<()> {
        self.report.open(source::choice(input, options)?);
        for (count, found) in source::read(input, options)?.enumerate() {
            match found? {
                Found::Indicator(indicator) => self.add(*indicator),
                other => self.report.aside(other),
            }
            if count % 1024 == 0 {
                tick(self.report.counts().read)?;
            }
        }
        Ok(())
    }

    /// Adds one indicator.
    pub fn add(&mut self, mut indicator: Indicator) {
        if !indicator.continues {
            self.report.read_one(indicator.place.as_ref());
        }
        indicator.bound();
        let renamed = self.producer.as_ref().map(|producer| {
            let voice = Box::new(Voice::of(&indicator));
            indicator.producers = vec![producer.clone()];
            Voice::Renamed(producer.clone(), voice)
        });
        match self.indicators.entry(indicator.ioc.clone()) {
            Slot::Vacant(slot) => {
                slot.insert(match renamed {
                    Some(voice) => Sightings::by(voice, indicator),
                    None => Sightings::new(indicator),
                });
            }
            Slot::Occupied(mut slot) => {
                let entry = again(&mut self.report, slot.get().merged(), &indicator);
                let voice = renamed.unwrap_or_else(|| Voice::of(&indicator));
                slot.get_mut().add(voice, indicator, entry);
            }
        }
    }

    /// Takes in another intake, as if its inputs had been read after these.
    pub fn absorb(&mut self, other: Intake) {
        let numbers = self.report.absorb(other.report);
        for (ioc, mut sightings) in other.indicators {
            sightings.renumber(&numbers);
            match self.indicators.entry(ioc) {
                Slot::Vacant(slot) => {
                    slot.insert(sightings);
                }
                Slot::Occupied(mut slot) => {
                    let entry = again(&mut self.report, slot.get().merged(), sightings.merged());
                    slot.get_mut().absorb(sightings, entry);
                }
            }
        }
    }

    /// The indicator at a position, from 0.
    pub fn get(&self, index: usize) -> Option<&Arc<Indicator>> {
        self.indicators
            .get_index(index)
            .map(|(_, sightings)| sightings.merged())
    }

    /// The merged indicators.
    pub fn indicators(&self) -> impl ExactSizeIterator<Item = &Arc<Indicator>> {
        self.indicators.values().map(Sightings::merged)
    }

    /// The account so far.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Judges the indicators: gives those that become rules, with the account of the others.
    pub fn select(&self, settings: &Settings) -> (Vec<Arc<Indicator>>, Report) {
        let mut report = self.report.clone();
        for note in settings.lists.notes() {
            report.note(note.clone());
        }
        let mut kept = Vec::new();
        for sightings in self.indicators.values() {
            let Some(mut indicator) = sightings.chosen(settings, &mut report) else {
                continue;
            };
            if indicator.left_out.tags().next().is_some() {
                settle_tags(Arc::make_mut(&mut indicator), settings);
            }
            if !admit(&indicator, settings, kept.len() as u64, &mut report) {
                continue;
            }
            if let Some(producer) = &settings.producer {
                Arc::make_mut(&mut indicator).producers = vec![producer.clone()];
            }
            kept.push(indicator);
        }
        (kept, report)
    }
}

/// Counts a further sighting of an indicator; gives the number of its entry.
fn again(report: &mut Report, first: &Indicator, indicator: &Indicator) -> Option<usize> {
    let refusal = Refusal {
        reason: Reason::Duplicate,
        detail: first
            .place
            .as_ref()
            .map(|place| format!("first at {place}")),
    };
    match indicator.continues {
        true => None,
        false => report.decide(
            indicator.place.clone(),
            || indicator.ioc.to_string(),
            refusal,
        ),
    }
}

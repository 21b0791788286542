//! Inputs, read and merged.

use std::sync::Arc;

use indexmap::IndexMap;
use indexmap::map::Entry as Slot;

use super::select::admit;
use super::settings::Settings;
use crate::error::Result;
use crate::indicator::{Indicator, Ioc, Refusal};
use crate::reason::Reason;
use crate::report::Report;
use crate::source::{self, Found, Input, ReadOptions};

/// Indicators that were read, merged: two spellings or sightings of one are one, in the order of the first.
#[derive(Debug, Clone, Default)]
pub struct Intake {
    indicators: IndexMap<Ioc, Arc<Indicator>>,
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
        if let Some(producer) = &self.producer {
            indicator.producers = vec![producer.clone()];
        }
        self.merge(Arc::new(indicator));
    }

    fn merge(&mut self, indicator: Arc<Indicator>) {
        match self.indicators.entry(indicator.ioc.clone()) {
            Slot::Vacant(slot) => {
                slot.insert(indicator);
            }
            Slot::Occupied(mut slot) => {
                let first = slot
                    .get()
                    .place
                    .as_ref()
                    .map(|place| format!("first at {place}"));
                let refusal = Refusal {
                    reason: Reason::Duplicate,
                    detail: first,
                };
                if !indicator.continues {
                    self.report.decide(
                        indicator.place.clone(),
                        || indicator.ioc.to_string(),
                        refusal,
                    );
                }
                Arc::make_mut(slot.get_mut()).absorb(Arc::unwrap_or_clone(indicator));
            }
        }
    }

    /// Takes in another intake, as if its inputs had been read after these.
    pub fn absorb(&mut self, other: Intake) {
        for indicator in other.indicators.into_values() {
            self.merge(indicator);
        }
        self.report.absorb(other.report);
    }

    /// The indicator at a position, from 0.
    pub fn get(&self, index: usize) -> Option<&Arc<Indicator>> {
        self.indicators
            .get_index(index)
            .map(|(_, indicator)| indicator)
    }

    /// The merged indicators.
    pub fn indicators(&self) -> impl ExactSizeIterator<Item = &Arc<Indicator>> {
        self.indicators.values()
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
        for indicator in self.indicators.values() {
            if !admit(indicator, settings, kept.len() as u64, &mut report) {
                continue;
            }
            let mut indicator = indicator.clone();
            if let Some(producer) = &settings.producer {
                Arc::make_mut(&mut indicator).producers = vec![producer.clone()];
            }
            kept.push(indicator);
        }
        (kept, report)
    }
}

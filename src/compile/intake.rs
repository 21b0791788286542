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
///
/// ```
/// use socdef_sigma::compile::Intake;
/// use socdef_sigma::{Indicator, indicator::parse};
///
/// let mut intake = Intake::default();
/// for spelling in ["evil.example", "EVIL[.]example", "evil.example."] {
///     intake.add(Indicator::new(parse(spelling).unwrap()));
/// }
/// assert_eq!((intake.indicators().len(), intake.report().counts().merged), (1, 2));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Intake {
    indicators: IndexMap<Ioc, Sightings>,
    report: Report,
    producer: Option<String>,
}

impl Intake {
    /// An empty intake whose report keeps at most `entries` entries.
    ///
    /// ```
    /// use socdef_sigma::compile::Intake;
    /// use socdef_sigma::{Indicator, indicator::parse};
    ///
    /// let mut intake = Intake::new(1);
    /// for _ in 0..3 {
    ///     intake.add(Indicator::new(parse("198.51.100.7").unwrap()));
    /// }
    /// let report = intake.report();
    /// assert_eq!((report.counts().merged, report.entries().len()), (2, 1));
    /// ```
    pub fn new(entries: usize) -> Intake {
        Intake {
            report: Report::new(entries),
            ..Intake::default()
        }
    }

    /// Names the producer of everything that is read from now on, in place of what the feeds say.
    ///
    /// ```
    /// use socdef_sigma::compile::Intake;
    /// use socdef_sigma::{Indicator, indicator::parse};
    ///
    /// let mut intake = Intake::default();
    /// intake.set_producer(Some("Example CERT".to_owned()));
    /// intake.add(Indicator::new(parse("198.51.100.7").unwrap()));
    /// assert_eq!(intake.get(0).unwrap().producers, ["Example CERT"]);
    /// ```
    pub fn set_producer(&mut self, producer: Option<String>) {
        self.producer = producer;
    }

    /// Reads an input to its end. `tick` is called with the number of values read so far, now and then, and may end the run.
    ///
    /// # Errors
    /// Those of [`source::read`], and what `tick` returns.
    ///
    /// ```
    /// use socdef_sigma::compile::Intake;
    /// use socdef_sigma::source::{Input, ReadOptions};
    ///
    /// let mut intake = Intake::new(8);
    /// let feed = Input::from_bytes("feed.csv", &b"ip,comment\n198.51.100.7,c2\n"[..]);
    /// intake.read(&feed, &ReadOptions::default(), &mut |_count| Ok(()))?;
    /// assert_eq!(intake.get(0).unwrap().place.as_ref().unwrap().to_string(), "feed.csv:2");
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
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
    ///
    /// ```
    /// use socdef_sigma::compile::Intake;
    /// use socdef_sigma::{Indicator, indicator::parse};
    ///
    /// let mut intake = Intake::default();
    /// intake.add(Indicator::new(parse("198.51.100.7").unwrap()));
    /// assert_eq!(intake.report().counts().read, 1);
    /// ```
    pub fn add(&mut self, mut indicator: Indicator) {
        if !indicator.continues {
            self.report.read_one(indicator.place.as_ref());
        }
        indicator.bound();
        let renamed = self.producer.as_ref().map(|producer| {
            let voice = Box::new(Voice::of(&indicator));
            indicator.rename_producer(producer);
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
    ///
    /// ```
    /// use socdef_sigma::compile::Intake;
    /// use socdef_sigma::{Indicator, indicator::parse};
    ///
    /// let one = |value| {
    ///     let mut intake = Intake::default();
    ///     intake.add(Indicator::new(parse(value).unwrap()));
    ///     intake
    /// };
    /// let mut all = one("198.51.100.7");
    /// all.absorb(one("198.51.100.8"));
    /// all.absorb(one("198.51.100[.]7"));
    /// assert_eq!((all.indicators().len(), all.report().counts().read), (2, 3));
    /// ```
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
    ///
    /// ```
    /// use socdef_sigma::compile::Intake;
    /// use socdef_sigma::{Indicator, indicator::parse};
    ///
    /// let mut intake = Intake::default();
    /// intake.add(Indicator::new(parse("198.51.100.7").unwrap()));
    /// assert_eq!(intake.get(0).unwrap().ioc.to_string(), "198.51.100.7");
    /// assert!(intake.get(1).is_none());
    /// ```
    pub fn get(&self, index: usize) -> Option<&Arc<Indicator>> {
        self.indicators
            .get_index(index)
            .map(|(_, sightings)| sightings.merged())
    }

    /// The merged indicators.
    ///
    /// ```
    /// use socdef_sigma::compile::Intake;
    /// use socdef_sigma::{Indicator, indicator::parse};
    ///
    /// let mut intake = Intake::default();
    /// for value in ["evil.example", "198.51.100.7"] {
    ///     intake.add(Indicator::new(parse(value).unwrap()));
    /// }
    /// let values: Vec<_> = intake.indicators().map(|one| one.ioc.to_string()).collect();
    /// assert_eq!(values, ["evil.example", "198.51.100.7"]);
    /// ```
    pub fn indicators(&self) -> impl ExactSizeIterator<Item = &Arc<Indicator>> {
        self.indicators.values().map(Sightings::merged)
    }

    /// All that was read of each.
    pub(super) fn sightings(&self) -> impl Iterator<Item = &Sightings> {
        self.indicators.values()
    }

    /// The account so far.
    ///
    /// ```
    /// use socdef_sigma::compile::Intake;
    /// use socdef_sigma::source::{Input, ReadOptions};
    ///
    /// let mut intake = Intake::new(8);
    /// let feed = Input::from_bytes("feed.txt", &b"198.51.100.7\n198.51.100.256\n"[..]);
    /// intake.read(&feed, &ReadOptions::default(), &mut |_| Ok(()))?;
    /// assert_eq!(intake.report().entries()[0].refusal.reason.code(), "invalid_address");
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Judges the indicators: gives those that become rules, with the account of the others.
    ///
    /// ```
    /// use socdef_sigma::compile::{Intake, Settings};
    /// use socdef_sigma::{Indicator, IocType, indicator::parse};
    ///
    /// let mut intake = Intake::new(8);
    /// for value in ["evil.example", "198.51.100.7", "10.0.0.1"] {
    ///     intake.add(Indicator::new(parse(value).unwrap()));
    /// }
    /// let mut settings = Settings::new(chrono::Utc::now());
    /// settings.types = vec![IocType::Ipv4];
    /// let (kept, report) = intake.select(&settings);
    /// assert_eq!(kept[0].ioc.to_string(), "198.51.100.7");
    /// assert_eq!((report.counts().kept, report.counts().dropped), (1, 2));
    /// ```
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
                Arc::make_mut(&mut indicator).rename_producer(producer);
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

//! The whole way without holding everything: what is read goes on in batches.
//!
//! Merging may change an early rule late in the input, so it takes two passes. The first keeps a number for each
//! distinct indicator, and the whole of only those sightings that come after the first; the second reads the inputs again,
//! and each indicator takes in its later sightings where it first stands. The result is what [`Intake`](super::Intake) and
//! [`select`](super::Intake::select) give. Without merging, one pass is enough.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use super::select::{admit, settle_tags};
use super::settings::Settings;
use super::sightings::{Sightings, Voice};
use crate::error::{Error, ErrorKind, Result};
use crate::indicator::{Indicator, Ioc, Refusal};
use crate::reason::Reason;
use crate::report::Report;
use crate::source::{self, Found, Input, ReadOptions};

/// How many indicators go on at a time.
const BATCH: usize = 8192;

/// What to stream, and how.
///
/// ```
/// use socdef_sigma::compile::{Settings, Stream};
/// use socdef_sigma::report::Report;
/// use socdef_sigma::source::{Input, ReadOptions};
///
/// let inputs = [Input::from_bytes("feed.txt", &b"198.51.100.7\n198.51.100[.]7\n"[..])];
/// let settings = Settings::new(chrono::Utc::now());
/// let stream = Stream { inputs: &inputs, options: &ReadOptions::default(), settings: &settings, merge: true };
/// let (mut report, mut kept) = (Report::new(8), Vec::new());
/// stream.run(&mut report, &mut |_, _| Ok(()), &mut |batch, _| {
///     kept.extend(batch.iter().map(|indicator| indicator.ioc.to_string()));
///     Ok(())
/// })?;
/// assert_eq!(kept, ["198.51.100.7"]);
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
#[derive(Debug)]
pub struct Stream<'a> {
    /// The inputs, in order.
    pub inputs: &'a [Input],
    /// How to read them.
    pub options: &'a ReadOptions,
    /// What to make of the indicators.
    pub settings: &'a Settings,
    /// Whether two sightings of an indicator become one.
    pub merge: bool,
}

/// Gets told how far a run is: the stage, `reading` or `compiling`, and the number of values. It may end the run.
///
/// ```
/// use socdef_sigma::compile::Tick;
/// use socdef_sigma::{Error, ErrorKind};
///
/// let mut count = 0;
/// let tick: &mut Tick<'_> = &mut |_stage, values| {
///     count = values;
///     match values < 2048 {
///         true => Ok(()),
///         false => Err(Error::new(ErrorKind::Interrupted, "stopped by the caller")),
///     }
/// };
/// assert!(tick("reading", 1024).is_ok() && tick("reading", 2048).is_err());
/// assert_eq!(count, 2048);
/// ```
pub type Tick<'a> = dyn FnMut(&str, u64) -> Result<()> + 'a;

/// Takes a batch of indicators that become rules, with the account to count them in.
///
/// ```
/// use socdef_sigma::compile::Take;
/// use socdef_sigma::report::Report;
/// use socdef_sigma::{Indicator, indicator::parse};
///
/// let mut kept = Vec::new();
/// let take: &mut Take<'_> = &mut |batch, _report| {
///     kept.extend_from_slice(batch);
///     Ok(())
/// };
/// take(&[Indicator::new(parse("198.51.100.7").unwrap())], &mut Report::new(8))?;
/// assert_eq!(kept.len(), 1);
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
pub type Take<'a> = dyn FnMut(&[Indicator], &mut Report) -> Result<()> + 'a;

impl Stream<'_> {
    /// Reads all inputs, and gives the indicators that become rules to `take`, in order.
    ///
    /// # Errors
    /// Those of [`source::read`], what `tick` and `take` return, and [`ErrorKind::UnreadableInput`] where an input changed
    /// between the two passes.
    ///
    /// ```
    /// use socdef_sigma::compile::{Compiler, Settings, Stream};
    /// use socdef_sigma::report::Report;
    /// use socdef_sigma::source::{Input, ReadOptions};
    ///
    /// let inputs = [Input::from_bytes("feed.txt", &b"evil[.]example\n10.0.0.1\n"[..])];
    /// let settings = Settings::new(chrono::Utc::now());
    /// let stream = Stream { inputs: &inputs, options: &ReadOptions::default(), settings: &settings, merge: true };
    /// let (compiler, mut report, mut rules) = (Compiler::new(&settings), Report::new(8), String::new());
    /// stream.run(&mut report, &mut |_stage, _count| Ok(()), &mut |batch, report| {
    ///     compiler.documents(batch, report, &mut rules);
    ///     Ok(())
    /// })?;
    /// assert!(rules.contains("evil.example"));
    /// assert_eq!((report.counts().rules, report.counts().dropped), (1, 1));
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn run(&self, report: &mut Report, tick: &mut Tick<'_>, take: &mut Take<'_>) -> Result<()> {
        for input in self.inputs {
            report.open(source::choice(input, self.options)?);
        }
        let mut out = Outflow {
            settings: self.settings,
            kept: 0,
            batch: Vec::with_capacity(BATCH),
            take,
        };
        if !self.merge {
            self.each(tick, "compiling", &mut |found| match found {
                Found::Indicator(indicator) => {
                    count(&indicator, report);
                    out.push(*indicator, report)
                }
                other => {
                    report.aside(other);
                    Ok(())
                }
            })?;
            return out.finish(report);
        }
        let mut repeats = self.first_pass(report, tick)?;
        let mut left = repeats.sightings;
        self.each(tick, "compiling", &mut |found| {
            let Found::Indicator(indicator) = found else {
                return Ok(());
            };
            left = left.checked_sub(1).ok_or_else(changed)?;
            match repeats.whole(*indicator, self.settings, report) {
                Some(indicator) => out.push(indicator, report),
                None => Ok(()),
            }
        })?;
        if left > 0 {
            return Err(changed());
        }
        out.finish(report)
    }

    fn first_pass(&self, report: &mut Report, tick: &mut Tick<'_>) -> Result<Repeats> {
        let mut repeats = Repeats {
            by_voice: self.settings.judges_records(),
            ..Repeats::default()
        };
        self.each(tick, "reading", &mut |found| {
            match found {
                Found::Indicator(indicator) => {
                    count(&indicator, report);
                    repeats.note(*indicator, report);
                }
                other => report.aside(other),
            }
            Ok(())
        })?;
        repeats.seen = HashSet::new();
        Ok(repeats)
    }

    fn each(
        &self,
        tick: &mut Tick<'_>,
        stage: &str,
        see: &mut dyn FnMut(Found) -> Result<()>,
    ) -> Result<()> {
        let mut count = 0u64;
        for input in self.inputs {
            for found in source::read(input, self.options)? {
                let mut found = found?;
                if let Found::Indicator(indicator) = &mut found {
                    indicator.bound();
                }
                see(found)?;
                count += 1;
                if count.is_multiple_of(1024) {
                    tick(stage, count)?;
                }
            }
        }
        Ok(())
    }
}

/// A value was read; a range is one value, counted by its first network.
fn count(indicator: &Indicator, report: &mut Report) {
    if !indicator.continues {
        report.read_one(indicator.place.as_ref());
    }
}

fn changed() -> Error {
    Error::new(
        ErrorKind::UnreadableInput,
        "an input changed while it was read",
    )
    .hint("run again when nothing writes to it, or pipe it in")
}

/// A number for an indicator. Two of them are the same number with a probability of 2^-128, whoever chose them: the keys are random.
type Key = u128;

/// The sightings after the first ones.
#[derive(Default)]
struct Repeats {
    hashers: [RandomState; 2],
    /// Whether a filter judges what each voice says.
    by_voice: bool,
    sightings: u64,
    seen: HashSet<Key>,
    later: HashMap<Key, Later>,
}

/// The later sightings of an indicator.
struct Later {
    /// The later sightings; taken by the first.
    sightings: Option<Sightings>,
    /// The entry of the first of them.
    entry: Option<usize>,
    /// The entries of the report that wait for the place of the first.
    entries: Vec<usize>,
}

impl Repeats {
    fn key(&self, ioc: &Ioc) -> Key {
        let [high, low] = self.hashers.each_ref().map(|hasher| hasher.hash_one(ioc));
        Key::from(high) << 64 | Key::from(low)
    }

    /// First pass: remembers an indicator.
    fn note(&mut self, indicator: Indicator, report: &mut Report) {
        self.sightings += 1;
        let key = self.key(&indicator.ioc);
        if self.seen.insert(key) {
            return;
        }
        let entry = match indicator.continues {
            true => None,
            false => report.decide(
                indicator.place.clone(),
                || indicator.ioc.to_string(),
                Refusal::new(Reason::Duplicate),
            ),
        };
        let later = self.later.entry(key).or_insert(Later {
            sightings: None,
            entry,
            entries: Vec::new(),
        });
        later.entries.extend(entry);
        match &mut later.sightings {
            None => later.sightings = Some(Sightings::new(indicator)),
            Some(sightings) if self.by_voice => {
                sightings.add(Voice::of(&indicator), indicator, entry);
            }
            Some(sightings) => sightings.merge(indicator),
        }
    }

    /// Second pass: an indicator with all of its sightings that no filter refuses, where it is the first; nothing for those.
    fn whole(
        &mut self,
        indicator: Indicator,
        settings: &Settings,
        report: &mut Report,
    ) -> Option<Indicator> {
        if self.later.is_empty() {
            return Some(indicator);
        }
        let key = self.key(&indicator.ioc);
        let Some(later) = self.later.get_mut(&key) else {
            return Some(indicator);
        };
        let sightings = later.sightings.take()?;
        if let Some(place) = &indicator.place {
            for entry in later.entries.drain(..) {
                report.explain(entry, format!("first at {place}"));
            }
        }
        let mut all = Sightings::new(indicator);
        if !self.by_voice {
            all.merge(sightings.into_merged());
            return Some(all.into_merged());
        }
        all.absorb(sightings, later.entry);
        all.chosen(settings, report).map(Arc::unwrap_or_clone)
    }
}

/// Where the indicators that become rules go, a batch at a time.
struct Outflow<'a, 'b> {
    settings: &'a Settings,
    kept: u64,
    batch: Vec<Indicator>,
    take: &'a mut Take<'b>,
}

impl Outflow<'_, '_> {
    fn push(&mut self, mut indicator: Indicator, report: &mut Report) -> Result<()> {
        settle_tags(&mut indicator, self.settings);
        if !admit(&indicator, self.settings, self.kept, report) {
            return Ok(());
        }
        self.kept += 1;
        if let Some(producer) = &self.settings.producer {
            indicator.rename_producer(producer);
        }
        self.batch.push(indicator);
        match self.batch.len() < BATCH {
            true => Ok(()),
            false => self.flush(report),
        }
    }

    fn flush(&mut self, report: &mut Report) -> Result<()> {
        let result = (self.take)(&self.batch, report);
        self.batch.clear();
        result
    }

    fn finish(mut self, report: &mut Report) -> Result<()> {
        for note in self.settings.lists.notes() {
            report.note(note.clone());
        }
        self.flush(report)
    }
}

//! Filling the store from feeds.

use chrono::{DateTime, Utc};
use indexmap::IndexMap;

use super::store::{Batch, Changes, Store};
use crate::compile::{Intake, Settings};
use crate::error::{Error, ErrorKind, Result};
use crate::indicator::{Confidence, Expect, Indicator, Refusal, parse_as};
use crate::reason::Reason;
use crate::report::Report;
use crate::source::{self, Found, Input, ReadOptions};

/// How to fill the store.
///
/// ```
/// use socdef_sigma::compile::Settings;
/// use socdef_sigma::serve::ingest::Options;
///
/// let options = Options {
///     replace_source: Some("feed".to_owned()),
///     ..Options::new(Settings::new(chrono::Utc::now()))
/// };
/// assert!(!options.allow_empty);
/// ```
#[derive(Debug, Clone)]
pub struct Options {
    /// How to read the inputs.
    pub read: ReadOptions,
    /// What to take of them. Revoked and expired indicators are always taken, since the store must know about it.
    pub settings: Settings,
    /// The inputs are all that the source of this name says: what it no longer lists is removed.
    pub replace_source: Option<String>,
    /// Whether inputs that list nothing may empty the source.
    pub allow_empty: bool,
    /// The moment of the ingest; the clock at its end unless given.
    pub at: Option<DateTime<Utc>>,
    /// How many entries the report of an input keeps at most.
    pub entries: usize,
}

impl Options {
    /// Options that take everything.
    ///
    /// ```
    /// use socdef_sigma::{compile::Settings, serve::ingest::Options};
    /// assert!(Options::new(Settings::new(chrono::Utc::now())).replace_source.is_none());
    /// ```
    pub fn new(settings: Settings) -> Options {
        Options {
            read: ReadOptions::default(),
            settings,
            replace_source: None,
            allow_empty: false,
            at: None,
            entries: 32,
        }
    }
}

/// The result of one input.
///
/// ```
/// use socdef_sigma::compile::Settings;
/// use socdef_sigma::serve::{Store, ingest};
/// use socdef_sigma::source::Input;
///
/// # let folder = tempfile::tempdir().unwrap();
/// let mut store = Store::open(&folder.path().join("feed.db"))?;
/// let feed = [Input::from_bytes("feeds/today.txt", &b"198.51.100.7\n"[..])];
/// let options = ingest::Options::new(Settings::new(chrono::Utc::now()));
/// let done = ingest(&mut store, &feed, &options, &mut |_| Ok(()))?;
/// assert_eq!((done[0].source.as_str(), done[0].report.counts().kept), ("today.txt", 1));
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Ingested {
    /// The name of the input.
    pub input: String,
    /// The source under which the store has its sightings.
    pub source: String,
    /// The report on its values.
    pub report: Report,
    /// What it changed in the store. Where several inputs replace one source, the last has the changes of all.
    pub changes: Changes,
}

/// Reads inputs into a store. Each input is one transaction, or all of them are where they replace a source.
///
/// The source of an input is the last part of its name, or the source that is replaced. `tick` is called with the number of
/// values read so far, now and then, and may end the run.
///
/// # Errors
/// Those of reading an input and of writing the store, and what `tick` returns. The input at which it happens leaves no
/// trace; the inputs before it are stored, unless all of them are one transaction.
///
/// ```
/// use socdef_sigma::compile::Settings;
/// use socdef_sigma::serve::{Store, ingest};
/// use socdef_sigma::source::Input;
///
/// # let folder = tempfile::tempdir().unwrap();
/// let mut store = Store::open(&folder.path().join("feed.db"))?;
/// let feed = [Input::from_bytes("feed.txt", &b"198.51.100.7\nevil.example\n"[..])];
/// let options = ingest::Options::new(Settings::new(chrono::Utc::now()));
/// assert_eq!(ingest(&mut store, &feed, &options, &mut |_count| Ok(()))?[0].changes.added, 2);
/// assert_eq!(ingest(&mut store, &feed, &options, &mut |_count| Ok(()))?[0].changes.unchanged, 2);
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
pub fn ingest(
    store: &mut Store,
    inputs: &[Input],
    options: &Options,
    tick: &mut dyn FnMut(u64) -> Result<()>,
) -> Result<Vec<Ingested>> {
    let mut done: Vec<Ingested> = Vec::with_capacity(inputs.len());
    let mut run = Run {
        options,
        read: 0,
        tick,
    };
    let moment = || options.at.unwrap_or_else(Utc::now);
    match &options.replace_source {
        Some(name) => {
            let mut taken = Vec::new();
            for input in inputs {
                taken.push((input, run.take(input)?));
            }
            if !options.allow_empty && taken.iter().all(|(_, taken)| taken.kept.is_empty()) {
                return Err(nothing(name));
            }
            let mut batch = store.batch(name, true)?;
            for (input, taken) in taken {
                run.store(&mut batch, &taken.kept)?;
                done.push(Ingested {
                    input: input.name().to_string(),
                    source: name.clone(),
                    report: taken.report,
                    changes: Changes::default(),
                });
            }
            let changes = batch.commit(moment())?;
            if let Some(last) = done.last_mut() {
                last.changes = changes;
            }
        }
        None => {
            for input in inputs {
                let taken = run.take(input)?;
                let source = source_name(input.name());
                let mut batch = store.batch(source, false)?;
                run.store(&mut batch, &taken.kept)?;
                done.push(Ingested {
                    input: input.name().to_string(),
                    source: source.to_owned(),
                    report: taken.report,
                    changes: batch.commit(moment())?,
                });
            }
        }
    }
    store.tidy();
    Ok(done)
}

/// Stores what a source says about indicators that are at hand already, in one transaction. With `replace` it is all that the
/// source says.
///
/// # Errors
/// [`ErrorKind::BrokenStore`]; the store is then as it was.
///
/// ```
/// use socdef_sigma::serve::{Store, ingest::put};
/// use socdef_sigma::{Confidence, Indicator, indicator::parse};
///
/// # let folder = tempfile::tempdir().unwrap();
/// let mut store = Store::open(&folder.path().join("feed.db"))?;
/// let indicator = Indicator::new(parse("198.51.100.7").unwrap());
/// let changes = put(&mut store, "mine", false, [&indicator], Confidence::Medium, chrono::Utc::now())?;
/// assert_eq!(changes.added, 1);
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
pub fn put<'a>(
    store: &mut Store,
    source: &str,
    replace: bool,
    indicators: impl IntoIterator<Item = &'a Indicator>,
    default_confidence: Confidence,
    at: DateTime<Utc>,
) -> Result<Changes> {
    let mut batch = store.batch(source, replace)?;
    for indicator in indicators {
        let mut indicator = indicator.clone();
        indicator.bound();
        batch.put(&indicator, default_confidence)?;
    }
    batch.commit(at)
}

/// The last part of a path, so that a feed keeps its name wherever it was downloaded to.
fn source_name(input: &str) -> &str {
    input
        .rsplit(['/', std::path::MAIN_SEPARATOR])
        .find(|part| !part.is_empty())
        .unwrap_or(input)
}

fn nothing(name: &str) -> Error {
    Error::new(
        ErrorKind::BrokenInput,
        format!("the inputs list no indicators, so none of the source `{name}` was removed"),
    )
    .hint("a feed that is empty on purpose needs `--allow-empty`")
}

/// What an input gives for the store.
struct Taken {
    kept: Vec<std::sync::Arc<Indicator>>,
    report: Report,
}

struct Run<'a> {
    options: &'a Options,
    read: u64,
    tick: &'a mut dyn FnMut(u64) -> Result<()>,
}

impl Run<'_> {
    /// Reads an input to its end, before the store is locked. Every producer in it is merged and judged by itself.
    fn take(&mut self, input: &Input) -> Result<Taken> {
        let options = self.options;
        let new = || {
            let mut intake = Intake::new(options.entries);
            intake.set_producer(options.settings.producer.clone());
            intake
        };
        let mut voices: IndexMap<Vec<String>, Intake> = IndexMap::new();
        let mut report = Report::new(options.entries);
        report.open(source::choice(input, &options.read)?);
        for found in source::read(input, &options.read)? {
            match found? {
                Found::Indicator(indicator) => match reads_back(&indicator) {
                    true => voices
                        .entry(indicator.producers.clone())
                        .or_insert_with(new)
                        .add(*indicator),
                    false => {
                        report.read_one(indicator.place.as_ref());
                        let refusal = Refusal::new(Reason::TypeMismatch);
                        let value = indicator.ioc.to_string();
                        report.decide(indicator.place, || value, refusal);
                    }
                },
                other => report.aside(other),
            }
            self.read += 1;
            if self.read.is_multiple_of(1024) {
                (self.tick)(self.read)?;
            }
        }
        let mut settings = options.settings.clone();
        settings.keep_expired = true;
        let mut kept = Vec::new();
        for intake in voices.values() {
            settings.limit = options
                .settings
                .limit
                .map(|limit| limit.saturating_sub(kept.len() as u64));
            let (more, account) = intake.select(&settings);
            kept.extend(more);
            report.absorb(account);
        }
        Ok(Taken { kept, report })
    }

    fn store(&mut self, batch: &mut Batch<'_>, kept: &[std::sync::Arc<Indicator>]) -> Result<()> {
        for (count, indicator) in kept.iter().enumerate() {
            let confidence = self.options.settings.default_confidence;
            match &self.options.replace_source {
                // A source has one name, whatever its file is called today.
                Some(name) if indicator.producers.is_empty() => {
                    let mut indicator = Indicator::clone(indicator);
                    indicator.rename_sources(name);
                    batch.put(&indicator, confidence)?;
                }
                _ => batch.put(indicator, confidence)?,
            }
            if count % 1024 == 0 {
                (self.tick)(self.read)?;
            }
        }
        Ok(())
    }
}

/// Whether the canonical form is one, so that what is stored can be read again.
fn reads_back(indicator: &Indicator) -> bool {
    let kind = Expect::Type(indicator.ioc.ioc_type());
    parse_as(kind, &indicator.ioc.to_string()).is_ok_and(|parsed| parsed.ioc == indicator.ioc)
}

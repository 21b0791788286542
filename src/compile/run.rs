//! One run over indicators that are held, or that are read on the way.

use std::sync::Arc;

use super::compiler::{CompiledRule, Compiler};
use super::intake::Intake;
use super::settings::Settings;
use super::stream::{Stream, Tick};
use crate::error::Result;
use crate::indicator::Indicator;
use crate::report::Report;
use crate::source::{Input, ReadOptions};
use crate::summary::Summary;
use crate::template::Catalog;

/// How many indicators in memory go on at a time.
const BATCH: usize = 8192;

/// The indicators of a run.
pub(crate) enum Indicators<'a> {
    /// In memory, and merged.
    Held(&'a Intake),
    /// Read on the way, as [`Stream`] does; `entries` is how many entries of the report are kept.
    Read {
        inputs: &'a [Input],
        options: &'a ReadOptions,
        merge: bool,
        entries: usize,
    },
}

/// Indicators that become rules.
pub(crate) enum Batch<'a> {
    Held(&'a [Arc<Indicator>]),
    Read(&'a [Indicator]),
}

impl Batch<'_> {
    /// Each indicator, in order, until there is an error.
    ///
    /// # Errors
    /// What `see` returns.
    pub(crate) fn try_each(&self, mut see: impl FnMut(&Indicator) -> Result<()>) -> Result<()> {
        match self {
            Batch::Held(indicators) => indicators.iter().try_for_each(|held| see(held)),
            Batch::Read(indicators) => indicators.iter().try_for_each(see),
        }
    }
}

/// What rules are made of, and how.
pub(crate) struct Run<'a> {
    pub(crate) compiler: Compiler,
    settings: &'a Settings,
    indicators: Indicators<'a>,
}

impl<'a> Run<'a> {
    /// The templates that it knows.
    pub(crate) fn catalog(&self) -> &Catalog {
        self.settings.templates.catalog()
    }

    /// A run with these settings.
    pub(crate) fn new(settings: &'a Settings, indicators: Indicators<'a>) -> Run<'a> {
        Run {
            compiler: Compiler::new(settings),
            settings,
            indicators,
        }
    }

    /// Gives the indicators that become rules to `take`, a batch at a time and at least one, which may be empty.
    ///
    /// # Errors
    /// Those of [`Stream::run`].
    pub(crate) fn each(
        &self,
        tick: &mut Tick<'_>,
        take: &mut dyn FnMut(&Batch<'_>, &mut Report) -> Result<()>,
    ) -> Result<Report> {
        let intake = match &self.indicators {
            Indicators::Held(intake) => intake,
            Indicators::Read {
                inputs,
                options,
                merge,
                entries,
            } => {
                let stream = Stream {
                    inputs,
                    options,
                    settings: self.settings,
                    merge: *merge,
                };
                let mut report = Report::new(*entries);
                stream.run(&mut report, tick, &mut |batch, report| {
                    take(&Batch::Read(batch), report)
                })?;
                return Ok(report);
            }
        };
        let (kept, mut report) = intake.select(self.settings);
        take(&Batch::Held(&[]), &mut report)?;
        for (number, batch) in kept.chunks(BATCH).enumerate() {
            tick("compiling", (number * BATCH) as u64)?;
            take(&Batch::Held(batch), &mut report)?;
        }
        Ok(report)
    }

    /// Gives the documents of the rules to `take`, those of a batch at a time, a marker before each document.
    ///
    /// # Errors
    /// Those of [`Stream::run`].
    pub(crate) fn documents(
        &self,
        tick: &mut Tick<'_>,
        take: &mut dyn FnMut(&str) -> Result<()>,
    ) -> Result<Report> {
        let mut text = String::new();
        self.each(tick, &mut |batch, report| {
            text.clear();
            match batch {
                Batch::Held(indicators) => self.compiler.documents(indicators, report, &mut text),
                Batch::Read(indicators) => self.compiler.documents(indicators, report, &mut text),
            }
            take(&text)
        })
    }

    /// Counts the rules.
    ///
    /// # Errors
    /// Those of [`Stream::run`].
    pub(crate) fn summarize(&self, tick: &mut Tick<'_>) -> Result<(Summary, Report)> {
        let mut summary = Summary::default();
        let report = self.each(tick, &mut |batch, report| {
            match batch {
                Batch::Held(indicators) => {
                    self.compiler.summarize(indicators, report, &mut summary);
                }
                Batch::Read(indicators) => {
                    self.compiler.summarize(indicators, report, &mut summary);
                }
            }
            Ok(())
        })?;
        Ok((summary, report))
    }
}

/// A rule with its template and its indicator.
pub(crate) struct Made {
    pub(crate) compiled: CompiledRule,
    pub(crate) indicator: Arc<Indicator>,
}

/// The rules of indicators in memory, in order, with the report.
///
/// # Errors
/// What `tick` returns.
pub(crate) fn rules(
    intake: &Intake,
    settings: &Settings,
    tick: &mut Tick<'_>,
) -> Result<(Vec<Arc<Made>>, Report)> {
    let compiler = Compiler::new(settings);
    let (kept, mut report) = intake.select(settings);
    let mut rules = Vec::with_capacity(kept.len());
    for (count, indicator) in kept.into_iter().enumerate() {
        for compiled in compiler.counted(&indicator, &mut report) {
            rules.push(Arc::new(Made {
                compiled,
                indicator: indicator.clone(),
            }));
        }
        tick("compiling", count as u64)?;
    }
    Ok((rules, report))
}

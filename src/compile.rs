//! The whole way: inputs → merged indicators → guard and filters → rules.
//!
//! [`Intake`] reads and merges, [`select`](Intake::select) judges, [`Compiler`] renders one rule at a time.

mod batch;
mod explain;
#[cfg_attr(not(feature = "python"), allow(dead_code))]
mod queries;
mod stream;
mod summarized;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use indexmap::map::Entry as Slot;

use crate::attack;
use crate::error::{Error, ErrorKind, Result};
use crate::guard::{GuardSettings, Verdict, judge};
use crate::indicator::{Confidence, Indicator, Ioc, IocType, Refusal, Tlp};
use crate::lists::Lists;
use crate::place::{At, Place};
use crate::reason::Reason;
use crate::render::{self, RenderSettings};
use crate::report::Report;
use crate::rule::SigmaRule;
use crate::shape::Shapes;
use crate::source::{self, Found, Input, Note, NoteKind, ReadOptions};
use crate::template::{Selection, Template};
pub use batch::MARKER;
pub use explain::{Explained, explain};
pub use stream::{Stream, Take, Tick};

/// What to make of the indicators. The default takes everything that the guard lets pass.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The moment that stands for now: for validity, and for the date of rules whose feed has none.
    pub now: DateTime<Utc>,
    /// Only these types; the ones of the SOC Defenders API ([`IocType::DEFAULT`]) where it is empty.
    pub types: Vec<IocType>,
    /// Only indicators last active at this moment or later; those without dates pass.
    pub since: Option<DateTime<Utc>>,
    /// Only indicators last active at this moment or earlier; those without dates pass.
    pub until: Option<DateTime<Utc>>,
    /// Only indicators of exactly this confidence.
    pub confidence: Option<Confidence>,
    /// Only indicators of this confidence or a higher one.
    pub min_confidence: Option<Confidence>,
    /// The confidence of indicators whose feed states none.
    pub default_confidence: Confidence,
    /// Only indicators of this sector or industry.
    pub industry: Option<String>,
    /// At most so many indicators, the first ones.
    pub limit: Option<u64>,
    /// Names the producer in place of what the feed says.
    pub producer: Option<String>,
    /// Only indicators that may be shared so far; those without a label pass.
    pub max_tlp: Option<Tlp>,
    /// Whether the guard drops what would match too much.
    pub guard: bool,
    /// Whether revoked and expired indicators pass the guard.
    pub keep_expired: bool,
    /// The lists of indicators that must never alert. They apply with the guard on and off.
    pub lists: Arc<Lists>,
    /// The templates to make rules with.
    pub templates: Arc<Selection>,
}

impl Settings {
    /// Settings that take everything, with this moment as now.
    pub fn new(now: DateTime<Utc>) -> Settings {
        Settings {
            now,
            types: Vec::new(),
            since: None,
            until: None,
            confidence: None,
            min_confidence: None,
            default_confidence: Confidence::Medium,
            industry: None,
            limit: None,
            producer: None,
            max_tlp: None,
            guard: true,
            keep_expired: false,
            lists: Arc::default(),
            templates: Selection::registered(),
        }
    }

    /// The types of these names; `all` stands for every registered one.
    ///
    /// ```
    /// use socdef_sigma::{IocType, compile::Settings};
    /// assert_eq!(Settings::types_of(&["url", "ja3"]).unwrap().len(), 2);
    /// assert_eq!(Settings::types_of(&["all"]).unwrap(), IocType::all());
    /// ```
    ///
    /// # Errors
    /// One line that lists the names, where a name is unknown.
    pub fn types_of<T: AsRef<str>>(names: &[T]) -> std::result::Result<Vec<IocType>, String> {
        match names.iter().any(|name| name.as_ref() == "all") {
            true => Ok(IocType::all().to_vec()),
            false => names.iter().map(|name| name.as_ref().parse()).collect(),
        }
    }

    /// Whether indicators of this type were asked for.
    pub fn takes(&self, kind: IocType) -> bool {
        match self.types.is_empty() {
            true => kind.plugin().is_default,
            false => self.types.contains(&kind),
        }
    }

    /// The value of `SOURCE_DATE_EPOCH` as a moment, else the clock.
    ///
    /// # Errors
    /// [`ErrorKind::BadUsage`] where the variable is set and is not a number of seconds.
    pub fn now_from_environment() -> Result<DateTime<Utc>> {
        let Some(text) = std::env::var_os("SOURCE_DATE_EPOCH") else {
            return Ok(Utc::now());
        };
        let seconds = text.to_str().and_then(|text| text.parse::<i64>().ok());
        seconds
            .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::BadUsage,
                    format!(
                        "`SOURCE_DATE_EPOCH={}` is not a number of seconds",
                        text.display()
                    ),
                )
            })
    }
}

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

/// Whether an indicator becomes a rule, counted; `kept` have before it.
fn admit(indicator: &Indicator, settings: &Settings, kept: u64, report: &mut Report) -> bool {
    if let Some(refusal) = refusal(indicator, settings, kept) {
        match indicator.continues {
            // The range has been counted, by its first network.
            true => report.name(indicator.place.clone(), indicator.ioc.to_string(), refusal),
            false => {
                report.decide(
                    indicator.place.clone(),
                    || indicator.ioc.to_string(),
                    refusal,
                );
            }
        }
        return false;
    }
    notes(indicator, settings, report);
    if !indicator.continues {
        report.keep();
    }
    true
}

/// Why an indicator does not become a rule: the guard first, since what must never alert is not a matter of taste.
fn refusal(indicator: &Indicator, settings: &Settings, kept: u64) -> Option<Refusal> {
    let guard = GuardSettings {
        on: settings.guard,
        keep_expired: settings.keep_expired,
        now: settings.now,
    };
    let kind = indicator.ioc.ioc_type();
    let taken = settings.takes(kind);
    // A type that is only compiled when it is asked for is not judged unless it is.
    if !taken && !kind.plugin().is_default {
        return Some(Refusal::new(Reason::TypeNotSelected));
    }
    if let Verdict::Drop(reason, detail) = judge(indicator, &guard) {
        return Some(Refusal { reason, detail });
    }
    if let Some(refusal) = settings.lists.refusal(&indicator.ioc) {
        return Some(refusal);
    }
    let confidence = indicator.confidence.unwrap_or(settings.default_confidence);
    let outside = |date: DateTime<Utc>| {
        settings.since.is_some_and(|since| date < since)
            || settings.until.is_some_and(|until| date > until)
    };
    let reason = if !taken {
        Reason::TypeNotSelected
    } else if indicator.last_activity().is_some_and(outside) {
        Reason::OutsideDates
    } else if settings
        .confidence
        .is_some_and(|wanted| wanted != confidence)
        || settings
            .min_confidence
            .is_some_and(|least| confidence < least)
    {
        Reason::ConfidenceNotSelected
    } else if settings
        .industry
        .as_ref()
        .is_some_and(|industry| !indicator.industries.contains(industry))
    {
        Reason::IndustryNotSelected
    } else if settings
        .max_tlp
        .is_some_and(|most| indicator.tlp.is_some_and(|tlp| tlp > most))
    {
        Reason::TlpTooStrict
    } else if let Some(reason) = without_rule(indicator, &settings.templates) {
        reason
    } else if settings.limit.is_some_and(|limit| kept >= limit) {
        Reason::OverLimit
    } else {
        return None;
    };
    Some(Refusal::new(reason))
}

/// Why none of the templates has a rule for an indicator.
fn without_rule(indicator: &Indicator, templates: &Selection) -> Option<Reason> {
    if templates.of_indicator(indicator).next().is_some() {
        return None;
    }
    Some(match templates.too_generic(indicator).next() {
        Some(_) => Reason::TooGeneric,
        None => Reason::NoLogSource,
    })
}

/// The notes about an indicator that is kept.
fn notes(indicator: &Indicator, settings: &Settings, report: &mut Report) {
    for technique in &indicator.mitre_techniques {
        if attack::tactics(technique).is_none() {
            report.note(Note {
                kind: NoteKind::UnknownTechnique,
                place: place(indicator),
                detail: technique.clone(),
            });
        }
    }
    for template in settings.templates.too_generic(indicator) {
        report.note(Note {
            kind: NoteKind::TooGeneric,
            place: place(indicator),
            detail: format!("{} in {}", indicator.ioc, template.logsource().label()),
        });
    }
    if (settings.since.is_some() || settings.until.is_some()) && indicator.last_activity().is_none()
    {
        report.note(Note {
            kind: NoteKind::Undated,
            place: place(indicator),
            detail: indicator.ioc.to_string(),
        });
    }
}

/// A rule with the name of the template that gave it.
#[derive(Debug, Clone, PartialEq)]
pub struct CompiledRule {
    /// The rule.
    pub rule: SigmaRule,
    /// The template's name.
    pub template: Arc<str>,
}

/// Makes rules of indicators: one for each log source that was asked for.
#[derive(Debug)]
pub struct Compiler {
    templates: Arc<Selection>,
    settings: RenderSettings,
    shapes: Shapes,
}

impl Compiler {
    /// A compiler with the templates of these settings.
    pub fn new(settings: &Settings) -> Compiler {
        Compiler {
            templates: settings.templates.clone(),
            settings: RenderSettings {
                now: settings.now,
                default_confidence: settings.default_confidence,
            },
            shapes: Shapes::default(),
        }
    }

    /// The rules of an indicator, the primary log source's first; an error in the place of each whose template fails.
    pub fn rules(&self, indicator: &Indicator) -> impl Iterator<Item = Result<CompiledRule>> {
        self.templates
            .of_indicator(indicator)
            .map(|template| compiled(template, indicator, &self.settings))
    }

    /// The first of an indicator's rules, with a date and a default confidence of its own.
    ///
    /// # Errors
    /// [`ErrorKind::BrokenTemplate`] where no template takes the indicator or the template gives no valid rule.
    pub fn rule_with(
        &self,
        indicator: &Indicator,
        settings: &RenderSettings,
    ) -> Result<CompiledRule> {
        match self.templates.of_indicator(indicator).next() {
            Some(template) => compiled(template, indicator, settings),
            None => Err(Error::new(
                ErrorKind::BrokenTemplate,
                format!("no template takes the type `{}`", indicator.ioc.ioc_type()),
            )),
        }
    }

    /// The first of an indicator's rules.
    ///
    /// # Errors
    /// As [`Compiler::rule_with`].
    pub fn rule(&self, indicator: &Indicator) -> Result<CompiledRule> {
        self.rule_with(indicator, &self.settings)
    }

    /// The rules of one indicator that was kept, counted in the report. It counts as refused where all of its templates failed; where
    /// some did, the others' rules stand and there is a note for each that failed.
    pub fn counted(&self, indicator: &Indicator, report: &mut Report) -> Vec<CompiledRule> {
        let mut rules = Vec::with_capacity(1);
        let mut errors = Vec::new();
        for rule in self.rules(indicator) {
            match rule {
                Ok(compiled) => rules.push(compiled),
                Err(error) => errors.push(told(&error)),
            }
        }
        for compiled in &rules {
            report.rule(
                indicator.ioc.ioc_type().as_str(),
                compiled.rule.logsource.label(),
            );
        }
        if !errors.is_empty() {
            batch::fail(indicator, &errors, !rules.is_empty(), report);
        }
        rules
    }
}

fn compiled(
    template: &Template,
    indicator: &Indicator,
    settings: &RenderSettings,
) -> Result<CompiledRule> {
    Ok(CompiledRule {
        rule: render::rule(template, indicator, settings)?,
        template: template.name().clone(),
    })
}

/// An error in a line, with its causes.
pub(crate) fn told(error: &Error) -> String {
    let mut line = error.to_string();
    for cause in error.causes() {
        line.push_str(": ");
        line.push_str(&cause);
    }
    line
}

/// Where an indicator stood; those that no reader gave have no place.
fn place(indicator: &Indicator) -> Place {
    indicator.place.clone().unwrap_or(Place {
        input: Arc::from("-"),
        at: At::Whole,
    })
}

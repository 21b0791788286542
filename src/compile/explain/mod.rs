//! The outcome for a value and its reason: the same decisions as in a run, reported one by one.
//!
//! [`explain`] judges a value by itself, [`explain_in`] as feeds have it.

mod feed;
mod statement;

use std::sync::Arc;

use super::compiler::{CompiledRule, Compiler};
use super::select::refusal;
use super::settings::Settings;
use crate::error::Result;
use crate::extract::{self, Candidate, Line, Setting};
use crate::indicator::{Confidence, Indicator, Parsed, Refusal, parse};
use crate::reason::Outcome;
use crate::template::Template;

pub use feed::explain_in;
pub use statement::{Record, Statement};

/// The outcome for one value.
///
/// ```
/// use socdef_sigma::compile::{Settings, explain};
///
/// let explained = explain("10.0.0.1", &Settings::new(chrono::Utc::now()));
/// assert_eq!(explained[0].refusal.as_ref().unwrap().reason.code(), "private_address");
/// // The rule shows what would have been.
/// assert_eq!(explained[0].rules.len(), 1);
/// ```
#[derive(Debug)]
pub struct Explained {
    /// The value as it stood in the text.
    pub value: String,
    /// The indicator, where it is one.
    pub indicator: Option<Indicator>,
    /// Why it does not become a rule; `None` where it does.
    pub refusal: Option<Refusal>,
    /// The confidence of an indicator that states none.
    pub default_confidence: Confidence,
    /// The names of the templates that take it.
    pub templates: Vec<Arc<str>>,
    /// The rules of the log sources that were asked for, and the errors of templates that failed. They are there for a value that
    /// the guard drops, too: they show what would have been.
    pub rules: Vec<Result<CompiledRule>>,
    /// What the feeds say, where it was looked for in feeds.
    pub statement: Option<Statement>,
}

impl Explained {
    /// `keep`, `drop` or `refuse`; `absent` where the feeds do not have it.
    ///
    /// ```
    /// use socdef_sigma::compile::{Settings, explain};
    ///
    /// let verdict = |value| explain(value, &Settings::new(chrono::Utc::now()))[0].verdict();
    /// assert_eq!(verdict("evil.example"), "keep");
    /// assert_eq!(verdict("10.0.0.1"), "drop");
    /// assert_eq!(verdict("http://"), "refuse");
    /// ```
    pub fn verdict(&self) -> &'static str {
        match &self.refusal {
            _ if self.is_absent() => "absent",
            None => "keep",
            Some(refusal) if refusal.reason.outcome() == Outcome::Refused => "refuse",
            Some(_) => "drop",
        }
    }

    /// The confidence that counts, where it is an indicator.
    ///
    /// ```
    /// use socdef_sigma::Confidence;
    /// use socdef_sigma::compile::{Settings, explain};
    ///
    /// let settings = Settings { default_confidence: Confidence::Low, ..Settings::new(chrono::Utc::now()) };
    /// assert_eq!(explain("evil.example", &settings)[0].confidence(), Some(Confidence::Low));
    /// assert_eq!(explain("http://", &settings)[0].confidence(), None);
    /// ```
    pub fn confidence(&self) -> Option<Confidence> {
        let indicator = self.indicator.as_ref()?;
        Some(indicator.confidence.unwrap_or(self.default_confidence))
    }

    /// Whether it was looked for in feeds that do not have it.
    fn is_absent(&self) -> bool {
        let statement = self.statement.as_ref();
        statement.is_some_and(|statement| statement.records.is_empty())
    }
}

/// Explains each value of a text, read as a line of a list is.
///
/// ```
/// use socdef_sigma::compile::{Settings, explain};
/// let settings = Settings::new(chrono::Utc::now());
/// let explained = explain("C2: evil[.]example 10.0.0.1", &settings);
/// let verdicts: Vec<_> = explained.iter().map(|one| (one.value.as_str(), one.verdict())).collect();
/// assert_eq!(verdicts, [("evil.example", "keep"), ("10.0.0.1", "drop")]);
/// ```
pub fn explain(text: &str, settings: &Settings) -> Vec<Explained> {
    let compiler = Compiler::new(settings);
    given(text)
        .into_iter()
        .map(|given| alone(given, &compiler, settings))
        .collect()
}

/// A value that is to be explained.
#[derive(Clone)]
struct Given {
    /// As it stood in the text.
    value: String,
    indicator: std::result::Result<Indicator, Refusal>,
}

/// The values of a text.
fn given(text: &str) -> Vec<Given> {
    let one = |value: &str, parsed: std::result::Result<Parsed, Refusal>, ports: &[u16]| Given {
        value: value.to_owned(),
        indicator: parsed.map(|parsed| {
            let mut indicator = Indicator::new(parsed);
            indicator.ports.extend(ports);
            indicator
        }),
    };
    match extract::line(text.trim(), &Setting::default()) {
        Line::Values(candidates) => candidates
            .into_iter()
            .flat_map(|candidate| {
                let Candidate {
                    value,
                    parsed,
                    more,
                    ports,
                    ..
                } = candidate;
                std::iter::once(parsed)
                    .chain(more.into_iter().map(Ok))
                    .map(|parsed| one(&value, parsed, &ports))
                    .collect::<Vec<_>>()
            })
            .collect(),
        Line::Value(parsed) => vec![one(text, parsed, &[])],
        Line::Heading(_) | Line::Blank => vec![one(text, parse(text), &[])],
    }
}

/// Explains a value of which nothing else is known.
fn alone(given: Given, compiler: &Compiler, settings: &Settings) -> Explained {
    match given.indicator {
        Ok(mut indicator) => {
            indicator.producers.extend(settings.producer.clone());
            let refusal = refusal(&indicator, settings, 0);
            explained(given.value, indicator, refusal, compiler, settings)
        }
        Err(refusal) => Explained {
            value: given.value,
            indicator: None,
            refusal: Some(refusal),
            default_confidence: settings.default_confidence,
            templates: Vec::new(),
            rules: Vec::new(),
            statement: None,
        },
    }
}

/// Explains an indicator that was judged.
fn explained(
    value: String,
    indicator: Indicator,
    refusal: Option<Refusal>,
    compiler: &Compiler,
    settings: &Settings,
) -> Explained {
    let takes =
        |template: &&Arc<Template>| template.takes(&indicator) && template.finds(&indicator);
    let templates = settings.templates.catalog().iter().filter(takes);
    Explained {
        value,
        refusal,
        default_confidence: settings.default_confidence,
        templates: templates.map(|template| template.name().clone()).collect(),
        rules: compiler.rules(&indicator).collect(),
        indicator: Some(indicator),
        statement: None,
    }
}

//! The outcome for a value and its reason: the same decisions as in a run, reported one by one.

use std::sync::Arc;

use super::compiler::{CompiledRule, Compiler};
use super::select::refusal;
use super::settings::Settings;
use crate::error::Result;
use crate::extract::{self, Candidate, Line, Setting};
use crate::indicator::{Indicator, Refusal, parse};
use crate::reason::Outcome;

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
    /// The names of the templates that take it.
    pub templates: Vec<Arc<str>>,
    /// The rules of the log sources that were asked for, and the errors of templates that failed. They are there for a value that
    /// the guard drops, too: they show what would have been.
    pub rules: Vec<Result<CompiledRule>>,
}

impl Explained {
    /// `keep`, `drop` or `refuse`.
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
            None => "keep",
            Some(refusal) if refusal.reason.outcome() == Outcome::Refused => "refuse",
            Some(_) => "drop",
        }
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
    let one = |value: &str, indicator| explained(value, indicator, &compiler, settings);
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
                let mut all = vec![one(&value, parsed)];
                all.extend(more.into_iter().map(|parsed| one(&value, Ok(parsed))));
                for indicator in all.iter_mut().filter_map(|one| one.indicator.as_mut()) {
                    indicator.ports.extend(ports.iter().copied());
                }
                all
            })
            .collect(),
        Line::Value(parsed) => vec![one(text, parsed)],
        Line::Heading(_) | Line::Blank => vec![one(text, parse(text))],
    }
}

fn explained(
    value: &str,
    parsed: std::result::Result<crate::indicator::Parsed, Refusal>,
    compiler: &Compiler,
    settings: &Settings,
) -> Explained {
    let mut explained = Explained {
        value: value.to_owned(),
        indicator: None,
        refusal: None,
        templates: Vec::new(),
        rules: Vec::new(),
    };
    let mut indicator = match parsed {
        Ok(parsed) => Indicator::new(parsed),
        Err(refusal) => {
            explained.refusal = Some(refusal);
            return explained;
        }
    };
    indicator.producers.extend(settings.producer.clone());
    explained.refusal = refusal(&indicator, settings, 0);
    explained.templates = settings
        .templates
        .catalog()
        .iter()
        .filter(|template| template.takes(&indicator) && template.finds(&indicator))
        .map(|template| template.name().clone())
        .collect();
    explained.rules = compiler.rules(&indicator).collect();
    explained.indicator = Some(indicator);
    explained
}

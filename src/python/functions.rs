//! The functions of the module.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::indicator::{PyIndicator, PyIndicators, intake, read_value};
use super::inputs::{inputs, read_options};
use super::rules::PyRuleSet;
use super::settings::{entries, settings};
use super::ticker::Ticker;
use crate::compile::{Explained, Intake};
use crate::indicator::IocType;
use crate::reason::Reason;
use crate::rule::emit;
use crate::source::Format;

/// Reads one value: refangs it, finds its type, and brings it into its canonical form.
///
/// Raises `Refused` if it is not an indicator, or not one of the given type.
///
/// >>> from socdef_sigma import parse
/// >>> parse("198.51.100[.]7:443").value
/// '198.51.100.7'
#[pyfunction]
#[pyo3(signature = (value, r#type=None), text_signature = "(value, type=None)")]
pub fn parse(py: Python<'_>, value: &str, r#type: Option<&str>) -> PyResult<PyIndicator> {
    read_value(py, value, r#type).map(|indicator| PyIndicator(Arc::new(indicator)))
}

/// Reads indicators from a path (`-` is standard input), a folder, bytes, a binary file, or a list of paths.
///
/// The format is found from the content unless it is named. Two spellings of one indicator are merged. Raises `InputError`
/// where an input cannot be read or is in no known format.
///
/// >>> from socdef_sigma import read
/// >>> [indicator.value for indicator in read(b"198.51.100[.]7\nevil[.]example\n")]
/// ['198.51.100.7', 'evil.example']
#[pyfunction]
#[pyo3(signature = (source, *, format=None, producer=None, all_attributes=false, keep_entries=true, progress=None))]
#[pyo3(
    text_signature = "(source, *, format=None, producer=None, all_attributes=False, keep_entries=True, progress=None)"
)]
pub fn read(
    py: Python<'_>,
    source: &Bound<'_, PyAny>,
    format: Option<&str>,
    producer: Option<String>,
    all_attributes: bool,
    keep_entries: bool,
    progress: Option<Py<PyAny>>,
) -> PyResult<PyIndicators> {
    let options = read_options(py, format, all_attributes)?;
    let inputs = inputs(py, source)?;
    let mut ticker = Ticker::new(progress);
    let mut intake = Intake::new(entries(keep_entries));
    intake.set_producer(producer);
    let result = py.detach(|| {
        inputs.iter().try_for_each(|input| {
            intake.read(input, &options, &mut |count| ticker.tick("reading", count))
        })
    });
    ticker.finish(py, result)?;
    Ok(PyIndicators(intake, None))
}

/// Makes a rule for each indicator that passes the guard and the filters.
///
/// Takes the result of `read`, or any iterable of `Indicator`. Raises `UsageError` for an invalid option.
///
/// >>> from socdef_sigma import compile, parse
/// >>> [rule.level for rule in compile([parse("198.51.100.7"), parse("10.0.0.1")])]
/// ['medium']
#[pyfunction]
#[pyo3(signature = (indicators, *, progress=None, **options))]
pub fn compile(
    py: Python<'_>,
    indicators: &Bound<'_, PyAny>,
    progress: Option<Py<PyAny>>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<PyRuleSet> {
    let settings = settings(py, options)?;
    let intake = intake(indicators)?;
    let mut ticker = Ticker::new(progress);
    let result = py.detach(|| {
        crate::compile::rules(&intake, &settings, &mut |stage, count| {
            ticker.tick(stage, count)
        })
    });
    let result = result.map(|(rules, report)| PyRuleSet { rules, report });
    ticker.finish(py, result)
}

/// The outcome for one value, and the reason.
///
/// >>> from socdef_sigma import explain
/// >>> explanation = explain("10.0.0[.]1")
/// >>> explanation.canonical, explanation.verdict, explanation.words
/// ('10.0.0.1', 'drop', 'a private address: 10.0.0.0/8')
#[pyclass(frozen, get_all, module = "socdef_sigma")]
pub struct Explanation {
    /// The value as it was given.
    value: String,
    /// The type, where it is an indicator.
    r#type: Option<&'static str>,
    /// The canonical form, where it is an indicator.
    canonical: Option<String>,
    /// `keep`, `drop` or `refuse`.
    verdict: &'static str,
    /// The code of the reason, where it is not kept.
    reason: Option<&'static str>,
    /// The reason in words, where it is not kept.
    words: Option<String>,
    /// The names of the templates that take it.
    templates: Vec<String>,
    /// The rules as YAML, one for each selected log source; empty if it is not an indicator.
    rules: Vec<String>,
    /// The errors of templates that failed, with file and line.
    errors: Vec<String>,
}

impl From<Explained> for Explanation {
    fn from(explained: Explained) -> Explanation {
        let verdict = explained.verdict();
        let (mut rules, mut errors) = (Vec::new(), Vec::new());
        for rule in &explained.rules {
            match rule {
                Ok(compiled) => rules.push(emit::yaml(&compiled.rule)),
                Err(error) => errors.push(error.one_line()),
            }
        }
        let ioc = explained.indicator.as_ref().map(|indicator| &indicator.ioc);
        Explanation {
            r#type: ioc.map(|ioc| ioc.ioc_type().as_str()),
            canonical: ioc.map(ToString::to_string),
            verdict,
            reason: explained
                .refusal
                .as_ref()
                .map(|refusal| refusal.reason.code()),
            words: explained.refusal.as_ref().map(ToString::to_string),
            templates: explained
                .templates
                .iter()
                .map(ToString::to_string)
                .collect(),
            rules,
            errors,
            value: explained.value,
        }
    }
}

/// Explains a text as `compile` reads a line of a list: each value in it, with its type and canonical form, the verdict and why, the
/// templates for it, and the rules. At least one.
///
/// A value that the guard drops also has rules: they show what the guard prevents.
///
/// >>> from socdef_sigma import explain_all
/// >>> [one.verdict for one in explain_all("evil[.]example -> 10.0.0.1")]
/// ['keep', 'drop']
#[pyfunction]
#[pyo3(signature = (text, **options))]
pub fn explain_all(
    py: Python<'_>,
    text: &str,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Vec<Explanation>> {
    let settings = settings(py, options)?;
    let explained = crate::compile::explain(text, &settings);
    Ok(explained.into_iter().map(Explanation::from).collect())
}

/// Explains one value: the first of `explain_all`.
///
/// >>> from socdef_sigma import explain
/// >>> explain("10.0.0.1").reason
/// 'private_address'
#[pyfunction]
#[pyo3(signature = (value, **options))]
pub fn explain(
    py: Python<'_>,
    value: &str,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Explanation> {
    let mut all = explain_all(py, value, options)?;
    Ok(all.swap_remove(0))
}

/// Every reason for which a value does not become a rule: code, outcome (`refused`, `merged`, `dropped`), words.
#[pyfunction]
pub fn reasons() -> Vec<(&'static str, &'static str, &'static str)> {
    Reason::ALL
        .iter()
        .map(|reason| (reason.code(), reason.outcome().as_str(), reason.words()))
        .collect()
}

/// The names of the input formats.
#[pyfunction]
pub fn formats() -> Vec<&'static str> {
    Format::ALL.map(Format::as_str).to_vec()
}

/// The names of the indicator types, the default ones first.
#[pyfunction]
pub fn types() -> Vec<&'static str> {
    IocType::names()
}

/// A registered indicator type and its properties.
#[pyclass(frozen, get_all, name = "TypeFacts", module = "socdef_sigma")]
pub struct TypeFacts {
    /// The name.
    name: &'static str,
    /// The name for people.
    title: &'static str,
    /// Whether it is compiled by default.
    is_default: bool,
    /// The days that `sync` keeps a rule without a new sighting; None for ever.
    ttl_days: Option<u32>,
    /// Sample values.
    samples: Vec<&'static str>,
}

/// The registered indicator types, the default ones first.
#[pyfunction]
pub fn type_facts() -> Vec<TypeFacts> {
    let facts = IocType::all().iter().map(|kind| {
        let plugin = kind.plugin();
        TypeFacts {
            name: plugin.name,
            title: plugin.title,
            is_default: plugin.is_default,
            ttl_days: plugin.ttl_days,
            samples: plugin.samples.to_vec(),
        }
    });
    facts.collect()
}

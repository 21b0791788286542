//! The functions of the module.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::indicator::{PyIndicator, PyIndicators, intake, read_value};
use super::inputs::{inputs, read_options};
use super::rules::PyRuleSet;
use super::settings::{entries, settings};
use super::ticker::Ticker;
use crate::compile::Intake;
use crate::indicator::IocType;
use crate::reason::Reason;
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
#[doc = include_str!("options.txt")]
#[pyfunction]
#[pyo3(signature = (indicators, *, progress=None, **options))]
#[pyo3(
    text_signature = "(indicators, *, types=(), since=None, until=None, confidence=None, min_confidence=None, default_confidence=None, industry=None, limit=None, producer=None, max_tlp=None, guard=True, keep_expired=False, warninglists=(), allow=(), logsources=(), templates=(), now=None, progress=None)"
)]
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

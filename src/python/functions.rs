//! The functions of the module.

use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};

use super::errors::raise;
use super::indicator::{PyIndicator, PyIndicators, intake, read_value};
use super::output::FEW;
use super::rules::{Made, PyRuleSet};
use super::settings::{parsed, settings};
use super::ticker::Ticker;
use crate::compile::{Compiler, Intake, told, without_rule};
use crate::guard::{GuardSettings, Verdict, judge};
use crate::indicator::{IocType, Refusal, parse as parse_value};
use crate::reason::{Outcome, Reason};
use crate::source::{Format, Input, ReadOptions};
use crate::{Indicator, emit};

/// Reads one value: refangs it, finds its type, and brings it into its canonical form.
///
/// Raises `Refused` where it is no indicator, or none of the type given.
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
    let mut intake = Intake::new(if keep_entries { usize::MAX } else { FEW });
    intake.set_producer(producer);
    let result = py.detach(|| {
        inputs.iter().try_for_each(|input| {
            intake.read(input, &options, &mut |count| ticker.tick("reading", count))
        })
    });
    ticker.finish(py, result)?;
    Ok(PyIndicators(intake, None))
}

/// How to read, by the names of the arguments.
pub(super) fn read_options(
    py: Python<'_>,
    format: Option<&str>,
    all_attributes: bool,
) -> PyResult<ReadOptions> {
    let format = format.map(|name| parsed::<Format>(py, name)).transpose()?;
    Ok(ReadOptions {
        format,
        all_attributes,
    })
}

/// All that is meant by `source`, each file once.
pub(super) fn inputs(py: Python<'_>, source: &Bound<'_, PyAny>) -> PyResult<Vec<Input>> {
    all_inputs(py, source).map(Input::each_once)
}

fn all_inputs(py: Python<'_>, source: &Bound<'_, PyAny>) -> PyResult<Vec<Input>> {
    if let Ok(bytes) = source.cast::<PyBytes>() {
        return Ok(vec![Input::from_bytes("<bytes>", bytes.as_bytes())]);
    }
    if source.is_instance_of::<PyList>() || source.is_instance_of::<PyTuple>() {
        let mut all = Vec::new();
        for item in source.try_iter()? {
            all.extend(all_inputs(py, &item?)?);
        }
        return Ok(all);
    }
    if source.hasattr("read")? {
        let name = source
            .getattr("name")
            .ok()
            .and_then(|name| name.extract::<String>().ok());
        let reader = PythonReader(source.clone().unbind());
        return Input::from_reader(name.unwrap_or_else(|| "<stream>".to_owned()), reader)
            .map(|input| vec![input])
            .map_err(|error| raise(py, &error));
    }
    let path: PathBuf = source.extract()?;
    py.detach(|| Input::from_path(&path))
        .map_err(|error| raise(py, &error))
}

/// A binary file object of Python.
struct PythonReader(Py<PyAny>);

impl Read for PythonReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Python::attach(|py| {
            let chunk = self
                .0
                .bind(py)
                .call_method1("read", (buffer.len(),))
                .map_err(io::Error::other)?;
            let bytes = chunk.cast::<PyBytes>().map_err(|_| {
                let kind = if chunk.is_instance_of::<PyString>() {
                    "text; open it in binary mode"
                } else {
                    "no bytes"
                };
                io::Error::other(format!("the file gives {kind}"))
            })?;
            let bytes = bytes.as_bytes();
            buffer[..bytes.len()].copy_from_slice(bytes);
            Ok(bytes.len())
        })
    }
}

/// Makes a rule of each indicator that the guard and the choices let pass.
///
/// Takes what `read` gives, or any iterable of `Indicator`. Raises `UsageError` where an option makes no sense.
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
        let compiler = Compiler::new(&settings);
        let (kept, mut report) = intake.select(&settings);
        let mut rules = Vec::with_capacity(kept.len());
        for (count, indicator) in kept.into_iter().enumerate() {
            for compiled in compiler.counted(&indicator, &mut report) {
                rules.push(Arc::new(Made {
                    compiled,
                    indicator: indicator.clone(),
                }));
            }
            ticker.tick("compiling", count as u64)?;
        }
        Ok(PyRuleSet { rules, report })
    });
    ticker.finish(py, result)
}

/// What becomes of one value, and why.
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
    /// The rules as YAML, one for each log source that was asked for; none where it is no indicator.
    rules: Vec<String>,
    /// What is wrong with the templates that failed, with file and line.
    errors: Vec<String>,
}

/// Explains one value: its type and canonical form, the guard's verdict and why, the templates for it, and the rules.
///
/// The rules are there for a value that the guard drops, too: they show what would have been.
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
    let settings = settings(py, options)?;
    let parsed = match parse_value(value) {
        Ok(parsed) => parsed,
        Err(refusal) => {
            let dropped = refusal.reason.outcome() == Outcome::Dropped;
            return Ok(Explanation {
                value: value.to_owned(),
                r#type: None,
                canonical: None,
                verdict: if dropped { "drop" } else { "refuse" },
                reason: Some(refusal.reason.code()),
                words: Some(refusal.to_string()),
                templates: Vec::new(),
                rules: Vec::new(),
                errors: Vec::new(),
            });
        }
    };
    let mut indicator = Indicator::new(parsed);
    indicator.producers.extend(settings.producer.clone());
    let guard = GuardSettings {
        on: settings.guard,
        keep_expired: settings.keep_expired,
        now: settings.now,
    };
    let refusal = match judge(&indicator, &guard) {
        Verdict::Keep => settings
            .lists
            .refusal(&indicator.ioc)
            .or_else(|| without_rule(&indicator, &settings.templates).map(Refusal::new)),
        Verdict::Drop(reason, detail) => Some(Refusal { reason, detail }),
    };
    let verdict = if refusal.is_some() { "drop" } else { "keep" };
    let (mut rules, mut errors) = (Vec::new(), Vec::new());
    for rule in Compiler::new(&settings).rules(&indicator) {
        match rule {
            Ok(compiled) => rules.push(emit::yaml(&compiled.rule)),
            Err(error) => errors.push(told(&error)),
        }
    }
    let catalog = settings.templates.catalog();
    Ok(Explanation {
        value: value.to_owned(),
        r#type: Some(indicator.ioc.ioc_type().as_str()),
        canonical: Some(indicator.ioc.to_string()),
        verdict,
        reason: refusal.as_ref().map(|refusal| refusal.reason.code()),
        words: refusal.as_ref().map(ToString::to_string),
        templates: catalog
            .iter()
            .filter(|template| template.takes(&indicator) && template.finds(&indicator))
            .map(|template| template.name().to_string())
            .collect(),
        rules,
        errors,
    })
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

/// The names of the indicator types, those that are compiled unless others are asked for first.
#[pyfunction]
pub fn types() -> Vec<&'static str> {
    IocType::names()
}

/// What is known of each indicator type: name, title, whether it is compiled unless others are asked for, days that it lives (None: for
/// ever), and a value of it.
#[pyfunction]
pub fn type_facts() -> Vec<(&'static str, &'static str, bool, Option<u32>, &'static str)> {
    let facts = IocType::all().iter().map(|kind| {
        let plugin = kind.plugin();
        let sample = plugin.samples.first().copied().unwrap_or_default();
        (
            plugin.name,
            plugin.title,
            plugin.is_default,
            plugin.ttl_days,
            sample,
        )
    });
    facts.collect()
}

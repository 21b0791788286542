//! `Filler`: queries by shapes, with pySigma behind.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt, PyList, PyString};

use super::errors::raise;
use super::functions::inputs;
use super::report::PyReport;
use super::rules::{PyRule, dict};
use super::settings::{parsed, settings};
use super::ticker::Ticker;
use crate::compile::{Compiler, Stream};
use crate::error::{Error, ErrorKind};
use crate::node::Node;
use crate::output;
use crate::query::{Answer, Filler, Oracle, Queries, RuleMould, Samples};
use crate::report::Report;
use crate::reread;
use crate::rule::SigmaRule;
use crate::shape::Compiled;
use crate::source::{Format, ReadOptions};

/// Converts rules to queries: by the shapes of their classes where these prove right, through pySigma where not.
///
/// The oracle has two methods, `probe` and `convert`, which take rules as dictionaries and give the queries of each, or None for
/// a rule that the backend refuses.
#[pyclass(name = "Filler", module = "socdef_sigma")]
pub struct PyFiller {
    filler: Filler,
    samples: Samples<SigmaRule>,
    /// What the last stream gave.
    made: Vec<Queries>,
}

/// Rules that were read from the YAML that this package writes.
#[pyclass(frozen, name = "RuleDocuments", module = "socdef_sigma")]
pub struct PyRuleDocuments(Vec<SigmaRule>);

#[pymethods]
impl PyRuleDocuments {
    /// The rules in a file, in order; None where any of it is not as this package writes it, byte for byte.
    #[staticmethod]
    fn read(py: Python<'_>, data: &[u8]) -> Option<PyRuleDocuments> {
        let text = std::str::from_utf8(data).ok()?;
        py.detach(|| reread::rules(text)).map(PyRuleDocuments)
    }

    fn __len__(&self) -> usize {
        self.0.len()
    }
}

#[pymethods]
impl PyFiller {
    #[new]
    #[pyo3(signature = (sample, *, verify=false), text_signature = "(sample, *, verify=False)")]
    fn new(sample: usize, verify: bool) -> PyFiller {
        PyFiller {
            filler: Filler::new(sample, verify),
            samples: Samples::default(),
            made: Vec::new(),
        }
    }

    /// The queries of each of these rules; None for one that the backend refuses.
    fn convert(
        &mut self,
        py: Python<'_>,
        rules: Vec<PyRef<'_, PyRule>>,
        oracle: Bound<'_, PyAny>,
    ) -> PyResult<Vec<Option<Vec<String>>>> {
        let made: Vec<_> = rules.iter().map(|rule| rule.made().clone()).collect();
        let moulds: Vec<RuleMould<'_>> = made
            .iter()
            .map(|made| RuleMould(&made.compiled.rule))
            .collect();
        self.converted(py, &moulds, oracle)
    }

    /// The queries of each of these documents, as `convert` gives them; None where one is no rule as this package writes them, so
    /// that what is converted would not be what the document says.
    fn convert_documents(
        &mut self,
        py: Python<'_>,
        documents: Vec<Bound<'_, PyDict>>,
        oracle: Bound<'_, PyAny>,
    ) -> PyResult<Option<Vec<Option<Vec<String>>>>> {
        let mut rules = Vec::with_capacity(documents.len());
        for document in &documents {
            let Some(Ok(rule)) = node(document, 0)?.map(SigmaRule::from_node) else {
                return Ok(None);
            };
            if !dict(py, &rule)?.eq(document)? {
                return Ok(None);
            }
            rules.push(rule);
        }
        let moulds: Vec<RuleMould<'_>> = rules.iter().map(RuleMould).collect();
        self.converted(py, &moulds, oracle).map(Some)
    }

    /// Reads indicators, compiles them, and converts their rules, without an object for each. What comes out is kept, for `some`,
    /// `queries` and `write`; what became of the indicators is given back.
    #[pyo3(signature = (source, oracle, *, format=None, all_attributes=false, keep_entries=true, progress=None, **options))]
    #[expect(clippy::too_many_arguments, reason = "they are keywords of Python")]
    fn stream(
        &mut self,
        py: Python<'_>,
        source: &Bound<'_, PyAny>,
        oracle: Bound<'_, PyAny>,
        format: Option<&str>,
        all_attributes: bool,
        keep_entries: bool,
        progress: Option<Py<PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<PyReport> {
        let settings = settings(py, options)?;
        let format = format.map(|name| parsed::<Format>(py, name)).transpose()?;
        let options = ReadOptions {
            format,
            all_attributes,
        };
        let inputs = inputs(py, source)?;
        let mut ticker = Ticker::new(progress);
        let mut oracle = PyOracle(oracle.unbind());
        let mut raised = None;
        let result = py.detach(|| {
            let compiler = Compiler::new(&settings);
            let mut report = Report::new(if keep_entries { usize::MAX } else { 32 });
            let stream = Stream {
                inputs: &inputs,
                options: &options,
                settings: &settings,
                merge: true,
            };
            let (sender, receiver) = mpsc::sync_channel::<Vec<Compiled>>(AHEAD);
            // Reading goes on while queries are filled.
            let read = thread::scope(|scope| {
                let filling = scope.spawn(|| self.fill_all(receiver, &mut oracle));
                let read = stream.run(
                    &mut report,
                    &mut |stage, count| ticker.tick(stage, count),
                    &mut |indicators, report| {
                        let rules = compiler.compiled(indicators, report);
                        // Nobody receives it where the filling ended with an error.
                        sender.send(rules).map_err(|_| stopped())
                    },
                );
                drop(sender);
                match filling.join() {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => raised = Some(error),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
                read
            });
            read.map(|()| PyReport(report))
        });
        match raised {
            Some(error) => Err(error),
            None => ticker.finish(py, result),
        }
    }

    /// Converts rules without an object for each. What comes out is kept, as by `stream`.
    fn fill(
        &mut self,
        py: Python<'_>,
        documents: &PyRuleDocuments,
        oracle: Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let mut oracle = PyOracle(oracle.unbind());
        py.detach(|| {
            self.made.clear();
            for rules in documents.0.chunks(BATCH) {
                let moulds: Vec<RuleMould<'_>> = rules.iter().map(RuleMould).collect();
                let queries = self.filler.batch(&moulds, &mut self.samples, &mut oracle)?;
                self.made.push(queries);
            }
            Ok(())
        })
    }

    /// How many queries the last stream gave.
    #[getter]
    fn count(&self) -> usize {
        self.made.iter().map(|queries| queries.ends.len()).sum()
    }

    /// The first queries of the last stream, or all of them.
    #[pyo3(signature = (most=None), text_signature = "($self, most=None)")]
    fn queries(&self, most: Option<usize>) -> Vec<&str> {
        let all = self.made.iter().flat_map(Queries::iter);
        all.take(most.unwrap_or(usize::MAX)).collect()
    }

    /// Writes the queries of the last stream with this between them: to a file, or, for None, to standard output. False, and nothing
    /// written, where one of them is no text.
    fn write(&self, py: Python<'_>, output: Option<PathBuf>, separator: &str) -> PyResult<bool> {
        let all = || self.made.iter().flat_map(Queries::iter);
        let written = |writer: &mut dyn Write, path: &Path| {
            let failed = |cause| output::unwritable(path, cause);
            for (at, query) in all().enumerate() {
                let before = if at == 0 { "" } else { separator };
                writer.write_all(before.as_bytes()).map_err(failed)?;
                writer.write_all(&query.as_bytes()[1..]).map_err(failed)?;
            }
            writer.write_all(b"\n").map_err(failed)
        };
        let result = py.detach(|| {
            if !all().all(|query| query.starts_with('t')) {
                return Ok(false);
            }
            match &output {
                Some(path) => output::write_file(path, |writer| written(writer, path))?,
                None => {
                    let mut writer = BufWriter::with_capacity(1 << 16, io::stdout().lock());
                    let path = Path::new("standard output");
                    written(&mut writer, path)?;
                    writer
                        .flush()
                        .map_err(|cause| output::unwritable(path, cause))?;
                }
            }
            Ok(true)
        });
        result.map_err(|error| raise(py, &error))
    }

    /// Sends all rules through pySigma from now on, and says why.
    fn fill_none(&mut self, why: String) {
        self.filler.fill_none(why);
    }

    /// Verifies the sample. False where something was filled that was not right: then all must be done again, with another oracle.
    fn settle(&mut self, py: Python<'_>, oracle: Bound<'_, PyAny>) -> PyResult<bool> {
        let samples = std::mem::take(&mut self.samples);
        let mut oracle = PyOracle(oracle.unbind());
        let is_right = py.detach(|| self.filler.settle(samples, &mut oracle))?;
        if !is_right {
            self.filler.restart();
        }
        Ok(is_right)
    }

    /// What became of the rules: `filled`, `converted` by the reason, `verified` and `differences`.
    #[getter]
    fn tally<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let tally = self.filler.tally();
        let dict = PyDict::new(py);
        dict.set_item("filled", tally.filled)?;
        dict.set_item("converted", tally.converted.clone())?;
        dict.set_item("verified", tally.verified)?;
        dict.set_item("differences", tally.differences)?;
        Ok(dict)
    }
}

/// How many rules are looked at together.
const BATCH: usize = 8192;

/// How many batches of rules wait to be filled.
const AHEAD: usize = 2;

fn stopped() -> Error {
    Error::new(ErrorKind::Interrupted, "stopped by the caller")
}

impl PyFiller {
    /// Keeps the queries of all batches, until there are no more.
    fn fill_all(
        &mut self,
        batches: Receiver<Vec<Compiled>>,
        oracle: &mut PyOracle,
    ) -> PyResult<()> {
        self.made.clear();
        for rules in batches {
            let queries = self.filler.batch(&rules, &mut self.samples, oracle)?;
            self.made.push(queries);
        }
        Ok(())
    }

    fn converted(
        &mut self,
        py: Python<'_>,
        moulds: &[RuleMould<'_>],
        oracle: Bound<'_, PyAny>,
    ) -> PyResult<Vec<Option<Vec<String>>>> {
        let mut oracle = PyOracle(oracle.unbind());
        let queries = py.detach(|| self.filler.batch(moulds, &mut self.samples, &mut oracle))?;
        let mut texts = queries.iter();
        Ok(queries
            .rules
            .iter()
            .map(|count| count.map(|count| texts.by_ref().take(count).map(str::to_owned).collect()))
            .collect())
    }
}

/// How deep a document may be nested.
const DEEPEST: usize = 32;

/// A value of a document; `None` where it has a value that no rule here has.
fn node(value: &Bound<'_, PyAny>, depth: usize) -> PyResult<Option<Node>> {
    if depth > DEEPEST {
        return Ok(None);
    }
    Ok(if let Ok(text) = value.cast_exact::<PyString>() {
        text.to_str().ok().map(Node::from)
    } else if let Ok(entries) = value.cast_exact::<PyDict>() {
        let mut map = Vec::with_capacity(entries.len());
        for (name, value) in entries {
            let name = name
                .cast_exact::<PyString>()
                .ok()
                .and_then(|name| name.extract().ok());
            match (name, node(&value, depth + 1)?) {
                (Some(name), Some(node)) => map.push((name, node)),
                _ => return Ok(None),
            }
        }
        Some(Node::Map(map))
    } else if let Ok(items) = value.cast_exact::<PyList>() {
        let nodes = items.iter().map(|item| node(&item, depth + 1));
        nodes
            .collect::<PyResult<Option<Vec<Node>>>>()?
            .map(Node::List)
    } else if let Ok(truth) = value.cast_exact::<PyBool>() {
        Some(Node::Bool(truth.is_true()))
    } else {
        value
            .cast_exact::<PyInt>()
            .ok()
            .and_then(|n| n.extract().ok())
            .map(Node::Int)
    })
}

/// An oracle in Python.
struct PyOracle(Py<PyAny>);

impl PyOracle {
    fn ask(&self, method: &str, rules: &[SigmaRule]) -> PyResult<Vec<Answer>> {
        if rules.is_empty() {
            return Ok(Vec::new());
        }
        Python::attach(|py| {
            let dicts: Vec<_> = rules
                .iter()
                .map(|rule| dict(py, rule))
                .collect::<PyResult<_>>()?;
            self.0
                .bind(py)
                .call_method1(method, (PyList::new(py, dicts)?,))?
                .extract()
        })
    }
}

impl Oracle<SigmaRule> for PyOracle {
    type Error = PyErr;

    fn probe(&mut self, rules: Vec<SigmaRule>) -> PyResult<Vec<Answer>> {
        self.ask("probe", &rules)
    }

    fn convert(&mut self, rules: Vec<SigmaRule>) -> PyResult<Vec<Answer>> {
        self.ask("convert", &rules)
    }
}

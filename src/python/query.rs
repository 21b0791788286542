//! `BatchConverter`: queries by skeletons, with pySigma behind.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};
use rayon::prelude::*;

use super::errors::raise;
use super::inputs::{inputs, read_options};
use super::output::wait_for_reader;
use super::report::PyReport;
use super::rules::{PyRule, from_node};
use super::settings::{entries, settings};
use super::ticker::Ticker;
use crate::compile::{Stream, Tick};
use crate::document::{Document, Reader};
use crate::output;
use crate::query::stream::{self, BATCH, Stopped};
use crate::query::{Answer, BatchConverter, Given, Oracle, Queries, Value};
use crate::report::Report;

/// Converts rules to queries: from skeletons where these prove correct, otherwise through pySigma.
///
/// The oracle has two methods, `probe` and `convert`. They take rules as values (see `read_rules`), each with the number of its source, and give the queries of each, or None for
/// a rule that the backend refuses.
#[pyclass(name = "BatchConverter", module = "socdef_sigma")]
pub struct PyBatchConverter {
    batch_converter: BatchConverter,
    /// The result of the last stream.
    made: Vec<Queries>,
}

#[pymethods]
impl PyBatchConverter {
    #[new]
    #[pyo3(signature = (sample, *, verify=false), text_signature = "(sample, *, verify=False)")]
    fn new(sample: usize, verify: bool) -> PyBatchConverter {
        PyBatchConverter {
            batch_converter: BatchConverter::new(sample, verify),
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
        let mut oracle = PyOracle(oracle.unbind());
        let queries = py.detach(|| {
            let documents: Vec<Document<'_>> = made
                .par_iter()
                .map(|made| Document::of(made.compiled.rule.to_node()))
                .collect();
            self.batch_converter.batch(&documents, &mut oracle)
        })?;
        let mut texts = queries.iter();
        Ok(queries
            .rules
            .iter()
            .map(|count| count.map(|count| texts.by_ref().take(count).map(str::to_owned).collect()))
            .collect())
    }

    /// Reads Sigma rules, each source as its name and its bytes, and converts them. The queries are kept for `queries` and
    /// `write`. False where a document is not a rule that stands alone: then pySigma must read them all.
    ///
    /// Raises `InputError` if the text is not YAML.
    fn documents(
        &mut self,
        py: Python<'_>,
        sources: Vec<(String, Bound<'_, PyBytes>)>,
        oracle: Bound<'_, PyAny>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<bool> {
        let mut ticker = Ticker::new(progress);
        let mut oracle = PyOracle(oracle.unbind());
        let files: Vec<(&str, &[u8])> = sources
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_bytes()))
            .collect();
        self.made.clear();
        let result = py.detach(|| {
            let tick: &mut Tick<'_> = &mut |stage, count| ticker.tick(stage, count);
            stream::documents(&mut self.batch_converter, &files, tick, &mut oracle)
        });
        let made = finish(py, ticker, result)?;
        let stand_alone = made.is_some();
        self.made = made.unwrap_or_default();
        Ok(stand_alone)
    }

    /// Reads indicators, compiles them, and converts their rules, without an object for each. The queries are kept for
    /// `queries` and `write`. Gives the report on the indicators.
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
        let options = read_options(py, format, all_attributes)?;
        let inputs = inputs(py, source)?;
        let mut ticker = Ticker::new(progress);
        let mut oracle = PyOracle(oracle.unbind());
        let mut report = Report::new(entries(keep_entries));
        self.made.clear();
        let result = py.detach(|| {
            let stream = Stream {
                inputs: &inputs,
                options: &options,
                settings: &settings,
                merge: true,
            };
            let tick: &mut Tick<'_> = &mut |stage, count| ticker.tick(stage, count);
            let converter = &mut self.batch_converter;
            stream::indicators(converter, &stream, &mut report, tick, &mut oracle)
        });
        self.made = finish(py, ticker, result)?;
        Ok(PyReport(report))
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

    /// Writes the queries of the last stream with this separator: to a file, or, for None, to standard output. Gives False, and writes nothing,
    /// if one of them is not text.
    fn write(&self, py: Python<'_>, output: Option<PathBuf>, separator: &str) -> PyResult<bool> {
        let _reader = output
            .as_deref()
            .map(|path| wait_for_reader(py, path))
            .transpose()?;
        py.detach(|| output::write_queries(&self.made, output.as_deref(), separator))
            .map_err(|error| raise(py, &error))
    }

    /// Sends all rules through pySigma from now on, and says why.
    fn fill_none(&mut self, why: String) {
        self.batch_converter.fill_none(why);
    }

    /// Verifies the sample. Gives False if a filled query was wrong: then everything must be done again, with another oracle.
    fn settle(&mut self, py: Python<'_>, oracle: Bound<'_, PyAny>) -> PyResult<bool> {
        let mut oracle = PyOracle(oracle.unbind());
        let is_right = py.detach(|| self.batch_converter.settle(&mut oracle))?;
        if !is_right {
            self.batch_converter.restart();
        }
        Ok(is_right)
    }

    /// The counts of rules: `filled`, `converted` by the reason, `verified` and `differences`.
    #[getter]
    fn tally<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let tally = self.batch_converter.tally();
        let dict = PyDict::new(py);
        dict.set_item("filled", tally.filled)?;
        dict.set_item("converted", tally.converted.clone())?;
        dict.set_item("verified", tally.verified)?;
        dict.set_item("differences", tally.differences)?;
        Ok(dict)
    }
}

/// What a conversion gave, or the exception of whatever ended it.
fn finish<T>(py: Python<'_>, ticker: Ticker, result: Result<T, Stopped<PyErr>>) -> PyResult<T> {
    match result {
        Ok(made) => Ok(made),
        Err(Stopped::Oracle(raised)) => Err(raised),
        Err(Stopped::Run(error)) => ticker.finish(py, Err(error)),
    }
}

/// Reads Sigma rules as PyYAML's `safe_load_all` does, a list of them as what is in it: as values, or, where one has values that are not
/// text, numbers, dates and the like, as its YAML and the line where it begins.
///
/// Raises `InputError` if the text is not YAML.
#[pyfunction]
pub fn read_rules<'py>(
    py: Python<'py>,
    name: &str,
    text: &str,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let mut reader = Reader::new(text);
    let mut values = Vec::new();
    loop {
        let documents = py
            .detach(|| reader.some(BATCH))
            .map_err(|broken| raise(py, &broken.error(name)))?;
        if documents.is_empty() {
            return Ok(values);
        }
        for document in &documents {
            values.push(match document.value() {
                Ok(node) => from_node(py, &node)?,
                Err(yaml) => (yaml, document.line).into_pyobject(py)?.into_any(),
            });
        }
    }
}

/// An oracle in Python.
struct PyOracle(Py<PyAny>);

impl PyOracle {
    fn ask(&self, method: &str, rules: &[Given]) -> PyResult<Vec<Answer>> {
        if rules.is_empty() {
            return Ok(Vec::new());
        }
        Python::attach(|py| {
            let given: Vec<_> = rules
                .iter()
                .map(|given| {
                    let value = match &given.value {
                        Value::Node(node) => from_node(py, node)?,
                        Value::Yaml(text) => PyString::new(py, text).into_any(),
                    };
                    (value, given.source).into_pyobject(py)
                })
                .collect::<PyResult<_>>()?;
            self.0
                .bind(py)
                .call_method1(method, (PyList::new(py, given)?,))?
                .extract()
        })
    }
}

impl Oracle for PyOracle {
    type Error = PyErr;

    fn probe(&mut self, rules: Vec<Given>) -> PyResult<Vec<Answer>> {
        self.ask("probe", &rules)
    }

    fn convert(&mut self, rules: Vec<Given>) -> PyResult<Vec<Answer>> {
        self.ask("convert", &rules)
    }
}

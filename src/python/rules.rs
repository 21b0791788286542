//! `Rule` and `RuleSet`.

use std::path::PathBuf;
use std::sync::Arc;

use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use super::errors::raise;
use super::indicator::PyIndicator;
use super::report::PyReport;
use super::rows;
use crate::compile::Made;
use crate::output::{self, Names};
use crate::report::Report;
use crate::rule::SigmaRule;
use crate::rule::emit;
use crate::rule::node::Node;

/// One Sigma rule, with its indicator and its template.
///
/// >>> from socdef_sigma import compile, read
/// >>> rule = compile(read(b"198.51.100.7"))[0]
/// >>> rule.template, rule.indicator.value, rule.level
/// ('ipv4/network_connection_windows', '198.51.100.7', 'medium')
#[pyclass(frozen, name = "Rule", module = "socdef_sigma")]
pub struct PyRule(Arc<Made>);

#[pymethods]
impl PyRule {
    /// The title.
    #[getter]
    fn title(&self) -> &str {
        &self.0.compiled.rule.title
    }

    /// The id, a UUID.
    #[getter]
    fn id(&self) -> String {
        self.0.compiled.rule.id.to_string()
    }

    /// The level.
    #[getter]
    fn level(&self) -> Option<&'static str> {
        self.0.compiled.rule.level.map(|level| level.as_str())
    }

    /// The tags.
    #[getter]
    fn tags(&self) -> Vec<String> {
        self.0.compiled.rule.tags.clone()
    }

    /// The log source, without empty parts.
    #[getter]
    fn logsource<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        logsource(py, &self.0.compiled.rule)
    }

    /// The name of the template.
    #[getter]
    fn template(&self) -> &str {
        &self.0.compiled.template
    }

    /// The indicator.
    #[getter]
    fn indicator(&self) -> PyIndicator {
        PyIndicator(self.0.indicator.clone())
    }

    /// The name of the rule's file in a folder, after SigmaHQ's convention.
    #[getter]
    fn filename(&self) -> String {
        output::file_name(&self.0.compiled.rule, &self.0.indicator.ioc)
    }

    /// The rule as a YAML document, with a newline at its end.
    ///
    /// >>> from socdef_sigma import compile, read
    /// >>> compile(read(b"198.51.100.7"))[0].yaml().splitlines()[0]
    /// "title: 'Threat Intelligence - Malicious IPv4 Indicator 198.51.100.7'"
    fn yaml(&self) -> String {
        emit::yaml(&self.0.compiled.rule)
    }

    /// The rule as pySigma's `SigmaRule.from_dict` takes it; dates are text.
    ///
    /// >>> from socdef_sigma import compile, read
    /// >>> compile(read(b"198.51.100.7"), now="2026-05-17")[0].dict()["date"]
    /// '2026-05-17'
    fn dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        dict(py, &self.0.compiled.rule)
    }

    fn __repr__(&self) -> String {
        format!("<Rule {:?}>", self.title())
    }
}

impl PyRule {
    pub(super) fn made(&self) -> &Arc<Made> {
        &self.0
    }
}

/// The rules for a set of indicators, in the order of the indicators.
///
/// >>> from socdef_sigma import compile, read
/// >>> rules = compile(read(b"evil[.]example\n"), now="2026-05-17")
/// >>> len(rules), rules[0].title
/// (1, 'Threat Intelligence - Malicious Domain Indicator evil.example')
#[pyclass(frozen, name = "RuleSet", module = "socdef_sigma")]
pub struct PyRuleSet {
    pub(super) rules: Vec<Arc<Made>>,
    pub(super) report: Report,
}

#[pymethods]
impl PyRuleSet {
    /// The report on every value that was read.
    #[getter]
    fn report(&self) -> PyReport {
        PyReport(self.report.clone())
    }

    /// The names of the files that `write` makes in a new folder, one for each rule: no two are the same.
    #[getter]
    fn filenames(&self) -> Vec<String> {
        let mut names = Names::default();
        let each = self.rules.iter();
        each.map(|made| names.name(&made.compiled.rule, &made.indicator.ioc))
            .collect()
    }

    /// All rules as one YAML text, with `---` between the documents.
    ///
    /// >>> from socdef_sigma import compile, read
    /// >>> compile(read(b"198.51.100.7\nevil.example\n")).yaml().count("\n---\n")
    /// 1
    fn yaml(&self, py: Python<'_>) -> String {
        py.detach(|| output::documents_of(self.rules.iter().map(|made| &made.compiled.rule)))
    }

    /// All rules as pySigma's `SigmaRule.from_dict` takes them.
    ///
    /// >>> from socdef_sigma import compile, read
    /// >>> [rule["level"] for rule in compile(read(b"198.51.100.7\nevil.example\n")).dicts()]
    /// ['medium', 'medium']
    fn dicts<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.rules
            .iter()
            .map(|made| dict(py, &made.compiled.rule))
            .collect()
    }

    /// A flat dictionary for each rule, all with the same keys: what pandas and polars make a data frame of.
    ///
    /// >>> from socdef_sigma import compile, read
    /// >>> rows = compile(read(b"198.51.100.7")).to_dicts()
    /// >>> rows[0]["value"], rows[0]["level"], rows[0]["log_source"]
    /// ('198.51.100.7', 'medium', 'network_connection/windows')
    fn to_dicts<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let rules = self.rules.iter().zip(self.filenames());
        rules
            .map(|(made, file)| rows::rule(py, &made.compiled, &made.indicator, file))
            .collect()
    }

    /// Writes one YAML file; or one file for each rule, if the path is a folder or ends in a separator.
    ///
    /// Each file is written completely or not at all. Raises `OutputError` if it cannot be written.
    ///
    /// >>> import tempfile
    /// >>> from pathlib import Path
    /// >>> from socdef_sigma import compile, read
    /// >>> rules = compile(read(b"198.51.100.7\nevil.example\n"))
    /// >>> with tempfile.TemporaryDirectory() as folder:
    /// ...     rules.write(folder)
    /// ...     names = sorted(path.name for path in Path(folder).iterdir())
    /// >>> names == sorted(rule.filename for rule in rules)
    /// True
    fn write(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let rules = self.rules.iter();
        let rules = rules.map(|made| (&made.compiled.rule, &made.indicator.ioc));
        py.detach(|| output::write_rules(&path, rules))
            .map_err(|error| raise(py, &error))
    }

    /// The rules as pySigma objects, without YAML on the way. Needs pySigma.
    ///
    /// >>> from socdef_sigma import compile, read
    /// >>> compile(read(b"198.51.100.7")).to_pysigma().rules[0].logsource.category
    /// 'network_connection'
    fn to_pysigma<'py>(slf: Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py()
            .import("socdef_sigma.pysigma")?
            .call_method1("to_collection", (slf,))
    }

    /// The rules as queries of an installed pySigma backend, as `sigma convert` gives them.
    ///
    /// Raises `ConversionError` for a rule that the backend refuses, unless `on_lost` takes it. `alert` is as
    /// in `socdef_sigma.convert.convert`.
    ///
    /// >>> from socdef_sigma import compile, read
    /// >>> compile(read(b"192.0.2.1")).convert("sqlite")
    /// ["SELECT * FROM logs WHERE DestinationIp='192.0.2.1'"]
    #[pyo3(signature = (target, *, pipelines=None, format=None, options=None, alert=None, on_lost=None))]
    #[pyo3(
        text_signature = "($self, target, *, pipelines=(), format=None, options=None, alert=True, on_lost=None)"
    )]
    fn convert<'py>(
        slf: Bound<'py, Self>,
        target: &str,
        pipelines: Option<Bound<'py, PyAny>>,
        format: Option<&str>,
        options: Option<Bound<'py, PyDict>>,
        alert: Option<Bound<'py, PyAny>>,
        on_lost: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let named = PyDict::new(py);
        named.set_item(
            "pipelines",
            pipelines.unwrap_or_else(|| PyTuple::empty(py).into_any()),
        )?;
        named.set_item("format", format)?;
        named.set_item("options", options)?;
        named.set_item("on_lost", on_lost)?;
        if let Some(alert) = alert {
            named.set_item("alert", alert)?;
        }
        py.import("socdef_sigma.convert")?
            .call_method("convert", (slf, target), Some(&named))
    }

    fn __len__(&self) -> usize {
        self.rules.len()
    }

    fn __getitem__(&self, index: isize) -> PyResult<PyRule> {
        let at = match index < 0 {
            true => self.rules.len().checked_sub(index.unsigned_abs()),
            false => usize::try_from(index).ok(),
        };
        match at.and_then(|at| self.rules.get(at)) {
            Some(made) => Ok(PyRule(made.clone())),
            None => Err(PyIndexError::new_err("rule index out of range")),
        }
    }

    fn __iter__(slf: Bound<'_, Self>) -> RuleIterator {
        RuleIterator {
            of: slf.unbind(),
            next: 0,
        }
    }

    fn __repr__(&self) -> String {
        format!("<RuleSet: {}>", self.rules.len())
    }
}

#[pyclass]
struct RuleIterator {
    of: Py<PyRuleSet>,
    next: usize,
}

#[pymethods]
impl RuleIterator {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&mut self) -> Option<PyRule> {
        let made = self.of.get().rules.get(self.next)?;
        self.next += 1;
        Some(PyRule(made.clone()))
    }
}

fn logsource<'py>(py: Python<'py>, rule: &SigmaRule) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, part) in rule.logsource.parts() {
        dict.set_item(name, part)?;
    }
    Ok(dict)
}

/// A rule as a dictionary, its keys in the order of the YAML.
fn dict<'py>(py: Python<'py>, rule: &SigmaRule) -> PyResult<Bound<'py, PyAny>> {
    from_node(py, &rule.to_node())
}

/// A value as Python has it.
pub(super) fn from_node<'py>(py: Python<'py>, node: &Node) -> PyResult<Bound<'py, PyAny>> {
    Ok(match node {
        Node::Null => py.None().into_bound(py),
        Node::Bool(truth) => truth.into_pyobject(py)?.to_owned().into_any(),
        Node::Int(number) => number.into_pyobject(py)?.into_any(),
        Node::Float(number) => number.into_pyobject(py)?.into_any(),
        Node::Date(day) => day.into_pyobject(py)?.into_any(),
        Node::Text(text) => text.into_pyobject(py)?.into_any(),
        Node::List(items) => {
            let list = PyList::empty(py);
            for item in items {
                list.append(from_node(py, item)?)?;
            }
            list.into_any()
        }
        Node::Map(entries) => {
            let dict = PyDict::new(py);
            for (name, node) in entries {
                dict.set_item(name, from_node(py, node)?)?;
            }
            dict.into_any()
        }
    })
}

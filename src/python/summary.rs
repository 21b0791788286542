//! `Summary`, and the function that makes one.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::inputs;
use super::report::{PyReport, from_json};
use super::settings::{entries, settings};
use super::ticker::Ticker;
use crate::attack;
use crate::compile::Run;
use crate::summary::Summary;

/// The numbers of rules of a run, with the report on its values.
///
/// >>> from socdef_sigma import summarize
/// >>> summary = summarize(b"198.51.100.7\n10.0.0.1\n")
/// >>> summary, summary.report.counts["dropped"]
/// (<Summary: 1 rules>, 1)
#[pyclass(frozen, name = "Summary", module = "socdef_sigma")]
pub struct PySummary {
    summary: Summary,
    report: Py<PyReport>,
}

#[pymethods]
impl PySummary {
    /// The report on every value that was read.
    #[getter]
    fn report(&self, py: Python<'_>) -> Py<PyReport> {
        self.report.clone_ref(py)
    }

    /// The numbers: `rules`, `groups` (by type, log source and level), `tactics`, `techniques` (with their producers), and how many
    /// rules cite none.
    ///
    /// >>> from socdef_sigma import summarize
    /// >>> summarize(b"198.51.100.7\n").dict()["groups"]
    /// [{'type': 'ipv4', 'log_source': 'network_connection/windows', 'level': 'medium', 'rules': 1}]
    fn dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        from_json(py, &self.summary.json())
    }

    fn __repr__(&self) -> String {
        format!("<Summary: {} rules>", self.summary.rules())
    }
}

/// Compiles and counts the rules, without keeping them.
///
/// Arguments, reading and exceptions are those of `compile_to`.
///
/// >>> from socdef_sigma import summarize
/// >>> summarize(b"198.51.100.7\nevil.example\n").dict()["rules"]
/// 2
#[doc = include_str!("options.txt")]
#[pyfunction]
#[pyo3(signature = (source, *, format=None, all_attributes=false, merge=true, keep_entries=true, progress=None, **options))]
#[pyo3(
    text_signature = "(source, *, format=None, all_attributes=False, merge=True, keep_entries=True, types=(), since=None, until=None, confidence=None, min_confidence=None, default_confidence=None, industry=None, limit=None, producer=None, max_tlp=None, guard=True, keep_expired=False, warninglists=(), allow=(), logsources=(), templates=(), now=None, progress=None)"
)]
#[allow(clippy::too_many_arguments)] // Python's are named.
pub fn summarize(
    py: Python<'_>,
    source: &Bound<'_, PyAny>,
    format: Option<&str>,
    all_attributes: bool,
    merge: bool,
    keep_entries: bool,
    progress: Option<Py<PyAny>>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<PySummary> {
    let settings = settings(py, options)?;
    let source = inputs::source(py, source, format, all_attributes)?;
    let mut ticker = Ticker::new(progress);
    let result = py.detach(|| {
        Run::new(&settings, source.indicators(merge, entries(keep_entries)))
            .summarize(&mut |stage, count| ticker.tick(stage, count))
    });
    let (summary, report) = ticker.finish(py, result)?;
    Ok(PySummary {
        summary,
        report: Py::new(py, PyReport(report))?,
    })
}

/// The major version of ATT&CK whose techniques are known.
#[pyfunction]
pub fn attack_version() -> &'static str {
    attack::VERSION
}

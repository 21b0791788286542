//! `Filler`: queries by shapes, with pySigma behind.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use super::rules::{PyRule, dict};
use crate::query::{Answer, Filler, Oracle, RuleMould, Samples};
use crate::rule::SigmaRule;

/// Converts rules to queries: by the shapes of their classes where these prove right, through pySigma where not.
///
/// The oracle has two methods, `probe` and `convert`, which take rules as dictionaries and give the queries of each, or None for
/// a rule that the backend refuses.
#[pyclass(name = "Filler", module = "socdef_sigma")]
pub struct PyFiller {
    filler: Filler,
    samples: Samples<SigmaRule>,
}

#[pymethods]
impl PyFiller {
    #[new]
    #[pyo3(signature = (sample, *, verify=false), text_signature = "(sample, *, verify=False)")]
    fn new(sample: usize, verify: bool) -> PyFiller {
        PyFiller {
            filler: Filler::new(sample, verify),
            samples: Samples::default(),
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
        let mut oracle = PyOracle(oracle.unbind());
        let queries = py.detach(|| self.filler.batch(&moulds, &mut self.samples, &mut oracle))?;
        let mut texts = queries.iter();
        Ok(queries
            .rules
            .iter()
            .map(|count| count.map(|count| texts.by_ref().take(count).map(str::to_owned).collect()))
            .collect())
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

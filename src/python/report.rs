//! `Report`.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::Value as Json;

use crate::replace::{Caution, why_kept};
use crate::report::{Report, entry_json, note_json};

/// The outcome of every value: `read = kept + merged + dropped + refused`.
///
/// >>> from socdef_sigma import compile, read
/// >>> report = compile(read(b"198.51.100.7\n10.0.0.1\n")).report
/// >>> report
/// <Report: 2 read, 1 kept, 0 merged, 1 dropped, 0 refused, 1 rules>
/// >>> report.reasons
/// {'private_address': 1}
#[pyclass(frozen, name = "Report", module = "socdef_sigma")]
pub struct PyReport(pub(super) Report);

#[pymethods]
impl PyReport {
    /// The counts: `read`, `kept`, `merged`, `dropped`, `refused`, `rules`.
    #[getter]
    fn counts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let counts = self.0.counts();
        let dict = PyDict::new(py);
        for (name, count) in [
            ("read", counts.read),
            ("kept", counts.kept),
            ("merged", counts.merged),
            ("dropped", counts.dropped),
            ("refused", counts.refused),
            ("rules", counts.rules),
        ] {
            dict.set_item(name, count)?;
        }
        Ok(dict)
    }

    /// How many inputs were read in each format.
    #[getter]
    fn formats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (format, count) in self.0.formats() {
            dict.set_item(format.to_string(), count)?;
        }
        Ok(dict)
    }

    /// How many records were read: `read`, `with_values`, `without_values`.
    #[getter]
    fn records<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let records = self.0.record_counts();
        let dict = PyDict::new(py);
        dict.set_item("read", records.with_values + records.without)?;
        dict.set_item("with_values", records.with_values)?;
        dict.set_item("without_values", records.without)?;
        Ok(dict)
    }

    /// How many values there were for each reason code.
    #[getter]
    fn reasons<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (reason, count) in self.0.reasons() {
            dict.set_item(reason.code(), count)?;
        }
        Ok(dict)
    }

    /// How many notes there were for each note code.
    #[getter]
    fn note_counts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (kind, count) in self.0.note_counts() {
            dict.set_item(kind.code(), count)?;
        }
        Ok(dict)
    }

    /// How many rules there are for each type and log source.
    #[getter]
    fn rules_by_log_source(&self) -> Vec<(String, String, u64)> {
        self.0
            .rules()
            .map(|(kind, source, count)| (kind.to_owned(), source.to_owned(), count))
            .collect()
    }

    /// The notes that did not cost an indicator, each with its place.
    #[getter]
    fn notes<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.0
            .notes()
            .iter()
            .map(|note| from_json(py, &note_json(note)))
            .collect()
    }

    /// The values without their own rule, each with outcome, reason, words and place.
    #[getter]
    fn entries<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.0
            .entries()
            .iter()
            .map(|entry| from_json(py, &entry_json(entry)))
            .collect()
    }

    /// The files of rules that earlier runs left in the folder: how many, and how many of them the run removed. None without a folder.
    ///
    /// >>> import tempfile
    /// >>> from socdef_sigma._core import compile_to
    /// >>> with tempfile.TemporaryDirectory() as folder:
    /// ...     _ = compile_to(b"198.51.100.7", folder)
    /// ...     compile_to(b"198.51.100.8", folder, prune=True).earlier
    /// (1, 1)
    #[getter]
    fn earlier(&self) -> Option<(u64, u64)> {
        self.0
            .earlier()
            .map(|earlier| (earlier.found, earlier.removed))
    }

    /// Why what the run made must not replace an output that is there, as a code and words; `None` where it may. `strict`: after findings
    /// it must not; `allow_empty`: an empty input may empty it.
    ///
    /// >>> from socdef_sigma import compile, read
    /// >>> compile(read(b"")).report.why_kept()
    /// ('empty_input', 'the input is empty')
    /// >>> compile(read(b"198.51.100.7")).report.why_kept() or "it may"
    /// 'it may'
    #[pyo3(signature = (*, strict=false, allow_empty=false))]
    fn why_kept(&self, strict: bool, allow_empty: bool) -> Option<(&'static str, &'static str)> {
        let caution = Caution {
            strict,
            allow_empty,
        };
        why_kept(&self.0, caution).map(|why| (why.code(), why.words()))
    }

    /// The whole report as a JSON document.
    ///
    /// >>> import json
    /// >>> from socdef_sigma import read
    /// >>> json.loads(read(b"198.51.100.256\n").report.json())["entries"][0]["reason"]
    /// 'invalid_address'
    fn json(&self) -> String {
        format!("{:#}\n", self.0.json())
    }

    fn __repr__(&self) -> String {
        let counts = self.0.counts();
        format!(
            "<Report: {} read, {} kept, {} merged, {} dropped, {} refused, {} rules>",
            counts.read, counts.kept, counts.merged, counts.dropped, counts.refused, counts.rules
        )
    }
}

/// A JSON value as Python's own types.
pub(super) fn from_json<'py>(py: Python<'py>, json: &Json) -> PyResult<Bound<'py, PyAny>> {
    Ok(match json {
        Json::Null => py.None().into_bound(py),
        Json::Bool(truth) => truth.into_pyobject(py)?.to_owned().into_any(),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(number), _) => number.into_pyobject(py)?.into_any(),
            (None, number) => number.unwrap_or(f64::NAN).into_pyobject(py)?.into_any(),
        },
        Json::String(text) => text.into_pyobject(py)?.into_any(),
        Json::Array(items) => {
            let items: Vec<_> = items
                .iter()
                .map(|item| from_json(py, item))
                .collect::<PyResult<_>>()?;
            items.into_pyobject(py)?.into_any()
        }
        Json::Object(map) => {
            let dict = PyDict::new(py);
            for (name, value) in map {
                dict.set_item(name, from_json(py, value)?)?;
            }
            dict.into_any()
        }
    })
}

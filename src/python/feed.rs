//! `read_feed`: a feed on disk for `Sync`.

use pyo3::prelude::*;

use super::indicator::PyIndicators;
use super::inputs::{all_inputs, read_options};
use super::settings::entries;
use super::ticker::Ticker;
use crate::source::Input;
use crate::sync::Feed;

/// Reads the inputs of a feed as `read` does, and does not stop at one that cannot be read: gives the indicators of the others, and an
/// `InputError` for each that could not be read, or not to its end.
#[pyfunction]
#[pyo3(signature = (sources, *, format=None, all_attributes=false, keep_entries=true, progress=None))]
pub fn read_feed(
    py: Python<'_>,
    sources: Vec<Bound<'_, PyAny>>,
    format: Option<&str>,
    all_attributes: bool,
    keep_entries: bool,
    progress: Option<Py<PyAny>>,
) -> PyResult<(PyIndicators, Vec<Py<PyAny>>)> {
    let options = read_options(py, format, all_attributes)?;
    let of_an_input = py.import("socdef_sigma.errors")?.getattr("InputError")?;
    let mut failures = Vec::new();
    let mut inputs = Vec::new();
    for source in &sources {
        match all_inputs(py, source) {
            Ok(more) => inputs.extend(more),
            Err(raised) if raised.value(py).is_instance(&of_an_input)? => {
                failures.push(raised.into_value(py).into_any());
            }
            Err(raised) => return Err(raised),
        }
    }
    let inputs = Input::each_once(inputs);
    let mut ticker = Ticker::new(progress);
    let entries = entries(keep_entries);
    let result = py.detach(|| {
        Feed::read(&inputs, &options, entries, &mut |count| {
            ticker.tick("reading", count)
        })
    });
    let feed = ticker.finish(py, result)?;
    for failure in &feed.failures {
        failures.push(super::errors::raise(py, failure).into_value(py).into_any());
    }
    Ok((PyIndicators(feed.intake, None), failures))
}

//! What Python gives to be read: paths, bytes, file objects.

use std::io::{self, Read};
use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};

use super::errors::raise;
use super::indicator::PyIndicators;
use super::settings::parsed;
use crate::compile::{Indicators, Intake};
use crate::source::{Format, Input, ReadOptions};

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

/// What a run makes rules of: `Indicators`, or what is read on the way.
pub(super) enum Source<'a> {
    Held(&'a Intake),
    Inputs(Vec<Input>, ReadOptions),
}

impl Source<'_> {
    /// The indicators of a run; `entries` is how many entries of the report are kept.
    pub(super) fn indicators(&self, merge: bool, entries: usize) -> Indicators<'_> {
        match self {
            Source::Held(intake) => Indicators::Held(intake),
            Source::Inputs(inputs, options) => Indicators::Read {
                inputs,
                options,
                merge,
                entries,
            },
        }
    }
}

/// The source of a run, from the arguments of a function that takes `Indicators` or inputs.
pub(super) fn source<'a>(
    py: Python<'_>,
    source: &'a Bound<'_, PyAny>,
    format: Option<&str>,
    all_attributes: bool,
) -> PyResult<Source<'a>> {
    let options = read_options(py, format, all_attributes)?;
    match source.cast::<PyIndicators>() {
        Ok(held) => Ok(Source::Held(&held.get().0)),
        Err(_) => Ok(Source::Inputs(inputs(py, source)?, options)),
    }
}

/// All that is meant by `source`, each file once.
pub(super) fn inputs(py: Python<'_>, source: &Bound<'_, PyAny>) -> PyResult<Vec<Input>> {
    all_inputs(py, source).map(Input::each_once)
}

/// The same, where a file may be there more than once.
pub(super) fn all_inputs(py: Python<'_>, source: &Bound<'_, PyAny>) -> PyResult<Vec<Input>> {
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

//! Functions that write: rules as they are made, and bytes as they are.

use std::io::Write;
use std::path::{Path, PathBuf};

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::errors::raise;
use super::inputs;
use super::report::PyReport;
use super::settings::{entries, settings};
use super::ticker::Ticker;
use crate::compile::Run;
use crate::output::{self, FolderFile};
use crate::replace::Caution;

/// Compiles and writes the rules as they are made: to a file, to a folder (a path that is one, or that ends in a separator),
/// or, for `None`, to standard output.
///
/// With `prune`, files of rules in a folder that earlier runs made and this one did not are removed, unless `Report.why_kept` says that
/// nothing may be replaced.
///
/// A file with something in it stays as it is where `Report.why_kept` says so; after findings, with `strict`, a folder as well.
///
/// Takes the same inputs as `read`, and reads them twice: indicators are merged, but never all in memory. With `merge=False` they are
/// read once, and every sighting gets its own rule. `Indicators` are accepted, too.
///
/// Raises `InputError` where an input cannot be read, `OutputError` where the output cannot be written, and `BrokenPipeError`
/// where nobody reads it.
#[doc = include_str!("options.txt")]
#[pyfunction]
#[pyo3(signature = (source, output, *, format=None, all_attributes=false, merge=true, keep_entries=true, strict=false, allow_empty=false, prune=false, progress=None, **options))]
#[pyo3(
    text_signature = "(source, output, *, format=None, all_attributes=False, merge=True, keep_entries=True, strict=False, allow_empty=False, prune=False, types=(), since=None, until=None, confidence=None, min_confidence=None, default_confidence=None, industry=None, limit=None, producer=None, max_tlp=None, guard=True, keep_expired=False, warninglists=(), allow=(), logsources=(), templates=(), now=None, progress=None)"
)]
#[allow(clippy::too_many_arguments)] // Python's are named.
pub fn compile_to(
    py: Python<'_>,
    source: &Bound<'_, PyAny>,
    output: Option<PathBuf>,
    format: Option<&str>,
    all_attributes: bool,
    merge: bool,
    keep_entries: bool,
    strict: bool,
    allow_empty: bool,
    prune: bool,
    progress: Option<Py<PyAny>>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<PyReport> {
    let settings = settings(py, options)?;
    let source = inputs::source(py, source, format, all_attributes)?;
    let _reader = output
        .as_deref()
        .map(|path| wait_for_reader(py, path))
        .transpose()?;
    let caution = Caution {
        strict,
        allow_empty,
    };
    let mut ticker = Ticker::new(progress);
    let result = py.detach(|| {
        let run = Run::new(&settings, source.indicators(merge, entries(keep_entries)));
        output::write_run(
            &run,
            output.as_deref(),
            caution,
            prune,
            &mut |stage, count| ticker.tick(stage, count),
        )
    });
    ticker.finish(py, result.map(PyReport))
}

/// Writes a complete file or nothing. A device, a FIFO or a link is written to directly. With `private=True` only its owner may read the file.
///
/// Raises `OutputError` if it cannot be written.
#[pyfunction]
#[pyo3(signature = (output, data, *, private=false))]
pub fn write_output(py: Python<'_>, output: PathBuf, data: &[u8], private: bool) -> PyResult<()> {
    let _reader = wait_for_reader(py, &output)?;
    let put = |writer: &mut dyn Write| output::put(writer, &output, data);
    let write = || match private {
        true => output::write_private(&output, put),
        false => output::write_file(&output, put),
    };
    py.detach(write).map_err(|error| raise(py, &error))
}

/// Writes a complete file of a folder or nothing. A link in its place is replaced.
///
/// Raises `OutputError` if it cannot be written, or if something else that is not a file is in its place.
#[pyfunction]
pub fn write_in_folder(py: Python<'_>, output: PathBuf, data: &[u8]) -> PyResult<()> {
    let write =
        || FolderFile::default().write(&output, |writer| output::put(writer, &output, data));
    py.detach(write).map_err(|error| raise(py, &error))
}

/// Opens a FIFO as Python does, where Ctrl-C ends the wait for somebody to read it: the core would wait on. It is to be kept
/// until the core has opened it as well.
pub(super) fn wait_for_reader<'py>(
    py: Python<'py>,
    path: &Path,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if std::fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_fifo()) {
            return match py.import("io")?.call_method1("open", (path, "wb", 0)) {
                Ok(file) => Ok(Some(file)),
                // The core says so, with its place.
                Err(raised) if raised.is_instance_of::<PyOSError>(py) => Ok(None),
                Err(raised) => Err(raised),
            };
        }
    }
    Ok(None)
}

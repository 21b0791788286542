//! Functions that write: rules as they are made, and bytes as they are.

use std::borrow::Borrow;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::errors::raise;
use super::indicator::PyIndicators;
use super::inputs::{inputs, read_options};
use super::report::PyReport;
use super::settings::{REPORT_EXAMPLES, settings};
use super::ticker::Ticker;
use crate::Indicator;
use crate::compile::{Compiler, MARKER, Settings, Stream};
use crate::error::Result;
use crate::output::{self, FolderFile, RuleFolder, earlier};
use crate::replace::{Caution, has_findings, why_kept};
use crate::report::{Earlier, Report};
use crate::source::{Input, ReadOptions};
use crate::wire::NO_RULES;

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
#[pyfunction]
#[pyo3(signature = (source, output, *, format=None, all_attributes=false, merge=true, keep_entries=true, strict=false, allow_empty=false, prune=false, progress=None, **options))]
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
    let read_options = read_options(py, format, all_attributes)?;
    let held = source.cast::<PyIndicators>().ok();
    let inputs = match held {
        Some(_) => Vec::new(),
        None => inputs(py, source)?,
    };
    let _reader = output
        .as_deref()
        .map(|path| wait_for_reader(py, path))
        .transpose()?;
    let held = held.map(|held| held.get());
    let mut ticker = Ticker::new(progress);
    let result = py.detach(|| {
        let run = Run {
            compiler: Compiler::new(&settings),
            settings: &settings,
            held,
            inputs: &inputs,
            options: read_options,
            merge,
            entries: if keep_entries {
                usize::MAX
            } else {
                REPORT_EXAMPLES
            },
        };
        let caution = Caution {
            strict,
            allow_empty,
        };
        run.write(output.as_deref(), caution, prune, &mut ticker)
            .map(PyReport)
    });
    ticker.finish(py, result)
}

/// One run over all that is read.
pub(super) struct Run<'a> {
    pub(super) compiler: Compiler,
    pub(super) settings: &'a Settings,
    pub(super) held: Option<&'a PyIndicators>,
    pub(super) inputs: &'a [Input],
    pub(super) options: ReadOptions,
    pub(super) merge: bool,
    pub(super) entries: usize,
}

impl Run<'_> {
    fn write(
        &self,
        output: Option<&Path>,
        caution: Caution,
        prune: bool,
        ticker: &mut Ticker,
    ) -> Result<Report> {
        match output {
            None => {
                let mut writer = BufWriter::with_capacity(1 << 16, io::stdout().lock());
                let path = Path::new("standard output");
                let report = self.documents(&mut writer, path, ticker)?;
                writer
                    .flush()
                    .map_err(|cause| output::unwritable(path, cause))?;
                Ok(report)
            }
            Some(path) if output::is_folder(path) => {
                if caution.strict {
                    // Files go to a folder as they are made, so what is wrong must be known before.
                    let report = self.documents(&mut io::sink(), path, ticker)?;
                    if has_findings(&report) {
                        return Ok(report);
                    }
                }
                self.folder(path, caution, prune, ticker)
            }
            Some(path) => {
                let mut report = Report::default();
                output::replace_file(path, |writer, is_there| {
                    report = self.documents(writer, path, ticker)?;
                    Ok(!is_there || why_kept(&report, caution).is_none())
                })?;
                Ok(report)
            }
        }
    }

    fn documents(
        &self,
        writer: &mut dyn Write,
        path: &Path,
        ticker: &mut Ticker,
    ) -> Result<Report> {
        let mut text = String::new();
        let mut is_first = true;
        let mut put = |text: &str| {
            writer
                .write_all(text.as_bytes())
                .map_err(|cause| output::unwritable(path, cause))
        };
        let mut take = |batch: Batch<'_>, report: &mut Report| {
            text.clear();
            match batch {
                Batch::Held(indicators) => self.compiler.documents(indicators, report, &mut text),
                Batch::Read(indicators) => self.compiler.documents(indicators, report, &mut text),
            }
            if text.is_empty() {
                return Ok(());
            }
            // A marker stands between two documents, and none before the first.
            let from = if is_first { MARKER.len() } else { 0 };
            is_first = false;
            put(&text[from..])
        };
        let report = self.each(ticker, &mut take)?;
        if is_first {
            put(NO_RULES)?;
        }
        Ok(report)
    }

    fn folder(
        &self,
        folder: &Path,
        caution: Caution,
        prune: bool,
        ticker: &mut Ticker,
    ) -> Result<Report> {
        let mut made: Option<RuleFolder> = None;
        let mut take = |batch: Batch<'_>, report: &mut Report| {
            let to = match &mut made {
                Some(made) => made,
                none => none.insert(RuleFolder::new(folder)?),
            };
            let mut one = |indicator: &Indicator, report: &mut Report| -> Result<()> {
                for compiled in self.compiler.counted(indicator, report) {
                    to.write(&compiled.rule, &indicator.ioc)?;
                }
                Ok(())
            };
            match batch {
                Batch::Held(indicators) => each_of(indicators, report, &mut one),
                Batch::Read(indicators) => each_of(indicators, report, &mut one),
            }
        };
        let mut report = self.each(ticker, &mut take)?;
        if let Some(made) = made {
            let catalog = self.settings.templates.catalog();
            let found = earlier::earlier(folder, |name| made.has(name), catalog)?;
            made.finish()?;
            // Last, so that a run that dies has too much rather than too little.
            let removed = match prune && why_kept(&report, caution).is_none() {
                true => earlier::remove(&found, catalog)?,
                false => 0,
            };
            report.set_earlier(Earlier {
                found: found.len() as u64,
                removed,
            });
        }
        Ok(report)
    }

    /// Gives the indicators that become rules to `take`, a batch at a time and at least one, which may be empty.
    pub(super) fn each(
        &self,
        ticker: &mut Ticker,
        take: &mut dyn FnMut(Batch<'_>, &mut Report) -> Result<()>,
    ) -> Result<Report> {
        let Some(held) = self.held else {
            let stream = Stream {
                inputs: self.inputs,
                options: &self.options,
                settings: self.settings,
                merge: self.merge,
            };
            let mut report = Report::new(self.entries);
            stream.run(
                &mut report,
                &mut |stage, count| ticker.tick(stage, count),
                &mut |batch, report| take(Batch::Read(batch), report),
            )?;
            return Ok(report);
        };
        let (kept, mut report) = held.0.select(self.settings);
        take(Batch::Held(&[]), &mut report)?;
        for (number, batch) in kept.chunks(BATCH).enumerate() {
            ticker.tick("compiling", (number * BATCH) as u64)?;
            take(Batch::Held(batch), &mut report)?;
        }
        Ok(report)
    }
}

/// How many indicators in memory go on at a time.
const BATCH: usize = 8192;

/// Indicators that become rules: from memory, or as they are read.
pub(super) enum Batch<'a> {
    Held(&'a [Arc<Indicator>]),
    Read(&'a [Indicator]),
}

fn each_of<I: Borrow<Indicator>>(
    indicators: &[I],
    report: &mut Report,
    one: &mut dyn FnMut(&Indicator, &mut Report) -> Result<()>,
) -> Result<()> {
    indicators
        .iter()
        .try_for_each(|indicator| one(indicator.borrow(), report))
}

/// Writes a complete file or nothing. A device, a FIFO or a link is written to directly. With `private=True` only its owner may read the file.
///
/// Raises `OutputError` if it cannot be written.
#[pyfunction]
#[pyo3(signature = (output, data, *, private=false))]
pub fn write_output(py: Python<'_>, output: PathBuf, data: &[u8], private: bool) -> PyResult<()> {
    let _reader = wait_for_reader(py, &output)?;
    let put = |writer: &mut dyn Write| put(writer, &output, data);
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
    let write = || FolderFile::default().write(&output, |writer| put(writer, &output, data));
    py.detach(write).map_err(|error| raise(py, &error))
}

fn put(writer: &mut dyn Write, path: &Path, data: &[u8]) -> Result<()> {
    writer
        .write_all(data)
        .map_err(|cause| output::unwritable(path, cause))
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

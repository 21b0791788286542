//! `Sync`: a state that is kept in step with an output.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use pyo3::types::PyDict;

use super::dates::moment;
use super::errors::{raise, usage};
use super::indicator::PyIndicators;
use super::report::{PyReport, from_json};
use super::settings::settings;
use crate::error::{Error, ErrorKind};
use crate::sync::{
    Clocks, FeedCaution, OnExpiry, Output, PlanSettings, Source, Sync, SyncPlan, Ttl,
};

/// A state folder, open and locked, with the output that it keeps up to date.
///
/// Opening it finishes a run that was killed. Raises `OutputError` if another run has it open, or if state or output
/// cannot be read or written.
#[pyclass(frozen, name = "Sync", module = "socdef_sigma")]
pub struct PySync(Mutex<Option<Sync>>);

/// The changes of a run: made by `Sync.plan`, and used once by `Sync.commit` or `Sync.dry_run`.
#[pyclass(frozen, name = "SyncPlan", module = "socdef_sigma")]
pub struct PyPlan(Mutex<Option<SyncPlan>>);

#[pymethods]
impl PySync {
    #[new]
    fn new(py: Python<'_>, state: PathBuf, output: PathBuf) -> PyResult<PySync> {
        py.detach(|| Sync::open(&state, Output::at(&output)?))
            .map(|sync| PySync(Mutex::new(Some(sync))))
            .map_err(|error| raise(py, &error))
    }

    /// Says where the indicators of the next runs come from: the paths of a feed on disk, or None for a server.
    ///
    /// Raises `UsageError` where the state has rules of another source, and not `full`.
    #[pyo3(signature = (feed=None, *, full=false))]
    fn follow(&self, py: Python<'_>, feed: Option<Vec<PathBuf>>, full: bool) -> PyResult<()> {
        let source = match feed {
            Some(paths) => Source::feed(&paths).map_err(|error| raise(py, &error))?,
            None => Source::Endpoint,
        };
        let mut guard = lock(py, &self.0);
        open(py, &mut guard)?
            .follow(source, full)
            .map_err(|error| raise(py, &error))
    }

    /// From when on to fetch, `overlap` minutes before the last run; None for everything. It never lies in the future of `now`, our clock.
    #[pyo3(signature = (filters, *, now, full=false, overlap=0))]
    fn since(
        &self,
        py: Python<'_>,
        filters: &str,
        now: DateTime<Utc>,
        full: bool,
        overlap: u64,
    ) -> PyResult<Option<DateTime<Utc>>> {
        // So long ago that it means everything.
        let overlap = i64::try_from(overlap).ok().and_then(TimeDelta::try_minutes);
        let overlap = overlap.unwrap_or(TimeDelta::MAX);
        let mut guard = lock(py, &self.0);
        open(py, &mut guard)?
            .since(filters, full, overlap, now)
            .map_err(|error| raise(py, &error))
    }

    /// Whether an indicator may have left the feed since the last run, so that only a complete fetch shows it.
    fn misses(&self, py: Python<'_>, last_removal: &Bound<'_, PyAny>) -> PyResult<bool> {
        let at = time(py, last_removal)?;
        let mut guard = lock(py, &self.0);
        open(py, &mut guard)?
            .misses(at)
            .map_err(|error| raise(py, &error))
    }

    /// Compares the fetched indicators with the state. `server_time` is the server's clock in its first answer, `local_time` ours before the first
    /// question and after the last answer. `complete` means that everything was asked for, `whole` that it came: then missing indicators were retracted.
    /// `feed` is for a feed on disk: whether a part of it could not be read, an empty one lists nothing, and more than 30 % of the rules may go.
    #[pyo3(signature = (indicators, *, server_time, local_time, ttl=Vec::new(), mark_expired=false, complete=false, whole=true, feed=None, **options))]
    #[pyo3(
        text_signature = "($self, indicators, *, server_time, local_time, ttl=(), mark_expired=False, complete=False, whole=True, feed=None, **options)"
    )]
    #[allow(clippy::too_many_arguments)] // keyword arguments of Python
    fn plan(
        &self,
        py: Python<'_>,
        indicators: &Bound<'_, PyIndicators>,
        server_time: &Bound<'_, PyAny>,
        local_time: (DateTime<Utc>, DateTime<Utc>),
        ttl: Vec<String>,
        mark_expired: bool,
        complete: bool,
        whole: bool,
        feed: Option<(bool, bool, bool)>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<PyPlan> {
        let mut lifetimes = Ttl::default();
        for text in &ttl {
            lifetimes.set(text).map_err(|message| usage(py, message))?;
        }
        let how = PlanSettings {
            ttl: lifetimes,
            on_expiry: if mark_expired {
                OnExpiry::Mark
            } else {
                OnExpiry::Remove
            },
            complete,
            whole,
            clocks: Clocks {
                server: time(py, server_time)?,
                began: local_time.0,
                ended: local_time.1,
            },
            feed: feed.map(|(is_unread, allow_empty, allow_shrink)| FeedCaution {
                is_unread,
                allow_empty,
                allow_shrink,
            }),
        };
        let settings = settings(py, options)?;
        let intake = &indicators.get().0;
        let mut guard = lock(py, &self.0);
        let sync = open(py, &mut guard)?;
        py.detach(move || sync.plan(intake, &settings, &how))
            .map(|plan| PyPlan(Mutex::new(Some(plan))))
            .map_err(|error| raise(py, &error))
    }

    /// Makes the changes of a plan. `output` has the content of every file by name; a single output file has the empty name.
    ///
    /// Gives the changes as `--changes` writes them.
    fn commit<'py>(
        &self,
        py: Python<'py>,
        plan: &Bound<'_, PyPlan>,
        output: BTreeMap<String, Vec<u8>>,
        filters: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        let plan = take(plan)?;
        let mut guard = lock(py, &self.0);
        let sync = open(py, &mut guard)?;
        let changes = py.detach(move || sync.commit(plan, output, filters));
        from_json(py, &changes.map_err(|error| raise(py, &error))?.json())
    }

    /// The changes and conflicts of `commit`, without changing anything.
    fn dry_run<'py>(
        &self,
        py: Python<'py>,
        plan: &Bound<'_, PyPlan>,
        output: BTreeMap<String, Vec<u8>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let plan = take(plan)?;
        let mut guard = lock(py, &self.0);
        let sync = open(py, &mut guard)?;
        let changes = py.detach(move || sync.dry_run(plan, output));
        from_json(py, &changes.map_err(|error| raise(py, &error))?.json())
    }

    /// Closes the state, so that another run can open it.
    fn close(&self, py: Python<'_>) {
        lock(py, &self.0).take();
    }
}

#[pymethods]
impl PyPlan {
    /// The text of every rule of the output, by file name, sorted.
    fn texts(&self, py: Python<'_>) -> PyResult<BTreeMap<String, String>> {
        match lock(py, &self.0).as_ref() {
            Some(plan) => Ok(Sync::texts(plan)),
            None => Err(used_up()),
        }
    }

    /// Why nothing expires in this run, in one line that names the server's clock and ours; None where they are right.
    #[getter]
    fn clock_warning(&self, py: Python<'_>) -> PyResult<Option<String>> {
        match lock(py, &self.0).as_ref() {
            Some(plan) => Ok(plan.doubt.map(|doubt| doubt.to_string())),
            None => Err(used_up()),
        }
    }

    /// Why nothing is removed in this run: its code and its words, and how many rules there were. None where what is to go goes.
    #[getter]
    fn hold(&self, py: Python<'_>) -> PyResult<Option<(&'static str, &'static str, usize)>> {
        match lock(py, &self.0).as_ref() {
            Some(plan) => Ok(plan
                .hold
                .map(|hold| (hold.code(), hold.words(), plan.before))),
            None => Err(used_up()),
        }
    }

    /// The report on every value that was fetched.
    #[getter]
    fn report(&self, py: Python<'_>) -> PyResult<PyReport> {
        match lock(py, &self.0).as_ref() {
            Some(plan) => Ok(PyReport(plan.report.clone())),
            None => Err(used_up()),
        }
    }
}

/// Waits without the interpreter's lock, which whoever has the mutex may need.
fn lock<'a, T>(py: Python<'_>, mutex: &'a Mutex<T>) -> MutexGuard<'a, T> {
    mutex
        .lock_py_attached(py)
        .unwrap_or_else(PoisonError::into_inner)
}

fn open<'a>(py: Python<'_>, state: &'a mut Option<Sync>) -> PyResult<&'a mut Sync> {
    state
        .as_mut()
        .ok_or_else(|| raise(py, &Error::new(ErrorKind::BadUsage, "the state is closed")))
}

fn take(plan: &Bound<'_, PyPlan>) -> PyResult<SyncPlan> {
    let py = plan.py();
    lock(py, &plan.get().0).take().ok_or_else(used_up)
}

fn used_up() -> PyErr {
    PyValueError::new_err("the plan was used already; make another one")
}

fn time(py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<DateTime<Utc>> {
    match moment("server_time", Some(value))? {
        Some(at) => Ok(at.start()),
        None => Err(usage(py, "`server_time` is missing")),
    }
}

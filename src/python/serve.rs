//! The endpoint: its store, its keys, its server.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict};

use super::dates::moment;
use super::errors::{raise, usage};
use super::inputs::inputs;
use super::report::{PyReport, from_json};
use super::settings::{entries, parsed, settings};
use super::ticker::Ticker;
use crate::error::Result;
use crate::serve as endpoint;
use crate::serve::{Changes, Config, Log, LogFormat, Options, Running, Store, Tls, keys};
use crate::source::{Format, ReadOptions};

/// How often the interpreter is asked for signals.
const PERIOD: Duration = Duration::from_millis(100);

/// The result of one input of `ingest`.
#[pyclass(frozen, module = "socdef_sigma")]
pub struct Ingested {
    /// The name of the input.
    #[pyo3(get)]
    input: String,
    /// The name of the source of its sightings in the store.
    #[pyo3(get)]
    source: String,
    /// The report on its values.
    #[pyo3(get)]
    report: Py<PyReport>,
    changes: Changes,
}

#[pymethods]
impl Ingested {
    /// IOCs that were not in the store before.
    #[getter]
    fn added(&self) -> u64 {
        self.changes.added
    }

    /// IOCs that changed in the store.
    #[getter]
    fn changed(&self) -> u64 {
        self.changes.changed
    }

    /// IOCs that were read again without a change.
    #[getter]
    fn unchanged(&self) -> u64 {
        self.changes.unchanged
    }

    /// IOCs that no source lists any more. With several inputs and one `replace_source`, the last result counts them.
    #[getter]
    fn removed(&self) -> u64 {
        self.changes.removed
    }

    fn __repr__(&self) -> String {
        let Changes {
            added,
            changed,
            unchanged,
            removed,
        } = self.changes;
        format!(
            "<Ingested {:?}: {added} added, {changed} changed, {unchanged} unchanged, {removed} removed>",
            self.input
        )
    }
}

/// Reads feeds into the store of an endpoint. The store is created if it is missing.
///
/// Takes the sources of `read` and the options of `compile`. Each input is one transaction; with `replace_source` all of them are
/// one, and what they no longer list of that source is removed. Raises `InputError` and `ServeError`.
#[pyfunction]
#[pyo3(signature = (
    db, source, *, format=None, all_attributes=false, replace_source=None, allow_empty=false, keep_entries=true,
    progress=None, **options
))]
#[pyo3(
    text_signature = "(db, source, *, format=None, all_attributes=False, replace_source=None, allow_empty=False, \
    keep_entries=True, progress=None, **options)"
)]
#[allow(clippy::too_many_arguments)] // keyword arguments of Python
pub fn ingest(
    py: Python<'_>,
    db: PathBuf,
    source: &Bound<'_, PyAny>,
    format: Option<&str>,
    all_attributes: bool,
    replace_source: Option<String>,
    allow_empty: bool,
    keep_entries: bool,
    progress: Option<Py<PyAny>>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Vec<Ingested>> {
    let format = format.map(|name| parsed::<Format>(py, name)).transpose()?;
    let how = endpoint::ingest::Options {
        read: ReadOptions {
            format,
            all_attributes,
        },
        replace_source,
        allow_empty,
        entries: entries(keep_entries),
        ..endpoint::ingest::Options::new(settings(py, options)?)
    };
    let inputs = inputs(py, source)?;
    let mut ticker = Ticker::new(progress);
    let result = py.detach(|| {
        let mut store = Store::open(&db)?;
        endpoint::ingest(&mut store, &inputs, &how, &mut |count| {
            ticker.tick("reading", count)
        })
    });
    let done = ticker.finish(py, result)?;
    let ingested = |one: endpoint::ingest::Ingested| {
        Ok(Ingested {
            input: one.input,
            source: one.source,
            report: Py::new(py, PyReport(one.report))?,
            changes: one.changes,
        })
    };
    done.into_iter().map(ingested).collect()
}

/// An API key in a store, without its secret.
#[pyclass(frozen, get_all, name = "Key", module = "socdef_sigma")]
pub struct PyKey {
    /// The digits behind `sk_live_`.
    id: String,
    /// The name that its owner gave it.
    name: Option<String>,
    /// The plan.
    plan: String,
    /// When it was created.
    created: DateTime<Utc>,
    /// When it ends.
    expires: Option<DateTime<Utc>>,
    /// When it was revoked.
    revoked: Option<DateTime<Utc>>,
}

#[pymethods]
impl PyKey {
    fn __repr__(&self) -> String {
        format!("<Key {} ({})>", self.id, self.plan)
    }
}

impl From<keys::Key> for PyKey {
    fn from(key: keys::Key) -> PyKey {
        PyKey {
            id: key.id,
            name: key.name,
            plan: key.plan,
            created: key.created,
            expires: key.expires,
            revoked: key.revoked,
        }
    }
}

/// Creates an API key. Gives its text, which cannot be read again, and its entry in the store. The store is created if it is missing.
///
/// `plan` is `free`, `pro`, or a plan of the configuration file `config`. Raises `UsageError` for another one.
#[pyfunction]
#[pyo3(signature = (db, plan, *, name=None, expires=None, config=None))]
pub fn keys_create(
    py: Python<'_>,
    db: PathBuf,
    plan: &str,
    name: Option<&str>,
    expires: Option<&Bound<'_, PyAny>>,
    config: Option<PathBuf>,
) -> PyResult<(String, PyKey)> {
    let expires = moment("expires", expires)?.map(|moment| moment.end());
    if expires.is_some_and(|end| end <= Utc::now()) {
        return Err(usage(py, "`expires` is in the past"));
    }
    let made = py.detach(|| {
        read_config(config.as_deref())?.has_plan(plan)?;
        keys::create(&Store::open(&db)?, plan, name, expires, Utc::now())
    });
    made.map(|(text, key)| (text, key.into()))
        .map_err(|error| raise(py, &error))
}

/// The API keys of a store, the oldest first.
#[pyfunction]
pub fn keys_list(py: Python<'_>, db: PathBuf) -> PyResult<Vec<PyKey>> {
    let keys = py.detach(|| keys::list(&Store::open_existing(&db)?));
    keys.map(|keys| keys.into_iter().map(PyKey::from).collect())
        .map_err(|error| raise(py, &error))
}

/// The configuration of a file; the default one without.
fn read_config(path: Option<&Path>) -> Result<Config> {
    path.map_or_else(|| Ok(Config::default()), Config::read)
}

/// The names of the plans: those that are built in, and those of a configuration file.
#[pyfunction]
#[pyo3(signature = (config=None))]
pub fn plans(py: Python<'_>, config: Option<PathBuf>) -> PyResult<Vec<String>> {
    let config = py.detach(|| read_config(config.as_deref()));
    config
        .map(|config| config.plans.into_keys().collect())
        .map_err(|error| raise(py, &error))
}

/// Revokes an API key by its id or its name, and gives its id. A server that is running refuses it from the next request on.
#[pyfunction]
pub fn keys_revoke(py: Python<'_>, db: PathBuf, key: &str) -> PyResult<String> {
    py.detach(|| keys::revoke(&Store::open_existing(&db)?, key, Utc::now()))
        .map_err(|error| raise(py, &error))
}

/// The description of the endpoint's API in OpenAPI 3.1.
#[pyfunction]
pub fn openapi(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    from_json(py, &endpoint::openapi())
}

/// Serves a store over HTTP until Ctrl-C, SIGTERM or `stop`, then finishes the answers in progress.
///
/// `ready` is called with the base URL when the server accepts connections. `config` is the path of a YAML file with plans, limits and
/// times. `metrics_bind` is the address and port at which `/metrics` answers, such as `127.0.0.1:9090`; without it, nowhere. `log` is `text` or `json`, with a line for each request on standard error; without it, nothing is printed. `stop` is called ten times
/// a second, and stops the server when true: `threading.Event().is_set`. Raises `KeyboardInterrupt` after Ctrl-C, and `UsageError`,
/// `InputError` or `ServeError` if the server cannot start.
#[pyfunction]
#[pyo3(signature = (
    db, listen="127.0.0.1:8080", *, metrics_bind=None, tls_cert=None, tls_key=None, insecure_http=false, config=None, log=None,
    ready=None, stop=None
))]
#[allow(clippy::too_many_arguments)] // keyword arguments of Python
pub fn serve(
    py: Python<'_>,
    db: PathBuf,
    listen: &str,
    metrics_bind: Option<String>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    insecure_http: bool,
    config: Option<PathBuf>,
    log: Option<&str>,
    ready: Option<Py<PyAny>>,
    stop: Option<Py<PyAny>>,
) -> PyResult<()> {
    let tls = match (tls_cert, tls_key) {
        (None, None) => None,
        (Some(cert), Some(key)) => Some(Tls { cert, key }),
        _ => {
            return Err(usage(py, "a certificate and its key are needed together"));
        }
    };
    let log = match log {
        None => None,
        Some("text") => Some(Log::stderr(LogFormat::Text)),
        Some("json") => Some(Log::stderr(LogFormat::Json)),
        Some(other) => {
            return Err(usage(
                py,
                format!("`{other}` is not a log format; use text or json"),
            ));
        }
    };
    let start = || -> Result<Running> {
        endpoint::start(Options {
            db,
            listen: listen.to_owned(),
            metrics_bind,
            tls,
            insecure_http,
            config: read_config(config.as_deref())?,
            log,
        })
    };
    let running = py.detach(start).map_err(|error| raise(py, &error))?;
    let terminate = Terminate::watch(py)?;
    let told = (|| {
        if let Some(ready) = ready {
            ready.call1(py, (running.url(),))?;
        }
        while !terminate.told() && !py.detach(|| running.wait(PERIOD)) {
            py.check_signals()?;
            if let Some(stop) = &stop
                && stop.call0(py)?.is_truthy(py)?
            {
                break;
            }
        }
        Ok(())
    })();
    let ended = finish(py, running);
    terminate.restore(py)?;
    told.and(ended)
}

/// Stops the server and waits for the answers; a second Ctrl-C does not wait.
fn finish(py: Python<'_>, running: Running) -> PyResult<()> {
    running.stop();
    while !py.detach(|| running.wait(PERIOD)) {
        if let Err(again) = py.check_signals() {
            running.abandon();
            return Err(again);
        }
    }
    py.detach(|| running.shutdown())
        .map_err(|error| raise(py, &error))
}

/// A handler of SIGTERM for as long as the server runs: unless there is one, the process would end at once.
struct Terminate {
    told: Arc<AtomicBool>,
    before: Option<Py<PyAny>>,
}

impl Terminate {
    fn watch(py: Python<'_>) -> PyResult<Terminate> {
        let told = Arc::new(AtomicBool::new(false));
        let signal = py.import("signal")?;
        let number = signal.getattr("SIGTERM")?;
        let before = signal.call_method1("getsignal", (&number,))?;
        if !before.eq(signal.getattr("SIG_DFL")?)? {
            return Ok(Terminate { told, before: None });
        }
        let flag = told.clone();
        let handler = PyCFunction::new_closure(py, None, None, move |_, _| -> PyResult<()> {
            flag.store(true, Ordering::Relaxed);
            Ok(())
        })?;
        let before = match signal.call_method1("signal", (number, handler)) {
            Ok(before) => Some(before.unbind()),
            // Signals are the main thread's business.
            Err(error) if error.is_instance_of::<PyValueError>(py) => None,
            Err(error) => return Err(error),
        };
        Ok(Terminate { told, before })
    }

    fn told(&self) -> bool {
        self.told.load(Ordering::Relaxed)
    }

    fn restore(self, py: Python<'_>) -> PyResult<()> {
        if let Some(before) = self.before {
            let signal = py.import("signal")?;
            signal.call_method1("signal", (signal.getattr("SIGTERM")?, before))?;
        }
        Ok(())
    }
}

//! `Client` and `FetchedRules`.

use std::path::PathBuf;
use std::time::Duration;

use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;

use super::dates::{Moment, moment_or_age};
use super::errors::{raise, usage};
use super::indicator::PyIndicators;
use super::report::from_json;
use super::settings::{entries, parsed};
use super::ticker::Ticker;
use crate::compile::Settings as CompileSettings;
use crate::error::{Error, ErrorKind, Result};
use crate::fetch::{
    ApiKey, BASE_URL_VARIABLE, Client, FetchedRules, KEY_VARIABLE, SafeUrl, Settings,
};
use crate::indicator::Sector;
use crate::wire::{Query, UPSTREAM};

/// The authenticated client of a service that publishes rules and indicators: SOC Defenders, or `socdef-sigma serve`.
///
/// The key is `api_key`, else what is in `api_key_file` (which only its owner may read), else the variable `SOCDEF_API_KEY`. The base address
/// is `base_url`, else the variable `SOCDEF_BASE_URL`, else the upstream service. Times are in seconds.
///
/// Raises `AccessError` if there is no key, and `UsageError` for an invalid argument. Nothing is sent yet.
///
/// >>> from socdef_sigma import Client
/// >>> Client(api_key="sk_live_0123456789", base_url="https://socdefenders.ai")
/// <Client: https://socdefenders.ai>
#[pyclass(frozen, name = "Client", module = "socdef_sigma")]
pub struct PyClient(Client);

#[pymethods]
impl PyClient {
    #[new]
    #[pyo3(signature = (
        *, api_key=None, api_key_file=None, base_url=None, ca_file=None, connect_timeout=10.0, read_timeout=60.0,
        total_timeout=600.0, max_wait=300.0, max_bytes=1073741824, allow_truncated=false
    ))]
    #[allow(clippy::too_many_arguments)] // keyword arguments of Python
    fn new(
        py: Python<'_>,
        api_key: Option<String>,
        api_key_file: Option<PathBuf>,
        base_url: Option<&str>,
        ca_file: Option<PathBuf>,
        connect_timeout: f64,
        read_timeout: f64,
        total_timeout: f64,
        max_wait: f64,
        max_bytes: u64,
        allow_truncated: bool,
    ) -> PyResult<Self> {
        let failed = |error: Error| raise(py, &error);
        let settings = Settings {
            base_url: base(base_url).map_err(failed)?,
            ca_file,
            connect_timeout: seconds(py, "connect_timeout", connect_timeout)?,
            read_timeout: seconds(py, "read_timeout", read_timeout)?,
            total_timeout: seconds(py, "total_timeout", total_timeout)?,
            max_wait: seconds(py, "max_wait", max_wait)?,
            max_bytes,
            allow_truncated,
            ..Settings::new(py.detach(|| key(api_key, api_key_file)).map_err(failed)?)
        };
        py.detach(|| Client::new(settings))
            .map(PyClient)
            .map_err(failed)
    }

    /// The base address.
    #[getter]
    fn base_url(&self) -> String {
        self.0.base_url().to_string()
    }

    /// All rules of a query, as the service publishes them. Needs a Pro key.
    ///
    /// `limit` is the number of rules; it may be above the server's page size. An unknown sector is an error unless `industry_raw` is set. Raises
    /// `AccessError` if the key or its plan does not suffice, and `FetchError` if not all rules can be fetched.
    ///
    /// With `SOCDEF_BASE_URL` and `SOCDEF_API_KEY` of an endpoint that has the indicator 198.51.100.7:
    ///
    /// >>> from socdef_sigma import Client
    /// >>> len(Client().rules(type="ipv4"))
    /// 1
    #[pyo3(signature = (
        *, r#type=None, since=None, confidence=None, industry=None, industry_raw=false, limit=None, progress=None
    ))]
    #[pyo3(
        text_signature = "($self, *, type=None, since=None, confidence=None, industry=None, industry_raw=False, \
        limit=None, progress=None)"
    )]
    #[allow(clippy::too_many_arguments)] // keyword arguments of Python
    fn rules(
        &self,
        py: Python<'_>,
        r#type: Option<&str>,
        since: Option<Bound<'_, PyAny>>,
        confidence: Option<&str>,
        industry: Option<&str>,
        industry_raw: bool,
        limit: Option<u64>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<PyFetchedRules> {
        let query = query(py, r#type, since, confidence, industry, industry_raw, limit)?;
        let mut ticker = Ticker::new(progress);
        let result = py.detach(|| {
            self.0
                .rules(&query, &mut |stage, count| ticker.tick(stage, count))
        });
        ticker.finish(py, result).map(PyFetchedRules)
    }

    /// All indicators of a query, to be compiled here. Works with a Free key, too.
    ///
    /// The arguments and exceptions are those of `rules`, and `keep_entries` is that of `read`.
    ///
    /// >>> from socdef_sigma import Client
    /// >>> [indicator.value for indicator in Client().iocs(type="ipv4")]
    /// ['198.51.100.7']
    #[pyo3(signature = (
        *, r#type=None, since=None, confidence=None, industry=None, industry_raw=false, limit=None,
        keep_entries=true, progress=None
    ))]
    #[pyo3(
        text_signature = "($self, *, type=None, since=None, confidence=None, industry=None, industry_raw=False, \
        limit=None, keep_entries=True, progress=None)"
    )]
    #[allow(clippy::too_many_arguments)] // keyword arguments of Python
    fn iocs(
        &self,
        py: Python<'_>,
        r#type: Option<&str>,
        since: Option<Bound<'_, PyAny>>,
        confidence: Option<&str>,
        industry: Option<&str>,
        industry_raw: bool,
        limit: Option<u64>,
        keep_entries: bool,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<PyIndicators> {
        let query = query(py, r#type, since, confidence, industry, industry_raw, limit)?;
        let mut ticker = Ticker::new(progress);
        let result = py.detach(|| {
            self.0
                .iocs(&query, entries(keep_entries), &mut |stage, count| {
                    ticker.tick(stage, count)
                })
        });
        let found = ticker.finish(py, result)?;
        Ok(PyIndicators(found.intake, Some(found.account)))
    }

    fn __repr__(&self) -> String {
        format!("<Client: {}>", self.0.base_url())
    }
}

fn key(given: Option<String>, file: Option<PathBuf>) -> Result<ApiKey> {
    if let Some(key) = given {
        return ApiKey::new(key);
    }
    if let Some(file) = file {
        return ApiKey::from_file(&file);
    }
    ApiKey::from_environment()?.ok_or_else(|| {
        Error::new(ErrorKind::BadKey, "there is no API key").hint(format!(
            "set `{KEY_VARIABLE}`, or name a file that holds the key"
        ))
    })
}

fn base(given: Option<&str>) -> Result<SafeUrl> {
    match (given, std::env::var(BASE_URL_VARIABLE)) {
        (Some(address), _) => SafeUrl::base(address),
        (None, Ok(address)) if !address.is_empty() => {
            SafeUrl::base(&address).map_err(|error| error.at(BASE_URL_VARIABLE))
        }
        _ => SafeUrl::base(UPSTREAM),
    }
}

fn seconds(py: Python<'_>, name: &str, seconds: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(seconds).map_err(|_| {
        usage(
            py,
            format!("`{name}` must be a number of seconds, 0 or more"),
        )
    })
}

fn query(
    py: Python<'_>,
    kind: Option<&str>,
    since: Option<Bound<'_, PyAny>>,
    confidence: Option<&str>,
    industry: Option<&str>,
    industry_raw: bool,
    limit: Option<u64>,
) -> PyResult<Query> {
    let industry = match industry {
        Some(name) if !industry_raw => Some(parsed::<Sector>(py, name)?.as_str().to_owned()),
        raw => raw.map(ToOwned::to_owned),
    };
    let now = CompileSettings::now_from_environment().map_err(|error| raise(py, &error))?;
    Ok(Query {
        ioc_type: kind.map(|name| parsed(py, name)).transpose()?,
        since: moment_or_age("since", since.as_ref(), now)?.map(Moment::start),
        confidence: confidence.map(|name| parsed(py, name)).transpose()?,
        industry,
        limit,
        ..Query::default()
    })
}

/// The rules of a service, byte for byte, each id once. Iterating gives their YAML.
///
/// >>> from socdef_sigma import Client
/// >>> rules = Client().rules(type="ipv4")
/// >>> rules[0] == rules.yaml(), rules.report["kept"]
/// (True, 1)
#[pyclass(frozen, name = "FetchedRules", module = "socdef_sigma")]
pub struct PyFetchedRules(FetchedRules);

#[pymethods]
impl PyFetchedRules {
    /// The report of the call: `received = kept + duplicates + refused + surplus`, and the missing results.
    #[getter]
    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        from_json(py, &self.0.account().json())
    }

    /// The ids of the rules.
    #[getter]
    fn ids(&self) -> Vec<String> {
        self.0
            .documents()
            .map(|document| document.id.to_string())
            .collect()
    }

    /// The names of the files that `write` makes in a folder.
    #[getter]
    fn filenames(&self) -> Vec<String> {
        self.0
            .documents()
            .map(|document| document.file_name.clone())
            .collect()
    }

    /// All rules as one YAML text, with `---` between the documents.
    ///
    /// >>> from socdef_sigma import Client
    /// >>> Client().rules(type="ipv4").yaml().splitlines()[0]
    /// "title: 'Threat Intelligence - Malicious IPv4 Indicator 198.51.100.7'"
    fn yaml(&self, py: Python<'_>) -> String {
        py.detach(|| self.0.yaml())
    }

    /// Writes one YAML file; or one file for each rule, if the path is a folder or ends in a separator.
    ///
    /// Each file is written completely or not at all. Raises `OutputError` if it cannot be written.
    ///
    /// >>> import tempfile
    /// >>> from pathlib import Path
    /// >>> from socdef_sigma import Client
    /// >>> rules = Client().rules(type="ipv4")
    /// >>> with tempfile.TemporaryDirectory() as folder:
    /// ...     rules.write(folder)
    /// ...     [path.name for path in Path(folder).iterdir()] == rules.filenames
    /// True
    fn write(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        py.detach(|| self.0.write(&path))
            .map_err(|error| raise(py, &error))
    }

    fn __len__(&self) -> usize {
        self.0.documents().len()
    }

    fn __getitem__(&self, index: isize) -> PyResult<&str> {
        let at = match index < 0 {
            true => self.__len__().checked_sub(index.unsigned_abs()),
            false => usize::try_from(index).ok(),
        };
        at.and_then(|at| self.0.get(at))
            .map(|document| document.text.as_str())
            .ok_or_else(|| PyIndexError::new_err("rule index out of range"))
    }

    fn __iter__(slf: Bound<'_, Self>) -> DocumentIterator {
        DocumentIterator {
            of: slf.unbind(),
            next: 0,
        }
    }

    fn __repr__(&self) -> String {
        format!("<FetchedRules: {}>", self.__len__())
    }
}

#[pyclass]
struct DocumentIterator {
    of: Py<PyFetchedRules>,
    next: usize,
}

#[pymethods]
impl DocumentIterator {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&mut self) -> Option<String> {
        let document = self.of.get().0.get(self.next)?;
        self.next += 1;
        Some(document.text.clone())
    }
}

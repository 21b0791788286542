//! `Indicator` and `Indicators`.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::dates::moment;
use super::errors::{refuse, usage};
use super::report::{PyReport, from_json};
use super::rows;
use super::settings::parsed;
use crate::compile::Intake;
use crate::fetch::Account;
use crate::indicator::{Expect, Indicator, IocType, Sector, Source, parse_as};

/// An indicator of compromise in its canonical form, with what its feed says about it.
///
/// Raises `Refused` if the value is not an indicator, or not one of the given type.
///
/// >>> from socdef_sigma import Indicator
/// >>> Indicator("hxxp://EVIL[.]example", confidence="high").value
/// 'http://evil.example/'
#[pyclass(frozen, name = "Indicator", module = "socdef_sigma")]
pub struct PyIndicator(pub(super) Arc<Indicator>);

#[pymethods]
impl PyIndicator {
    #[new]
    #[pyo3(signature = (
        value, *, r#type=None, confidence=None, first_seen=None, last_seen=None, valid_until=None, context=None,
        tags=Vec::new(), mitre_techniques=Vec::new(), industries=Vec::new(), ports=Vec::new(), tlp=None,
        producer=None, references=Vec::new(), feed_name=None
    ))]
    #[pyo3(
        text_signature = "(value, *, type=None, confidence=None, first_seen=None, last_seen=None, \
        valid_until=None, context=None, tags=(), mitre_techniques=(), industries=(), ports=(), tlp=None, \
        producer=None, references=(), feed_name=None)"
    )]
    #[allow(clippy::too_many_arguments)] // keyword arguments of Python
    fn new(
        py: Python<'_>,
        value: &str,
        r#type: Option<&str>,
        confidence: Option<&str>,
        first_seen: Option<Bound<'_, PyAny>>,
        last_seen: Option<Bound<'_, PyAny>>,
        valid_until: Option<Bound<'_, PyAny>>,
        context: Option<String>,
        tags: Vec<String>,
        mitre_techniques: Vec<String>,
        industries: Vec<String>,
        ports: Vec<u16>,
        tlp: Option<&str>,
        producer: Option<String>,
        references: Vec<String>,
        feed_name: Option<String>,
    ) -> PyResult<Self> {
        let mut indicator = read_value(py, value, r#type)?;
        indicator.confidence = confidence.map(|name| parsed(py, name)).transpose()?;
        indicator.first_seen = moment("first_seen", first_seen.as_ref())?.map(|at| at.start());
        indicator.last_seen = moment("last_seen", last_seen.as_ref())?.map(|at| at.start());
        indicator.valid_until = moment("valid_until", valid_until.as_ref())?.map(|at| at.end());
        indicator.context.extend(context);
        indicator.tags = tags;
        indicator.mitre_techniques = mitre_techniques
            .iter()
            .map(|id| id.to_ascii_uppercase())
            .collect();
        indicator.industries = industries
            .into_iter()
            .map(|name| {
                name.parse::<Sector>()
                    .map_or(name, |sector| sector.to_string())
            })
            .collect();
        indicator.ports.extend(ports);
        indicator.tlp = tlp.map(|label| parsed(py, label)).transpose()?;
        indicator.producers.extend(producer);
        indicator.references = references;
        if feed_name.is_some() {
            indicator.sources.push(Source {
                feed_name,
                ..Source::default()
            });
        }
        Ok(PyIndicator(Arc::new(indicator)))
    }

    /// The type: `ipv4`, `ipv6`, `domain`, `url`, `md5`, `sha1`, `sha256`, `cve` or `email`.
    #[getter]
    fn r#type(&self) -> &'static str {
        self.0.ioc.ioc_type().as_str()
    }

    /// The canonical value.
    #[getter]
    fn value(&self) -> String {
        self.0.ioc.to_string()
    }

    /// The id of the rule in the primary log source of the type.
    #[getter]
    fn id(&self) -> String {
        self.0.ioc.id().to_string()
    }

    /// `low`, `medium` or `high`; None if the feed does not state it.
    #[getter]
    fn confidence(&self) -> Option<&'static str> {
        self.0.confidence.map(|level| level.as_str())
    }

    /// When it was first seen.
    #[getter]
    fn first_seen(&self) -> Option<DateTime<Utc>> {
        self.0.first_seen
    }

    /// When it was last seen.
    #[getter]
    fn last_seen(&self) -> Option<DateTime<Utc>> {
        self.0.last_seen
    }

    /// The end of its validity, as its producer states it.
    #[getter]
    fn valid_until(&self) -> Option<DateTime<Utc>> {
        self.0.valid_until
    }

    /// Whether its producer has revoked it.
    #[getter]
    fn revoked(&self) -> bool {
        self.0.revoked
    }

    /// The free text of its feeds about it.
    #[getter]
    fn context(&self) -> Vec<String> {
        self.0.context.clone()
    }

    /// The feeds' own tags.
    #[getter]
    fn tags(&self) -> Vec<String> {
        self.0.tags.clone()
    }

    /// ATT&CK techniques by id.
    #[getter]
    fn mitre_techniques(&self) -> Vec<String> {
        self.0.mitre_techniques.clone()
    }

    /// The sectors that it is aimed at.
    #[getter]
    fn industries(&self) -> Vec<String> {
        self.0.industries.clone()
    }

    /// The ports seen with it.
    #[getter]
    fn ports(&self) -> Vec<u16> {
        self.0.ports.clone()
    }

    /// The TLP label, without the prefix `tlp:`.
    #[getter]
    fn tlp(&self) -> Option<&'static str> {
        self.0.tlp.map(|tlp| tlp.as_str())
    }

    /// The entry of a vulnerability catalogue for a CVE, with the keys of `socdef.vulnerability`; None without an entry.
    #[getter]
    fn vulnerability<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let known = self.0.vulnerability.as_ref();
        known
            .map(|known| from_json(py, &serde_json::json!(known)))
            .transpose()
    }

    /// The producers that published it.
    #[getter]
    fn producers(&self) -> Vec<String> {
        self.0.producers.clone()
    }

    /// The feeds and articles that name it, each with its known parts, its producer, and what that states.
    #[getter]
    fn sources<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let sources = self.0.sources.iter();
        sources
            .map(|source| from_json(py, &serde_json::json!(source)))
            .collect()
    }

    /// Addresses of reports, beside those of the sources.
    #[getter]
    fn references(&self) -> Vec<String> {
        self.0.references.clone()
    }

    /// The place where it was first read, such as `feed.csv:12`.
    #[getter]
    fn place(&self) -> Option<String> {
        self.0.place.as_ref().map(ToString::to_string)
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other
            .cast::<PyIndicator>()
            .is_ok_and(|other| self.0 == other.get().0)
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.0.ioc.hash(&mut hasher);
        hasher.finish()
    }

    fn __repr__(&self) -> String {
        format!("Indicator({:?}, type={:?})", self.value(), self.r#type())
    }
}

/// An indicator with only a value and a type.
pub(super) fn read_value(py: Python<'_>, value: &str, kind: Option<&str>) -> PyResult<Indicator> {
    let expect = match kind {
        None => Expect::Any,
        Some(name) => Expect::Type(parsed::<IocType>(py, name)?),
    };
    parse_as(expect, value)
        .map(Indicator::new)
        .map_err(|refusal| refuse(py, &refusal))
}

/// The content of one or more inputs: the merged indicators, and a report on everything else.
///
/// >>> from socdef_sigma import read
/// >>> [indicator.value for indicator in read(b"evil[.]example\n198.51.100.7:443\n")]
/// ['evil.example', '198.51.100.7']
#[pyclass(frozen, name = "Indicators", module = "socdef_sigma")]
pub struct PyIndicators(
    pub(super) Intake,
    /// The report of the call, if they came from a server.
    pub(super) Option<Account>,
);

#[pymethods]
impl PyIndicators {
    /// The report on every value that was read.
    #[getter]
    fn report(&self) -> PyReport {
        PyReport(self.0.report().clone())
    }

    /// The report of `Client.iocs`, if it gave them: requests, waits, totals, missing results, and the server's clock.
    #[getter]
    fn fetched<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.1
            .as_ref()
            .map(|account| from_json(py, &account.json()))
            .transpose()
    }

    /// A flat dictionary for each indicator, all with the same keys: what pandas and polars make a data frame of.
    ///
    /// >>> from socdef_sigma import read
    /// >>> rows = read(b"ip,confidence\n198.51.100.7,high\n").to_dicts()
    /// >>> rows[0]["type"], rows[0]["value"], rows[0]["confidence"], rows[0]["tags"]
    /// ('ipv4', '198.51.100.7', 'high', [])
    fn to_dicts<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let indicators = self.0.indicators();
        indicators
            .map(|indicator| rows::indicator(py, indicator))
            .collect()
    }

    fn __len__(&self) -> usize {
        self.0.indicators().len()
    }

    fn __iter__(slf: Bound<'_, Self>) -> IndicatorIterator {
        IndicatorIterator {
            of: slf.unbind(),
            next: 0,
        }
    }

    fn __repr__(&self) -> String {
        format!("<Indicators: {}>", self.__len__())
    }
}

#[pyclass]
struct IndicatorIterator {
    of: Py<PyIndicators>,
    next: usize,
}

#[pymethods]
impl IndicatorIterator {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&mut self) -> Option<PyIndicator> {
        let indicator = self.of.get().0.get(self.next)?;
        self.next += 1;
        Some(PyIndicator(indicator.clone()))
    }
}

/// The intake of an `Indicators`, or of any iterable of `Indicator`.
pub(super) fn intake(indicators: &Bound<'_, PyAny>) -> PyResult<Intake> {
    if let Ok(read) = indicators.cast::<PyIndicators>() {
        return Ok(read.get().0.clone());
    }
    let mut intake = Intake::new(usize::MAX);
    for item in indicators.try_iter()? {
        let item = item?;
        let indicator = item.cast::<PyIndicator>().map_err(|_| {
            usage(
                item.py(),
                "`indicators` must be an `Indicators`, or contain only `Indicator` objects; `read` makes them of files and bytes",
            )
        })?;
        intake.add((*indicator.get().0).clone());
    }
    Ok(intake)
}

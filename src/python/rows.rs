//! Indicators and rules as flat dictionaries with the same keys: rows of a data frame.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::compile::CompiledRule;
use crate::indicator::Indicator;
use crate::rule::emit;

/// An indicator as a row.
pub(super) fn indicator<'py>(py: Python<'py>, one: &Indicator) -> PyResult<Bound<'py, PyDict>> {
    let row = PyDict::new(py);
    row.set_item("type", one.ioc.ioc_type().as_str())?;
    row.set_item("value", one.ioc.to_string())?;
    row.set_item("id", one.ioc.id().to_string())?;
    row.set_item("confidence", one.confidence.map(|level| level.as_str()))?;
    row.set_item("tlp", one.tlp.map(|tlp| tlp.as_str()))?;
    row.set_item("first_seen", one.first_seen)?;
    row.set_item("last_seen", one.last_seen)?;
    row.set_item("valid_until", one.valid_until)?;
    row.set_item("revoked", one.revoked)?;
    row.set_item("producers", &one.producers)?;
    row.set_item("tags", &one.tags)?;
    row.set_item("context", &one.context)?;
    row.set_item("mitre_techniques", &one.mitre_techniques)?;
    row.set_item("industries", &one.industries)?;
    row.set_item("ports", &one.ports)?;
    row.set_item("references", &one.references)?;
    row.set_item("place", one.place.as_ref().map(ToString::to_string))?;
    Ok(row)
}

/// A rule of an indicator, with the name of its file, as a row.
pub(super) fn rule<'py>(
    py: Python<'py>,
    compiled: &CompiledRule,
    indicator: &Indicator,
    file: String,
) -> PyResult<Bound<'py, PyDict>> {
    let rule = &compiled.rule;
    let row = PyDict::new(py);
    row.set_item("id", rule.id.to_string())?;
    row.set_item("title", &rule.title)?;
    row.set_item("type", indicator.ioc.ioc_type().as_str())?;
    row.set_item("value", indicator.ioc.to_string())?;
    row.set_item("level", rule.level.map(|level| level.as_str()))?;
    row.set_item("log_source", rule.logsource.label())?;
    row.set_item("template", &*compiled.template)?;
    row.set_item("date", rule.date)?;
    row.set_item("modified", rule.modified)?;
    row.set_item("author", &rule.author)?;
    row.set_item("tags", &rule.tags)?;
    row.set_item("references", &rule.references)?;
    row.set_item("filename", file)?;
    row.set_item("yaml", emit::yaml(rule))?;
    Ok(row)
}

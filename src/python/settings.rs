//! The keyword arguments that say what to make of indicators.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::dates::{Moment, moment, moment_or_age};
use super::errors::{raise, usage};
use crate::compile::Settings;
use crate::indicator::Sector;
use crate::lists::Lists;
use crate::template::{Catalog, Selection};

/// How many entries are kept where no report was asked for: a few are shown in the summary.
pub(super) const REPORT_EXAMPLES: usize = 32;

/// The settings that the keyword arguments of `compile` and `compile_to` mean; `_Options` in the stub lists them.
pub(super) fn settings(py: Python<'_>, options: Option<&Bound<'_, PyDict>>) -> PyResult<Settings> {
    let given = |name: &str| -> PyResult<Option<Bound<'_, PyAny>>> {
        let value = options
            .map(|options| options.get_item(name))
            .transpose()?
            .flatten();
        Ok(value.filter(|value| !value.is_none()))
    };
    let now = match moment("now", given("now")?.as_ref())? {
        Some(now) => now.start(),
        None => Settings::now_from_environment().map_err(|error| raise(py, &error))?,
    };
    let mut settings = Settings::new(now);
    let paths = |value: Option<Bound<'_, PyAny>>| match value {
        Some(value) => value.extract::<Vec<PathBuf>>(),
        None => Ok(Vec::new()),
    };
    let catalog = catalog(py, &paths(given("templates")?)?)?;
    let logsources: Vec<String> = match given("logsources")? {
        Some(names) => names.extract()?,
        None => Vec::new(),
    };
    let selection = Selection::of(catalog, &logsources);
    settings.templates = Arc::new(selection.map_err(|error| raise(py, &error))?);
    let mut warninglists: Vec<PathBuf> = Vec::new();
    let mut allow: Vec<PathBuf> = Vec::new();
    for (name, value) in options.into_iter().flatten() {
        let name: String = name.extract()?;
        if value.is_none() {
            continue;
        }
        match name.as_str() {
            "now" | "logsources" | "templates" => {}
            "types" => {
                let names: Vec<String> = value.extract()?;
                settings.types =
                    Settings::types_of(&names).map_err(|message| usage(py, message))?;
            }
            "since" => {
                let since = moment_or_age(&name, Some(&value), now)?;
                settings.since = since.map(Moment::start);
            }
            "until" => {
                let until = moment_or_age(&name, Some(&value), now)?;
                settings.until = until.map(Moment::end);
            }
            "confidence" => settings.confidence = Some(parsed(py, value.extract()?)?),
            "min_confidence" => settings.min_confidence = Some(parsed(py, value.extract()?)?),
            "default_confidence" => settings.default_confidence = parsed(py, value.extract()?)?,
            "industry" => {
                let sector: Sector = parsed(py, value.extract()?)?;
                settings.industry = Some(sector.as_str().to_owned());
            }
            "limit" => settings.limit = Some(value.extract()?),
            "producer" => settings.producer = Some(value.extract()?),
            "max_tlp" => settings.max_tlp = Some(parsed(py, value.extract()?)?),
            "guard" => settings.guard = value.extract()?,
            "keep_expired" => settings.keep_expired = value.extract()?,
            "warninglists" => warninglists = value.extract()?,
            "allow" => allow = value.extract()?,
            _ => {
                let message = format!("there is no keyword argument '{name}'");
                return Err(PyTypeError::new_err(message));
            }
        }
    }
    if !(warninglists.is_empty() && allow.is_empty()) {
        let lists = py.detach(|| Lists::load(&warninglists, &allow));
        settings.lists = Arc::new(lists.map_err(|error| raise(py, &error))?);
    }
    Ok(settings)
}

/// The registered templates with the drop-ins of these paths over them.
pub(super) fn catalog(py: Python<'_>, paths: &[PathBuf]) -> PyResult<Arc<Catalog>> {
    match paths.is_empty() {
        true => Ok(Catalog::registered()),
        false => Catalog::registered()
            .with_drop_ins(paths)
            .map_err(|error| raise(py, &error)),
    }
}

/// A name read as one of the crate's types; the error lists what there is.
pub(super) fn parsed<T: FromStr<Err = String>>(py: Python<'_>, name: &str) -> PyResult<T> {
    name.parse().map_err(|message: String| usage(py, message))
}

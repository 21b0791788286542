//! The keyword arguments that say what to make of indicators.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use pyo3::conversion::FromPyObjectOwned;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::dates::{Moment, moment, moment_or_age};
use super::errors::{raise, usage};
use crate::compile::Settings;
use crate::indicator::Sector;
use crate::lists::Lists;
use crate::template::{Catalog, Selection};

/// How many entries of a report are kept. Where no report was asked for, a few are shown in the summary.
pub(super) fn entries(keep_entries: bool) -> usize {
    match keep_entries {
        true => usize::MAX,
        false => 32,
    }
}

/// The keyword arguments that [`settings`] knows, in the order of `compile`'s documentation.
const NAMES: [&str; 18] = [
    "types",
    "since",
    "until",
    "confidence",
    "min_confidence",
    "default_confidence",
    "industry",
    "limit",
    "producer",
    "max_tlp",
    "guard",
    "keep_expired",
    "warninglists",
    "allow",
    "logsources",
    "templates",
    "now",
    "progress",
];

/// The settings that the keyword arguments of `compile` and `compile_to` mean; `options.txt` lists them.
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
    let paths: Vec<PathBuf> = match given("templates")? {
        Some(paths) => several("templates", &paths)?,
        None => Vec::new(),
    };
    let catalog = catalog(py, &paths)?;
    let logsources: Vec<String> = match given("logsources")? {
        Some(names) => several("logsources", &names)?,
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
                let names: Vec<String> = several(&name, &value)?;
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
            "warninglists" => warninglists = several(&name, &value)?,
            "allow" => allow = several(&name, &value)?,
            _ => return Err(PyTypeError::new_err(no_argument(py, &name))),
        }
    }
    if !(warninglists.is_empty() && allow.is_empty()) {
        let lists = py.detach(|| Lists::load(&warninglists, &allow));
        settings.lists = Arc::new(lists.map_err(|error| raise(py, &error))?);
    }
    Ok(settings)
}

/// A list, or one item in place of a list of one.
pub(super) fn several<'py, T>(name: &str, value: &Bound<'py, PyAny>) -> PyResult<Vec<T>>
where
    T: FromPyObjectOwned<'py>,
{
    let is_path = value.hasattr("__fspath__")?;
    if is_path || value.is_instance_of::<PyString>() {
        return Ok(vec![value.extract().map_err(Into::into)?]);
    }
    let items = value.try_iter().and_then(|items| {
        items
            .map(|item| item?.extract().map_err(Into::into))
            .collect::<PyResult<Vec<T>>>()
    });
    items.map_err(|error| {
        let py = value.py();
        let message = format!("`{name}` takes a list: {}", error.value(py));
        PyTypeError::new_err(message)
    })
}

/// The message for a keyword argument that does not exist, with the ones that are spelled like it.
fn no_argument(py: Python<'_>, name: &str) -> String {
    let near = || -> PyResult<Vec<String>> {
        let difflib = py.import("difflib")?;
        difflib
            .call_method1("get_close_matches", (name, NAMES))?
            .extract()
    };
    let hint = match near().unwrap_or_default().as_slice() {
        [] => String::new(),
        near => format!("; did you mean `{}`?", near.join("` or `")),
    };
    format!("there is no keyword argument '{name}'{hint}")
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

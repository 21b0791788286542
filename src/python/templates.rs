//! Templates: what there is, what is wrong with those of the user's, and a starting point for one.

use std::path::PathBuf;
use std::sync::Arc;

use pyo3::prelude::*;

use super::errors::raise;
use super::settings::{catalog, parsed};
use crate::check::{Mistake, check};
use crate::indicator::IocType;
use crate::template::{Template, starter};

/// A template.
///
/// >>> from socdef_sigma import templates
/// >>> [template.logsource for template in templates() if template.primary and template.type == "domain"]
/// ['dns_query/windows']
#[pyclass(frozen, name = "Template", module = "socdef_sigma")]
pub struct PyTemplate(Arc<Template>);

#[pymethods]
impl PyTemplate {
    /// The name, `<type>/<log source>`.
    #[getter]
    fn name(&self) -> &str {
        self.0.name()
    }

    /// The indicator type that it takes.
    #[getter]
    fn r#type(&self) -> &'static str {
        self.0.ioc_type().as_str()
    }

    /// The log source, such as `network_connection/windows`.
    #[getter]
    fn logsource(&self) -> String {
        self.0.logsource().label()
    }

    /// Whether it is the default template of its type.
    #[getter]
    fn primary(&self) -> bool {
        self.0.is_primary()
    }

    /// The description of a drop-in.
    #[getter]
    fn description(&self) -> Option<&str> {
        self.0.description()
    }

    /// The file of a drop-in; None for a registered template.
    #[getter]
    fn file(&self) -> Option<&str> {
        self.0.file()
    }

    /// The text of the template.
    #[getter]
    fn source(&self) -> &str {
        self.0.source()
    }

    /// The text as a drop-in with a front matter: as a file, it replaces this template.
    #[getter]
    fn drop_in(&self) -> String {
        self.0.drop_in()
    }

    fn __repr__(&self) -> String {
        format!("<Template {:?}>", self.0.name())
    }
}

/// The registered templates and the drop-ins of these files and folders, sorted by name. A drop-in replaces a template of its name.
///
/// Raises `InputError` if a path cannot be read, and `TemplateError` for an invalid front matter.
///
/// >>> from socdef_sigma import templates
/// >>> [template.name for template in templates() if template.type == "url"]
/// ['url/proxy', 'url/webserver', 'url/zeek_http']
#[pyfunction]
#[pyo3(signature = (templates=Vec::new()), text_signature = "(templates=())")]
pub fn templates(py: Python<'_>, templates: Vec<PathBuf>) -> PyResult<Vec<PyTemplate>> {
    let catalog = catalog(py, &templates)?;
    Ok(catalog.iter().cloned().map(PyTemplate).collect())
}

/// A mistake in a drop-in.
#[pyclass(frozen, get_all, name = "Mistake", module = "socdef_sigma")]
pub struct PyMistake {
    /// The file.
    file: String,
    /// The line, from 1.
    line: usize,
    /// The template; None where the front matter cannot be read.
    template: Option<String>,
    /// The message.
    message: String,
    /// What to write instead.
    instead: String,
}

impl From<Mistake> for PyMistake {
    fn from(mistake: Mistake) -> PyMistake {
        PyMistake {
            file: mistake.file,
            line: mistake.line,
            template: mistake.template,
            message: mistake.message,
            instead: mistake.instead,
        }
    }
}

type Checked = (Vec<String>, Vec<PyMistake>, Vec<(String, String)>);

/// Checks drop-ins: renders each with benign and hostile values. Gives the names of the templates, their mistakes, and, for those
/// without mistakes that are rendered in full, the reason.
///
/// `templates` are other drop-ins, used together with them. Raises `InputError` if a path cannot be read.
#[pyfunction]
#[pyo3(signature = (paths, templates=Vec::new()), text_signature = "(paths, templates=())")]
pub fn check_templates(
    py: Python<'_>,
    paths: Vec<PathBuf>,
    templates: Vec<PathBuf>,
) -> PyResult<Checked> {
    let catalog = catalog(py, &templates)?;
    let checked = py
        .detach(|| check(&paths, &catalog))
        .map_err(|error| raise(py, &error))?;
    let mistakes = checked.mistakes.into_iter().map(PyMistake::from);
    let in_full = checked.in_full.into_iter();
    Ok((
        checked.templates,
        mistakes.collect(),
        in_full.map(|full| (full.template, full.why)).collect(),
    ))
}

/// The text of a starter drop-in, without mistakes for `check_templates`.
///
/// Raises `UsageError` where the name, a type or the log source is not valid.
#[pyfunction]
pub fn new_template(
    py: Python<'_>,
    name: &str,
    types: Vec<String>,
    logsource: &str,
) -> PyResult<String> {
    let types: Vec<IocType> = types
        .iter()
        .map(|name| parsed(py, name))
        .collect::<PyResult<_>>()?;
    let catalog = catalog(py, &[])?;
    starter(&catalog, name, &types, logsource).map_err(|error| raise(py, &error))
}

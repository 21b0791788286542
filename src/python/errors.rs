//! Errors of the crate as the exceptions of `socdef_sigma.errors`.

use pyo3::exceptions::{PyBrokenPipeError, PyKeyboardInterrupt};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::{Error, ErrorKind};
use crate::indicator::Refusal;

/// The exception for an error. A closed pipe is Python's own exception, since nothing is wrong with it.
pub(super) fn raise(py: Python<'_>, error: &Error) -> PyErr {
    if error.kind() == ErrorKind::Interrupted {
        return PyKeyboardInterrupt::new_err(());
    }
    if let Some(raised) = raised_inside(py, error) {
        return raised;
    }
    if closed_pipe(error) {
        return PyBrokenPipeError::new_err(error.to_string());
    }
    let class = match error.kind() {
        ErrorKind::UnreadableInput | ErrorKind::UnknownFormat | ErrorKind::BrokenInput => {
            "InputError"
        }
        ErrorKind::BrokenTemplate => "TemplateError",
        ErrorKind::BadKey | ErrorKind::PlanRequired => "AccessError",
        ErrorKind::Network
        | ErrorKind::Server
        | ErrorKind::RateLimited
        | ErrorKind::BadAnswer
        | ErrorKind::Truncated => "FetchError",
        ErrorKind::UnwritableOutput | ErrorKind::BrokenState | ErrorKind::Busy => "OutputError",
        ErrorKind::BrokenStore | ErrorKind::CannotListen => "ServeError",
        ErrorKind::BadUsage | ErrorKind::Interrupted => "UsageError",
    };
    let parts = Parts {
        code: error.kind().code(),
        place: error.place(),
        causes: error.causes(),
        hint: error.hint_text(),
    };
    exception(py, class, error.message(), parts)
}

/// The exception for a value that is not an indicator.
pub(super) fn refuse(py: Python<'_>, refusal: &Refusal) -> PyErr {
    let parts = Parts {
        code: refusal.reason.code(),
        place: None,
        causes: Vec::new(),
        hint: None,
    };
    exception(py, "Refused", &refusal.to_string(), parts)
}

/// The exception for an argument that makes no sense.
pub(super) fn usage(py: Python<'_>, message: impl Into<String>) -> PyErr {
    raise(py, &Error::new(ErrorKind::BadUsage, message))
}

struct Parts<'a> {
    code: &'a str,
    place: Option<&'a str>,
    causes: Vec<String>,
    hint: Option<&'a str>,
}

fn exception(py: Python<'_>, class: &str, message: &str, parts: Parts<'_>) -> PyErr {
    let build = || -> PyResult<PyErr> {
        let named = PyDict::new(py);
        named.set_item("code", parts.code)?;
        named.set_item("place", parts.place)?;
        named.set_item("causes", &parts.causes)?;
        named.set_item("hint", parts.hint)?;
        let class = py.import("socdef_sigma.errors")?.getattr(class)?;
        Ok(PyErr::from_value(class.call((message,), Some(&named))?))
    };
    build().unwrap_or_else(|error| error)
}

fn closed_pipe(error: &Error) -> bool {
    io_cause(error).is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
}

/// The exception that a file object of Python raised: it is the caller's own.
fn raised_inside(py: Python<'_>, error: &Error) -> Option<PyErr> {
    let raised = io_cause(error)?.get_ref()?.downcast_ref::<PyErr>()?;
    Some(raised.clone_ref(py))
}

fn io_cause(error: &Error) -> Option<&std::io::Error> {
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        if let Some(io) = cause.downcast_ref() {
            return Some(io);
        }
        next = cause.source();
    }
    None
}

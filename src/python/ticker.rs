//! Progress, and Ctrl-C, while the work is done without the interpreter's lock.

use std::time::{Duration, Instant};

use pyo3::prelude::*;

use crate::error::{Error, ErrorKind, Result};

/// How often the interpreter is asked.
const PERIOD: Duration = Duration::from_millis(100);

/// Calls Python now and then from inside a long computation.
pub(super) struct Ticker {
    callback: Option<Py<PyAny>>,
    last: Instant,
    raised: Option<PyErr>,
}

impl Ticker {
    pub(super) fn new(callback: Option<Py<PyAny>>) -> Ticker {
        Ticker {
            callback,
            last: Instant::now(),
            raised: None,
        }
    }

    /// Tells the callback how far a stage is, and lets signal handlers run.
    pub(super) fn tick(&mut self, stage: &str, count: u64) -> Result<()> {
        if self.last.elapsed() < PERIOD {
            return Ok(());
        }
        self.last = Instant::now();
        let outcome = Python::attach(|py| {
            py.check_signals()?;
            match &self.callback {
                Some(callback) => callback.call1(py, (stage, count)).map(drop),
                None => Ok(()),
            }
        });
        outcome.map_err(|raised| {
            self.raised = Some(raised);
            Error::new(ErrorKind::Interrupted, "stopped by the caller")
        })
    }

    /// Gives back what the work gave, with the exception that ended it where there was one.
    pub(super) fn finish<T>(self, py: Python<'_>, result: Result<T>) -> PyResult<T> {
        result.map_err(|error| {
            self.raised
                .unwrap_or_else(|| super::errors::raise(py, &error))
        })
    }
}

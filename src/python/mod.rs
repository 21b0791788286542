//! The Python module `socdef_sigma._core`: thin. Everything it does is done by the rest of the crate.

// pyo3's macros make items that are public to Python only.
#![allow(unreachable_pub)]

mod dates;
mod errors;
mod explain;
#[cfg(feature = "sync")]
mod feed;
mod fetch;
mod functions;
mod indicator;
mod inputs;
mod output;
mod query;
mod report;
mod rows;
mod rules;
mod serve;
mod settings;
mod skeletons;
mod summary;
#[cfg(feature = "sync")]
mod sync;
mod templates;
mod ticker;

use pyo3::prelude::*;

/// The compiler, in Rust: indicators of compromise in, Sigma rules out.
#[pymodule(gil_used = false)]
pub mod _core {
    use super::*;

    #[pymodule_export]
    use super::explain::{Explanation, FeedRecord, explain, explain_all};
    #[pymodule_export]
    use super::fetch::{PyClient, PyFetchedRules};
    #[pymodule_export]
    use super::functions::TypeFacts;
    #[pymodule_export]
    use super::functions::{compile, formats, parse, read, reasons, type_facts, types};
    #[pymodule_export]
    use super::indicator::{PyIndicator, PyIndicators};
    #[pymodule_export]
    use super::output::{compile_to, write_in_folder, write_output};
    #[pymodule_export]
    use super::query::{PyBatchConverter, read_rules};
    #[pymodule_export]
    use super::report::PyReport;
    #[pymodule_export]
    use super::rules::{PyRule, PyRuleSet};
    #[pymodule_export]
    use super::serve::{Ingested, PyKey};
    #[pymodule_export]
    use super::serve::{ingest, keys_create, keys_list, keys_revoke, openapi, plans, serve};
    #[pymodule_export]
    use super::skeletons::{PySkeleton, take_apart};

    #[pymodule_export]
    use super::summary::{PySummary, attack_version, summarize};

    #[pymodule_export]
    use super::templates::{PyMistake, PyTemplate, check_templates, new_template, templates};

    #[cfg(feature = "sync")]
    #[pymodule_export]
    use super::feed::read_feed;
    #[cfg(feature = "sync")]
    #[pymodule_export]
    use super::sync::{PyPlan, PySync};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}

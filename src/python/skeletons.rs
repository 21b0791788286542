//! Rules taken apart, for Python to make objects of many that are alike.

use std::collections::HashMap;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyList;
use rayon::prelude::*;

use super::rules::{PyRule, from_node};
use crate::document::{Document, Skeleton};

/// The common part of similar rules.
#[pyclass(frozen, name = "Skeleton", module = "socdef_sigma")]
pub struct PySkeleton(Arc<Skeleton>);

#[pymethods]
impl PySkeleton {
    /// The kind of each text, `text`, `day` or `sigma`, and the text before it in its place.
    #[getter]
    fn sorts(&self) -> Vec<(&'static str, &str)> {
        self.0.sorts().collect()
    }

    /// The rule with these texts, as `Rule.dict` gives it.
    fn dict<'py>(&self, py: Python<'py>, texts: Vec<String>) -> PyResult<Bound<'py, PyAny>> {
        from_node(py, &self.0.with(&texts))
    }
}

/// The place of a skeleton, and texts.
type Part<'py> = (usize, Bound<'py, PyList>);

/// The skeletons of rules, and for each rule the place of its skeleton and its texts.
#[pyfunction]
pub fn take_apart<'py>(
    py: Python<'py>,
    rules: Vec<PyRef<'py, PyRule>>,
) -> PyResult<(Vec<PySkeleton>, Vec<Part<'py>>)> {
    let made: Vec<_> = rules.iter().map(|rule| rule.made().clone()).collect();
    let parts: Vec<_> = py.detach(|| {
        made.par_iter()
            .map(|made| Document::of(made.compiled.rule.to_node()).parts())
            .collect()
    });
    let mut places = HashMap::new();
    let mut skeletons = Vec::new();
    let mut apart = Vec::with_capacity(parts.len());
    for (skeleton, texts) in parts.into_iter().flatten() {
        let place = *places.entry(skeleton.skeleton()).or_insert_with(|| {
            skeletons.push(PySkeleton(skeleton));
            skeletons.len() - 1
        });
        apart.push((place, PyList::new(py, texts)?));
    }
    Ok((skeletons, apart))
}

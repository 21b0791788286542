//! Texts that are syntax to YAML, minijinja, Sigma, a query language or a careless template.
//!
//! They stand in `tests/data/hostile.json`, which the tests in Python read too.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Deserialize)]
struct Lists {
    texts: Vec<String>,
    query: Vec<String>,
    value: BTreeMap<String, String>,
    page: String,
}

/// All of them, each once. Some are blank, and some hold controls and invisible characters.
pub(crate) static HOSTILE: LazyLock<Vec<String>> = LazyLock::new(|| {
    let lists: Lists = serde_json::from_str(include_str!("../data/hostile.json")).unwrap();
    let mut all = lists.texts;
    for text in lists
        .query
        .into_iter()
        .chain(lists.value.into_values())
        .chain([lists.page])
    {
        if !all.contains(&text) {
            all.push(text);
        }
    }
    all
});

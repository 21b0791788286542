//! Lists for the tests of them.

use serde_json::{Value as Json, json};
use socdef_sigma::indicator::{Expect, parse, parse_as};
use socdef_sigma::lists::Lists;
use socdef_sigma::{Ioc, IocType};

/// What lists say of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is listed.
    On,
    /// What is listed is inside what its rule matches.
    Within,
    Keep,
}

/// A list, by its attributes in one string; none are all.
pub(crate) fn list(name: &str, kind: &str, attributes: &str, entries: &[&str]) -> Json {
    let mut list =
        json!({"name": name, "description": "", "version": 1, "type": kind, "list": entries});
    if !attributes.is_empty() {
        list["matching_attributes"] = attributes.split(' ').collect();
    }
    list
}

/// The lists, each from a file of its own.
pub(crate) fn lists(all: &[Json]) -> Lists {
    let folder = tempfile::tempdir().unwrap();
    for (at, list) in all.iter().enumerate() {
        let path = folder.path().join(format!("{at:04}.json"));
        std::fs::write(path, list.to_string()).unwrap();
    }
    Lists::load(&[folder.path()], &[] as &[&str]).unwrap()
}

pub(crate) fn ioc(value: &str) -> Ioc {
    let parsed = parse(value).or_else(|_| parse_as(Expect::Type(IocType::Domain), value));
    parsed.unwrap().ioc
}

pub(crate) fn verdict(lists: &Lists, value: &str) -> Verdict {
    match lists.refusal(&ioc(value)) {
        None => Verdict::Keep,
        Some(refusal) if refusal.to_string().ends_with("which its rule would match") => {
            Verdict::Within
        }
        Some(_) => Verdict::On,
    }
}

//! Observables (STIX 2.1, section 6) that an indicator is based on, by a relationship `based-on` (section 4.7.2).
//!
//! An observable is something that was seen. An indicator that is based on it says to look for it. If the pattern is in another
//! language than STIX's, a rule can be made only of the observable. Objects that were seen together (`observed-data`)
//! include those who were attacked, so they count only where the pattern itself gives no value.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;
use serde_json::Value;

use super::id::Id;
use super::object::{Broken, parse, shorten, text};
use super::objects::{Content, Objects};

use crate::error::Result;
use crate::indicator::{Expect, IocType, Refusal};
use crate::location::Place;
use crate::reason::Reason;
use crate::source::Blank;
use crate::source::stix_pattern::{self, Reading};

/// The most observables that are kept of one indicator.
const MAX_OBSERVABLES: usize = 10_000;

/// The observables that indicators are based on.
#[derive(Default)]
pub(super) struct Observables {
    /// What an indicator is based on.
    based_on: HashMap<Id, Vec<Id>>,
    /// The observables that were seen together.
    together: HashMap<Id, Vec<Id>>,
    wanted: HashSet<Id>,
    known: IndexMap<Id, Observable>,
    /// Those whose values were given with an indicator.
    given: HashSet<Id>,
}

/// An observable: what it says, where it stands, and its values.
struct Observable {
    shown: String,
    place: Place,
    readings: Vec<Reading>,
}

impl Observables {
    /// Takes a relationship.
    pub(super) fn relationship(&mut self, source: &str, kind: Option<&str>, target: &str) {
        if kind == Some("based-on") && source.starts_with("indicator--") {
            let targets = self.based_on.entry(Id::of(source)).or_default();
            if targets.len() < MAX_OBSERVABLES {
                targets.push(Id::of(target));
            }
        }
    }

    /// Takes what was seen together.
    pub(super) fn observed(&mut self, id: Id, object: &Content) {
        let Ok(object) = parse::<Value>(&object.text) else {
            return;
        };
        let list = object.get("object_refs").and_then(Value::as_array);
        let ids = list.into_iter().flatten().filter_map(text).map(Id::of);
        self.together
            .insert(id, ids.take(MAX_OBSERVABLES).collect());
    }

    /// Reads those that an indicator is based on, in a pass of its own where there are any.
    pub(super) fn read(&mut self, open: impl FnOnce() -> Result<Objects>) -> Result<()> {
        if self.based_on.is_empty() {
            self.together = HashMap::new();
            return Ok(());
        }
        for target in self.based_on.values().flatten() {
            self.wanted.insert(*target);
            self.wanted
                .extend(self.together.get(target).into_iter().flatten());
        }
        for object in open()? {
            let object = object?;
            let Ok(content) = object.content else {
                continue;
            };
            let id = Id::of(text(&content.head.id).unwrap_or_default());
            if is_observable(&content.kind) && self.wanted.contains(&id) {
                let readings = readings(&content).unwrap_or_default();
                let place = object.place;
                let shown = shown(&content);
                let observable = Observable {
                    shown,
                    place,
                    readings,
                };
                self.known.insert(id, observable);
            }
        }
        Ok(())
    }

    /// Whether an indicator is based on an observable, so that its values may be read with that indicator.
    pub(super) fn is_wanted(&self, id: &str) -> bool {
        self.known.contains_key(&Id::of(id))
    }

    /// Those that were read with no indicator after all, in their order.
    pub(super) fn left(&mut self) -> Vec<Blank> {
        let left = self.known.drain(..);
        left.filter(|(id, _)| !self.given.contains(id))
            .map(|(_, observable)| Blank::new(observable.place, &observable.shown))
            .collect()
    }

    /// What the observables give that an indicator is based on; with those that were seen together, where they are asked for.
    pub(super) fn of(&mut self, indicator: &str, together: bool) -> Vec<(Reading, Place)> {
        let targets = self.based_on.get(&Id::of(indicator)).into_iter().flatten();
        let with = |target: &Id| {
            let others = self.together.get(target).filter(|_| together);
            let others = others.into_iter().flatten().copied();
            std::iter::once(*target).chain(others).collect::<Vec<_>>()
        };
        let observables: Vec<Id> = targets.flat_map(with).take(MAX_OBSERVABLES).collect();
        self.given.extend(&observables);
        observables
            .iter()
            .filter_map(|id| self.known.get(id))
            .flat_map(|observable| {
                let place = &observable.place;
                observable
                    .readings
                    .iter()
                    .map(|r| (r.clone(), place.clone()))
            })
            .collect()
    }
}

/// Whether an object is an observable (STIX 2.1, section 6), or OpenCTI's or MISP's own kind of one.
pub(super) fn is_observable(kind: &str) -> bool {
    matches!(
        kind,
        "artifact"
            | "autonomous-system"
            | "directory"
            | "domain-name"
            | "email-addr"
            | "email-message"
            | "file"
            | "hostname"
            | "ipv4-addr"
            | "ipv6-addr"
            | "mac-addr"
            | "mutex"
            | "network-traffic"
            | "process"
            | "software"
            | "url"
            | "user-account"
            | "user-agent"
            | "windows-registry-key"
            | "x509-certificate"
            | "x-opencti-hostname"
            | "cryptocurrency-wallet"
            | "x-opencti-cryptocurrency-wallet"
    )
}

/// What an observable says that it is, in a few words.
pub(super) fn shown(content: &Content) -> String {
    let object: Value = parse(&content.text).unwrap_or_default();
    let said = ["value", "name", "key", "path"]
        .iter()
        .find_map(|key| object.get(*key).and_then(text));
    match said {
        Some(value) => format!("{} {}", content.kind, shorten(value, 200)),
        None => content.kind.clone(),
    }
}

/// The values of an observable.
fn readings(content: &Content) -> std::result::Result<Vec<Reading>, Broken> {
    let object: Value = parse(&content.text)?;
    let kind = content.kind.as_str();
    let expect = match kind {
        "ipv4-addr" => Expect::Type(IocType::Ipv4),
        "ipv6-addr" => Expect::Type(IocType::Ipv6),
        "domain-name" => Expect::Type(IocType::Domain),
        "hostname" | "x-opencti-hostname" => Expect::Host,
        "url" => Expect::Type(IocType::Url),
        "email-addr" => Expect::Type(IocType::Email),
        "file" | "artifact" => return Ok(hashes(&object)),
        _ => return Ok(vec![unsupported(&shown(content), kind)]),
    };
    let value = object.get("value").and_then(text);
    Ok(value
        .map(|value| reading(expect, value))
        .into_iter()
        .collect())
}

fn reading(expect: Expect, value: &str) -> Reading {
    Reading::Value(stix_pattern::Value {
        expect,
        role: None,
        text: value.to_owned(),
        ports: Vec::new(),
    })
}

fn unsupported(value: &str, kind: &str) -> Reading {
    Reading::Refused {
        text: value.to_owned(),
        refusal: Refusal::new(Reason::UnsupportedType).detail(shorten(kind, 60)),
    }
}

/// The hashes of a file; a file without one is known by its name alone.
fn hashes(object: &Value) -> Vec<Reading> {
    let Some(hashes) = object.get("hashes").and_then(Value::as_object) else {
        let name = object.get("name").and_then(text);
        return name
            .map(|name| unsupported(name, "filename"))
            .into_iter()
            .collect();
    };
    hashes
        .iter()
        .filter_map(|(algorithm, value)| Some((algorithm, text(value)?)))
        .map(|(algorithm, value)| {
            let name: String = algorithm.chars().filter(|c| c.is_alphanumeric()).collect();
            match name.to_ascii_lowercase().as_str() {
                "md5" => reading(Expect::Type(IocType::Md5), value),
                "sha1" => reading(Expect::Type(IocType::Sha1), value),
                "sha256" => reading(Expect::Type(IocType::Sha256), value),
                _ => unsupported(value, algorithm),
            }
        })
        .collect()
}

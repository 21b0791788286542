//! What other objects say about the indicators: the first pass.
//!
//! Ids are kept as 16 bytes each, texts shortened, and lists bounded, so that a fact has a size of its own and not that of
//! the object that it is from.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::id::Id;
use super::object::{
    IdentityObject, MAX_ITEMS, MarkingObject, RelationshipObject, ReportObject, SightingObject,
    TechniqueObject, http_url, is_true, push_new, references, shorten, text, texts,
};
use super::objects::{Content, Objects};
use super::observables::Observables;
use super::tlp;
use crate::error::Result;
use crate::indicator::{Source, Tlp, parse_date};

/// The most characters of a name or title.
const MAX_NAME: usize = 300;

#[derive(Default)]
pub(super) struct Facts {
    identities: HashMap<Id, String>,
    markings: HashMap<Id, Tlp>,
    /// ATT&CK's id for an attack pattern.
    techniques: HashMap<Id, String>,
    /// The attack patterns that an indicator indicates.
    indicated: HashMap<Id, Vec<Id>>,
    reports: Vec<Report>,
    /// The reports that refer to an indicator, by their number.
    reported: HashMap<Id, Vec<usize>>,
    /// When an indicator was first and last sighted.
    sighted: HashMap<Id, (DateTime<Utc>, DateTime<Utc>)>,
    /// Half of the id of every indicator. Should two share a half, they are compared by the whole one.
    seen: HashSet<u64>,
    /// The newest version of the indicators that are there more than once.
    newest: HashMap<Id, DateTime<Utc>>,
    /// The observables that indicators are based on.
    pub(super) observables: Observables,
}

struct Report {
    source: Source,
    author: Option<Id>,
}

/// A report that refers to an indicator.
pub(super) struct Reported<'a> {
    pub(super) source: &'a Source,
    pub(super) author: Option<String>,
}

impl Facts {
    /// The facts of all objects. The second pass reports broken objects.
    pub(super) fn of(objects: Objects) -> Result<Facts> {
        let mut facts = Facts::default();
        for object in objects {
            if let Ok(content) = object?.content {
                facts.take(&content);
            }
        }
        Ok(facts)
    }

    /// An object that cannot be read has no fact: `None`.
    fn take(&mut self, content: &Content) -> Option<()> {
        let (id, object) = (
            Id::of(text(&content.head.id).unwrap_or_default()),
            &content.text,
        );
        match content.kind.as_str() {
            "indicator" => {
                // Without an id it is a version of nothing.
                text(&content.head.id)?;
                if !self.seen.insert(id.0 as u64) {
                    let modified = version(text(&content.head.modified));
                    let newest = self.newest.entry(id).or_insert(modified);
                    *newest = modified.max(*newest);
                }
            }
            "identity" => {
                let name = shorten(text(&IdentityObject::parse(object).ok()?.name)?, MAX_NAME);
                self.identities.insert(id, name);
            }
            "marking-definition" => {
                self.markings
                    .insert(id, tlp::of(&MarkingObject::parse(object).ok()?)?);
            }
            "attack-pattern" => {
                let object = TechniqueObject::parse(object).ok()?;
                let mut references = references(&object.external_references);
                self.techniques
                    .insert(id, references.find_map(|r| r.technique())?);
            }
            "observed-data" => self.observables.observed(id, content),
            "relationship" => self.relationship(&RelationshipObject::parse(object).ok()?)?,
            "report" => self.report(&ReportObject::parse(object).ok()?),
            "sighting" => self.sighting(&SightingObject::parse(object).ok()?)?,
            _ => {}
        }
        Some(())
    }

    fn relationship(&mut self, object: &RelationshipObject) -> Option<()> {
        let (source, target) = (text(&object.source_ref)?, text(&object.target_ref)?);
        let kind = text(&object.relationship_type);
        if !is_true(&object.revoked) {
            self.observables.relationship(source, kind, target);
        }
        let technique = kind == Some("indicates") && target.starts_with("attack-pattern--");
        if technique && !is_true(&object.revoked) {
            let indicated = self.indicated.entry(Id::of(source)).or_default();
            push_new(indicated, Id::of(target), MAX_ITEMS);
        }
        Some(())
    }

    /// The report is the article about the indicators that it refers to.
    fn report(&mut self, object: &ReportObject) {
        let source = Source {
            article_title: text(&object.name).map(|name| shorten(name, MAX_NAME)),
            article_url: references(&object.external_references)
                .find_map(|reference| reference.url().and_then(http_url))
                .map(str::to_owned),
            ..Source::default()
        };
        if is_true(&object.revoked) || source == Source::default() {
            return;
        }
        let number = self.reports.len();
        for reference in texts(&object.object_refs) {
            if reference.starts_with("indicator--") {
                let reports = self.reported.entry(Id::of(reference)).or_default();
                push_new(reports, number, MAX_ITEMS);
            }
        }
        self.reports.push(Report {
            source,
            author: text(&object.created_by_ref).map(Id::of),
        });
    }

    /// Each date of a sighting is one at which the indicator was seen. A count of zero says that it was not.
    fn sighting(&mut self, object: &SightingObject) -> Option<()> {
        let indicator = text(&object.sighting_of_ref)?;
        let date = |value| parse_date(text(value)?);
        let (first, last) = (date(&object.first_seen), date(&object.last_seen));
        let (first, last) = (earliest(first, last)?, first.max(last)?);
        if object.count.as_u64() == Some(0) || is_true(&object.revoked) {
            return None;
        }
        let sighted = self
            .sighted
            .entry(Id::of(indicator))
            .or_insert((first, last));
        *sighted = (sighted.0.min(first), sighted.1.max(last));
        Some(())
    }

    /// The name of an identity.
    pub(super) fn identity(&self, id: &str) -> Option<&str> {
        self.identities.get(&Id::of(id)).map(String::as_str)
    }

    /// What a marking says of the Traffic Light Protocol: well-known ones mean the same whatever a bundle has under their id.
    pub(super) fn tlp(&self, id: &str) -> Option<Tlp> {
        tlp::well_known(id).or_else(|| self.markings.get(&Id::of(id)).copied())
    }

    /// The techniques that an indicator indicates.
    pub(super) fn techniques(&self, id: &str) -> impl Iterator<Item = &str> {
        let indicated = self.indicated.get(&Id::of(id)).into_iter().flatten();
        indicated.filter_map(|id| self.techniques.get(id).map(String::as_str))
    }

    /// The reports that refer to an indicator.
    pub(super) fn reports(&self, id: &str) -> Vec<Reported<'_>> {
        let numbers = self.reported.get(&Id::of(id)).into_iter().flatten();
        let reports = numbers.filter_map(|number| self.reports.get(*number));
        reports
            .map(|report| Reported {
                source: &report.source,
                author: report
                    .author
                    .and_then(|id| self.identities.get(&id).cloned()),
            })
            .collect()
    }

    /// When an indicator was first and last sighted.
    pub(super) fn sighted(&self, id: &str) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        self.sighted.get(&Id::of(id)).copied()
    }

    /// Whether this version of an indicator is the newest (STIX 2.1, section 3.6); copies of the newest are too.
    ///
    /// The first pass saw every version but the first, whose turn is first now: it is compared with the newest of
    /// the others, and takes the place where it is newer.
    pub(super) fn is_newest(&mut self, id: &str, modified: Option<&str>) -> bool {
        let Some(newest) = self.newest.get_mut(&Id::of(id)) else {
            return true;
        };
        let modified = version(modified);
        *newest = modified.max(*newest);
        modified >= *newest
    }
}

/// The version of an object; without a date, the oldest.
fn version(modified: Option<&str>) -> DateTime<Utc> {
    modified
        .and_then(parse_date)
        .unwrap_or(DateTime::<Utc>::MIN_UTC)
}

pub(super) fn earliest(
    one: Option<DateTime<Utc>>,
    other: Option<DateTime<Utc>>,
) -> Option<DateTime<Utc>> {
    one.into_iter().chain(other).min()
}

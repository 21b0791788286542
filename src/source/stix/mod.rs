//! STIX 2.0 and 2.1: the patterns of indicator objects.
//!
//! Two passes. The first keeps small [`facts`]: who an identity is, what a marking, a report or a technique says about
//! an indicator, and which version of an object is the newest. The second gives the values, one object at a time. Memory
//! grows with the number of objects (some 20 bytes for an indicator, 200 where a report refers to it), and not with
//! their size.
//!
//! An observable that stands for itself (`ipv4-addr` as an object, without an indicator) is something that was seen,
//! not something to alert on (STIX 2.1, section 6): it is a record without a value. One that an indicator is based on gives its
//! values with that indicator ([`observables`]).

mod facts;
mod id;
mod object;
mod objects;
mod observables;
#[cfg(test)]
mod tests;
mod tlp;

use chrono::{DateTime, Utc};

use super::entry::{self, Queue, unreadable};
use super::stix_pattern::{self, Reading};
use super::{Blank, Found, Input, Note, NoteKind, ReadOptions, Rejection, Stream};
use crate::error::Result;
use crate::indicator::{
    Confidence, Indicator, Refusal, Source, Tlp, parse::is_technique, parse_date, parse_declared,
    refang,
};
use crate::location::Place;
use crate::reason::Reason;
use facts::{Facts, earliest};
use object::{IndicatorObject, MAX_ITEMS, http_url, push_new, shorten, text};
use objects::{Object, Objects, within};

/// The most characters that are kept of a description: a whole report does not belong in a rule.
const MAX_CONTEXT: usize = 2_000;

/// Words of `indicator_types` (STIX 2.1, section 10.10) and `labels` (2.0) that contradict `benign`.
const SUSPICIOUS: [&str; 5] = [
    "anomalous-activity",
    "anonymization",
    "attribution",
    "compromised",
    "malicious-activity",
];

/// Reads bundles, lists of objects, and objects one after the other.
pub(crate) fn read<'a>(input: &'a Input, _options: &ReadOptions) -> Result<Stream<'a>> {
    let mut facts = Facts::of(Objects::open(input)?)?;
    facts.observables.read(|| Objects::open(input))?;
    let mut reader = Reader {
        facts,
        objects: Objects::open(input)?,
        current: None,
        found: Queue::new(),
    };
    Ok(entry::drain(move |found| {
        let has_more = reader.step()?;
        found.append(&mut reader.found);
        Ok(has_more)
    }))
}

struct Reader {
    facts: Facts,
    objects: Objects,
    /// The indicator object whose values are being given.
    current: Option<Current>,
    /// The finds of the last step.
    found: Queue,
}

struct Current {
    about: About,
    /// What its pattern and its observables give, each with its place.
    readings: std::vec::IntoIter<(Reading, Place)>,
}

/// What an indicator object says about all of its values.
struct About {
    confidence: Option<Confidence>,
    first_seen: Option<DateTime<Utc>>,
    last_seen: Option<DateTime<Utc>>,
    valid_until: Option<DateTime<Utc>>,
    revoked: bool,
    benign: bool,
    producers: Vec<String>,
    sources: Vec<Source>,
    references: Vec<String>,
    description: Option<String>,
    name: Option<String>,
    tags: Vec<String>,
    techniques: Vec<String>,
    tlp: Option<Tlp>,
    unknown_labels: Vec<String>,
}

impl Reader {
    /// Reads on, by one value or one object. Whether there may be more.
    fn step(&mut self) -> Result<bool> {
        if let Some(current) = &mut self.current {
            match current.readings.next() {
                Some((reading, place)) => current.give(reading, place, &mut self.found),
                None => self.current = None,
            }
            return Ok(true);
        }
        match self.objects.next().transpose()? {
            Some(object) => self.take(object),
            None => {
                let left = self.facts.observables.left();
                self.found.extend(left.into_iter().map(Found::Blank));
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn take(&mut self, object: Object) {
        let Object { place, content } = object;
        let read = content.and_then(|content| match content.kind.as_str() {
            "indicator" => IndicatorObject::parse(&content.text).map(Some),
            kind => {
                let id = text(&content.head.id).unwrap_or_default();
                if observables::is_observable(kind) && !self.facts.observables.is_wanted(id) {
                    let blank = Blank::new(place.clone(), &observables::shown(&content));
                    self.found.push_back(Found::Blank(blank));
                }
                Ok(None)
            }
        });
        match read {
            Ok(Some(indicator)) => self.indicator(&indicator, &place),
            Ok(None) => {}
            Err(broken) => self.found.push_back(rejection(
                &place,
                &broken.value,
                Refusal::new(Reason::BrokenEntry).detail(broken.what),
            )),
        }
    }

    fn indicator(&mut self, object: &IndicatorObject, place: &Place) {
        let id = text(&object.id).unwrap_or_default();
        let Some(pattern) = text(&object.pattern) else {
            let refusal =
                Refusal::new(Reason::BrokenEntry).detail("the indicator has no `pattern`");
            self.found.push_back(rejection(place, id, refusal));
            return;
        };
        let place = within(place, "pattern");
        let language = text(&object.pattern_type).unwrap_or("stix");
        let is_stix = language.eq_ignore_ascii_case("stix");
        if !is_stix {
            let refusal = Refusal::new(Reason::PatternNotSupported).detail(format!(
                "the pattern is of the type `{}`",
                shorten(language, 40)
            ));
            self.found.push_back(rejection(&place, pattern, refusal));
            // Its older versions are reported where it has a pattern that is read.
            let newest = self.facts.is_newest(id, text(&object.modified));
            let based_on = self.facts.observables.of(id, true);
            if newest && !based_on.is_empty() {
                let about = self.about(object, id, &place);
                let readings = based_on.into_iter();
                self.current = Some(Current { about, readings });
            }
            return;
        }
        if !self.facts.is_newest(id, text(&object.modified)) {
            let refusal = Refusal::new(Reason::Deleted)
                .detail("a newer version of the same object takes its place");
            self.found.push_back(rejection(&place, pattern, refusal));
            return;
        }
        let about = self.about(object, id, &place);
        let readings = stix_pattern::readings(pattern);
        let is_value = |reading: &Reading| matches!(reading, Reading::Value(_));
        let together = !readings.iter().any(is_value);
        let mut readings: Vec<_> = readings
            .into_iter()
            .map(|reading| (reading, place.clone()))
            .collect();
        readings.extend(self.based_on(id, together, &readings));
        self.current = Some(Current {
            about,
            readings: readings.into_iter(),
        });
    }

    /// What the observables of an indicator give beside its pattern: most often it is the same.
    fn based_on(
        &mut self,
        id: &str,
        together: bool,
        said: &[(Reading, Place)],
    ) -> Vec<(Reading, Place)> {
        let is_new = |text: &str| {
            !said.iter().any(|(reading, _)| match reading {
                Reading::Value(value) => value.text.eq_ignore_ascii_case(text),
                Reading::Refused { .. } => false,
            })
        };
        let mut found = self.facts.observables.of(id, together);
        found.retain(|(reading, _)| match reading {
            Reading::Value(value) => is_new(&value.text),
            Reading::Refused { .. } => true,
        });
        found
    }

    fn about(&mut self, object: &IndicatorObject, id: &str, place: &Place) -> About {
        let mut date = |value: &serde_json::Value, name: &str| {
            let given = text(value)?;
            let date = parse_date(given);
            if date.is_none() {
                self.found.push_back(Found::Note(Note {
                    kind: NoteKind::UnreadableDate,
                    place: place.clone(),
                    detail: format!("{name}: {}", shorten(given, 100)),
                }));
            }
            date
        };
        let valid_from = date(&object.valid_from, "valid_from");
        let valid_until = date(&object.valid_until, "valid_until");
        let sighted = self.facts.sighted(id);
        let reports = self.facts.reports(id);
        let producer = text(&object.created_by_ref)
            .and_then(|identity| self.facts.identity(identity))
            // An indicator without an author is the word of whoever wrote the report.
            .or_else(|| reports.iter().find_map(|report| report.author.as_deref()));
        let confidence = object.confidence().unwrap_or_else(|text| {
            self.found.push_back(Found::Note(Note {
                kind: NoteKind::UnreadableConfidence,
                place: place.clone(),
                detail: unreadable("confidence", &text),
            }));
            None
        });
        let mut about = About {
            confidence,
            first_seen: earliest(valid_from, sighted.map(|(first, _)| first)),
            last_seen: sighted.map(|(_, last)| last),
            valid_until,
            revoked: object.revoked(),
            benign: false,
            producers: producer.map(str::to_owned).into_iter().collect(),
            sources: Vec::new(),
            references: Vec::new(),
            description: object.words(&object.description, MAX_CONTEXT),
            name: object.words(&object.name, MAX_CONTEXT),
            tags: Vec::new(),
            techniques: Vec::new(),
            unknown_labels: Vec::new(),
            tlp: object.markings().filter_map(|id| self.facts.tlp(id)).max(),
        };
        for report in &reports {
            push_new(&mut about.sources, report.source.clone(), MAX_ITEMS);
        }
        about.take_labels(object);
        for detail in std::mem::take(&mut about.unknown_labels) {
            self.found.push_back(Found::Note(Note {
                kind: NoteKind::UnknownTlp,
                place: place.clone(),
                detail,
            }));
        }
        about.take_references(object);
        for technique in self.facts.techniques(id) {
            push_new(&mut about.techniques, technique.to_owned(), MAX_ITEMS);
        }
        about
    }
}

impl About {
    /// Labels, indicator types and kill chain phases: tags, but for what has a field of its own.
    fn take_labels(&mut self, object: &IndicatorObject) {
        let labels: Vec<&str> = object.labels().collect();
        let is = |word: &str| labels.iter().any(|label| label.eq_ignore_ascii_case(word));
        self.benign = is("benign") && !SUSPICIOUS.iter().any(|word| is(word));
        for label in labels {
            if Tlp::is_stated_by_tag(label) {
                let read = Tlp::stated(label);
                if read.is_none() {
                    push_new(&mut self.unknown_labels, shorten(label, 100), MAX_ITEMS);
                    push_new(&mut self.tags, shorten(label, 200), MAX_ITEMS);
                }
                self.tlp = self.tlp.max(Some(read.unwrap_or(Tlp::Red)));
            } else if is_technique(label) {
                push_new(&mut self.techniques, label.to_ascii_uppercase(), MAX_ITEMS);
            } else {
                push_new(&mut self.tags, shorten(label, 200), MAX_ITEMS);
            }
        }
        for (chain, phase) in object.phases() {
            let tag = format!("{}:{}", shorten(chain, 100), shorten(phase, 100));
            push_new(&mut self.tags, tag, MAX_ITEMS);
        }
    }

    fn take_references(&mut self, object: &IndicatorObject) {
        for reference in object.references() {
            // The page of a technique says nothing about the indicator.
            if let Some(technique) = reference.technique() {
                push_new(&mut self.techniques, technique, MAX_ITEMS);
            } else if let Some(url) = reference.url().and_then(http_url) {
                push_new(&mut self.references, url.to_owned(), MAX_ITEMS);
            }
        }
    }

    /// The description; else the name, unless it is only the value once more.
    fn context(&self, value: &str, canonical: &str) -> Vec<String> {
        let name = self.name.as_ref().filter(|name| {
            let name = refang(name);
            !name.eq_ignore_ascii_case(value.trim()) && !name.eq_ignore_ascii_case(canonical)
        });
        self.description
            .as_ref()
            .or(name)
            .cloned()
            .into_iter()
            .collect()
    }
}

impl Current {
    fn give(&self, reading: Reading, place: Place, found: &mut Queue) {
        let value = match reading {
            Reading::Value(value) => value,
            Reading::Refused { text, refusal } => {
                found.push_back(rejection(&place, &text, refusal));
                return;
            }
        };
        let (parsed, retyped) = match parse_declared(value.expect, &value.text) {
            (Ok(parsed), retyped) => (parsed, retyped),
            (Err(refusal), _) => {
                found.push_back(rejection(&place, &value.text, refusal));
                return;
            }
        };
        let about = &self.about;
        if about.benign {
            let refusal = Refusal::new(Reason::Benign);
            found.push_back(rejection(&place, &value.text, refusal));
            return;
        }
        if retyped {
            super::entry::note_retyped(found, &place, &value.text);
        }
        if let (true, Some(given)) = (parsed.ioc.is_network(), &parsed.original) {
            found.push_back(Found::Note(Note {
                kind: NoteKind::HostBits,
                place: place.clone(),
                detail: given.clone(),
            }));
        }
        let mut indicator = Indicator {
            confidence: about.confidence,
            first_seen: about.first_seen,
            last_seen: about.last_seen,
            valid_until: about.valid_until,
            revoked: about.revoked,
            producers: about.producers.clone(),
            sources: about.sources.clone(),
            references: about.references.clone(),
            tags: about.tags.clone(),
            mitre_techniques: about.techniques.clone(),
            tlp: about.tlp,
            email_role: value.role,
            place: Some(place),
            ..Indicator::new(parsed)
        };
        indicator.context = about.context(&value.text, &indicator.ioc.to_string());
        indicator.ports.extend(value.ports);
        indicator.ports.sort_unstable();
        indicator.ports.dedup();
        found.push_back(Found::Indicator(Box::new(indicator)));
    }
}

fn rejection(place: &Place, value: &str, refusal: Refusal) -> Found {
    Found::Rejection(Rejection::new(place.clone(), value, refusal))
}

//! What an event says about all its attributes: its article, its producer, its tags, and which of them it means.

use std::sync::Arc;

use indexmap::IndexMap;

use super::attribute;
use super::dates::moment;
use super::labels::Labels;
use super::lenient::said;
use super::member::{Member, members};
use super::model::Event;
use super::place::{Base, Entries};
use super::shared::Shared;
use super::types::Meaning;
use crate::indicator::{Expect, IocType, Source, parse_as, refang};
use crate::source::{Found, Note, NoteKind};

/// The most references that an event gives to each of its indicators; the first ones. Each indicator has a copy.
const MAX_REFERENCES: usize = 64;

/// The facts of an event that its first indicator needs.
#[derive(Default)]
struct Survey {
    event: Option<Box<Event>>,
    references: Vec<String>,
    marks_some: bool,
    has_indicators: bool,
}

/// Everything in an event; or in a list of attributes, which may be of several events.
pub(super) fn entries(mut event: Box<Event>, base: Base, all_attributes: bool) -> Entries {
    let members = members(&mut event);
    let mut surveys: IndexMap<String, Survey> = IndexMap::new();
    let mut of_event = Vec::with_capacity(members.len());
    let is_event = base.is_wrapped() || event.is_described();
    if is_event {
        let survey = Survey {
            event: Some(event),
            ..Survey::default()
        };
        surveys.insert(String::new(), survey);
    }
    for member in &members {
        // The attributes of an event are of that event, whatever they say.
        let key = if is_event { "" } else { member.event_key() };
        let slot = surveys.entry(key.to_owned());
        of_event.push(slot.index());
        slot.or_default().see(member);
    }

    let mut notes = Vec::new();
    let mut shared = Vec::new();
    for (key, survey) in surveys {
        shared.push(Arc::new(survey.shared(
            &key,
            &base,
            all_attributes,
            &mut notes,
        )));
    }
    let found = members
        .into_iter()
        .zip(of_event)
        .flat_map(move |(member, event)| match shared.get(event) {
            Some(shared) => attribute::entries(&member, shared, &base),
            None => Vec::new(),
        });
    Box::new(notes.into_iter().map(Found::Note).chain(found))
}

impl Survey {
    fn see(&mut self, member: &Member) {
        if self.event.is_none() {
            self.event = member.event().cloned().map(Box::new);
        }
        let Some(attribute) = member.attribute.as_deref() else {
            return;
        };
        let Some(meaning) = attribute.meaning().filter(|_| !member.is_deleted()) else {
            return;
        };
        self.marks_some |= attribute.to_ids == Some(true) && meaning.is_detectable();
        self.has_indicators |= meaning.is_indicator();
        if meaning == Meaning::Reference && self.references.len() < MAX_REFERENCES {
            let link = attribute.value.as_deref().and_then(web_address);
            self.references.extend(link);
        }
    }

    fn shared(self, key: &str, base: &Base, all_attributes: bool, notes: &mut Vec<Note>) -> Shared {
        let event = self.event.unwrap_or_default();
        let mut note = |kind, detail: &str| {
            notes.push(Note {
                kind,
                place: base.whole(),
                detail: detail.to_owned(),
            });
        };
        let date = moment(&event.date);
        if let Some(text) = date.unreadable() {
            note(NoteKind::UnreadableDate, text);
        }
        let labels = Labels::read(&event.tags, &event.galaxies);
        for tag in &labels.unreadable {
            note(NoteKind::UnreadableConfidence, tag);
        }
        for label in &labels.unknown {
            note(NoteKind::UnknownTlp, label);
        }
        // An event that marks nothing does not use the flag.
        let marks_none = !self.marks_some && !all_attributes;
        if marks_none && self.has_indicators {
            let name = event.info.as_deref().or(event.uuid.as_deref());
            note(NoteKind::NoDetectionFlags, name.unwrap_or(key));
        }
        let title = said(&event.info);
        let url = self.references.first().cloned();
        let source = (title.is_some() || url.is_some()).then(|| Source {
            article_title: title,
            article_url: url,
            ..Source::default()
        });
        Shared {
            source,
            producers: event
                .creator
                .0
                .iter()
                .filter_map(|org| said(&org.name))
                .collect(),
            labels,
            date: date.date(),
            takes_all: all_attributes || marks_none,
            references: self.references,
        }
    }
}

/// An address that a reader can open: `http` or `https`, in its live form.
fn web_address(value: &str) -> Option<String> {
    let live = refang(value.trim());
    let scheme = live.split_once("://")?.0.to_ascii_lowercase();
    let is_web = scheme == "http" || scheme == "https";
    let is_url = is_web && parse_as(Expect::Type(IocType::Url), &live).is_ok();
    is_url.then(|| live.into_owned())
}

//! From a value that was parsed, and what its record says about it, to what a reader gives.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use super::input::Input;
use super::lines::{RawLine, RawLines};
use super::{Found, Note, NoteKind, Rejection, Stream};
use crate::error::Result as Outcome;
use crate::extract::Candidate;
use crate::extract::split::is_placeholder;
use crate::indicator::{
    Confidence, EmailRole, Indicator, Ioc, Parsed, Refusal, Sector, Source, Tlp, Vulnerability,
    parse_date,
};
use crate::location::Place;

/// What a reader has found and not given yet, in order.
pub(crate) type Queue = VecDeque<Found>;

/// The stream of what `next` queues: it is called whenever everything queued before was given, until it says that there is
/// nothing more to read.
pub(crate) fn drain<'a>(
    mut next: impl FnMut(&mut Queue) -> Outcome<bool> + Send + 'a,
) -> Stream<'a> {
    let mut waiting = Queue::new();
    Box::new(std::iter::from_fn(move || {
        loop {
            if let Some(found) = waiting.pop_front() {
                return Some(Ok(found));
            }
            match next(&mut waiting) {
                Ok(true) => {}
                Ok(false) => return waiting.pop_front().map(Ok),
                Err(error) => return Some(Err(error)),
            }
        }
    }))
}

/// The stream of what `read` queues of each line of an input.
///
/// # Errors
/// Those of opening the input.
pub(crate) fn each_line<'a>(
    input: &'a Input,
    mut read: impl FnMut(RawLine, &mut Queue) + Send + 'a,
) -> Outcome<Stream<'a>> {
    let mut lines = RawLines::new(input)?;
    Ok(drain(move |found| {
        let line = lines.next().transpose()?;
        let has_line = line.is_some();
        line.into_iter().for_each(|line| read(line, found));
        Ok(has_line)
    }))
}

/// Queues what became of one value: an indicator, with a note where host bits were cleared, or a rejection.
///
/// `complete` adds what the feed says about the indicator.
pub(crate) fn queue(
    found: &mut Queue,
    place: &Place,
    value: &str,
    parsed: Result<Parsed, Refusal>,
    complete: impl FnOnce(&mut Indicator),
) {
    let parsed = match parsed {
        Ok(parsed) => parsed,
        Err(refusal) => {
            found.push_back(Found::Rejection(Rejection::new(
                place.clone(),
                value,
                refusal,
            )));
            return;
        }
    };
    if let (Ioc::Ipv4(_) | Ioc::Ipv6(_), Some(given)) = (&parsed.ioc, &parsed.original) {
        found.push_back(note(NoteKind::HostBits, place, given.clone()));
    }
    if matches!(parsed.ioc, Ioc::Ipv4(_)) && has_leading_zeros(value) {
        found.push_back(note(NoteKind::LeadingZeros, place, value.to_owned()));
    }
    let mut indicator = Indicator::new(parsed);
    indicator.place = Some(place.clone());
    complete(&mut indicator);
    found.push_back(Found::Indicator(Box::new(indicator)));
}

/// Whether a number of an address begins with a zero that is not all of it.
fn has_leading_zeros(value: &str) -> bool {
    let bytes = value.as_bytes();
    if memchr::memchr(b'0', bytes).is_none() {
        return false;
    }
    bytes.windows(2).enumerate().any(|(at, pair)| {
        pair[0] == b'0'
            && pair[1].is_ascii_digit()
            && (at == 0 || matches!(bytes[at - 1], b'.' | b']'))
    })
}

/// Queues what became of a candidate of the recogniser; `complete` adds what the feed says about each indicator.
pub(crate) fn queue_candidate(
    found: &mut Queue,
    place: &Place,
    candidate: Candidate,
    mut complete: impl FnMut(&mut Indicator),
) {
    if candidate.is_range && candidate.parsed.is_ok() {
        found.push_back(note(NoteKind::RangeRead, place, candidate.value.clone()));
    }
    let ports = candidate.ports;
    let mut complete = |indicator: &mut Indicator| {
        complete(indicator);
        add_ports(indicator, &ports);
    };
    queue(
        found,
        place,
        &candidate.value,
        candidate.parsed,
        &mut complete,
    );
    for parsed in candidate.more {
        queue(found, place, &candidate.value, Ok(parsed), |indicator| {
            indicator.continues = true;
            complete(indicator);
        });
    }
}

/// Queues the note that a value was taken as something else than its feed says.
pub(crate) fn note_retyped(found: &mut Queue, place: &Place, value: &str) {
    let shown: String = value.chars().take(100).collect();
    found.push_back(note(NoteKind::Retyped, place, shown));
}

/// A note about a part of an input.
pub(crate) fn note(kind: NoteKind, place: &Place, detail: String) -> Found {
    Found::Note(Note {
        kind,
        place: place.clone(),
        detail,
    })
}

/// What one record of a feed says about every value in it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Details {
    pub(crate) confidence: Option<Confidence>,
    pub(crate) first_seen: Option<DateTime<Utc>>,
    pub(crate) last_seen: Option<DateTime<Utc>>,
    pub(crate) valid_until: Option<DateTime<Utc>>,
    pub(crate) revoked: bool,
    pub(crate) producers: Vec<String>,
    pub(crate) source: Source,
    pub(crate) references: Vec<String>,
    pub(crate) context: Vec<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) mitre_techniques: Vec<String>,
    pub(crate) industries: Vec<String>,
    pub(crate) ports: Vec<u16>,
    pub(crate) tlp: Option<Tlp>,
    pub(crate) vulnerability: Option<Vulnerability>,
    /// Dates that cannot be read, each with the name of its field.
    pub(crate) unreadable: Vec<String>,
    /// Confidences that cannot be read, each with the name of its field.
    pub(crate) unreadable_confidences: Vec<String>,
    /// TLP labels that are not known.
    pub(crate) unknown_labels: Vec<String>,
}

impl Details {
    /// Reads a date of the field `field`; one that cannot be read is kept for a note.
    pub(crate) fn date(&mut self, field: &str, text: &str) -> Option<DateTime<Utc>> {
        let date = parse_date(text);
        if date.is_none() {
            self.unreadable.push(unreadable(field, text));
        }
        date
    }

    /// Takes the confidence that was read in the text of a field, the highest if there are several; a text that cannot be read is kept for
    /// a note.
    pub(crate) fn confidence<E>(
        &mut self,
        field: &str,
        text: &str,
        read: Result<Option<Confidence>, E>,
    ) {
        match read {
            Ok(level) => self.confidence = self.confidence.max(level),
            Err(_) => self.unreadable_confidences.push(unreadable(field, text)),
        }
    }

    /// Takes a tag. A label of the Traffic Light Protocol is a limit on sharing, and a tag only where it is not known.
    pub(crate) fn tag(&mut self, tag: &str) {
        let tag = tag.trim();
        if !Tlp::is_stated_by_tag(tag) || !self.tlp_label(tag) {
            add(&mut self.tags, tag);
        }
    }

    /// Takes a TLP label, the strictest if there are several. Whether it is one.
    pub(crate) fn tlp(&mut self, label: &str) -> bool {
        let read = label.parse::<Tlp>().ok();
        self.tlp = self.tlp.max(read);
        read.is_some()
    }

    /// Takes what a field for labels says, and says whether that is known. A label that is not counts as the strictest.
    pub(crate) fn tlp_label(&mut self, text: &str) -> bool {
        if is_placeholder(text) {
            return true;
        }
        let read = Tlp::stated(text);
        if read.is_none() {
            self.unknown_labels
                .push(text.trim().chars().take(100).collect());
        }
        self.tlp = self.tlp.max(Some(read.unwrap_or(Tlp::Red)));
        read.is_some()
    }

    /// Takes a sector: CISA's slug where it is known, else the feed's word.
    pub(crate) fn industry(&mut self, name: &str) {
        match name.parse::<Sector>() {
            Ok(sector) => add(&mut self.industries, sector.as_str()),
            Err(_) => add(&mut self.industries, name.trim()),
        }
    }

    /// Takes an ATT&CK technique in the form of its id.
    pub(crate) fn technique(&mut self, id: &str) {
        add(&mut self.mitre_techniques, &id.trim().to_ascii_uppercase());
    }

    /// Takes a port; anything else is passed over.
    pub(crate) fn port(&mut self, text: &str) {
        if let Ok(port @ 1..) = text.trim().parse::<u16>() {
            add_new(&mut self.ports, port);
        }
    }

    /// Queues the notes of the record, once, before its indicators.
    pub(crate) fn queue_notes(&mut self, found: &mut Queue, place: &Place) {
        for detail in self.unreadable.drain(..) {
            found.push_back(note(NoteKind::UnreadableDate, place, detail));
        }
        for detail in self.unreadable_confidences.drain(..) {
            found.push_back(note(NoteKind::UnreadableConfidence, place, detail));
        }
        for detail in self.unknown_labels.drain(..) {
            found.push_back(note(NoteKind::UnknownTlp, place, detail));
        }
    }

    /// Gives all of it to an indicator.
    pub(crate) fn give(&self, indicator: &mut Indicator, email_role: Option<EmailRole>) {
        indicator.confidence = self.confidence;
        indicator.first_seen = self.first_seen;
        indicator.last_seen = self.last_seen;
        indicator.valid_until = self.valid_until;
        indicator.revoked = self.revoked;
        indicator.tlp = self.tlp;
        if matches!(indicator.ioc, Ioc::Cve(_)) {
            indicator.vulnerability.clone_from(&self.vulnerability);
        }
        indicator.producers.clone_from(&self.producers);
        if self.source != Source::default() {
            indicator.sources.push(self.source.clone());
        }
        indicator.references.clone_from(&self.references);
        indicator.context.clone_from(&self.context);
        indicator.tags.clone_from(&self.tags);
        indicator
            .mitre_techniques
            .clone_from(&self.mitre_techniques);
        indicator.industries.clone_from(&self.industries);
        add_ports(indicator, &self.ports);
        if matches!(indicator.ioc, Ioc::Email(_)) {
            indicator.email_role = email_role;
        }
    }
}

/// A text that cannot be read, with the name of its field.
pub(crate) fn unreadable(field: &str, text: &str) -> String {
    let shown: String = text.trim().chars().take(100).collect();
    format!("{field}: {shown}")
}

/// Adds ports that are not there yet, in order.
pub(crate) fn add_ports(indicator: &mut Indicator, ports: &[u16]) {
    for port in ports {
        add_new(&mut indicator.ports, *port);
    }
    indicator.ports.sort_unstable();
}

/// How many entries a list of one record may have. It is more than any bound, so that a list which has reached its bound differs from one that goes on; and it is an end, so that a record with many entries is read in linear time.
const MOST_OF_A_RECORD: usize = 128;

/// Adds a text that is not empty and not there yet, while there is room.
pub(crate) fn add(list: &mut Vec<String>, text: &str) {
    if text.is_empty() || list.len() >= MOST_OF_A_RECORD {
        return;
    }
    if !list.iter().any(|have| have == text) {
        list.push(text.to_owned());
    }
}

fn add_new(list: &mut Vec<u16>, port: u16) {
    if list.len() < MOST_OF_A_RECORD && !list.contains(&port) {
        list.push(port);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::parse;
    use std::sync::Arc;

    #[test]
    fn a_network_with_host_bits_comes_with_a_note() {
        let place = Place::line(&Arc::from("list"), 3);
        let queued = |value: &str| {
            let mut found = Queue::new();
            queue(&mut found, &place, value, parse(value), |_| {});
            found
                .into_iter()
                .map(|found| match found {
                    Found::Note(note) => format!("{} {}", note.kind.code(), note.detail),
                    Found::Blank(blank) => format!("blank {}", blank.text),
                    Found::Indicator(indicator) => indicator.ioc.to_string(),
                    Found::Rejection(rejection) => rejection.refusal.reason.code().to_owned(),
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(
            queued("198.51.100[.]9/24"),
            ["host_bits 198.51.100.9/24", "198.51.100.0/24"]
        );
        assert_eq!(queued("198.51.100.0/24"), ["198.51.100.0/24"]);
        assert_eq!(
            queued("http://evil.example/a#b"),
            ["http://evil.example/a"],
            "a fragment is not a host bit"
        );
        assert_eq!(queued("evil"), ["unknown_type"]);
    }

    #[test]
    fn a_tlp_tag_is_a_limit_and_no_tag() {
        let mut details = Details::default();
        for tag in ["c2", "TLP:GREEN", "tlp-amber", "c2"] {
            details.tag(tag);
        }
        assert_eq!(details.tags, ["c2"]);
        assert_eq!(details.tlp, Some(Tlp::Amber));
        details.tag("tlp:mauve");
        assert_eq!(details.tags, ["c2", "tlp:mauve"]);
        assert_eq!(details.tlp, Some(Tlp::Red), "the strictest");
    }
}

//! From an attribute to indicators.

use chrono::{DateTime, Utc};

use super::dates::{Moment, moment};
use super::labels::Labels;
use super::lenient::{Text, said};
use super::member::{Member, port};
use super::model::Attribute;
use super::place::{Base, broken};
use super::shared::Shared;
use super::types::Meaning;
use crate::indicator::{EmailRole, Expect, Indicator, Ioc, IocType, Refusal, parse_declared};
use crate::location::Place;
use crate::reason::Reason;
use crate::source::record::sure;
use crate::source::{Blank, Found, Note, NoteKind, Rejection};

/// A part of an attribute's value that is to be an indicator.
#[derive(Debug, Clone, Copy)]
struct Piece<'a> {
    expect: Expect,
    role: Option<EmailRole>,
    text: &'a str,
    port: Option<u16>,
}

/// The results of an attribute: one entry for each part of its value, and notes; nothing where it is not read.
pub(super) fn entries(member: &Member, shared: &Shared, base: &Base) -> Vec<Found> {
    let place = base.place(member.position);
    let refuse = |value: &str, refusal: Refusal| {
        vec![Found::Rejection(Rejection::new(
            place.clone(),
            value,
            refusal,
        ))]
    };
    let Some(attribute) = member.attribute.as_deref() else {
        return refuse("", broken("not an object"));
    };
    let value = attribute.value.as_deref();
    let Some(meaning) = attribute.meaning() else {
        return refuse(
            value.unwrap_or_default(),
            broken("an attribute without a type"),
        );
    };
    if let Some(found) = aside(member, attribute, meaning, &place) {
        return found;
    }
    let text = match value {
        Some(text) => text,
        None if member.is_deleted() => "",
        None => return refuse("", broken("an attribute without a value")),
    };
    let pieces = pieces(meaning, text);
    if let Some(refusal) = refusal(member, attribute, meaning, shared) {
        return pieces
            .iter()
            .flat_map(|piece| refuse(piece.text, refusal.clone()))
            .collect();
    }
    let mut found = Vec::new();
    for piece in pieces {
        match parse_declared(piece.expect, piece.text) {
            (Ok(parsed), retyped) => {
                if retyped {
                    let shown = piece.text.chars().take(100).collect();
                    found.push(note(NoteKind::Retyped, &place, shown));
                }
                let network = parsed.ioc.is_network().then(|| parsed.original.clone());
                if let Some(detail) = network.flatten() {
                    found.push(note(NoteKind::HostBits, &place, detail));
                }
                let mut indicator = Indicator::new(parsed);
                indicator.ports.extend(piece.port);
                indicator.email_role = role(attribute, piece);
                indicator.place = Some(place.clone());
                describe(&mut indicator, member, attribute, shared);
                found.push(Found::Indicator(Box::new(indicator)));
            }
            (Err(refusal), _) => found.extend(refuse(piece.text, refusal)),
        }
    }
    if found
        .iter()
        .any(|entry| matches!(entry, Found::Indicator(_)))
    {
        let unreadable = dates(member, attribute)
            .into_iter()
            .flat_map(|date| date.unreadable())
            .map(|text| note(NoteKind::UnreadableDate, &place, text.to_owned()));
        found.extend(unreadable);
        let labels = Labels::read(&attribute.tags, &attribute.galaxies);
        let unreadable = labels.unreadable.into_iter();
        found.extend(unreadable.map(|tag| note(NoteKind::UnreadableConfidence, &place, tag)));
        let unknown = labels.unknown.into_iter();
        found.extend(unknown.map(|label| note(NoteKind::UnknownTlp, &place, label)));
    }
    found
}

/// The result of an attribute without a rule; nothing if its value is looked at. Of an object, what is not for
/// detection is a field, and not a record.
fn aside(
    member: &Member,
    attribute: &Attribute,
    meaning: Meaning,
    place: &Place,
) -> Option<Vec<Found>> {
    let value = attribute.value.as_deref().unwrap_or_default();
    let reject = |value: &str, reason: Reason| {
        Found::Rejection(Rejection::new(place.clone(), value, Refusal::from(reason)))
    };
    match meaning {
        Meaning::Reference if member.is_deleted() => Some(vec![reject(value, Reason::Deleted)]),
        Meaning::Reference => Some(vec![reject(value, Reason::Reference)]),
        Meaning::Prose | Meaning::Artefact => {
            let mut found: Vec<Found> = match meaning {
                Meaning::Prose => sure::within(value)
                    .into_iter()
                    .map(|(value, parsed)| reject(&value, sure::reason_in_text(parsed.as_ref())))
                    .collect(),
                _ => Vec::new(),
            };
            let is_field =
                member.object.is_some() && (meaning == Meaning::Prose || is_port(attribute));
            if found.is_empty() && !is_field {
                let kind = said(&attribute.kind).unwrap_or_default();
                found.push(Found::Blank(Blank::new(
                    place.clone(),
                    &format!("{kind}: {value}"),
                )));
            }
            Some(found)
        }
        _ => None,
    }
}

fn is_port(attribute: &Attribute) -> bool {
    said(&attribute.kind).is_some_and(|kind| kind.eq_ignore_ascii_case("port"))
}

fn note(kind: NoteKind, place: &Place, detail: String) -> Found {
    Found::Note(Note {
        kind,
        place: place.clone(),
        detail,
    })
}

/// Why no part of an attribute is taken.
///
/// What the event itself does not mean for detection is dropped before a type can be refused: nothing is lost by it.
fn refusal(
    member: &Member,
    attribute: &Attribute,
    meaning: Meaning,
    shared: &Shared,
) -> Option<Refusal> {
    if member.is_deleted() {
        return Some(Reason::Deleted.into());
    }
    if !shared.takes_all && attribute.to_ids != Some(true) {
        return Some(Reason::NotForDetection.into());
    }
    if is_addressee(attribute) && attribute.to_ids != Some(true) {
        return Some(Refusal::new(Reason::NotASender).detail("a recipient of the reported mail"));
    }
    match meaning {
        Meaning::Not(reason) => {
            let kind = said(&attribute.kind).unwrap_or_default();
            Some(Refusal::new(reason).detail(kind))
        }
        _ => None,
    }
}

/// The parts of a value. In composites a bar separates them (core format, section "Attribute", `value`).
fn pieces(meaning: Meaning, text: &str) -> Vec<Piece<'_>> {
    let piece = |expect, text| Piece {
        expect,
        role: None,
        text,
        port: None,
    };
    match meaning {
        Meaning::Value(expect, role) => vec![Piece {
            role,
            ..piece(expect, text)
        }],
        // A file may have a bar in its name, a hash has none.
        Meaning::NamedHash(kind) => {
            let hash = text.rsplit_once('|').map_or(text, |(_, hash)| hash);
            vec![piece(Expect::Type(kind), hash)]
        }
        Meaning::WithPort(expect) => match text.rsplit_once('|') {
            Some((host, number)) => vec![Piece {
                port: port(number),
                ..piece(expect, host)
            }],
            None => vec![piece(expect, text)],
        },
        Meaning::DomainAndAddress => match text.split_once('|') {
            Some((domain, address)) => vec![
                piece(Expect::Type(IocType::Domain), domain),
                piece(Expect::Address, address),
            ],
            None => vec![piece(Expect::Host, text)],
        },
        _ => vec![piece(Expect::Any, text)],
    }
}

/// Whether an address stands among the addressees of an e-mail object. Those are the victims of a phishing mail far more
/// often than the drop box of a stealer, and a rule on a victim fires on all its mail: only a mark makes it an indicator.
fn is_addressee(attribute: &Attribute) -> bool {
    matches!(
        said(&attribute.relation).as_deref(),
        Some("to" | "cc" | "bcc")
    )
}

/// The part that an address played: what its type says, else what its place in an e-mail object says.
fn role(attribute: &Attribute, piece: Piece<'_>) -> Option<EmailRole> {
    if piece.expect != Expect::Type(IocType::Email) {
        return None;
    }
    let relation = said(&attribute.relation);
    piece.role.or(match relation.as_deref() {
        Some("from" | "reply-to" | "return-path") => Some(EmailRole::Sender),
        Some("to" | "cc" | "bcc") => Some(EmailRole::Recipient),
        _ => None,
    })
}

/// A date of an attribute, and that of its object, which stands in for it.
struct Dated<'a> {
    own: Moment<'a>,
    of_object: Moment<'a>,
}

impl<'a> Dated<'a> {
    fn date(&self) -> Option<DateTime<Utc>> {
        self.own.date().or(self.of_object.date())
    }

    /// What could not be read on the way to the date.
    fn unreadable(&self) -> Vec<&'a str> {
        let needed = [&self.own, &self.of_object];
        let count = if self.own.date().is_some() { 1 } else { 2 };
        needed[..count]
            .iter()
            .filter_map(|date| date.unreadable())
            .collect()
    }
}

/// First and last seen.
fn dates<'a>(member: &'a Member, attribute: &'a Attribute) -> [Dated<'a>; 2] {
    let object = member.object.as_deref();
    let dated = |own, of_object: Option<&'a Text>| Dated {
        own: moment(own),
        of_object: of_object.map_or(Moment::Absent, moment),
    };
    [
        dated(&attribute.first_seen, object.map(|facts| &facts.first_seen)),
        dated(&attribute.last_seen, object.map(|facts| &facts.last_seen)),
    ]
}

/// Adds everything that the attribute, its object and its event say.
fn describe(indicator: &mut Indicator, member: &Member, attribute: &Attribute, shared: &Shared) {
    let [first, last] = dates(member, attribute).map(|date| date.date());
    indicator.last_seen = last;
    // The day of an event is later than the last sighting where the event tells of the past; then it says nothing.
    let by_event = shared
        .date
        .filter(|date| last.is_none_or(|last| *date <= last));
    indicator.first_seen = first.or(by_event);
    indicator.producers = shared.producers.clone();
    indicator.sources = shared.source.iter().cloned().collect();
    indicator.references = shared.references.clone();
    let object = member.object.as_deref();
    let comment = said(&attribute.comment).or_else(|| object?.comment.clone());
    indicator.context = comment.into_iter().collect();
    Labels::apply(
        &shared.labels,
        &Labels::read(&attribute.tags, &attribute.galaxies),
        indicator,
    );
    // The ports of a connection are those of its other end, not of where it came from.
    let is_host = matches!(indicator.ioc, Ioc::Ipv4(_) | Ioc::Ipv6(_) | Ioc::Domain(_));
    let is_origin = said(&attribute.relation).is_some_and(|name| name.ends_with("-src"));
    if let Some(object) = object.filter(|_| is_host && !is_origin) {
        indicator.ports.extend(&object.ports);
        indicator.ports.sort_unstable();
        indicator.ports.dedup();
    }
}

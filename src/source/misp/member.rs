//! The attributes of an event and of its objects, as one list.

use std::sync::Arc;

use super::lenient::{Text, said};
use super::model::{Attribute, Event, Object};
use super::place::Position;

/// An attribute with its place and with what its object says.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) position: Position,
    /// `None` where something else stands in its place.
    pub(super) attribute: Option<Box<Attribute>>,
    pub(super) object: Option<Arc<ObjectFacts>>,
}

/// What an object says about each of its attributes.
#[derive(Debug, Default)]
pub(super) struct ObjectFacts {
    deleted: bool,
    pub(super) comment: Option<String>,
    pub(super) first_seen: Text,
    pub(super) last_seen: Text,
    /// The ports that its addresses and names were reached on.
    pub(super) ports: Vec<u16>,
    event_id: Text,
    event: Option<Box<Event>>,
}

/// Takes the attributes out of an event: its own ones, then those of its objects.
pub(super) fn members(event: &mut Event) -> Vec<Member> {
    let own = std::mem::take(&mut event.attributes.items);
    let mut members: Vec<Member> = own
        .into_iter()
        .enumerate()
        .map(|(index, item)| Member {
            position: Position {
                object: None,
                attribute: Some(index),
            },
            attribute: item.0,
            object: None,
        })
        .collect();
    for (index, item) in std::mem::take(&mut event.objects.items)
        .into_iter()
        .enumerate()
    {
        match item.0 {
            Some(object) => of_object(*object, index, &mut members),
            None => members.push(Member {
                position: Position {
                    object: Some(index),
                    attribute: None,
                },
                attribute: None,
                object: None,
            }),
        }
    }
    members
}

fn of_object(mut object: Object, index: usize, members: &mut Vec<Member>) {
    let attributes = std::mem::take(&mut object.attributes.items);
    let valid = || attributes.iter().filter_map(|item| item.0.as_deref());
    // Templates such as `domain-ip` keep the dates of an object in attributes of these names.
    let related = |name: &str| {
        let with_name =
            valid().find(|attribute| said(&attribute.relation).as_deref() == Some(name));
        with_name.and_then(|attribute| attribute.value.clone())
    };
    let facts = Arc::new(ObjectFacts {
        deleted: object.deleted == Some(true),
        comment: said(&object.comment),
        first_seen: said(&object.first_seen).or_else(|| related("first-seen")),
        last_seen: said(&object.last_seen).or_else(|| related("last-seen")),
        ports: valid().filter_map(destination_port).collect(),
        event_id: object.event_id,
        event: object.event.0,
    });
    members.extend(attributes.into_iter().enumerate().map(|(at, item)| Member {
        position: Position {
            object: Some(index),
            attribute: Some(at),
        },
        attribute: item.0,
        object: Some(facts.clone()),
    }));
}

/// The port of a `dst-port` (templates `ip-port`, `network-connection`) or `port` (`domain-ip`, `url`). A source port
/// is another one each time.
fn destination_port(attribute: &Attribute) -> Option<u16> {
    let relation = said(&attribute.relation)?;
    let is_port = relation == "dst-port" || relation == "port";
    let counts = is_port && attribute.deleted != Some(true);
    counts.then(|| port(attribute.value.as_deref()?))?
}

/// A port from 1 to 65535.
pub(super) fn port(text: &str) -> Option<u16> {
    text.trim().parse().ok().filter(|port| *port != 0)
}

impl Member {
    pub(super) fn is_deleted(&self) -> bool {
        let own = self
            .attribute
            .as_ref()
            .is_some_and(|attribute| attribute.deleted == Some(true));
        own || self.object.as_ref().is_some_and(|object| object.deleted)
    }

    /// What a search says about the event that this is of.
    pub(super) fn event(&self) -> Option<&Event> {
        let own = self
            .attribute
            .as_ref()
            .and_then(|attribute| attribute.event.0.as_deref());
        own.or_else(|| self.object.as_ref()?.event.as_deref())
    }

    /// What tells the events apart whose attributes stand in one list.
    pub(super) fn event_key(&self) -> &str {
        let own = self
            .attribute
            .as_ref()
            .and_then(|attribute| attribute.event_id.as_deref());
        let object = || self.object.as_ref()?.event_id.as_deref();
        own.or_else(object)
            .or_else(|| {
                let event = self.event()?;
                event.id.as_deref().or(event.uuid.as_deref())
            })
            .unwrap_or_default()
    }
}

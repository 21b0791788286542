//! The keys of the MISP core format that are read. All others are passed over without being kept.

use serde::de::{IgnoredAny, MapAccess};

use super::lenient::{Flag, Lenient, Many, One, Read, Scalar, Text};

/// A struct of lenient fields, each with its key. Of a key that comes twice the last value counts, as in MISP itself.
macro_rules! record {
    ($(#[$about:meta])* $name:ident { $($field:ident: $type:ty = $key:literal,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Default)]
        pub(super) struct $name { $(pub(super) $field: $type,)* }

        impl $name {
            /// Takes the value of a key that is one of ours; says whether it was.
            fn field<'de, A: MapAccess<'de>>(&mut self, key: &str, object: &mut A) -> Result<bool, A::Error> {
                match key {
                    $($key => self.$field = object.next_value::<Read<$type>>()?.0,)*
                    _ => return Ok(false),
                }
                Ok(true)
            }
        }

        impl Lenient for $name {
            fn object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
                let mut record = Self::default();
                while let Some(key) = object.next_key::<String>()? {
                    if !record.field(&key, &mut object)? {
                        object.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(record)
            }
        }
    };
}

record! {
    /// Core format, section "Event". Also what an attribute of a search says about its event.
    Event {
        id: Text = "id",
        uuid: Text = "uuid",
        info: Text = "info",
        date: Text = "date",
        creator: One<Org> = "Orgc",
        tags: Many<Tag> = "Tag",
        galaxies: Many<One<Galaxy>> = "Galaxy",
        attributes: Many<One<Attribute>> = "Attribute",
        objects: Many<One<Object>> = "Object",
    }
}

record! {
    /// Core format, section "Orgc": the organisation that made the event.
    Org {
        name: Text = "name",
    }
}

record! {
    /// Core format, section "Attribute".
    Attribute {
        kind: Text = "type",
        category: Text = "category",
        value: Text = "value",
        to_ids: Flag = "to_ids",
        deleted: Flag = "deleted",
        comment: Text = "comment",
        relation: Text = "object_relation",
        first_seen: Text = "first_seen",
        last_seen: Text = "last_seen",
        tags: Many<Tag> = "Tag",
        galaxies: Many<One<Galaxy>> = "Galaxy",
        event_id: Text = "event_id",
        event: One<Event> = "Event",
    }
}

record! {
    /// Core format, section "Object".
    Object {
        deleted: Flag = "deleted",
        comment: Text = "comment",
        first_seen: Text = "first_seen",
        last_seen: Text = "last_seen",
        attributes: Many<One<Attribute>> = "Attribute",
        event_id: Text = "event_id",
        event: One<Event> = "Event",
    }
}

record! {
    /// Core format, section "Galaxy".
    Galaxy {
        kind: Text = "type",
        clusters: Many<One<Cluster>> = "GalaxyCluster",
    }
}

record! {
    /// Core format, section "Galaxy": an element of `GalaxyCluster`.
    Cluster {
        kind: Text = "type",
        value: Text = "value",
        meta: One<Meta> = "meta",
    }
}

record! {
    /// The metadata of a cluster.
    Meta {
        external_ids: Many<Text> = "external_id",
    }
}

record! {
    TagObject {
        name: Text = "name",
    }
}

/// Core format, section "Tag": an object with a name. Some tools write the name alone.
#[derive(Debug, Clone, Default)]
pub(super) struct Tag(pub(super) Text);

impl Lenient for Tag {
    fn scalar(scalar: Scalar<'_>) -> Self {
        Tag(Text::scalar(scalar))
    }

    fn object<'de, A: MapAccess<'de>>(object: A) -> Result<Self, A::Error> {
        Ok(Tag(TagObject::object(object)?.name))
    }
}

/// An event under the key `Event`, or without it, or a bare list of attributes.
#[derive(Debug, Clone, Default)]
pub(super) struct Unit {
    wrapped: Option<One<Event>>,
    bare: Event,
}

impl Lenient for Unit {
    fn object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        let mut unit = Unit::default();
        while let Some(key) = object.next_key::<String>()? {
            if key == "Event" {
                unit.wrapped = Some(object.next_value::<Read<One<Event>>>()?.0);
            } else if !unit.bare.field(&key, &mut object)? {
                object.next_value::<IgnoredAny>()?;
            }
        }
        Ok(unit)
    }
}

impl Unit {
    /// The event, and whether it stood under `Event`; `None` where this has the form of no event.
    pub(super) fn event(self) -> Option<(Box<Event>, bool)> {
        match self.wrapped {
            Some(One(event)) => Some((event?, true)),
            None => {
                let event = Box::new(self.bare);
                let has_form =
                    event.attributes.given || event.objects.given || event.is_described();
                has_form.then_some((event, false))
            }
        }
    }
}

impl Event {
    /// Whether the event has properties of its own. In a bare list of attributes it has not.
    pub(super) fn is_described(&self) -> bool {
        self.tags.given
            || self.galaxies.given
            || self.info.is_some()
            || self.uuid.is_some()
            || self.date.is_some()
            || self.creator.0.is_some()
    }
}

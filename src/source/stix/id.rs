//! Ids of objects.

use uuid::Uuid;

/// An object's id, as the UUIDv5 of its text: ids of one length, whatever an input has for ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Id(pub(super) u128);

impl Id {
    pub(super) fn of(id: &str) -> Id {
        Id(Uuid::new_v5(&Uuid::NAMESPACE_OID, id.as_bytes()).as_u128())
    }
}

//! SHA-256 hashes of files; what they derive and their templates are those of every hash.

use super::hash::{STARTER, derived, guard};
use crate::indicator::{Algorithm, Parse, TypePlugin, parse};
use crate::register_type;

pub(crate) static SHA256: TypePlugin = TypePlugin {
    name: "sha256",
    title: "SHA256",
    order: 7,
    is_default: true,
    parse: Parse::Whole(|live| parse::hash_of(Algorithm::Sha256, live)),
    names: &["sha256", "filehashsha256", "sha256hash", "hashsha256"],
    misp: &["sha256"],
    stix: &["hashes.sha256"],
    openioc: &["*sha256", "*sha256sum"],
    ttl_days: Some(365),
    tactic: "execution",
    guard,
    derive: derived,
    samples: &[
        "68872cc22fbdf0c2f69c32ac878ba9a7b7cf61fe5dd0e3da200131b8b23438e7",
        "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592",
    ],
    starter: STARTER,
    starter_field: "hash",
    ..TypePlugin::NEW
};

register_type!(SHA256);

//! SHA-1 hashes of files; what they derive and their templates are those of every hash.

use super::hash::{STARTER, derived, guard};
use crate::indicator::{Algorithm, Parse, TypePlugin, parse};
use crate::register_type;

pub(crate) static SHA1: TypePlugin = TypePlugin {
    name: "sha1",
    title: "SHA1",
    order: 6,
    is_default: true,
    parse: Parse::Whole(|live| parse::hash_of(Algorithm::Sha1, live)),
    names: &["sha1", "filehashsha1", "sha1hash", "hashsha1"],
    misp: &["sha1"],
    stix: &["hashes.sha1"],
    openioc: &["*sha1", "*sha1sum"],
    ttl_days: Some(365),
    tactic: "execution",
    guard,
    derive: derived,
    samples: &[
        "a010d5449d29a1916827fdb443e3c84c405cb2a5",
        "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
    ],
    starter: STARTER,
    starter_field: "hash",
    ..TypePlugin::NEW
};

register_type!(SHA1);

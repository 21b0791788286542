//! MD5 hashes of files; what they derive and their templates are those of every hash.

use super::hash::{STARTER, derived, guard};
use crate::indicator::{Algorithm, Parse, TypePlugin, parse};
use crate::register_type;

pub(crate) static MD5: TypePlugin = TypePlugin {
    name: "md5",
    title: "MD5",
    order: 5,
    is_default: true,
    parse: Parse::Whole(|live| parse::hash_of(Algorithm::Md5, live)),
    names: &["md5", "filehashmd5", "md5hash", "hashmd5"],
    misp: &["md5"],
    stix: &["hashes.md5"],
    openioc: &["*md5", "*md5sum"],
    warninglists: &["malware-sample"],
    ttl_days: Some(365),
    tactic: "execution",
    guard,
    derive: derived,
    samples: &[
        "d41d8cd98f00b204e9800998ecf8427f",
        "9e107d9d372bb6826bd81d3542a419d6",
    ],
    starter: STARTER,
    starter_field: "hash",
    ..TypePlugin::NEW
};

register_type!(MD5);

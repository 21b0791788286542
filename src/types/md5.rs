//! MD5 hashes of files; their forms are those of every hash.

use super::hash::{STARTER, forms, guard};
use crate::indicator::{Algorithm, IocType, Parse, TypePlugin, parse};
use crate::registry::TemplatePlugin;
use crate::{register, register_type};

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
    derive: forms,
    samples: &[
        "d41d8cd98f00b204e9800998ecf8427f",
        "9e107d9d372bb6826bd81d3542a419d6",
    ],
    starter: STARTER,
    starter_field: "hash",
    ..TypePlugin::NEW
};

register_type!(MD5);

register!(TemplatePlugin {
    name: "md5/process_creation_windows",
    ioc_type: IocType::Md5,
    primary: true,
    tagged: &[],
    needs: &[],
    source: include_str!("../../templates/md5/process_creation_windows.yml.j2"),
    forms,
});

register!(TemplatePlugin {
    name: "md5/image_load_windows",
    ioc_type: IocType::Md5,
    primary: false,
    tagged: &[],
    needs: &[],
    source: include_str!("../../templates/md5/image_load_windows.yml.j2"),
    forms,
});

register!(TemplatePlugin {
    name: "md5/driver_load_windows",
    ioc_type: IocType::Md5,
    primary: false,
    tagged: &[],
    needs: &[],
    source: include_str!("../../templates/md5/driver_load_windows.yml.j2"),
    forms,
});

register!(TemplatePlugin {
    name: "md5/create_stream_hash_windows",
    ioc_type: IocType::Md5,
    primary: false,
    tagged: &[],
    needs: &[],
    source: include_str!("../../templates/md5/create_stream_hash_windows.yml.j2"),
    forms,
});

//! SHA-1 hashes of files; their forms are those of every hash.

use super::hash::forms;
use crate::indicator::IocType;
use crate::register;
use crate::registry::TemplatePlugin;

register!(TemplatePlugin {
    name: "sha1/process_creation_windows",
    ioc_type: IocType::Sha1,
    primary: true,
    tagged: &[],
    needs: &[],
    source: include_str!("../../templates/sha1/process_creation_windows.yml.j2"),
    forms,
});

register!(TemplatePlugin {
    name: "sha1/image_load_windows",
    ioc_type: IocType::Sha1,
    primary: false,
    tagged: &[],
    needs: &[],
    source: include_str!("../../templates/sha1/image_load_windows.yml.j2"),
    forms,
});

register!(TemplatePlugin {
    name: "sha1/driver_load_windows",
    ioc_type: IocType::Sha1,
    primary: false,
    tagged: &[],
    needs: &[],
    source: include_str!("../../templates/sha1/driver_load_windows.yml.j2"),
    forms,
});

register!(TemplatePlugin {
    name: "sha1/create_stream_hash_windows",
    ioc_type: IocType::Sha1,
    primary: false,
    tagged: &[],
    needs: &[],
    source: include_str!("../../templates/sha1/create_stream_hash_windows.yml.j2"),
    forms,
});

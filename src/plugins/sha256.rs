//! SHA-256 hashes of files; their forms are those of every hash.

use super::hash::forms;
use crate::indicator::IocType;
use crate::register;
use crate::registry::TemplatePlugin;

register!(TemplatePlugin {
    name: "sha256/process_creation_windows",
    ioc_type: IocType::Sha256,
    primary: true,
    tagged: &[],
    needs: &[],
    source: include_str!("../../templates/sha256/process_creation_windows.yml.j2"),
    forms,
});

register!(TemplatePlugin {
    name: "sha256/image_load_windows",
    ioc_type: IocType::Sha256,
    primary: false,
    tagged: &[],
    needs: &[],
    source: include_str!("../../templates/sha256/image_load_windows.yml.j2"),
    forms,
});

register!(TemplatePlugin {
    name: "sha256/driver_load_windows",
    ioc_type: IocType::Sha256,
    primary: false,
    tagged: &[],
    needs: &[],
    source: include_str!("../../templates/sha256/driver_load_windows.yml.j2"),
    forms,
});

register!(TemplatePlugin {
    name: "sha256/create_stream_hash_windows",
    ioc_type: IocType::Sha256,
    primary: false,
    tagged: &[],
    needs: &[],
    source: include_str!("../../templates/sha256/create_stream_hash_windows.yml.j2"),
    forms,
});

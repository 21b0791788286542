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
    source: include_str!("../../templates/sha1/process_creation_windows.yml.j2"),
    forms,
});

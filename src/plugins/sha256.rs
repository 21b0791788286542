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
    source: include_str!("../../templates/sha256/process_creation_windows.yml.j2"),
    forms,
});

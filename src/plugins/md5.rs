//! MD5 hashes of files; their forms are those of every hash.

use super::hash::forms;
use crate::indicator::IocType;
use crate::register;
use crate::registry::TemplatePlugin;

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

//! Names of Windows services, as event 7045 shows them: mostly the name for display, which is often that of the service too.
//!
//! | derived value | what | example |
//! |---|---|---|
//! | `value` | the name | `Evil Updater` |

use super::common::SERVICES;
use super::text::{behind, literal, not_a, of, single_backslashes};
use crate::indicator::{Parse, Refusal, TypePlugin};
use crate::{register_template, register_type};

pub(crate) static SERVICE_NAME: TypePlugin = TypePlugin {
    name: "service_name",
    title: "Service Name",
    order: 19,
    parse: Parse::Text(canonical),
    names: &[
        "servicename",
        "servicenames",
        "windowsservice",
        "windowsservicename",
        "servicedisplayname",
        "windowsservicedisplayname",
    ],
    misp: &["windows-service-name", "windows-service-displayname"],
    stix: &[
        "process:extensions.windows-service-ext.service_name",
        "process:extensions.windows-service-ext.display_name",
    ],
    openioc: &["serviceitem/name", "serviceitem/descriptivename"],
    ttl_days: Some(180),
    tactic: "persistence",
    guard: |ioc| SERVICES.judge(of(ioc)),
    samples: &["Evil Updater", "it's [1] & 50% #new"],
    more_samples: || ["x", "y"].map(|end| "evil ".repeat(40) + end).into(),
    starter_field: "service",
    ..TypePlugin::NEW
};

register_type!(SERVICE_NAME);
register_template!("../../templates/service_name/windows_system.yml.j2");

/// Windows' limit: https://learn.microsoft.com/windows/win32/api/winsvc/nf-winsvc-createservicew
const LONGEST: usize = 256;

/// Where the name stands behind its key.
const KEYS: [&str; 2] = [
    "HKLM\\SYSTEM\\CurrentControlSet\\Services\\",
    "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\",
];

fn canonical(text: &str) -> Result<String, Refusal> {
    let single = single_backslashes(text);
    let name = KEYS
        .iter()
        .find_map(|key| behind(&single, key))
        .unwrap_or(text);
    let name = literal(name, LONGEST)?;
    match name.contains(['\\', '/']) {
        true => Err(not_a("service_name")),
        false => Ok(name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::text::check::{code, value};

    #[test]
    fn a_name_has_no_slash() {
        for (text, name) in [
            ("Evil Updater", "Evil Updater"),
            ("\"evilsvc\"", "evilsvc"),
            (
                "HKLM\\SYSTEM\\CurrentControlSet\\Services\\evilsvc",
                "evilsvc",
            ),
        ] {
            assert_eq!(
                value(&SERVICE_NAME, text),
                ("service_name", name.to_owned()),
                "{text}"
            );
        }
        for (text, reason) in [
            ("", "empty"),
            ("C:\\evil.exe", "type_mismatch"),
            ("evil*", "pattern"),
            ("a\u{3}", "control_character"),
            (&"a".repeat(257), "value_too_long"),
            ("BITS", "common_value"),
            ("print spooler", "common_value"),
            ("gupdate", "common_value"),
            ("Evil BITS", "keep"),
        ] {
            assert_eq!(code(&SERVICE_NAME, text), reason, "{text:?}");
        }
    }
}

//! Keys and values of the Windows registry.
//!
//! Sysmon writes `HKLM` and `HKU\<SID>`, others write hives out, and a user's hive has the name of one victim. So rules ask for what stands
//! behind the hive. Sysmon itself writes `HKLM\System\CurrentControlSet` for each `ControlSet00n`, and `HKCR` for the classes of
//! the machine; the canonical form does the same.
//! Source: <https://learn.microsoft.com/sysinternals/downloads/sysmon>, events 12 to 14.
//!
//! | given | canonical |
//! |---|---|
//! | `HKEY_LOCAL_MACHINE\SOFTWARE\x`, `HKLM:\SOFTWARE\x`, `\REGISTRY\MACHINE\SOFTWARE\x` | `HKLM\SOFTWARE\x` |
//! | `HKEY_USERS\S-1-5-21-…\Software\x`, `HKEY_CURRENT_USER\Software\x` | `HKCU\Software\x` |
//! | `HKLM\SYSTEM\ControlSet001\Services\x` | `HKLM\SYSTEM\CurrentControlSet\Services\x` |
//! | `HKLM\SOFTWARE\Classes\x`, `HKU\S-1-5-21-…_Classes\x` | `HKCR\x` |
//! | `Software\x\y`, of no hive | `\Software\x\y` |
//!
//! `Wow6432Node` stays: it is another key. The text after `|` is data, which rules do not look at.
//!
//! | derived value | what | example |
//! |---|---|---|
//! | `value` | the key | `HKCU\Software\Evil\Updater` |
//! | `endings` | what the key or the value ends in, in each spelling | `\Software\Evil\Updater` |
//! | `below` | what keys and values below it have in them | `\Software\Evil\Updater\` |

use super::common::REGISTRY_KEYS;
use super::text::{behind, literal, not_a, of, plain_dots, single_backslashes};
use crate::derived::DerivedValues;
use crate::indicator::{Indicator, Ioc, Parse, Refusal, TypePlugin};
use crate::reason::Reason;
use crate::{register_template, register_type};

pub(crate) static REGISTRY_KEY: TypePlugin = TypePlugin {
    name: "registry_key",
    title: "Registry Key",
    order: 12,
    parse: Parse::Text(canonical),
    own_form: Some(|text| !split(text.trim_start_matches(['[', '\\'])).0.is_empty()),
    names: &[
        "registrykey",
        "registrykeys",
        "registry",
        "registrypath",
        "regkey",
        "regkeys",
        "regkey|value",
        "regpath",
        "windowsregistrykey",
    ],
    misp: &["regkey", "regkey|value"],
    stix: &["windows-registry-key:key"],
    openioc: &["registryitem/path", "registryitem/keypath"],
    ttl_days: Some(180),
    tactic: "persistence",
    guard,
    derive: derived,
    samples: &[
        "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\Evil Updater",
        "HKLM\\SYSTEM\\CurrentControlSet\\Services\\evil",
        "HKCR\\CLSID\\{11111111-2222-3333-4444-555555555555}\\InprocServer32",
        "\\Software\\it's [1]\\50%",
    ],
    more_samples: || {
        ["x", "y"]
            .map(|end| "HKLM\\SOFTWARE".to_owned() + &"\\abcdefgh".repeat(24) + "\\" + end)
            .into()
    },
    starter: "    FIELD|endswith: {{ endings|sigma }}\n",
    starter_field: "key",
    ..TypePlugin::NEW
};

register_type!(REGISTRY_KEY);
register_template!("../../templates/registry_key/registry_set_windows.yml.j2");
register_template!("../../templates/registry_key/registry_add_windows.yml.j2");
register_template!("../../templates/registry_key/registry_delete_windows.yml.j2");

/// A name of a key has at most 255 characters, and reports write few of them.
/// Source: https://learn.microsoft.com/windows/win32/sysinfo/registry-element-size-limits
const LONGEST: usize = 1024;

/// Spellings of hives, and what stands for each; the longest of two that begin alike comes first.
const HIVES: [(&str, &str); 15] = [
    ("HKEY_LOCAL_MACHINE", "HKLM"),
    ("HKEY_CURRENT_USER", "HKCU"),
    ("HKEY_CLASSES_ROOT", "HKCR"),
    ("HKEY_CURRENT_CONFIG", "HKCC"),
    ("HKEY_USERS", "HKU"),
    ("REGISTRY\\MACHINE", "HKLM"),
    ("REGISTRY\\USER", "HKU"),
    ("MACHINE", "HKLM"),
    ("HKLM", "HKLM"),
    ("HKCU", "HKCU"),
    ("HKCR", "HKCR"),
    ("HKCC", "HKCC"),
    ("HKUS", "HKU"),
    ("HKU", "HKU"),
    ("HKEY_USER", "HKU"),
];

/// What a key of no hive begins with: else any path might be one.
const ROOTS: [&str; 6] = [
    "SOFTWARE",
    "SYSTEM",
    "SAM",
    "SECURITY",
    "ENVIRONMENT",
    "CLSID",
];

fn canonical(text: &str) -> Result<String, Refusal> {
    let text = plain_dots(text);
    // `regkey|value` of MISP: the value's path, and its data.
    let text = text.split_once('|').map_or(&*text, |(key, _)| key);
    let text = text.trim().trim_start_matches('[').trim_end_matches(']');
    let single = single_backslashes(text);
    let path = single.trim_matches('\\');
    let path = behind(path, "Computer\\").unwrap_or(path);
    let (hive, rest) = split(path);
    let rest = rest.trim_matches('\\');
    // `HKU\<SID>\…` is not a pattern: the user differs, and rules do not look at it.
    let asked = match hive {
        "HKU" => rest.split_once('\\').map_or(rest, |(_, rest)| rest),
        _ => rest,
    };
    literal(asked, LONGEST)?;
    let names: Vec<&str> = rest.split('\\').map(str::trim).collect();
    if names.iter().any(|name| name.is_empty()) {
        return Err(not_a("registry_key"));
    }
    let (hive, names) = of_user(hive, &names);
    if names.is_empty() {
        return Err(not_a("registry_key"));
    }
    if hive.is_empty() && !ROOTS.iter().any(|root| names[0].eq_ignore_ascii_case(root)) {
        return Err(not_a("registry_key"));
    }
    let (hive, names) = of_classes(hive, names);
    let key = names.join("\\");
    Ok(format!("{hive}\\{}", control_set(&key)))
}

/// The hive, and what stands behind it.
fn split(path: &str) -> (&'static str, &str) {
    for (spelling, hive) in HIVES {
        if let Some(rest) = behind(path, spelling) {
            let rest = rest.strip_prefix(':').unwrap_or(rest);
            if let Some(rest) = rest.strip_prefix('\\') {
                return (hive, rest);
            }
        }
    }
    ("", path)
}

/// The hive of a user, whoever that is, as that of the current one.
fn of_user<'a>(hive: &'static str, names: &[&'a str]) -> (&'static str, Vec<&'a str>) {
    match names {
        [user, rest @ ..] if hive == "HKU" => match user.to_ascii_uppercase().ends_with("_CLASSES")
        {
            true => ("HKCR", rest.to_vec()),
            false => ("HKCU", rest.to_vec()),
        },
        names => (hive, names.to_vec()),
    }
}

/// `Software\Classes` of the machine or a user is what `HKCR` shows.
fn of_classes<'a>(hive: &'static str, names: Vec<&'a str>) -> (&'static str, Vec<&'a str>) {
    match names.as_slice() {
        [software, classes, rest @ ..]
            if !rest.is_empty()
                && software.eq_ignore_ascii_case("software")
                && classes.eq_ignore_ascii_case("classes") =>
        {
            ("HKCR", rest.to_vec())
        }
        _ => (hive, names),
    }
}

const CONTROL: &str = "\\CurrentControlSet\\";

/// `System\ControlSet001\…` as `System\CurrentControlSet\…`.
fn control_set(key: &str) -> String {
    let set = behind(key, "System\\ControlSet00").and_then(|rest| rest.get(1..).zip(rest.get(..1)));
    match set {
        Some((rest, digit)) if digit.as_bytes()[0].is_ascii_digit() && rest.starts_with('\\') => {
            format!("{}{CONTROL}{}", &key[..6], &rest[1..])
        }
        _ => key.to_owned(),
    }
}

/// The part after the hive.
fn behind_hive(value: &str) -> &str {
    value.find('\\').map_or(value, |at| &value[at..])
}

fn guard(ioc: &Ioc) -> Option<(Reason, Option<String>)> {
    REGISTRY_KEYS.judge(behind_hive(of(ioc)))
}

fn derived(indicator: &Indicator) -> DerivedValues {
    let value = indicator.ioc.to_string();
    let rest = behind_hive(&value);
    let mut endings = match value.starts_with("HKCR\\") {
        // Of the machine as Sysmon and as others write it, and of a user.
        true => ["HKCR", "\\Classes", "_Classes"]
            .map(|head| format!("{head}{rest}"))
            .to_vec(),
        false => vec![rest.to_owned()],
    };
    if let Some(below) = behind(rest, "\\System\\CurrentControlSet\\") {
        endings.push(format!("{}\\ControlSet001\\{below}", &rest[..7]));
    }
    let below: Vec<String> = endings.iter().map(|ending| format!("{ending}\\")).collect();
    DerivedValues::new()
        .texts("below", below)
        .texts("endings", endings)
        .text("value", value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::IocType;
    use crate::types::text::check::{code, value};

    #[test]
    fn spellings_of_one_key_are_one() {
        for (text, key) in [
            ("HKEY_LOCAL_MACHINE\\SOFTWARE\\Evil", "HKLM\\SOFTWARE\\Evil"),
            ("hklm\\SOFTWARE\\Evil\\", "HKLM\\SOFTWARE\\Evil"),
            ("HKLM:\\SOFTWARE\\Evil", "HKLM\\SOFTWARE\\Evil"),
            ("HKLM\\\\SOFTWARE\\\\Evil", "HKLM\\SOFTWARE\\Evil"),
            ("HKLM/SOFTWARE/Evil", "HKLM\\SOFTWARE\\Evil"),
            (
                "Computer\\HKEY_LOCAL_MACHINE\\SOFTWARE\\Evil",
                "HKLM\\SOFTWARE\\Evil",
            ),
            (
                "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Evil]",
                "HKLM\\SOFTWARE\\Evil",
            ),
            (
                "\\REGISTRY\\MACHINE\\SOFTWARE\\Evil",
                "HKLM\\SOFTWARE\\Evil",
            ),
            ("HKCU\\Software\\Evil\\Run 1", "HKCU\\Software\\Evil\\Run 1"),
            (
                "HKEY_USERS\\S-1-5-21-1-2-3-1001\\Software\\Evil",
                "HKCU\\Software\\Evil",
            ),
            ("HKU\\<SID>\\Software\\Evil", "HKCU\\Software\\Evil"),
            ("HKU\\.DEFAULT\\Software\\Evil", "HKCU\\Software\\Evil"),
            (
                "HKLM\\SYSTEM\\ControlSet001\\Services\\evil",
                "HKLM\\SYSTEM\\CurrentControlSet\\Services\\evil",
            ),
            (
                "HKLM\\SOFTWARE\\Wow6432Node\\Evil",
                "HKLM\\SOFTWARE\\Wow6432Node\\Evil",
            ),
            (
                "HKLM\\SOFTWARE\\Classes\\exefile\\shell",
                "HKCR\\exefile\\shell",
            ),
            (
                "HKU\\S-1-5-21-1-2-3-1001_Classes\\exefile\\shell",
                "HKCR\\exefile\\shell",
            ),
            ("HKCR\\.evil", "HKCR\\.evil"),
            (
                "Software\\Microsoft\\Windows\\CurrentVersion\\Run\\Evil",
                "\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\Evil",
            ),
            ("HKCU\\Software\\Evil|C:\\evil.exe", "HKCU\\Software\\Evil"),
        ] {
            assert_eq!(
                value(&REGISTRY_KEY, text),
                ("registry_key", key.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for (text, reason) in [
            ("HKLM", "type_mismatch"),
            ("HKU\\S-1-5-18", "type_mismatch"),
            ("C:\\Windows\\a", "type_mismatch"),
            ("evil", "type_mismatch"),
            ("HKCU\\Software\\<random>", "pattern"),
            ("HKCU\\Software\\*\\Evil", "pattern"),
            ("HKCU\\...\\Run\\Evil", "pattern"),
            ("HKCU\\Software\\a\u{8}", "control_character"),
        ] {
            assert_eq!(code(&REGISTRY_KEY, text), reason, "{text:?}");
        }
    }

    #[test]
    fn keys_that_every_system_has_make_no_rule() {
        for (text, reason) in [
            (
                "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run",
                "common_value",
            ),
            (
                "HKLM\\SOFTWARE\\MICROSOFT\\Windows\\CurrentVersion\\RunOnce\\",
                "common_value",
            ),
            ("HKLM\\SYSTEM\\ControlSet001\\Services", "common_value"),
            ("HKCR\\CLSID", "common_value"),
            ("HKLM\\SOFTWARE", "common_value"),
            (
                "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\Evil",
                "keep",
            ),
        ] {
            assert_eq!(code(&REGISTRY_KEY, text), reason, "{text}");
        }
    }

    #[test]
    fn each_spelling_of_logs_is_asked_for() {
        let endings = |text: &str| {
            let parsed = crate::indicator::parse_as(
                crate::indicator::Expect::Type(IocType::of(&REGISTRY_KEY)),
                text,
            );
            match derived(&Indicator::new(parsed.unwrap())).get("endings") {
                Some(crate::registry::DerivedValue::Texts(texts)) => texts.clone(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(endings("HKCU\\Software\\Evil"), ["\\Software\\Evil"]);
        assert_eq!(
            endings("HKLM\\SYSTEM\\CurrentControlSet\\Services\\e"),
            [
                "\\SYSTEM\\CurrentControlSet\\Services\\e",
                "\\SYSTEM\\ControlSet001\\Services\\e"
            ]
        );
        assert_eq!(
            endings("HKCR\\.evil"),
            ["HKCR\\.evil", "\\Classes\\.evil", "_Classes\\.evil"]
        );
    }
}

//! The types that are compiled when asked for, in each format that can name one, and what becomes of them where nobody asks.

use std::collections::{BTreeMap, BTreeSet};

use socdef_sigma::compile::Compiler;
use socdef_sigma::compile::{Intake, Settings};
use socdef_sigma::indicator::parse_date;
use socdef_sigma::rule::Level;
use socdef_sigma::source::{Format, Input, ReadOptions};
use socdef_sigma::{IocType, Reason};

fn intake(format: Format, text: &str) -> Intake {
    let input = Input::from_bytes("feed", text.as_bytes().to_vec());
    let options = ReadOptions {
        format: Some(format),
        ..ReadOptions::default()
    };
    let mut intake = Intake::new(usize::MAX);
    intake.read(&input, &options, &mut |_| Ok(())).unwrap();
    intake
}

/// What is kept of a feed with all types asked for, as `type value`.
fn kept(format: Format, text: &str) -> BTreeSet<String> {
    let mut settings = Settings::new(parse_date("2026-05-17").unwrap());
    settings.types = IocType::all().to_vec();
    let (kept, _) = intake(format, text).select(&settings);
    kept.iter()
        .map(|indicator| format!("{} {}", indicator.ioc.ioc_type(), indicator.ioc))
        .collect()
}

/// The reasons for which nothing is kept of a feed where no type is asked for.
fn reasons(format: Format, text: &str) -> BTreeMap<Reason, u64> {
    let settings = Settings::new(parse_date("2026-05-17").unwrap());
    let (kept, report) = intake(format, text).select(&settings);
    assert!(kept.is_empty(), "{kept:?}");
    report.reasons().collect()
}

fn set(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(ToString::to_string).collect()
}

/// One of each type, by what a type cell calls it, and its canonical form.
const EACH: [(&str, &str, &str); 11] = [
    ("filename", "evil.exe", "filename evil.exe"),
    (
        "file_path",
        "%APPDATA%\\evil.exe",
        "filepath \\AppData\\Roaming\\evil.exe",
    ),
    (
        "registry key",
        "HKEY_CURRENT_USER\\Software\\Evil",
        "registry_key HKCU\\Software\\Evil",
    ),
    ("Named Pipe", "\\\\.\\pipe\\evil", "named_pipe \\evil"),
    (
        "imphash",
        "0123456789ABCDEF0123456789abcdef",
        "imphash 0123456789abcdef0123456789abcdef",
    ),
    (
        "ja3",
        "1123456789abcdef0123456789abcdef",
        "ja3 1123456789abcdef0123456789abcdef",
    ),
    (
        "JA3S",
        "2123456789abcdef0123456789abcdef",
        "ja3s 2123456789abcdef0123456789abcdef",
    ),
    (
        "ja4",
        "t13d191000_9dc949149365_e7c285222651",
        "ja4 t13d191000_9dc949149365_e7c285222651",
    ),
    (
        "user-agent",
        "evil loader/1.0",
        "user_agent evil loader/1.0",
    ),
    ("service_name", "Evil Updater", "service_name Evil Updater"),
    ("scheduled-task", "Evil Task", "scheduled_task \\Evil Task"),
];

#[test]
fn a_type_cell_names_each() {
    let rows: Vec<String> = EACH
        .iter()
        .map(|(kind, value, _)| format!("{kind},\"{value}\""))
        .collect();
    let text = format!("type,value\n{}\n", rows.join("\n"));
    let expected = EACH.map(|(_, _, expected)| expected);
    assert_eq!(kept(Format::Csv, &text), set(&expected));
    assert_eq!(
        reasons(Format::Csv, &text),
        [(Reason::TypeNotSelected, 11)].into()
    );
}

#[test]
fn an_entry_of_json_names_each() {
    let entries: Vec<String> = EACH
        .iter()
        .map(|(kind, value, _)| serde_json::json!({"type": kind, "value": value}).to_string())
        .collect();
    let expected = EACH.map(|(_, _, expected)| expected);
    assert_eq!(kept(Format::Socdef, &entries.join("\n")), set(&expected));
}

#[test]
fn a_column_names_one_and_the_name_of_a_hashed_file_is_none() {
    assert_eq!(
        kept(
            Format::Csv,
            "Filename,Registry Key\nevil.exe,HKCU\\Software\\Evil\n"
        ),
        set(&["filename evil.exe", "registry_key HKCU\\Software\\Evil"])
    );
    let hash = "9585f0c7dc287d07755e6818e1fa204c";
    let text = format!("md5,filename,imphash\n{hash},evil.exe,0123456789abcdef0123456789abcdef\n");
    assert_eq!(
        kept(Format::Csv, &text),
        set(&[
            "imphash 0123456789abcdef0123456789abcdef",
            &format!("md5 {hash}")
        ])
    );
}

#[test]
fn misp_names_them() {
    let attributes = [
        ("filename", "evil.exe"),
        ("regkey", "HKCU\\Software\\Evil"),
        ("regkey|value", "HKCU\\Software\\Other|C:\\evil.exe"),
        ("named pipe", "\\.\\pipe\\evil"),
        ("imphash", "0123456789abcdef0123456789abcdef"),
        ("ja3-fingerprint-md5", "1123456789abcdef0123456789abcdef"),
        ("user-agent", "evil/1.0"),
        ("windows-service-name", "evilsvc"),
        ("windows-service-displayname", "Evil Service"),
        ("windows-scheduled-task", "Evil"),
    ];
    let attributes: Vec<_> = attributes
        .iter()
        .map(|(kind, value)| serde_json::json!({"type": kind, "value": value, "to_ids": true}))
        .collect();
    let event = serde_json::json!({"Event": {"info": "x", "Attribute": attributes}}).to_string();
    assert_eq!(
        kept(Format::Misp, &event),
        set(&[
            "filename evil.exe",
            "imphash 0123456789abcdef0123456789abcdef",
            "ja3 1123456789abcdef0123456789abcdef",
            "named_pipe \\evil",
            "registry_key HKCU\\Software\\Evil",
            "registry_key HKCU\\Software\\Other",
            "scheduled_task \\Evil",
            "service_name Evil Service",
            "service_name evilsvc",
            "user_agent evil/1.0",
        ])
    );
}

#[test]
fn stix_names_them_and_beside_a_hash_a_name_says_more_of_it() {
    let pattern = |pattern: &str| {
        let object = serde_json::json!({
            "type": "indicator", "spec_version": "2.1", "pattern_type": "stix", "pattern": pattern,
            "id": "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f", "valid_from": "2026-01-01T00:00:00Z",
        });
        let bundle = serde_json::json!({"type": "bundle", "id": "bundle--1", "objects": [object]});
        kept(Format::Stix, &bundle.to_string())
    };
    for (text, expected) in [
        ("[file:name = 'evil.exe']", "filename evil.exe"),
        (
            "[windows-registry-key:key = 'HKEY_LOCAL_MACHINE\\\\SOFTWARE\\\\Evil']",
            "registry_key HKLM\\SOFTWARE\\Evil",
        ),
        (
            "[file:hashes.'IMPHASH' = '0123456789abcdef0123456789abcdef']",
            "imphash 0123456789abcdef0123456789abcdef",
        ),
        (
            "[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = 'evil/1.0']",
            "user_agent evil/1.0",
        ),
        (
            "[process:extensions.'windows-service-ext'.service_name = 'evilsvc']",
            "service_name evilsvc",
        ),
        (
            "[file:name = 'evil.exe' AND file:hashes.MD5 = '9585f0c7dc287d07755e6818e1fa204c']",
            "md5 9585f0c7dc287d07755e6818e1fa204c",
        ),
    ] {
        assert_eq!(pattern(text), set(&[expected]), "{text}");
    }
}

#[test]
fn openioc_names_them() {
    let item = |search: &str, content: &str| {
        let document = search.split('/').next().unwrap();
        format!(
            "<IndicatorItem id=\"i\" condition=\"is\"><Context document=\"{document}\" search=\"{search}\" type=\"mir\"/>\
             <Content type=\"string\">{content}</Content></IndicatorItem>"
        )
    };
    let items = [
        item("FileItem/FileName", "evil.exe"),
        item(
            "FileItem/FullPath",
            "C:\\Users\\john\\AppData\\Roaming\\evil.exe",
        ),
        item("RegistryItem/KeyPath", "Software\\Evil\\Run"),
        item("RegistryItem/Path", "HKEY_LOCAL_MACHINE\\SOFTWARE\\Evil"),
        item("ServiceItem/name", "evilsvc"),
        item("TaskItem/Name", "Evil"),
        item("Network/UserAgent", "evil/1.0"),
    ]
    .concat();
    let text = format!(
        "<?xml version=\"1.0\"?><ioc xmlns=\"http://schemas.mandiant.com/2010/ioc\" id=\"1\"><definition>\
         <Indicator operator=\"OR\" id=\"a\">{items}</Indicator></definition></ioc>"
    );
    assert_eq!(
        kept(Format::Openioc, &text),
        set(&[
            "filename evil.exe",
            "filepath \\AppData\\Roaming\\evil.exe",
            "registry_key HKLM\\SOFTWARE\\Evil",
            "registry_key \\Software\\Evil\\Run",
            "scheduled_task \\Evil",
            "service_name evilsvc",
            "user_agent evil/1.0",
        ])
    );
}

/// What has a form of its own needs nobody to name it; a name in a list of lines is none.
#[test]
fn a_line_is_only_what_its_form_says() {
    assert_eq!(
        kept(
            Format::Txt,
            "evil.exe\n%TEMP%\\evil.exe\nHKCU\\Software\\Evil\\Run\nt13d191000_9dc949149365_e7c285222651\n"
        ),
        set(&[
            "filepath \\Temp\\evil.exe",
            "ja4 t13d191000_9dc949149365_e7c285222651",
            "registry_key HKCU\\Software\\Evil\\Run",
        ])
    );
}

#[test]
fn no_level_is_above_medium_and_names_and_user_agents_are_low() {
    let mut settings = Settings::new(parse_date("2026-05-17").unwrap());
    settings.types = IocType::all().to_vec();
    let compiler = Compiler::new(&settings);
    let entries: Vec<String> = EACH
        .iter()
        .map(|(kind, value, _)| {
            serde_json::json!({"type": kind, "value": value, "confidence": "high"}).to_string()
        })
        .collect();
    let (kept, _) = intake(Format::Socdef, &entries.join("\n")).select(&settings);
    assert_eq!(kept.len(), EACH.len());
    for indicator in kept {
        let rule = compiler.rule(&indicator).unwrap().rule;
        let low = ["filename", "user_agent"].contains(&indicator.ioc.ioc_type().as_str());
        let expected = if low { Level::Low } else { Level::Medium };
        assert_eq!(rule.level, Some(expected), "{}", rule.title);
    }
}

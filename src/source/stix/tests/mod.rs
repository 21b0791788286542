use serde_json::{Value, json};

use super::*;
use crate::indicator::EmailRole;
use crate::source::Format;

mod layouts;
mod metadata;
mod observables;
mod real_files;

/// Everything that is found in a text.
fn found(text: impl Into<Vec<u8>>) -> Vec<Found> {
    let input = Input::from_bytes("feed.json", text.into());
    let options = ReadOptions {
        format: Some(Format::Stix),
        ..ReadOptions::default()
    };
    let stream = crate::source::read(&input, &options).unwrap();
    stream.map(|found| found.unwrap()).collect()
}

fn bundle(objects: Value) -> String {
    json!({"type": "bundle", "id": "bundle--1", "objects": objects}).to_string()
}

/// One line for each thing found: what, where, and the value.
fn lines(found: &[Found]) -> Vec<String> {
    let line = |found: &Found| match found {
        Found::Indicator(indicator) => {
            let place = indicator.place.as_ref().unwrap();
            let kind = indicator.ioc.ioc_type();
            format!("{kind} {} @ {place}", indicator.ioc)
        }
        Found::Rejection(rejection) => {
            let code = rejection.refusal.reason.code();
            format!("{code} {} @ {}", rejection.value, rejection.place)
        }
        Found::Note(note) => format!("note {} {} @ {}", note.kind.code(), note.detail, note.place),
        Found::Blank(blank) => format!("blank {}", blank.text),
    };
    found.iter().map(line).collect()
}

/// An indicator object with these properties beside its pattern.
fn object(pattern: &str, more: Value) -> Value {
    let mut object = json!({"type": "indicator", "id": "indicator--1", "pattern": pattern});
    let members = object.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    object
}

const EVIL: &str = "[domain-name:value = 'evil.example']";

/// The one indicator of these objects.
fn indicator(objects: Value) -> Indicator {
    let found = found(bundle(objects));
    match found.as_slice() {
        [Found::Indicator(indicator)] => (**indicator).clone(),
        other => panic!("{other:?}"),
    }
}

/// The one indicator of an object with these properties.
fn evil(more: Value) -> Indicator {
    indicator(json!([object(EVIL, more)]))
}

#[test]
fn every_value_is_found_once_with_its_place() {
    let text = bundle(json!([
        {"type": "identity", "id": "identity--1", "name": "Producer"},
        object("[domain-name:value = 'Evil[.]example' OR ipv4-addr:value = '198.51.100.9/24' OR domain-name:value = 'not a name' OR file:name = 'a.exe']", json!({})),
        object("[url:value LIKE 'http://%']", json!({"id": "indicator--2"})),
    ]));
    assert_eq!(
        lines(&found(text)),
        [
            "domain evil.example @ feed.json: objects[1].pattern",
            "note host_bits 198.51.100.9/24 @ feed.json: objects[1].pattern",
            "ipv4 198.51.100.0/24 @ feed.json: objects[1].pattern",
            "invalid_domain not a name @ feed.json: objects[1].pattern",
            "filename a.exe @ feed.json: objects[1].pattern",
            "pattern_not_supported url:value LIKE 'http://%' @ feed.json: objects[2].pattern",
        ]
    );
}

#[test]
fn the_object_path_decides_what_a_value_may_be() {
    let hex = |digits| "a".repeat(digits);
    for (path, value, expected) in [
        // A form beyond doubt is taken as what it is.
        ("ipv4-addr:value", "2001:db8::1".to_owned(), "ipv6"),
        ("ipv6-addr:value", "198.51.100.7".to_owned(), "ipv4"),
        ("domain-name:value", "198.51.100.7".to_owned(), "ipv4"),
        ("url:value", "198.51.100.82".to_owned(), "ipv4"),
        (
            "email-addr:value",
            "evil.example".to_owned(),
            "invalid_email",
        ),
        ("file:hashes.MD5", hex(40), "sha1"),
        ("file:hashes.'SHA-256'", hex(63), "invalid_hash"),
        ("file:hashes.'SHA-256'", hex(64), "sha256"),
        (
            "network-traffic:dst_ref.value",
            "evil.example".to_owned(),
            "domain",
        ),
        (
            "network-traffic:dst_ref.value",
            "2001:db8::1".to_owned(),
            "ipv6",
        ),
        // A name that would pass for a file's is a domain where the path says so.
        ("domain-name:value", "archive.zip".to_owned(), "domain"),
    ] {
        let text = bundle(json!([object(&format!("[{path} = '{value}']"), json!({}))]));
        let lines = lines(&found(text));
        let [.., last] = lines.as_slice() else {
            panic!("{path}")
        };
        assert!(
            last.starts_with(&format!("{expected} ")),
            "{path}: {lines:?}"
        );
    }
}

#[test]
fn ports_and_roles_come_with_the_value() {
    let one = indicator(json!([object(
        "[network-traffic:dst_ref.value = '198.51.100.7:8443' AND network-traffic:dst_port IN (443, 8443, 80)]",
        json!({})
    )]));
    assert_eq!(one.ports, [80, 443, 8443]);
    let role = |path: &str| {
        let pattern = format!("[{path} = 'a@evil.example']");
        indicator(json!([object(&pattern, json!({}))])).email_role
    };
    assert_eq!(
        role("email-message:from_ref.value"),
        Some(EmailRole::Sender)
    );
    assert_eq!(
        role("email-message:to_refs[*].value"),
        Some(EmailRole::Recipient)
    );
    assert_eq!(role("email-addr:value"), None);
}

#[test]
fn patterns_of_other_languages_are_refused() {
    let text = bundle(json!([
        object(
            "rule x { condition: true }",
            json!({"pattern_type": "yara"})
        ),
        object(EVIL, json!({"pattern_type": "STIX", "id": "indicator--2"})),
    ]));
    let found = found(text);
    assert_eq!(
        lines(&found),
        [
            "pattern_not_supported rule x { condition: true } @ feed.json: objects[0].pattern",
            "domain evil.example @ feed.json: objects[1].pattern",
        ]
    );
    let Found::Rejection(rejection) = &found[0] else {
        panic!("{found:?}")
    };
    let detail = rejection.refusal.detail.as_deref();
    assert_eq!(detail, Some("the pattern is of the type `yara`"));
}

#[test]
fn what_its_producer_calls_benign_is_no_alert() {
    let read = |more: Value| lines(&found(bundle(json!([object(EVIL, more)]))));
    let benign = ["benign evil.example @ feed.json: objects[0].pattern"];
    assert_eq!(read(json!({"labels": ["benign"]})), benign);
    assert_eq!(read(json!({"indicator_types": ["Benign"]})), benign);
    assert_eq!(
        read(json!({"indicator_types": ["benign", "unknown"], "labels": ["cdn"]})),
        benign
    );
    let contradicted = evil(json!({"indicator_types": ["benign", "malicious-activity"]}));
    assert_eq!(contradicted.tags, ["benign", "malicious-activity"]);
    // So is a value of a type that is compiled only when asked for.
    let text = bundle(json!([object(
        "[file:name = 'a']",
        json!({"labels": ["benign"]})
    )]));
    assert_eq!(
        lines(&found(text)),
        ["benign a @ feed.json: objects[0].pattern"]
    );
}

#[test]
fn the_newest_version_of_an_object_counts() {
    let version = |name: &str, modified: Value| {
        object(
            &format!("[domain-name:value = '{name}.example']"),
            json!({"modified": modified}),
        )
    };
    let days = [
        ("one", "2024-01-01T00:00:00.000Z"),
        ("two", "2024-01-02T00:00:00Z"),
        ("three", "2024-01-03T00:00:00Z"),
    ];
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let mut objects: Vec<Value> = order
            .iter()
            .map(|day| version(days[*day].0, json!(days[*day].1)))
            .collect();
        objects.push(object(EVIL, json!({"id": "indicator--2"})));
        let found = found(bundle(Value::Array(objects)));
        let kept: Vec<_> = found
            .iter()
            .filter_map(|found| match found {
                Found::Indicator(indicator) => Some(indicator.ioc.to_string()),
                Found::Rejection(rejection) => {
                    assert_eq!(rejection.refusal.reason, Reason::Deleted);
                    None
                }
                Found::Note(note) => panic!("{note:?}"),
                Found::Blank(blank) => panic!("{blank:?}"),
            })
            .collect();
        // Its first version in the file is given up only for one that is newer.
        assert!(
            kept.contains(&"three.example".to_owned()),
            "{order:?}: {kept:?}"
        );
        assert_eq!((kept.len(), found.len()), (2, 4), "{order:?}");
    }
    // Copies are the same version, a date that cannot be read is the oldest, and objects without an id have none.
    let copies = json!([
        version("one", json!("2024-01-01")),
        version("one", json!("2024-01-01")),
        version("two", json!(5))
    ]);
    assert_eq!(
        lines(&found(bundle(copies))),
        [
            "domain one.example @ feed.json: objects[0].pattern",
            "domain one.example @ feed.json: objects[1].pattern",
            "deleted [domain-name:value = 'two.example'] @ feed.json: objects[2].pattern",
        ]
    );
    let nameless = json!([
        {"type": "indicator", "pattern": EVIL, "modified": "2024-01-02"},
        {"type": "indicator", "pattern": EVIL, "modified": "2024-01-01"},
    ]);
    assert_eq!(
        lines(&found(bundle(nameless))),
        [
            "domain evil.example @ feed.json: objects[0].pattern",
            "domain evil.example @ feed.json: objects[1].pattern",
        ]
    );
}

#[test]
fn observables_alone_are_no_indicators() {
    let text = bundle(json!([
        {"type": "ipv4-addr", "id": "ipv4-addr--1", "value": "198.51.100.7"},
        {"type": "domain-name", "id": "domain-name--1", "value": "evil.example"},
        {"type": "file", "id": "file--1", "hashes": {"MD5": "a".repeat(32)}},
        {"type": "observed-data", "id": "observed-data--1", "objects": {"0": {"type": "url", "value": "http://evil.example/"}}},
        {"type": "malware", "id": "malware--1", "name": "evil.example"},
    ]));
    assert_eq!(
        lines(&found(text)),
        [
            "blank ipv4-addr 198.51.100.7",
            "blank domain-name evil.example",
            "blank file",
            "note nothing_read  @ feed.json",
        ]
    );
}

use super::*;

fn based_on(target: &str) -> Value {
    json!({"type": "relationship", "id": format!("relationship--{target}"), "relationship_type": "based-on",
        "source_ref": "indicator--1", "target_ref": target})
}

/// An indicator in another language, and what it is based on: before or behind it.
#[test]
fn an_indicator_in_another_language_gives_its_observables() {
    let hash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let indicator = object(
        "rule x { condition: true }",
        json!({"pattern_type": "yara", "labels": ["c2"], "confidence": 80}),
    );
    let objects = [
        json!({"type": "domain-name", "id": "domain-name--1", "value": "evil-one.net"}),
        indicator,
        json!({"type": "file", "id": "file--1", "name": "a.exe", "hashes": {"SHA-256": hash, "SSDEEP": "3:a:b"}}),
        json!({"type": "mutex", "id": "mutex--1", "name": "m"}),
        json!({"type": "ipv4-addr", "id": "ipv4-addr--1", "value": "198.51.100.7"}),
        json!({"type": "ipv4-addr", "id": "ipv4-addr--2", "value": "198.51.100.8"}),
        json!({"type": "observed-data", "id": "observed-data--1", "object_refs": ["ipv4-addr--1"]}),
        based_on("domain-name--1"),
        based_on("file--1"),
        based_on("mutex--1"),
        based_on("observed-data--1"),
    ];
    let told = lines(&found(bundle(json!(objects))));
    assert_eq!(
        told,
        [
            "pattern_not_supported rule x { condition: true } @ feed.json: objects[1].pattern",
            "domain evil-one.net @ feed.json: objects[0]",
            &format!("sha256 {hash} @ feed.json: objects[2]"),
            "unsupported_type 3:a:b @ feed.json: objects[2]",
            "unsupported_type mutex m @ feed.json: objects[3]",
            "ipv4 198.51.100.7 @ feed.json: objects[4]",
            "blank ipv4-addr 198.51.100.8",
        ]
    );
    let found = found(bundle(json!(objects)));
    let Found::Indicator(first) = &found[1] else {
        panic!("{found:?}")
    };
    assert_eq!(first.tags, ["c2"]);
    assert_eq!(first.confidence, Some(Confidence::High));
}

/// What the pattern says already is not said twice; what was seen together with it holds the attacked too.
#[test]
fn a_pattern_that_is_read_comes_first() {
    let objects = json!([
        object(EVIL, json!({})),
        {"type": "domain-name", "id": "domain-name--1", "value": "EVIL.example"},
        {"type": "url", "id": "url--1", "value": "http://evil.example/a"},
        {"type": "ipv4-addr", "id": "ipv4-addr--1", "value": "198.51.100.7"},
        {"type": "observed-data", "id": "observed-data--1", "object_refs": ["ipv4-addr--1"]},
        based_on("domain-name--1"),
        based_on("url--1"),
        based_on("observed-data--1"),
        based_on("url--9"),
    ]);
    assert_eq!(
        lines(&found(bundle(objects))),
        [
            "domain evil.example @ feed.json: objects[0].pattern",
            "url http://evil.example/a @ feed.json: objects[2]",
            "blank ipv4-addr 198.51.100.7",
        ]
    );
}

/// Nobody says that these are bad.
#[test]
fn observables_alone_are_records_without_values() {
    let mut revoked = based_on("domain-name--1");
    revoked["revoked"] = json!(true);
    let told = lines(&found(bundle(json!([
        object("x", json!({"pattern_type": "snort"})),
        {"type": "domain-name", "id": "domain-name--1", "value": "vendor.example"},
        {"type": "identity", "id": "identity--1", "name": "x"},
        revoked,
    ]))));
    assert_eq!(
        told,
        [
            "pattern_not_supported x @ feed.json: objects[0].pattern",
            "blank domain-name vendor.example"
        ]
    );
    let told = lines(&found(bundle(json!([
        {"type": "ipv4-addr", "id": "ipv4-addr--1", "value": "198.51.100.7"},
    ]))));
    assert_eq!(told[0], "blank ipv4-addr 198.51.100.7");
    assert!(told[1].starts_with("note nothing_read"), "{told:?}");
}

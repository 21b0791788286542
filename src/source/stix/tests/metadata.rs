//! What an indicator object, and the objects around it, say about its values.

use super::*;

fn day(text: &str) -> Option<DateTime<Utc>> {
    parse_date(text)
}

#[test]
fn confidence_is_read_on_the_scale_of_stix() {
    for (value, expected) in [
        (json!(0), None),
        (json!(15), Some(Confidence::Low)),
        (json!(50), Some(Confidence::Medium)),
        (json!(85), Some(Confidence::High)),
        (json!("85"), Some(Confidence::High)),
        (json!(0.85), Some(Confidence::High)),
        (json!(1.0), Some(Confidence::High)),
        (json!(1), Some(Confidence::Low)),
        (json!("Very high"), Some(Confidence::High)),
        (json!(""), None),
        (json!("None"), None),
    ] {
        assert_eq!(
            evil(json!({"confidence": value})).confidence,
            expected,
            "{value}"
        );
    }
    for value in [json!(101), json!(-5), json!("sure")] {
        let all = found(bundle(json!([object(EVIL, json!({"confidence": value}))])));
        let [Found::Note(note), Found::Indicator(one)] = all.as_slice() else {
            panic!("{all:?}")
        };
        assert_eq!(note.kind.code(), "unreadable_confidence", "{value}");
        assert_eq!(one.confidence, None, "{value}");
    }
    assert_eq!(evil(json!({})).confidence, None);
    let labels = json!(["misp:confidence-level=\"usually-confident\""]);
    assert_eq!(
        evil(json!({"labels": labels})).confidence,
        Some(Confidence::High)
    );
    assert_eq!(
        evil(json!({"labels": labels, "confidence": 10})).confidence,
        Some(Confidence::Low)
    );
}

#[test]
fn dates_and_revocation() {
    let one = evil(
        json!({"valid_from": "2024-01-02T03:04:05.678Z", "valid_until": "2025-01-01T00:00:00Z", "revoked": true}),
    );
    assert_eq!(one.first_seen, day("2024-01-02T03:04:05.678Z"));
    assert_eq!(one.valid_until, day("2025-01-01"));
    assert_eq!(one.last_seen, None);
    assert!(one.revoked);
    assert!(!evil(json!({"revoked": "yes"})).revoked);
    let all = found(bundle(json!([object(
        "[domain-name:value IN ('a.example', 'b.example')]",
        json!({"valid_from": "last week", "valid_until": "2024-13-01T00:00:00Z"})
    )])));
    assert_eq!(
        lines(&all)[..2],
        [
            "note unreadable_date valid_from: last week @ feed.json: objects[0].pattern",
            "note unreadable_date valid_until: 2024-13-01T00:00:00Z @ feed.json: objects[0].pattern",
        ]
    );
    // Once for the object, not for each of its values; and the values are there.
    assert_eq!(all.len(), 4);
}

#[test]
fn sightings_extend_the_dates() {
    let sighting = |more: Value| {
        let mut sighting =
            json!({"type": "sighting", "id": "sighting--1", "sighting_of_ref": "indicator--1"});
        sighting
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        sighting
    };
    let one = indicator(json!([
        object(EVIL, json!({"valid_from": "2024-01-05"})),
        sighting(json!({"first_seen": "2024-01-03", "last_seen": "2024-01-07"})),
        sighting(json!({"last_seen": "2024-01-09"})),
        sighting(json!({"first_seen": "2023-01-01", "count": 0})),
        sighting(json!({"first_seen": "2023-01-01", "revoked": true})),
        sighting(json!({"first_seen": "2023-01-01", "sighting_of_ref": "indicator--2"})),
    ]));
    assert_eq!(
        (one.first_seen, one.last_seen),
        (day("2024-01-03"), day("2024-01-09"))
    );
}

#[test]
fn labels_types_and_phases_are_tags() {
    let one = evil(json!({
        "indicator_types": ["malicious-activity", "anomalous-activity"],
        "labels": ["phishing", "malicious-activity", "t1566.002", "tlp:amber", " ", 5],
        "kill_chain_phases": [
            {"kill_chain_name": "mitre-attack", "phase_name": "command-and-control"},
            {"kill_chain_name": "lockheed-martin-cyber-kill-chain", "phase_name": "delivery"},
            {"kill_chain_name": "x"},
        ],
    }));
    assert_eq!(
        one.tags,
        [
            "malicious-activity",
            "anomalous-activity",
            "phishing",
            "mitre-attack:command-and-control",
            "lockheed-martin-cyber-kill-chain:delivery"
        ]
    );
    assert_eq!(one.mitre_techniques, ["T1566.002"]);
    assert_eq!(one.tlp, Some(Tlp::Amber));
    let many: Vec<String> = (0..1000).map(|n| format!("tag{n}")).collect();
    assert_eq!(evil(json!({"labels": many})).tags.len(), MAX_ITEMS);
}

#[test]
fn external_references_are_references_and_techniques() {
    let one = evil(json!({"external_references": [
        {"source_name": "blog", "url": "https://blog.example/a"},
        {"source_name": "blog", "url": "https://blog.example/a"},
        {"source_name": "script", "url": "javascript:alert(1)"},
        {"source_name": "broken", "url": "https://blog.example/a b"},
        {"source_name": "mitre-attack", "external_id": "T1071.001", "url": "https://attack.mitre.org/techniques/T1071/001"},
        {"source_name": "mitre-ics-attack", "external_id": "T0883"},
        {"source_name": "mitre-attack", "external_id": "S0154", "url": "HTTPS://attack.mitre.org/software/S0154"},
        {"source_name": "capec", "external_id": "T1000"},
    ]}));
    assert_eq!(
        one.references,
        [
            "https://blog.example/a",
            "HTTPS://attack.mitre.org/software/S0154"
        ]
    );
    assert_eq!(one.mitre_techniques, ["T1071.001", "T0883"]);
}

#[test]
fn techniques_come_through_what_an_indicator_indicates() {
    let technique = |id: &str, source: &str, external: &str| json!({"type": "attack-pattern", "id": id, "external_references": [{"source_name": "x"}, {"source_name": source, "external_id": external}]});
    let indicates = |kind: &str, target: &str, revoked: bool| json!({"type": "relationship", "relationship_type": kind, "source_ref": "indicator--1", "target_ref": target, "revoked": revoked});
    let one = indicator(json!([
        indicates("indicates", "attack-pattern--1", false),
        object(EVIL, json!({"labels": ["T1041"]})),
        indicates("indicates", "attack-pattern--2", false),
        indicates("related-to", "attack-pattern--3", false),
        indicates("indicates", "attack-pattern--3", true),
        indicates("indicates", "malware--1", false),
        technique("attack-pattern--1", "mitre-attack", "T1566"),
        technique("attack-pattern--2", "capec", "CAPEC-98"),
        technique("attack-pattern--3", "mitre-attack", "T1003"),
    ]));
    assert_eq!(one.mitre_techniques, ["T1041", "T1566"]);
}

#[test]
fn the_strictest_marking_counts() {
    let marked = |refs: Value, objects: Vec<Value>| {
        let mut all = vec![object(EVIL, json!({"object_marking_refs": refs}))];
        all.extend(objects);
        indicator(Value::Array(all)).tlp
    };
    let id = |uuid: &str| format!("marking-definition--{uuid}");
    for (uuid, expected) in [
        ("613f2e26-407d-48c7-9eca-b8e91df99dc9", Tlp::Clear),
        ("34098fce-860f-48ae-8e50-ebd3cc5e41da", Tlp::Green),
        ("f88d31f6-486f-44da-b317-01333bde0b82", Tlp::Amber),
        ("5e57c739-391a-4eb3-b6be-7d15ca92d5ed", Tlp::Red),
        ("94868c89-83c2-464b-929b-a1a8aa3c8487", Tlp::Clear),
        ("bab4a63c-aed9-4cf5-a766-dfca5abac2bb", Tlp::Green),
        ("55d920b0-5e8b-4f79-9ee9-91f868d9b421", Tlp::Amber),
        ("939a9414-2ddd-4d32-a0cd-375ea402b003", Tlp::AmberStrict),
        ("e828b379-4e03-4974-9ac4-e53a884c97c1", Tlp::Red),
    ] {
        assert_eq!(marked(json!([id(uuid)]), vec![]), Some(expected), "{uuid}");
    }
    let marking = |more: Value| {
        let mut marking = json!({"type": "marking-definition", "id": id("1")});
        marking
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        marking
    };
    for (definition, expected) in [
        (
            json!({"definition_type": "tlp", "definition": {"tlp": "amber"}}),
            Some(Tlp::Amber),
        ),
        (
            json!({"extensions": {"extension-definition--60a3c5c5": {"tlp_2_0": "amber+strict"}}}),
            Some(Tlp::AmberStrict),
        ),
        (json!({"name": "TLP:AMBER+STRICT"}), Some(Tlp::AmberStrict)),
        (
            json!({"x_opencti_definition": "TLP:RED", "definition": {"TLP": "TLP:GREEN"}}),
            Some(Tlp::Red),
        ),
        (
            json!({"definition_type": "statement", "definition": {"statement": "Copyright"}, "name": "red"}),
            None,
        ),
    ] {
        let refs = json!([id("1")]);
        assert_eq!(
            marked(refs, vec![marking(definition.clone())]),
            expected,
            "{definition}"
        );
    }
    let green = id("34098fce-860f-48ae-8e50-ebd3cc5e41da");
    let two = json!([green, id("1"), id("unknown")]);
    assert_eq!(
        marked(two, vec![marking(json!({"name": "TLP:RED"}))]),
        Some(Tlp::Red)
    );
    assert_eq!(marked(json!([]), vec![]), None);
}

#[test]
fn the_author_is_the_producer() {
    let identity = |id: &str, name: &str| json!({"type": "identity", "id": id, "name": name});
    let report = json!({"type": "report", "name": "Report", "created_by_ref": "identity--2", "object_refs": ["indicator--1"]});
    let one = |more: Value| {
        indicator(json!([
            object(EVIL, more),
            identity("identity--1", "One"),
            identity("identity--2", "Two"),
            report
        ]))
        .producers
    };
    assert_eq!(one(json!({"created_by_ref": "identity--1"})), ["One"]);
    // Without a known author of its own: whoever wrote the report.
    assert_eq!(one(json!({"created_by_ref": "identity--3"})), ["Two"]);
    assert_eq!(one(json!({})), ["Two"]);
    assert_eq!(
        evil(json!({"created_by_ref": "identity--1"})).producers,
        [""; 0]
    );
}

#[test]
fn reports_are_the_sources_of_what_they_refer_to() {
    let report = |name: Value, url: &str, refs: Value, revoked: bool| {
        json!({"type": "report", "name": name, "revoked": revoked, "object_refs": refs,
            "external_references": [{"source_name": "x", "url": "ftp://x.example/"}, {"source_name": "x", "url": url}, {"source_name": "x", "url": "https://late.example/"}]})
    };
    let one = indicator(json!([
        report(json!("First"), "https://blog.example/1", json!(["malware--1", "indicator--1"]), false),
        report(json!("Second"), "no url", json!(["indicator--1"]), false),
        report(json!("Other"), "https://blog.example/3", json!(["indicator--2"]), false),
        report(json!("Gone"), "https://blog.example/4", json!(["indicator--1"]), true),
        {"type": "report", "object_refs": ["indicator--1"]},
        object(EVIL, json!({})),
    ]));
    let source = |title: &str, url: &str| Source {
        article_title: Some(title.to_owned()),
        article_url: Some(url.to_owned()),
        ..Source::default()
    };
    assert_eq!(
        one.sources,
        [
            source("First", "https://blog.example/1"),
            source("Second", "https://late.example/")
        ]
    );
}

#[test]
fn the_context_is_the_description_else_the_name() {
    let context = |more: Value| evil(more).context;
    assert_eq!(
        context(json!({"description": " Seen in mail.\n", "name": "Mail"})),
        ["Seen in mail."]
    );
    assert_eq!(
        context(json!({"description": "", "name": "Mail"})),
        ["Mail"]
    );
    assert_eq!(context(json!({"name": "evil[.]example"})), [""; 0]);
    assert_eq!(
        context(json!({"name": "Domain evil.example"})),
        ["Domain evil.example"]
    );
    assert_eq!(context(json!({})), [""; 0]);
    let long = context(json!({"description": "é".repeat(5000)}));
    assert_eq!(long[0].chars().count(), MAX_CONTEXT + 1);
    // Beside one of two values, the other's name is still a name.
    let all = found(bundle(json!([object(
        "[domain-name:value IN ('a.example', 'b.example')]",
        json!({"name": "a.example"})
    )])));
    let contexts: Vec<_> = all
        .iter()
        .map(|found| match found {
            Found::Indicator(indicator) => indicator.context.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(contexts, [vec![], vec!["a.example".to_owned()]]);
}

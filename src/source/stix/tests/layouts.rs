//! Layouts, broken entries and bounds.

use proptest::prelude::*;

use super::*;

fn one(name: &str) -> Value {
    object(
        &format!("[domain-name:value = '{name}.example']"),
        json!({"id": format!("indicator--{name}")}),
    )
}

#[test]
fn bundles_lists_and_single_objects() {
    let (a, b) = (one("a"), one("b"));
    let pretty = serde_json::to_string_pretty(&a).unwrap();
    for (text, places) in [
        (
            bundle(json!([a, b])),
            ["objects[0].pattern", "objects[1].pattern"],
        ),
        // The type last, as sorted keys have it; and a TAXII envelope, which has none.
        (
            format!(
                "\u{feff}\n{{\"id\": \"bundle--1\", \"objects\": [{a}, {b}], \"type\": \"bundle\"}}"
            ),
            ["objects[0].pattern", "objects[1].pattern"],
        ),
        (
            json!({"more": false, "objects": [a, b]}).to_string(),
            ["objects[0].pattern", "objects[1].pattern"],
        ),
        (json!([a, b]).to_string(), ["[0].pattern", "[1].pattern"]),
        (format!("{a}\n{b}\n"), ["1", "2"]),
        (format!("{pretty}\n{b}"), ["1", "6"]),
        // A bundle a line, or in a list.
        (
            format!("{}\n{}", bundle(json!([a])), bundle(json!([b]))),
            ["1", "2"],
        ),
        (
            format!("[{}, {}]", bundle(json!([a])), bundle(json!([b]))),
            ["[0].objects[0].pattern", "[1].objects[0].pattern"],
        ),
    ] {
        let found = found(text.clone());
        let expected: Vec<_> = places
            .iter()
            .zip(["a", "b"])
            .map(|(place, name)| {
                let colon = if place.starts_with(|c: char| c.is_ascii_digit()) {
                    ":"
                } else {
                    ": "
                };
                format!("domain {name}.example @ feed.json{colon}{place}")
            })
            .collect();
        assert_eq!(lines(&found), expected, "{text}");
    }
    assert_eq!(
        lines(&found(a.to_string())),
        ["domain a.example @ feed.json:1"]
    );
    // Observed data of STIX 2.0 has `objects` too, and is not a bundle.
    let observed = json!({"objects": {"0": {"type": "url"}}, "type": "observed-data"});
    assert_eq!(found(observed.to_string()), []);
    assert_eq!(found(""), []);
    assert_eq!(found(bundle(json!([]))), []);
}

#[test]
fn a_bundle_that_begins_with_a_long_object_is_a_bundle() {
    let long = json!({"type": "note", "content": "x".repeat(1 << 17)});
    let text = format!(
        "{{\"objects\": [{long}, {}], \"type\": \"bundle\"}}",
        one("a")
    );
    assert_eq!(
        lines(&found(text)),
        ["domain a.example @ feed.json: objects[1].pattern"]
    );
}

#[test]
fn one_broken_object_costs_itself_only() {
    let (a, b) = (one("a"), one("b"));
    let text = format!(
        r#"{{"type": "bundle", "objects": [{a}, {{"type": "indicator", "pattern": tru}}, ["indicator", "indicator--8"], {{"id": "x"}}, {{"type": "indicator", "id": "indicator--9"}}, {{"type": "bundle", "objects": []}}, {b}]}}"#
    );
    let all = found(text);
    let details: Vec<_> = all
        .iter()
        .filter_map(|found| match found {
            Found::Rejection(rejection) => Some((
                rejection.refusal.reason.code(),
                rejection.place.path().unwrap(),
                rejection.refusal.detail.clone().unwrap(),
            )),
            _ => None,
        })
        .collect();
    let expected = [
        ("objects[1]", "expected ident at line 1 column 37"),
        ("objects[2]", "not an object"),
        ("objects[3]", "the object has no `type`"),
        ("objects[4]", "the indicator has no `pattern`"),
    ];
    assert_eq!(all.len(), 6, "{all:?}");
    for ((code, place, detail), (expected_place, expected_detail)) in details.iter().zip(expected) {
        assert_eq!(
            (*code, place.as_str(), detail.as_str()),
            ("broken_entry", expected_place, expected_detail)
        );
    }
    assert_eq!(
        lines(&all)[0],
        "domain a.example @ feed.json: objects[0].pattern"
    );
    assert_eq!(
        lines(&all)[5],
        "domain b.example @ feed.json: objects[6].pattern"
    );
}

#[test]
fn a_document_that_ends_early_says_so_behind_its_objects() {
    let text = format!(
        "{{\"type\": \"bundle\", \"objects\": [\n{},\n{{\"type\"",
        one("a")
    );
    assert_eq!(
        lines(&found(text)),
        [
            "domain a.example @ feed.json: objects[0].pattern",
            "broken_entry  @ feed.json: objects[1]"
        ]
    );
    let whole = found("no JSON at all");
    assert_eq!(whole.len(), 1);
}

#[test]
fn a_long_object_is_passed_over() {
    let text = format!(
        "[{{\"type\": \"report\", \"x\": \"{}\"}}, {}]",
        "x".repeat(17 << 20),
        one("a")
    );
    let all = found(text);
    assert_eq!(
        lines(&all),
        [
            "broken_entry  @ feed.json: [0]",
            "domain a.example @ feed.json: [1].pattern"
        ]
    );
    let Found::Rejection(rejection) = &all[0] else {
        panic!("{all:?}")
    };
    assert_eq!(
        rejection.refusal.detail.as_deref(),
        Some("longer than 16 MiB")
    );
}

#[test]
fn deep_json_is_refused_and_not_followed() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let text = format!(
        "[{{\"type\": \"indicator\", \"pattern\": \"x\", \"labels\": {deep}}}, {}]",
        one("a")
    );
    assert_eq!(
        lines(&found(text))[1..],
        ["domain a.example @ feed.json: [1].pattern"]
    );
}

proptest! {
    /// Any JSON under any property: the indicator may be lost, the reader is not.
    #[test]
    fn no_property_stops_the_reader(
        property in prop::sample::select(vec![
            "type", "id", "modified", "created_by_ref", "name", "description", "pattern", "pattern_type", "valid_from",
            "valid_until", "confidence", "revoked", "labels", "indicator_types", "kill_chain_phases",
            "external_references", "object_marking_refs", "object_refs", "source_ref", "definition", "extensions", "count",
        ]),
        value in prop::sample::select(vec![
            json!(null), json!(true), json!(-1), json!(1e300), json!(""), json!("\u{0}"), json!([]), json!({}), json!([null, 5, {}]),
            json!([{"kill_chain_name": 5, "phase_name": "x", "url": 5, "source_name": [], "external_id": {}}]), json!({"tlp": 5, "x": {"tlp_2_0": []}}),
        ]),
        kind in prop::sample::select(vec!["indicator", "identity", "marking-definition", "attack-pattern", "relationship", "report", "sighting"]),
    ) {
        let mut odd = object(EVIL, json!({"type": kind}));
        odd.as_object_mut().unwrap().insert(property.to_owned(), value);
        let all = found(bundle(json!([odd, one("a")])));
        let lines = lines(&all);
        prop_assert_eq!(lines.last().map(String::as_str), Some("domain a.example @ feed.json: objects[1].pattern"));
    }

    #[test]
    fn no_bytes_stop_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0usize..400) {
        found(bytes.clone());
        let whole = bundle(json!([one("a"), one("b")]));
        let mut text = whole.as_bytes()[..cut.min(whole.len())].to_vec();
        text.extend(bytes);
        found(text);
    }
}

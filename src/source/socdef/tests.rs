use super::*;
use crate::indicator::{Indicator, parse_date};
use crate::{Confidence, Tlp};
use proptest::prelude::*;

fn all(text: impl AsRef<[u8]>) -> Vec<Found> {
    let input = Input::from_bytes("feed.json", text.as_ref());
    let found: Result<_> = read(&input).unwrap().collect();
    found.unwrap()
}

fn found(text: impl AsRef<[u8]>) -> Vec<String> {
    let line = |found: Found| match found {
        Found::Indicator(indicator) => format!("{} {}", indicator.ioc.ioc_type(), indicator.ioc),
        Found::Rejection(Rejection { place, refusal, .. }) => {
            format!("{} at {place}", refusal.reason.code())
        }
        Found::Note(note) => format!(
            "note {} at {}: {}",
            note.kind.code(),
            note.place,
            note.detail
        ),
        Found::Blank(blank) => format!("blank {}", blank.text),
    };
    all(text).into_iter().map(line).collect()
}

fn one(text: &str) -> Indicator {
    match all(text).pop() {
        Some(Found::Indicator(indicator)) => *indicator,
        other => panic!("{other:?}"),
    }
}

const ENTRY: &str = r#"{
    "id": "5a3c", "type": "ipv4", "value": "192.0.2.1", "confidence": "high",
    "first_seen": "2024-12-08T14:30:00Z", "last_seen": "2024-12-09T08:15:00Z",
    "source": {"article_id": "7", "article_title": "A title", "article_url": "https://news.example/a",
               "feed_name": "A feed", "category": "news", "origin": "article"},
    "context": "free text", "tags": ["c2", "tlp:green"], "mitre_techniques": ["t1071", "T1059"],
    "industries": ["finance", "gaming"], "ports": [443, "80"], "valid_until": "2025-01-01", "surprise": {}}"#;

#[test]
fn every_field_of_the_api_is_read() {
    let indicator = one(&format!(
        r#"{{"meta": {{"source": "ACME Intelligence"}}, "data": [{ENTRY}], "links": {{}}}}"#
    ));
    assert_eq!(indicator.ioc.to_string(), "192.0.2.1");
    assert_eq!(indicator.confidence, Some(Confidence::High));
    assert_eq!(indicator.first_seen, parse_date("2024-12-08T14:30:00Z"));
    assert_eq!(indicator.last_seen, parse_date("2024-12-09T08:15:00Z"));
    assert_eq!(indicator.valid_until, parse_date("2025-01-01"));
    let source = &indicator.sources[0];
    let text = |field: &Option<String>| field.clone().unwrap();
    assert_eq!(text(&source.feed_name), "A feed");
    assert_eq!(text(&source.article_title), "A title");
    assert_eq!(text(&source.article_url), "https://news.example/a");
    assert_eq!(text(&source.category), "news");
    assert_eq!(text(&source.origin), "article");
    assert_eq!(indicator.context, ["free text"]);
    assert_eq!(indicator.tags, ["c2"]);
    assert_eq!(indicator.tlp, Some(Tlp::Green));
    assert_eq!(indicator.mitre_techniques, ["T1071", "T1059"]);
    assert_eq!(indicator.industries, ["financial-services", "gaming"]);
    assert_eq!(indicator.ports, [80, 443]);
    assert_eq!(indicator.producers, ["ACME Intelligence"]);
    assert!(
        indicator.references.is_empty(),
        "the article is in the source"
    );
    assert_eq!(indicator.place.unwrap().to_string(), "feed.json: data[0]");
}

#[test]
fn sloppy_types_are_tolerated() {
    let indicator = one(
        r#"[{"type": null, "value": "evil.example", "confidence": "85", "first_seen": null, "source": "A feed",
             "context": 7, "tags": "c2, loader", "mitre_techniques": "t1071", "industry": "energy", "port": 443,
             "tlp": "TLP:AMBER", "revoked": "true", "expires_at": "2025-01-01", "last_seen": ""}]"#,
    );
    assert_eq!(indicator.confidence, Some(Confidence::High));
    assert_eq!(indicator.sources[0].feed_name.as_deref(), Some("A feed"));
    assert_eq!(indicator.context, ["7"]);
    assert_eq!(indicator.tags, ["c2", "loader"]);
    assert_eq!(indicator.mitre_techniques, ["T1071"]);
    assert_eq!(indicator.industries, ["energy"]);
    assert_eq!(indicator.ports, [443]);
    assert_eq!(indicator.tlp, Some(Tlp::Amber));
    assert_eq!(indicator.valid_until, parse_date("2025-01-01"));
    assert!(indicator.revoked);
    assert_eq!(
        one(r#"[{"value": "evil.example", "confidence": 20}]"#).confidence,
        Some(Confidence::Low)
    );
}

#[test]
fn the_producer_may_stand_behind_the_list() {
    let producer = |text: &str| one(text).producers;
    let data = r#""data": [{"value": "evil.example"}]"#;
    assert_eq!(
        producer(&format!(r#"{{{data}, "meta": {{"source": "ACME"}}}}"#)),
        ["ACME"]
    );
    for text in [
        format!(r#"{{"meta": {{"source": null}}, {data}}}"#),
        format!("{{{data}}}"),
        r#"[{"value": "evil.example"}]"#.to_owned(),
        r#"{"value": "evil.example"}"#.to_owned(),
    ] {
        assert_eq!(producer(&text), [PRODUCER], "{text}");
    }
    assert!(
        one(r#"["evil.example"]"#).producers.is_empty(),
        "a bare list is nobody's"
    );
}

#[test]
fn the_type_is_believed() {
    assert_eq!(
        found(
            r#"{"data": [
                {"type": "mitre-attack", "value": "T1071"},
                {"type": "ipv4", "value": "evil.example"},
                {"type": "domain", "value": "printer.corp-lan"},
                {"type": "ipv4", "value": "198.51.100.9/24"},
                {"type": "mutex", "value": "abc"},
                {"type": "something else", "value": "198.51.100[.]7:443"},
                {"value": "a@evil.example"}]}"#
        ),
        [
            "technique at feed.json: data[0]",
            "note retyped at feed.json: data[1]: evil.example",
            "domain evil.example",
            "domain printer.corp-lan",
            "note host_bits at feed.json: data[3]: 198.51.100.9/24",
            "ipv4 198.51.100.0/24",
            "unsupported_type at feed.json: data[4]",
            "ipv4 198.51.100.7",
            "email a@evil.example"
        ]
    );
}

#[test]
fn one_bad_entry_costs_itself_only() {
    assert_eq!(
        found(
            r#"{"data": [1, {"type": "ipv4"}, {"value": {}}, {"value": oops}, {"value": ""}, {"value": "evil.example"},
                {"value": "a.example"}"#
        ),
        [
            "broken_entry at feed.json: data[0]",
            "broken_entry at feed.json: data[1]",
            "broken_entry at feed.json: data[2]",
            "broken_entry at feed.json: data[3]",
            "empty at feed.json: data[4]",
            "domain evil.example",
            "domain a.example",
            "broken_entry at feed.json: data[7]"
        ]
    );
    assert_eq!(
        found(b"[{\"value\": \"\xff\"}]"),
        ["not_utf8 at feed.json: [0]"]
    );
    let detail = |text: &str| match all(text).remove(0) {
        Found::Rejection(rejection) => rejection.refusal.detail.unwrap(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        detail(r#"{"data": [{"type": "ipv4"}]}"#),
        "the entry has no `value`"
    );
    assert_eq!(detail("[{\"value\": oops}]"), "expected value");
}

#[test]
fn entries_may_come_one_a_line() {
    assert_eq!(
        found(
            "\u{feff}{\"value\": \"evil.example\"}\r\n\n{\"value\": \"cut\n{\"value\": \"bad.example\"}\n"
        ),
        [
            "domain evil.example",
            "broken_entry at feed.json:3",
            "domain bad.example"
        ],
        "a broken line ends with its line"
    );
    assert_eq!(found(ENTRY), ["ipv4 192.0.2.1"]);
    assert_eq!(
        found(r#"{"value": "evil.example", "data": [1]}"#),
        ["domain evil.example"],
        "an entry may have a field of any name"
    );
    assert_eq!(
        found(format!("{ENTRY}\n{ENTRY}")),
        ["ipv4 192.0.2.1", "ipv4 192.0.2.1"]
    );
    let long = format!(
        r#"[{{"value": "{}"}}, {{"value": "evil.example"}}]"#,
        "a".repeat(MAX_ENTRY_BYTES)
    );
    assert_eq!(
        found(long),
        ["line_too_long at feed.json: [0]", "domain evil.example"]
    );
}

#[test]
fn a_list_of_strings_is_a_list_of_values() {
    assert_eq!(
        found(r#"["evil[.]example", "", "T1071", {"value": "198.51.100.7"}, "kernel32.dll"]"#),
        [
            "domain evil.example",
            "empty at feed.json: [1]",
            "technique at feed.json: [2]",
            "ipv4 198.51.100.7",
            "unknown_type at feed.json: [4]"
        ]
    );
}

#[test]
fn a_date_that_cannot_be_read_is_noted_and_costs_nothing() {
    assert_eq!(
        found(
            r#"[{"value": "evil.example", "first_seen": "3/4/2016", "last_seen": "N/A", "expires_at": "soon"},
                {"value": "no", "first_seen": "soon"}]"#
        ),
        [
            "note unreadable_date at feed.json: [0]: first_seen: 3/4/2016",
            "note unreadable_date at feed.json: [0]: expires_at: soon",
            "domain evil.example",
            "unknown_type at feed.json: [1]"
        ]
    );
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_harm(bytes in any::<Vec<u8>>(), text in r#"[\[{]([\[\]{}:, \n]|"data"|"value"|"a.example"|1){0,60}"#) {
        all(bytes);
        all(text);
    }
}

//! Layouts, broken documents and properties here; values and their metadata in the files beside.

mod facts;
mod flags;
mod values;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::indicator::{Confidence, EmailRole, Indicator, Tlp};
use crate::source::Found;

fn stream(text: &str, all_attributes: bool) -> Vec<Found> {
    let input = Input::from_bytes("feed.json", text.as_bytes());
    let options = ReadOptions {
        all_attributes,
        ..ReadOptions::default()
    };
    read(&input, &options)
        .unwrap()
        .map(|found| found.unwrap())
        .collect()
}

fn line(found: &Found) -> String {
    match found {
        Found::Indicator(indicator) => format!("{} {}", indicator.ioc.ioc_type(), indicator.ioc),
        Found::Rejection(rejection) => {
            format!("{} {}", rejection.refusal.reason.code(), rejection.value)
        }
        Found::Note(note) => format!("note {} {}", note.kind.code(), note.detail),
        Found::Blank(blank) => format!("blank {}", blank.text),
    }
}

fn lines(text: &str) -> Vec<String> {
    stream(text, false).iter().map(line).collect()
}

/// The results of an event with these attributes that marks all of them.
fn marked(attributes: &[(&str, &str)]) -> Vec<String> {
    let attributes: Vec<Value> = attributes
        .iter()
        .map(|(kind, value)| json!({"type": kind, "value": value, "to_ids": true}))
        .collect();
    lines(&json!({"Event": {"Attribute": attributes}}).to_string())
}

/// The one indicator of an event.
fn only(event: &Value) -> Indicator {
    let found = stream(&json!({ "Event": event }).to_string(), true);
    let mut indicators = found.into_iter().filter_map(|found| match found {
        Found::Indicator(indicator) => Some(*indicator),
        _ => None,
    });
    let first = indicators.next().unwrap();
    assert_eq!(indicators.next(), None);
    first
}

/// A date without its time; empty where there is none.
fn day(date: Option<chrono::DateTime<chrono::Utc>>) -> String {
    date.map(|date| date.date_naive().to_string())
        .unwrap_or_default()
}

fn places(text: &str) -> Vec<String> {
    stream(text, true)
        .iter()
        .map(|found| match found {
            Found::Indicator(indicator) => indicator.place.as_ref().unwrap().to_string(),
            Found::Rejection(rejection) => rejection.place.to_string(),
            Found::Note(note) => note.place.to_string(),
            Found::Blank(blank) => blank.place.to_string(),
        })
        .collect()
}

const ATTRIBUTE: &str = r#"{"type": "domain", "value": "evil.example", "to_ids": true}"#;

#[test]
fn every_layout_is_read_and_gives_readable_places() {
    let event = format!(r#"{{"info": "x", "Attribute": [{ATTRIBUTE}]}}"#);
    let wrapped = format!(r#"{{"Event": {event}}}"#);
    for (text, place) in [
        (wrapped.clone(), "Event.Attribute[0]"),
        (event.clone(), "Attribute[0]"),
        (format!("\u{feff} {wrapped}\n"), "Event.Attribute[0]"),
        (format!("[{wrapped}]"), "[0].Event.Attribute[0]"),
        (format!("[{event}]"), "[0].Attribute[0]"),
        (
            format!(r#"{{"response": [{wrapped}], "Attribute": [], "Object": []}}"#),
            "response[0].Event.Attribute[0]",
        ),
        (
            format!(r#"{{"Attribute": [], "response": [{event}]}}"#),
            "response[0].Attribute[0]",
        ),
        (
            format!(r#"{{"response": {{"Attribute": [{ATTRIBUTE}]}}}}"#),
            "response.Attribute[0]",
        ),
        (
            format!(r#"{{"response": {wrapped}}}"#),
            "response.Event.Attribute[0]",
        ),
        (format!(r#"{{"Attribute": [{ATTRIBUTE}]}}"#), "Attribute[0]"),
        (
            format!(r#"{{"response": [], "Attribute": [{ATTRIBUTE}]}}"#),
            "Attribute[0]",
        ),
        (
            format!(r#"{{"Event": {{"Object": [{{"Attribute": [{ATTRIBUTE}]}}]}}}}"#),
            "Event.Object[0].Attribute[0]",
        ),
        (
            format!(r#"{{"response": [{{"Object": {{"Attribute": {ATTRIBUTE}}}}}]}}"#),
            "response[0].Object[0].Attribute[0]",
        ),
    ] {
        assert_eq!(lines(&text), ["domain evil.example"], "{text}");
        assert_eq!(places(&text), [format!("feed.json: {place}")], "{text}");
    }
    assert_eq!(
        places(&format!("{wrapped}\n{wrapped}\n")),
        [
            "feed.json: Event.Attribute[0]",
            "feed.json: [1].Event.Attribute[0]"
        ]
    );
    for empty in [
        r#"{"response": []}"#,
        r#"{"response": null}"#,
        r#"{"Attribute": []}"#,
        "[]",
        r#"{"Event": {"info": "nothing yet"}}"#,
    ] {
        assert_eq!(lines(empty), [""; 0], "{empty}");
    }
}

#[test]
fn a_response_is_a_key_of_the_document_and_no_word_in_it() {
    let inside =
        r#"{"a": ["response"], "b": {"response": 1}, "info": "\"response\": \\", "Attribute": ["#;
    assert!(!has_key(inside.as_bytes(), RESPONSE));
    assert_eq!(
        lines(&format!("{inside}{ATTRIBUTE}]}}")),
        ["domain evil.example"]
    );
    assert!(has_key(br#"{"a": {"b": "\\"}, "response" : ["#, RESPONSE));
}
#[test]
fn one_bad_attribute_costs_itself_only() {
    let text = json!({"Event": {"Attribute": [
        "text", null, ["a"], {"value": "a.example"}, {"type": "domain"}, {"type": "domain", "value": {"a": 1}},
        {"type": "domain", "value": "b.example", "to_ids": true}, {"type": "vulnerability", "value": 15, "to_ids": true}],
        "Object": [7, {"Attribute": [null]}]}});
    let found = stream(&text.to_string(), false);
    assert_eq!(
        found.iter().map(line).collect::<Vec<_>>(),
        [
            "broken_entry ",
            "broken_entry ",
            "broken_entry ",
            "broken_entry a.example",
            "broken_entry ",
            "broken_entry ",
            "domain b.example",
            "invalid_cve 15",
            "broken_entry ",
            "broken_entry ",
        ]
    );
    assert_eq!(
        places(&text.to_string())[7..],
        [
            "feed.json: Event.Attribute[7]",
            "feed.json: Event.Object[0]",
            "feed.json: Event.Object[1].Attribute[0]"
        ]
    );
}

#[test]
fn keys_may_come_twice_and_lists_may_be_one_value() {
    let text = r#"{"Event": {"Orgc": [], "Tag": {"name": "apt"}, "Galaxy": "none", "date": 0, "info": 7,
        "Attribute": {"type": "domain", "type": "domain", "value": "a.example", "to_ids": "True", "Tag": "c2"},
        "Object": null}}"#;
    let found = stream(text, false);
    let [Found::Indicator(indicator)] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!(indicator.tags, ["apt", "c2"]);
    assert_eq!(indicator.sources[0].article_title.as_deref(), Some("7"));
}

/// The place and detail of each rejection.
fn broken_at(text: &[u8]) -> Vec<String> {
    let input = Input::from_bytes("feed.json", text);
    read(&input, &ReadOptions::default())
        .unwrap()
        .filter_map(|found| match found.unwrap() {
            Found::Rejection(rejection) => {
                let refusal = rejection.refusal;
                let detail = refusal.detail.unwrap_or_default();
                Some(format!(
                    "{} {} {detail}",
                    rejection.place,
                    refusal.reason.code()
                ))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn broken_json_is_refused_by_place() {
    let event = format!(r#"{{"Event": {{"Attribute": [{ATTRIBUTE}]}}}}"#);
    assert_eq!(
        broken_at(format!("{{\"response\": [{event},\n{}", &event[..60]).as_bytes()),
        [
            "feed.json: response[1] broken_entry the document ends in the middle of an element, line 2"
        ]
    );
    assert_eq!(
        broken_at(&event.as_bytes()[..60]),
        ["feed.json broken_entry the document ends in the middle of an element, line 1"]
    );
    assert_eq!(
        broken_at(format!("[\n{{\"Event\":\n{{\"info\" 1}}}},\n{event}]").as_bytes()),
        ["feed.json: [0] broken_entry expected `:`, line 3"]
    );
    assert_eq!(lines(&format!("[{{\"Event\" 1}}, {event}]")).len(), 2);
    for text in ["[{}, 7]", "{\"Event\": []}\n{\"errors\": \"no\"}"] {
        let found = broken_at(text.as_bytes());
        assert_eq!(found.len(), 2, "{text}");
        assert!(found[1].ends_with("[1] broken_entry neither an event nor a list of attributes"));
    }
    for text in ["", "evil.example", "\u{0}"] {
        assert_eq!(broken_at(text.as_bytes()).len(), 1, "{text}");
    }
    // Values that are not kept may be of any depth; events in attributes in events may not.
    let brackets = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let ignored = format!(
        r#"{{"Event": {{"Tag": {brackets}, "x": {brackets}, "Attribute": [{ATTRIBUTE}]}}}}"#
    );
    assert_eq!(lines(&ignored), ["domain evil.example"]);
    let deep = r#"{"Event":{"Attribute":"#.repeat(10_000) + "1" + &"}".repeat(20_000);
    assert_eq!(
        broken_at(deep.as_bytes()),
        ["feed.json broken_entry recursion limit exceeded, line 1"]
    );
    assert_eq!(
        broken_at(b"[{\"info\": \"\xff\", \"Attribute\": []}]"),
        ["feed.json: [0] not_utf8 "]
    );
}

#[test]
fn a_long_event_costs_itself_only() {
    let event = format!(r#"{{"Attribute": [{ATTRIBUTE}]}}"#);
    let text = format!(r#"[{{"info": "{}"}}, {event}]"#, "a".repeat(200));
    let input = Input::from_bytes("feed.json", text.as_bytes());
    let found: Vec<_> = with_limit(&input, &ReadOptions::default(), 150)
        .unwrap()
        .map(|found| line(&found.unwrap()))
        .collect();
    assert_eq!(found, ["broken_entry ", "domain evil.example"]);
}

/// Any JSON, with many of MISP's own keys and words.
fn any_json() -> impl Strategy<Value = Value> {
    let keys = "Event|response|Attribute|Object|Tag|Galaxy|GalaxyCluster|Orgc|meta|external_id|type|value|to_ids|deleted\
        |date|info|first_seen|object_relation|comment|category|event_id|name|x";
    let words = "domain|domain\\|ip|ip-dst\\|port|filename\\|md5|url|link|email-dst|port|dst-port|tlp:red|1|true\
        |evil.example|a\\|b|\\||198.51.100.7\\|80|https://a.example/|T1566|misp-galaxy:sector=|2024-01-01|.{0,8}";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        words.prop_map(Value::from),
    ];
    leaf.prop_recursive(8, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((keys, inner), 0..6)
                .prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn no_json_and_no_bytes_panic(value in any_json(), cut in 0usize..400, bytes in any::<Vec<u8>>()) {
        let text = value.to_string().into_bytes();
        let wrapped = json!({"response": [{"Event": {"Attribute": [value]}}]}).to_string().into_bytes();
        let short = text[..cut.min(text.len())].to_vec();
        for text in [text, wrapped, short, bytes] {
            for all_attributes in [false, true] {
                let input = Input::from_bytes("feed.json", &text[..]);
                let options = ReadOptions { all_attributes, ..ReadOptions::default() };
                for found in read(&input, &options).unwrap() {
                    prop_assert!(found.is_ok());
                }
            }
        }
    }

    #[test]
    fn every_attribute_counts_exactly_once(
        attributes in prop::collection::vec((0usize..5, any::<Option<bool>>(), any::<bool>(), ".{0,12}"), 0..12),
    ) {
        let kinds = [("domain", 1), ("domain|ip", 2), ("imphash", 1), ("text", 1), ("target-email", 1)];
        let mut expected = 0;
        let list: Vec<Value> = attributes.iter().map(|(kind, to_ids, deleted, value)| {
            let (name, count) = kinds[*kind];
            expected += count;
            let value = format!("{}|{}", value.replace('|', ""), "b");
            json!({"type": name, "to_ids": to_ids, "deleted": deleted, "value": value})
        }).collect();
        let found = stream(&json!({"Event": {"Attribute": list}}).to_string(), false);
        let counted = found.iter().filter(|found| !matches!(found, Found::Note(_))).count();
        prop_assert_eq!(counted, expected);
    }
}

/// A folder as `feed-generator` writes it: events, the manifest, and MD5s of values, which are hashes of no file.
#[test]
fn of_a_feeds_folder_the_events_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let uuid = "5a3c2fcd-8328-42bb-a95e-4f4402de0b81";
    let event = r#"{"Event": {"info": "x", "Attribute": [{"type": "domain", "value": "evil-one.net", "to_ids": true}]}}"#;
    let manifest =
        format!(r#"{{"{uuid}": {{"Orgc": {{"name": "x"}}, "info": "x", "timestamp": "1"}}}}"#);
    let hashes = format!("0123456789abcdef0123456789abcdef,{uuid}\n");
    for (name, content) in [
        (format!("{uuid}.json"), event.to_owned()),
        ("manifest.json".to_owned(), manifest),
        ("hashes.csv".to_owned(), hashes),
    ] {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    let mut told = Vec::new();
    for input in Input::from_path(folder.path()).unwrap() {
        for found in crate::source::read(&input, &ReadOptions::default()).unwrap() {
            told.push(match found.unwrap() {
                Found::Indicator(indicator) => indicator.ioc.to_string(),
                Found::Note(note) => format!("{}: {}", note.kind.code(), note.detail),
                other => format!("{other:?}"),
            });
        }
    }
    assert_eq!(
        told,
        [
            "evil-one.net",
            "not_read: the MD5s of the values of a MISP feed",
            "not_read: the manifest of a MISP feed"
        ]
    );
    for name in ["hashes.csv", "manifest.json"] {
        let alone = Input::from_path(&folder.path().join(name)).unwrap();
        let error = crate::source::detect(&alone[0]).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::UnknownFormat);
    }
}

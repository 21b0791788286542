//! `to_ids` and `deleted`.

use serde_json::{Value, json};

use super::*;

/// An event with two domains, whose `to_ids` are these.
fn two(first: Value, second: Value) -> String {
    json!({"Event": {"info": "Campaign", "Attribute": [{"type": "domain", "value": "a.example", "to_ids": first},
        {"type": "domain", "value": "b.example", "to_ids": second}]}})
    .to_string()
}

#[test]
fn an_event_that_marks_something_means_only_that() {
    assert_eq!(
        lines(&two(json!(false), json!(true))),
        ["not_for_detection a.example", "domain b.example"]
    );
    assert_eq!(
        lines(&two(json!("0"), json!("1"))),
        ["not_for_detection a.example", "domain b.example"]
    );
    assert_eq!(
        lines(&two(Value::Null, json!(1))),
        ["not_for_detection a.example", "domain b.example"]
    );
    assert_eq!(
        lines(&two(json!(false), json!(false))),
        [
            "note no_detection_flags Campaign",
            "domain a.example",
            "domain b.example"
        ]
    );
    let all = stream(&two(json!(false), json!(true)), true);
    assert_eq!(
        all.iter().map(line).collect::<Vec<_>>(),
        ["domain a.example", "domain b.example"]
    );
    let none = stream(&two(json!(false), json!(false)), true);
    assert_eq!(none.len(), 2, "who takes everything needs no note");
}

#[test]
fn what_shows_that_an_event_uses_the_flag() {
    let with = |other: Value| {
        let event = json!({"Attribute": [{"type": "domain", "value": "a.example", "to_ids": false}, other]});
        lines(&event.to_string())[0].clone()
    };
    let taken = "note no_detection_flags ";
    let dropped = "not_for_detection a.example";
    let attribute = |kind: &str| json!({"type": kind, "value": "x", "to_ids": true});
    assert_eq!(with(attribute("imphash")), dropped);
    assert_eq!(
        with(attribute("filename")),
        dropped,
        "a mark on a file's name is a mark"
    );
    assert_eq!(with(attribute("text")), taken);
    assert_eq!(with(attribute("link")), taken);
    assert_eq!(
        with(json!({"type": "domain", "value": "b.example", "to_ids": true, "deleted": "1"})),
        taken
    );
    let object = json!({"Event": {
        "Attribute": [{"type": "domain", "value": "a.example", "to_ids": false}],
        "Object": [{"Attribute": [{"type": "domain", "value": "b.example", "to_ids": true}]}]}});
    assert_eq!(lines(&object.to_string()), [dropped, "domain b.example"]);
    // One event's marks are not another's.
    let list = format!(
        "[{}, {}]",
        two(json!(true), json!(false)),
        two(json!(false), json!(false))
    );
    assert_eq!(lines(&list).len(), 5);
    assert_eq!(places(&list).len(), 4);
    // Nothing to take, nothing to say.
    assert_eq!(
        lines(r#"{"Attribute": [{"type": "text", "value": "a"}]}"#),
        ["blank text: a"]
    );
}

#[test]
fn what_the_feed_has_deleted_is_dropped() {
    let event = json!({"Attribute": [
        {"type": "domain|ip", "value": "a.example|198.51.100.7", "deleted": true},
        {"type": "imphash", "value": "d", "deleted": 1},
        {"type": "domain", "deleted": "true"},
        {"type": "link", "value": "https://gone.example/", "deleted": true},
        {"type": "domain", "value": "b.example", "deleted": "0"}],
        "Object": [{"deleted": true, "Attribute": [{"type": "domain", "value": "c.example", "to_ids": true}]}]});
    assert_eq!(
        lines(&event.to_string()),
        [
            "note no_detection_flags ",
            "deleted a.example",
            "deleted 198.51.100.7",
            "deleted d",
            "deleted ",
            "deleted https://gone.example/",
            "domain b.example",
            "deleted c.example",
        ]
    );
    assert!(
        only(&json!({"info": "x", "Attribute": event["Attribute"]}))
            .references
            .is_empty()
    );
}

#[test]
fn the_attributes_of_an_event_are_of_it_whatever_they_say() {
    let attribute = |value: &str, id: u32, to_ids: bool| json!({"type": "domain", "value": value, "event_id": id, "to_ids": to_ids});
    let list = json!([
        attribute("a.example", 1, false),
        attribute("b.example", 2, true)
    ]);
    let marked = ["not_for_detection a.example", "domain b.example"];
    assert_eq!(
        lines(&json!({"Event": {"Attribute": list}}).to_string()),
        marked
    );
    assert_eq!(
        lines(&json!({"info": "x", "Attribute": list}).to_string()),
        marked
    );
    assert_eq!(
        lines(&json!({"Tag": [], "Attribute": list}).to_string()),
        marked
    );
    assert_eq!(
        lines(&json!({"Attribute": list}).to_string()),
        [
            "note no_detection_flags 1",
            "domain a.example",
            "domain b.example"
        ]
    );
}

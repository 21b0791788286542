//! References, dates, tags, and what a search says of its events.

use serde_json::{Value, json};

use super::*;

#[test]
fn reports_are_references_of_every_indicator() {
    let event = json!({"info": " Crutch ", "Orgc": {"name": "ESET"}, "Org": {"name": "Other"}, "Attribute": [
        {"type": "domain", "value": "a.example", "comment": " C&C "},
        {"type": "link", "value": "hxxps://blog.example/one#part", "to_ids": false},
        {"type": "link", "value": "file:///etc/passwd"},
        {"type": "link", "value": "javascript:alert(1)"}, {"type": "link", "value": "ftp://blog.example/a"},
        {"type": "link", "value": "blog.example/b"}, {"type": "link", "value": "https://blog.example/c\nd"},
        {"type": "url", "category": "External analysis", "value": "http://blog.example/two"}],
        "Object": [{"comment": "a file", "Attribute": [{"type": "link", "value": "http://sandbox.example/3"}]}]});
    let indicator = only(&event);
    assert_eq!(
        indicator.references,
        [
            "https://blog.example/one#part",
            "http://blog.example/two",
            "http://sandbox.example/3"
        ]
    );
    let source = &indicator.sources[0];
    assert_eq!(source.article_title.as_deref(), Some("Crutch"));
    assert_eq!(
        source.article_url.as_deref(),
        Some("https://blog.example/one#part")
    );
    assert_eq!(indicator.producers, ["ESET"]);
    assert_eq!(indicator.context, ["C&C"]);
    assert!(
        only(&json!({"Attribute": [{"type": "domain", "value": "a.example"}]}))
            .sources
            .is_empty()
    );
}

#[test]
fn a_url_of_an_analysis_is_an_indicator_only_where_it_is_marked() {
    let url = |category: &str, marked: bool| {
        lines(
            &json!({"Attribute": [{"type": "url", "category": category, "to_ids": marked,
            "value": "http://evil.example/a"}]})
            .to_string(),
        )
    };
    assert_eq!(
        url("External analysis", false),
        ["reference http://evil.example/a"]
    );
    assert_eq!(
        url("External analysis", true),
        ["url http://evil.example/a"]
    );
    assert_eq!(
        url("Network activity", false),
        ["note no_detection_flags ", "url http://evil.example/a"]
    );
}

#[test]
fn the_day_of_the_event_stands_in_for_first_seen() {
    let dates = |event: Value| {
        let indicator = only(&event);
        (day(indicator.first_seen), day(indicator.last_seen))
    };
    let attribute = |first: Value, last: Value| {
        json!({"date": "2018-11-06", "Attribute":
            [{"type": "domain", "value": "a.example", "first_seen": first, "last_seen": last}]})
    };
    let pair = |first: &str, last: &str| (first.to_owned(), last.to_owned());
    assert_eq!(
        dates(attribute(Value::Null, Value::Null)),
        pair("2018-11-06", "")
    );
    assert_eq!(
        dates(attribute(
            json!("2017-01-01T00:00:00+00:00"),
            json!(1_541_533_312)
        )),
        pair("2017-01-01", "2018-11-06")
    );
    assert_eq!(
        dates(attribute(Value::Null, json!("2017-01-01"))),
        pair("", "2017-01-01"),
        "nothing is first seen after it was last seen"
    );
}

#[test]
fn dates_that_cannot_be_read_are_noted_once() {
    let event = json!({"info": "x", "date": "06/11/2018", "Attribute": [
        {"type": "domain|ip", "value": "a.example|198.51.100.7", "to_ids": true, "first_seen": "soon", "last_seen": ""},
        {"type": "domain", "value": "b.example", "to_ids": false, "first_seen": "never told"}]});
    assert_eq!(
        lines(&event.to_string()),
        [
            "note unreadable_date 06/11/2018",
            "domain a.example",
            "ipv4 198.51.100.7",
            "note unreadable_date soon",
            "not_for_detection b.example",
        ]
    );
    let object = json!({"Object": [{"first_seen": "soon", "Attribute": [
        {"type": "domain", "value": "a.example", "to_ids": true, "first_seen": "2024-01-01"},
        {"type": "domain", "value": "b.example", "to_ids": true}]}]});
    assert_eq!(
        lines(&object.to_string()),
        [
            "domain a.example",
            "domain b.example",
            "note unreadable_date soon"
        ]
    );
}

#[test]
fn tags_of_event_and_attribute_reach_the_indicator() {
    let indicator = only(&json!({
        "Tag": [{"name": "tlp:green"}, {"name": "misp-galaxy:threat-actor=\"Sofacy\""},
            {"name": "misp:confidence-level=\"completely-confident\""}],
        "Galaxy": [{"type": "mitre-attack-pattern", "GalaxyCluster": [{"value": "Web Protocols - T1071.001"}]}],
        "Attribute": [{"type": "domain", "value": "a.example",
            "Tag": [{"name": "tlp:amber"}, {"name": "misp:confidence-level=\"rarely-confident\""}, {"name": "c2"}],
            "Galaxy": [{"type": "mitre-attack-pattern", "GalaxyCluster": [{"meta": {"external_id": ["T1566"]}}]}]}]}));
    assert_eq!(indicator.tlp, Some(Tlp::Amber));
    assert_eq!(indicator.confidence, Some(Confidence::Low));
    assert_eq!(
        indicator.tags,
        ["misp-galaxy:threat-actor=\"Sofacy\"", "c2"]
    );
    assert_eq!(indicator.mitre_techniques, ["T1071.001", "T1566"]);
}

#[test]
fn attributes_of_a_search_are_of_their_own_events() {
    let text = json!({"response": {"Attribute": [
        {"event_id": "1", "type": "domain", "value": "a.example", "to_ids": true,
            "Event": {"id": "1", "info": "One", "Orgc": {"name": "A"}, "date": "2024-01-01"}},
        {"event_id": 1, "type": "domain", "value": "b.example", "to_ids": false, "Event": {"id": "1", "info": "One"}},
        {"event_id": "2", "type": "domain", "value": "c.example", "to_ids": false, "Event": {"id": "2", "info": "Two"}},
        {"event_id": "2", "type": "link", "value": "https://blog.example/", "Event": {"id": "2"}}]}});
    let found = stream(&text.to_string(), false);
    assert_eq!(
        found.iter().map(line).collect::<Vec<_>>(),
        [
            "note no_detection_flags Two",
            "domain a.example",
            "not_for_detection b.example",
            "domain c.example",
            "reference https://blog.example/",
        ]
    );
    let titles: Vec<_> = found
        .iter()
        .filter_map(|found| match found {
            Found::Indicator(i) => Some((
                i.sources[0].article_title.clone().unwrap(),
                i.references.len(),
                i.producers.len(),
            )),
            _ => None,
        })
        .collect();
    assert_eq!(titles, [("One".to_owned(), 0, 1), ("Two".to_owned(), 1, 0)]);
}

#[test]
fn what_every_indicator_gets_a_copy_of_is_bounded() {
    let links =
        (0..200).map(|n| json!({"type": "link", "value": format!("https://blog.example/{n}")}));
    let domain = json!({"type": "domain", "value": "a.example"});
    let tags: Vec<Value> = (0..1000)
        .map(|n| json!({"name": format!("tag-{n}")}))
        .collect();
    let attributes: Vec<Value> = links.chain([domain]).collect();
    let indicator = only(&json!({"Tag": tags, "Attribute": attributes}));
    assert_eq!(
        (indicator.references.len(), indicator.tags.len()),
        (64, 256)
    );
}

//! Merging.

use super::*;

#[test]
fn sightings_in_all_inputs_are_one_rule_with_the_strongest_of_everything() {
    let first = json!({
        "type": "ipv4", "value": "198.51.100.7:443", "confidence": "low",
        "first_seen": "2026-02-01", "last_seen": "2026-02-02", "tlp": "green", "tags": ["a", "b"],
        "context": "one", "mitre_techniques": ["T1071.001"], "industries": ["energy"],
        "source": {"feed_name": "F1", "article_url": "https://one.example/a"},
    });
    let second = json!({
        "type": "ip", "value": "198[.]51[.]100[.]7:80", "confidence": "high",
        "first_seen": "2026-01-01", "last_seen": "2026-01-02", "tlp": "amber+strict", "tags": ["b", "c"],
        "context": "two", "mitre_techniques": ["T1105"], "industries": ["water", "energy"],
        "source": {"feed_name": "F2", "article_url": "https://two.example/b"},
    });
    let run = run(&[
        api("one.json", &[first]),
        list("two.txt", "198.051.100.007\nevil.example\n"),
        api("three.json", &[second]),
    ]);
    assert_eq!(run.values(), ["198.51.100.7", "evil.example"]);
    let rule = &run.rules[0].1;
    assert_eq!(rule.level, Some(Level::High));
    assert_eq!(day(rule.date).as_deref(), Some("2026-01-01"));
    assert_eq!(day(rule.modified).as_deref(), Some("2026-02-02"));
    assert_eq!(
        rule.references,
        [
            "https://one.example/a",
            "https://two.example/b",
            "https://socdefenders.ai"
        ]
    );
    assert_eq!(
        rule.tags,
        [
            "attack.command-and-control",
            "attack.t1071.001",
            "attack.t1105"
        ]
    );
    let expected = json!({
        "type": "ipv4",
        "value": "198.51.100.7",
        "confidence": "high",
        "first_seen": "2026-01-01T00:00:00Z",
        "last_seen": "2026-02-02T00:00:00Z",
        "context": "one; two",
        "tags": ["a", "b", "c"],
        "mitre_techniques": ["T1071.001", "T1105"],
        "industries": ["energy", "water"],
        "ports": [80, 443],
        "tlp": "amber+strict",
        "sources": [
            {"producer": "SOC Defenders", "feed_name": "F1", "article_url": "https://one.example/a", "confidence": "low",
                "tlp": "green", "first_seen": "2026-02-01T00:00:00Z", "last_seen": "2026-02-02T00:00:00Z"},
            {"producer": "two.txt"},
            {"producer": "SOC Defenders", "feed_name": "F2", "article_url": "https://two.example/b", "confidence": "high",
                "tlp": "amber+strict", "first_seen": "2026-01-01T00:00:00Z", "last_seen": "2026-01-02T00:00:00Z"},
        ],
    });
    assert_eq!(plain(socdef(rule)), expected);
    let counts = run.report.counts();
    assert_eq!((counts.read, counts.kept, counts.merged), (4, 2, 2));
    let entries: Vec<(String, String)> = run
        .report
        .entries()
        .iter()
        .map(|entry| {
            (
                entry.place.as_ref().unwrap().to_string(),
                entry.refusal.to_string(),
            )
        })
        .collect();
    assert_eq!(entries[0].0, "two.txt:1");
    assert_eq!(entries[1].0, "three.json:1");
    for (_, words) in entries {
        assert!(words.ends_with("first at one.json:1"), "{words}");
    }
}

#[test]
fn the_rule_of_merged_sightings_does_not_depend_on_their_order() {
    let entry = |value: &str, confidence: &str, first: &str, tlp: &str| json!({"value": value, "type": "domain", "confidence": confidence, "first_seen": first, "tlp": tlp});
    let one = entry("EVIL[.]example", "high", "2026-03-01", "clear");
    let other = entry("evil.example.", "low", "2026-04-01", "red");
    let there = run(&[api("f.json", &[one.clone(), other.clone()])]);
    let back = run(&[api("f.json", &[other, one])]);
    assert_eq!(there.only(), back.only());
    assert_eq!(there.only().level, Some(Level::High));
}

#[test]
fn what_differs_is_not_merged() {
    let text = "http://evil.example/\nhttps://evil.example/\nhttp://evil.example:8080/\nevil.example\nhttp://evil.example/A\nhttp://evil.example/a\n198.51.100.0/24\n198.51.100.0\n";
    let run = run(&[list("list.txt", text)]);
    assert_eq!(run.rules.len(), 8);
    assert_eq!(run.report.counts().merged, 0);
}

#[test]
fn intakes_that_are_joined_are_as_if_read_one_after_the_other() {
    let inputs = [
        list(
            "one.txt",
            "evil.example\n10.0.0.1\nnot an indicator\n198.51.100.7\n",
        ),
        list("two.txt", "198.51.100.7:80\n10.0.0.1\nbad.example\n"),
    ];
    let together = intake(&inputs);
    let mut joined = intake(&inputs[..1]);
    joined.absorb(intake(&inputs[1..]));
    let (together, joined) = (
        Run::of(&together, &settings()),
        Run::of(&joined, &settings()),
    );
    assert_eq!(together.rules, joined.rules);
    assert_eq!(together.report.counts(), joined.report.counts());
    assert_eq!(together.reasons(), joined.reasons());
    assert_eq!(
        together.values(),
        ["evil.example", "198.51.100.7", "bad.example"]
    );
}

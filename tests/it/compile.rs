//! From feeds to rules and an account: merging, guard, choices, dates, levels, tags, wording, and what `socdef` holds.
//!
//! Every run here is balanced: see [`Run::of`].

use std::collections::BTreeMap;
use std::process::Command;

use chrono::{DateTime, Utc};
use serde_json::{Value as Json, json};
use socdef_sigma::compile::{Compiler, Intake, Settings};
use socdef_sigma::indicator::parse_date;
use socdef_sigma::node::Node;
use socdef_sigma::report::Report;
use socdef_sigma::rule::{Level, SigmaRule};
use socdef_sigma::source::{Format, Input, ReadOptions};
use socdef_sigma::{Confidence, IocType, Tlp, emit};

fn at(text: &str) -> DateTime<Utc> {
    parse_date(text).unwrap()
}

fn settings() -> Settings {
    Settings::new(at("2026-05-17"))
}

/// An input of the API's objects, one a line.
fn api(name: &str, entries: &[Json]) -> Input {
    let lines: Vec<String> = entries.iter().map(Json::to_string).collect();
    Input::from_bytes(name, lines.join("\n").into_bytes())
}

fn list(name: &str, text: &str) -> Input {
    Input::from_bytes(name, text.as_bytes())
}

fn intake(inputs: &[Input]) -> Intake {
    let mut intake = Intake::new(usize::MAX);
    read_into(&mut intake, inputs);
    intake
}

fn read_into(intake: &mut Intake, inputs: &[Input]) {
    for input in inputs {
        let format = match input.name().ends_with(".txt") {
            true => Format::Txt,
            false => Format::Socdef,
        };
        let options = ReadOptions {
            format: Some(format),
            ..ReadOptions::default()
        };
        intake.read(input, &options, &mut |_| Ok(())).unwrap();
    }
}

/// The rules of a run, by value, and its account.
struct Run {
    rules: Vec<(String, SigmaRule)>,
    report: Report,
}

impl Run {
    /// Compiles, and checks what is so of every run: nothing that was read is lost or counted twice.
    fn of(intake: &Intake, settings: &Settings) -> Run {
        let compiler = Compiler::new(settings);
        let (kept, mut report) = intake.select(settings);
        let rules: Vec<(String, SigmaRule)> = kept
            .iter()
            .flat_map(|indicator| {
                let rules = compiler.counted(indicator, &mut report);
                rules
                    .into_iter()
                    .map(|compiled| (indicator.ioc.to_string(), compiled.rule))
            })
            .collect();
        let counts = report.counts();
        assert_eq!(
            counts.read,
            counts.kept + counts.merged + counts.dropped + counts.refused,
            "{counts:?}"
        );
        assert_eq!(counts.kept, counts.rules);
        assert_eq!(counts.rules, rules.len() as u64);
        let decided = counts.merged + counts.dropped + counts.refused;
        assert_eq!(
            report.reasons().map(|(_, count)| count).sum::<u64>(),
            decided
        );
        assert_eq!(report.entries().len() as u64, decided);
        assert_eq!(
            report.rules().map(|(_, _, count)| count).sum::<u64>(),
            counts.rules
        );
        Run { rules, report }
    }

    fn values(&self) -> Vec<&str> {
        self.rules.iter().map(|(value, _)| value.as_str()).collect()
    }

    fn reasons(&self) -> BTreeMap<&'static str, u64> {
        let reasons = self.report.reasons();
        reasons
            .map(|(reason, count)| (reason.code(), count))
            .collect()
    }

    fn notes(&self) -> Vec<(&'static str, String, String)> {
        let notes = self.report.notes().iter();
        notes
            .map(|note| {
                (
                    note.kind.code(),
                    note.detail.clone(),
                    note.place.to_string(),
                )
            })
            .collect()
    }

    fn only(&self) -> &SigmaRule {
        assert_eq!(self.rules.len(), 1, "{:?}", self.values());
        &self.rules[0].1
    }
}

fn run(inputs: &[Input]) -> Run {
    Run::of(&intake(inputs), &settings())
}

/// The rule of one entry of the API.
fn rule(entry: Json) -> SigmaRule {
    run(&[api("feed.json", &[entry])]).only().clone()
}

fn socdef(rule: &SigmaRule) -> &Node {
    let (name, node) = &rule.custom[0];
    assert_eq!((name.as_str(), rule.custom.len()), ("socdef", 1));
    node
}

/// A node as JSON, to be compared with what a test writes.
fn plain(node: &Node) -> Json {
    match node {
        Node::Null => Json::Null,
        Node::Bool(truth) => json!(truth),
        Node::Int(number) => json!(number),
        Node::Float(number) => json!(number),
        Node::Date(day) => json!(day),
        Node::Text(text) => json!(text),
        Node::List(items) => items.iter().map(plain).collect(),
        Node::Map(entries) => entries
            .iter()
            .map(|(key, node)| (key.clone(), plain(node)))
            .collect(),
    }
}

fn day(date: Option<chrono::NaiveDate>) -> Option<String> {
    date.map(|day| day.to_string())
}

// --- The seed's sample ------------------------------------------------------------------------------------

/// The rule that the SOC Defenders page shows, but for the id, the value in the title, and `socdef`.
const SEED: &str = "\
title: SOC Defenders - Malicious IPv4 Indicator
id: f1e2d3c4-b5a6-7890-abcd-ef0987654321
status: experimental
description: Detects network activity involving a malicious IPv4 address identified by SOC Defenders threat intelligence.
references:
  - https://socdefenders.ai
author: SOC Defenders
date: 2026-05-17
tags:
  - attack.command-and-control
logsource:
  category: network_connection
  product: windows
detection:
  selection:
    DestinationIp: '203.0.113.42'
  condition: selection
fields:
  - SourceIp
  - DestinationIp
  - DestinationPort
falsepositives:
  - Unknown
level: high
";

#[test]
fn the_seeds_sample_comes_out_as_the_page_shows_it() {
    let rule = rule(json!({
        "type": "ipv4", "value": "203.0.113.42", "confidence": "high", "first_seen": "2026-05-17",
    }));
    let expected = SEED
        .replace(
            "title: SOC Defenders - Malicious IPv4 Indicator\n",
            "title: 'SOC Defenders - Malicious IPv4 Indicator 203.0.113.42'\n",
        )
        .replace("f1e2d3c4-b5a6-7890-abcd-ef0987654321", &rule.id.to_string());
    let added = "\
socdef:
  type: 'ipv4'
  value: '203.0.113.42'
  confidence: 'high'
  first_seen: '2026-05-17T00:00:00Z'
";
    assert_eq!(emit::yaml(&rule), expected + added);
}

// --- Merging ----------------------------------------------------------------------------------------------

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
            {"feed_name": "F1", "article_url": "https://one.example/a"},
            {"feed_name": "F2", "article_url": "https://two.example/b"},
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

// --- The account ------------------------------------------------------------------------------------------

#[test]
fn every_value_is_counted_once_and_has_an_entry_with_its_place() {
    let run = run(&[
        list(
            "list.txt",
            "# a comment\n\nevil.example\nEVIL.example\n10.0.0.1\n10.0.0.1:80\nAppdata.zip\nco.uk\n",
        ),
        api(
            "feed.json",
            &[
                json!({"type": "mitre-attack", "value": "T1071"}),
                json!({"type": "ipv4", "value": "an address"}),
                json!({"no": "value"}),
                json!({"type": "md5", "value": "D41D8CD98F00B204E9800998ECF8427E"}),
            ],
        ),
    ]);
    let counts = run.report.counts();
    assert_eq!(
        (
            counts.read,
            counts.kept,
            counts.merged,
            counts.dropped,
            counts.refused,
            counts.rules
        ),
        (10, 1, 2, 4, 3, 1)
    );
    let entries: Vec<(String, &str, &str)> = run
        .report
        .entries()
        .iter()
        .map(|entry| {
            let place = entry.place.as_ref().unwrap().to_string();
            let reason = entry.refusal.reason;
            (place, reason.outcome().as_str(), reason.code())
        })
        .collect();
    // In the order in which they were decided: what is dropped is judged when all is merged.
    let expected = [
        ("list.txt:4", "merged", "duplicate"),
        ("list.txt:6", "merged", "duplicate"),
        ("list.txt:7", "refused", "file_name"),
        ("feed.json:1", "dropped", "technique"),
        ("feed.json:2", "refused", "invalid_address"),
        ("feed.json:3", "refused", "broken_entry"),
        ("list.txt:5", "dropped", "private_address"),
        ("list.txt:8", "dropped", "public_suffix"),
        ("feed.json:4", "dropped", "empty_file"),
    ];
    let expected: Vec<(String, &str, &str)> = expected.map(|(a, b, c)| (a.to_owned(), b, c)).into();
    assert_eq!(entries, expected);
    let json = run.report.json();
    assert_eq!(
        json["counts"],
        json!({"read": 10, "kept": 1, "merged": 2, "dropped": 4, "refused": 3, "rules": 1})
    );
    assert_eq!(json["entries"][0]["file"], "list.txt");
    assert_eq!(json["entries"][0]["line"], 4);
    assert_eq!(json["entries"][0]["value"], "evil.example");
    assert_eq!(
        json["rules"],
        json!([{"type": "domain", "log_source": "dns_query/windows", "rules": 1}])
    );
}

#[test]
fn an_address_that_ends_in_colons_is_no_heading() {
    let run = run(&[list("list.txt", "Addresses:\n2001:db8::\n")]);
    assert_eq!(run.values(), ["2001:db8::"]);
}

#[test]
fn counts_stay_exact_where_entries_are_limited() {
    let mut intake = Intake::new(2);
    read_into(
        &mut intake,
        &[list(
            "list.txt",
            "10.0.0.1\n10.0.0.2\n10.0.0.3\n10.0.0.3\nevil.example\n",
        )],
    );
    let (_, report) = intake.select(&settings());
    assert_eq!(report.entries().len(), 2);
    assert_eq!(
        (
            report.counts().read,
            report.counts().dropped,
            report.counts().merged
        ),
        (5, 3, 1)
    );
    assert_eq!(report.reasons().map(|(_, count)| count).sum::<u64>(), 4);
}

#[test]
fn the_same_intake_can_be_selected_from_twice() {
    let intake = intake(&[list("list.txt", "evil.example\n10.0.0.1\n")]);
    let one = Run::of(&intake, &settings());
    let unguarded = Settings {
        guard: false,
        ..settings()
    };
    assert_eq!(
        Run::of(&intake, &unguarded).values(),
        ["evil.example", "10.0.0.1"]
    );
    assert_eq!(Run::of(&intake, &settings()).rules, one.rules);
}

// --- Guard ------------------------------------------------------------------------------------------------

const GUARDED: &str = "\
10.1.2.3
192.168.0.0/24
127.0.0.1
::1
169.254.1.1
fe80::1
224.0.0.1
ff02::1
100.64.0.1
0.0.0.0
::
255.255.255.255
16.0.0.0/7
2001::/15
co.uk
github.io
d41d8cd98f00b204e9800998ecf8427e
da39a3ee5e6b4b0d3255bfef95601890afd80709
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
http://10.0.0.1/a
fd00::1
10.1.2.3:80
";

#[test]
fn the_guard_drops_what_would_match_too_much() {
    let run = run(&[list(
        "list.txt",
        &format!("{GUARDED}203.0.113.42\n198.51.100.0/24\n2001:db8::1\n"),
    )]);
    assert_eq!(
        run.values(),
        ["203.0.113.42", "198.51.100.0/24", "2001:db8::1"]
    );
    let expected = [
        ("broadcast_address", 1),
        ("duplicate", 1),
        ("empty_file", 3),
        ("link_local_address", 2),
        ("loopback_address", 2),
        ("multicast_address", 2),
        ("network_too_wide", 2),
        ("private_address", 4),
        ("public_suffix", 2),
        ("shared_address", 1),
        ("unspecified_address", 2),
    ];
    assert_eq!(run.reasons(), BTreeMap::from(expected));
    // Merged first, then judged: dropped counts distinct indicators.
    assert_eq!(
        (run.report.counts().dropped, run.report.counts().merged),
        (21, 1)
    );
}

#[test]
fn without_the_guard_all_of_it_becomes_rules() {
    let intake = intake(&[list("list.txt", GUARDED)]);
    let run = Run::of(
        &intake,
        &Settings {
            guard: false,
            ..settings()
        },
    );
    assert_eq!(run.rules.len(), 21);
    assert_eq!(run.reasons(), BTreeMap::from([("duplicate", 1)]));
}

#[test]
fn what_is_over_is_dropped_by_the_now_of_the_run_unless_kept() {
    let entries = [
        json!({"value": "over.example", "type": "domain", "valid_until": "2026-05-16"}),
        json!({"value": "valid.example", "type": "domain", "valid_until": "2026-05-18"}),
        json!({"value": "revoked.example", "type": "domain", "revoked": true}),
        json!({"value": "alive.example", "type": "domain", "revoked": true}),
        json!({"value": "alive.example", "type": "domain"}),
        json!({"value": "longer.example", "type": "domain", "valid_until": "2026-05-16"}),
        json!({"value": "longer.example", "type": "domain", "valid_until": "2027-05-16"}),
    ];
    let intake = intake(&[api("f.json", &entries)]);
    let run = Run::of(&intake, &settings());
    assert_eq!(
        run.values(),
        ["valid.example", "alive.example", "longer.example"]
    );
    let expected = BTreeMap::from([("duplicate", 2), ("expired", 1), ("revoked", 1)]);
    assert_eq!(run.reasons(), expected);
    let all = [
        "over.example",
        "valid.example",
        "revoked.example",
        "alive.example",
        "longer.example",
    ];
    for change in [
        Settings {
            keep_expired: true,
            ..settings()
        },
        Settings {
            guard: false,
            ..settings()
        },
    ] {
        assert_eq!(Run::of(&intake, &change).values(), all);
    }
    let later = Settings::new(at("2026-05-19"));
    assert_eq!(
        Run::of(&intake, &later).values(),
        ["alive.example", "longer.example"]
    );
    let earlier = Settings::new(at("2026-05-15"));
    assert_eq!(
        Run::of(&intake, &earlier).values(),
        [
            "over.example",
            "valid.example",
            "alive.example",
            "longer.example"
        ]
    );
}

// --- Choices ----------------------------------------------------------------------------------------------

/// Six indicators that differ in everything that can be chosen by.
fn assorted() -> Intake {
    intake(&[api(
        "f.json",
        &[
            json!({"value": "198.51.100.1", "type": "ipv4", "confidence": "low", "first_seen": "2026-01-01",
                   "last_seen": "2026-03-01", "tlp": "clear", "industries": ["energy"]}),
            json!({"value": "198.51.100.2", "type": "ipv4", "confidence": "medium", "first_seen": "2026-02-01",
                   "tlp": "amber", "industries": ["water", "energy"]}),
            json!({"value": "c.example", "type": "domain", "confidence": "high", "last_seen": "2026-03-15T12:00:00Z",
                   "tlp": "red", "industries": ["finance"]}),
            json!({"value": "d.example", "type": "domain"}),
            json!({"value": "http://e.example/", "type": "url", "first_seen": "2026-04-01", "tlp": "amber+strict"}),
            json!({"value": "10.0.0.1", "type": "ipv4", "confidence": "high", "last_seen": "2026-03-01"}),
        ],
    )])
}

/// What a choice keeps, by the first letter or last digit of the values, and why it leaves out the others.
fn chosen(change: impl FnOnce(&mut Settings)) -> (String, BTreeMap<&'static str, u64>) {
    let mut settings = settings();
    change(&mut settings);
    let run = Run::of(&assorted(), &settings);
    let letter = |value: &str| match value {
        "198.51.100.1" => '1',
        "198.51.100.2" => '2',
        "10.0.0.1" => 'p',
        "http://e.example/" => 'e',
        value => value.chars().next().unwrap(),
    };
    let mut reasons = run.reasons();
    // The guard comes first: what must never alert is not a matter of taste.
    let private = reasons.remove("private_address");
    assert_eq!(private, settings.guard.then_some(1));
    (run.values().into_iter().map(letter).collect(), reasons)
}

#[test]
fn choices_keep_what_was_asked_for_and_say_why_the_rest_is_left_out() {
    let one = |reason: &'static str, count: u64| BTreeMap::from([(reason, count)]);
    assert_eq!(chosen(|_| {}), ("12cde".to_owned(), BTreeMap::new()));
    // Types.
    assert_eq!(
        chosen(|s| s.types = vec![IocType::Ipv4]),
        ("12".to_owned(), one("type_not_selected", 3))
    );
    assert_eq!(
        chosen(|s| s.types = vec![IocType::Url, IocType::Domain]),
        ("cde".to_owned(), one("type_not_selected", 2))
    );
    // Dates: the last one counts, else the first; both ends are inside.
    assert_eq!(
        chosen(|s| s.since = Some(at("2026-03-01"))),
        ("1cde".to_owned(), one("outside_dates", 1))
    );
    assert_eq!(
        chosen(|s| s.since = Some(at("2026-03-01T00:00:01Z"))),
        ("cde".to_owned(), one("outside_dates", 2))
    );
    assert_eq!(
        chosen(|s| s.until = Some(at("2026-03-01"))),
        ("12d".to_owned(), one("outside_dates", 2))
    );
    assert_eq!(
        chosen(|s| (s.since, s.until) = (Some(at("2026-03-01")), Some(at("2026-03-31")))),
        ("1cd".to_owned(), one("outside_dates", 2))
    );
    // Confidence: exactly, or at least; the default stands in where none is stated.
    assert_eq!(
        chosen(|s| s.confidence = Some(Confidence::Low)),
        ("1".to_owned(), one("confidence_not_selected", 4))
    );
    assert_eq!(
        chosen(|s| s.confidence = Some(Confidence::Medium)),
        ("2de".to_owned(), one("confidence_not_selected", 2))
    );
    assert_eq!(
        chosen(|s| s.min_confidence = Some(Confidence::Medium)),
        ("2cde".to_owned(), one("confidence_not_selected", 1))
    );
    assert_eq!(
        chosen(|s| {
            s.min_confidence = Some(Confidence::High);
            s.default_confidence = Confidence::High;
        }),
        ("cde".to_owned(), one("confidence_not_selected", 2))
    );
    // Industry.
    assert_eq!(
        chosen(|s| s.industry = Some("energy".to_owned())),
        ("12".to_owned(), one("industry_not_selected", 3))
    );
    assert_eq!(
        chosen(|s| s.industry = Some("financial-services".to_owned())),
        ("c".to_owned(), one("industry_not_selected", 4))
    );
    // TLP: no label passes.
    assert_eq!(
        chosen(|s| s.max_tlp = Some(Tlp::Clear)),
        ("1d".to_owned(), one("tlp_too_strict", 3))
    );
    assert_eq!(
        chosen(|s| s.max_tlp = Some(Tlp::Amber)),
        ("12d".to_owned(), one("tlp_too_strict", 2))
    );
    assert_eq!(
        chosen(|s| s.max_tlp = Some(Tlp::AmberStrict)),
        ("12de".to_owned(), one("tlp_too_strict", 1))
    );
    assert_eq!(chosen(|s| s.max_tlp = Some(Tlp::Red)).0, "12cde");
    // Limit: of those that are kept, the first ones.
    assert_eq!(
        chosen(|s| s.limit = Some(2)),
        ("12".to_owned(), one("over_limit", 3))
    );
    assert_eq!(
        chosen(|s| s.limit = Some(0)),
        (String::new(), one("over_limit", 5))
    );
    assert_eq!(chosen(|s| s.limit = Some(5)).0, "12cde");
    assert_eq!(
        chosen(|s| (s.limit, s.types) = (Some(1), vec![IocType::Domain])),
        (
            "c".to_owned(),
            BTreeMap::from([("over_limit", 1), ("type_not_selected", 3)])
        )
    );
    // Without the guard the private address is one like the others.
    assert_eq!(chosen(|s| s.guard = false).0, "12cdep");
    assert_eq!(
        chosen(|s| (s.guard, s.types) = (false, vec![IocType::Domain])),
        ("cd".to_owned(), one("type_not_selected", 4))
    );
}

#[test]
fn a_private_address_is_private_even_where_it_was_not_asked_for() {
    let settings = Settings {
        types: vec![IocType::Domain],
        ..settings()
    };
    let run = Run::of(&assorted(), &settings);
    assert_eq!(run.reasons()["private_address"], 1);
    let entry = run
        .report
        .entries()
        .iter()
        .find(|entry| entry.value == "10.0.0.1")
        .unwrap();
    assert_eq!(entry.place.as_ref().unwrap().to_string(), "f.json:6");
}

#[test]
fn what_has_no_date_passes_a_choice_of_dates_and_is_noted() {
    let dated = Settings {
        since: Some(at("2026-05-01")),
        ..settings()
    };
    let run = Run::of(&assorted(), &dated);
    assert_eq!(run.values(), ["d.example"]);
    assert_eq!(
        run.notes(),
        [("undated", "d.example".to_owned(), "f.json:4".to_owned())]
    );
    assert_eq!(Run::of(&assorted(), &settings()).notes(), []);
}

// --- Dates and now ----------------------------------------------------------------------------------------

#[test]
fn a_rule_is_dated_by_its_feed_else_by_now() {
    let dates = |first: Json, last: Json| {
        let rule = rule(
            json!({"type": "domain", "value": "evil.example", "first_seen": first, "last_seen": last}),
        );
        (day(rule.date).unwrap(), day(rule.modified))
    };
    let on = |date: &str| (date.to_owned(), None);
    assert_eq!(dates(json!(null), json!(null)), on("2026-05-17"));
    assert_eq!(dates(json!("2026-01-02"), json!(null)), on("2026-01-02"));
    assert_eq!(
        dates(json!("2026-01-02T01:00:00Z"), json!("2026-01-02T23:00:00Z")),
        on("2026-01-02")
    );
    assert_eq!(
        dates(json!("2026-01-02"), json!("2026-01-03")),
        ("2026-01-02".to_owned(), Some("2026-01-03".to_owned()))
    );
    // Seen again before it was seen first: nothing was modified.
    assert_eq!(
        dates(json!("2026-01-02"), json!("2026-01-01")),
        on("2026-01-02")
    );
    assert_eq!(dates(json!(null), json!("2026-01-03")), on("2026-01-03"));
    // Days are those of UTC.
    assert_eq!(
        dates(json!("2026-01-02T00:30:00+02:00"), json!(null)),
        on("2026-01-01")
    );
    // A date with two readings is none, and is reported.
    assert_eq!(dates(json!("3/4/2026"), json!(null)), on("2026-05-17"));
    assert_eq!(dates(json!("3/18/2026"), json!(null)), on("2026-03-18"));
}

#[test]
fn now_is_one_value_for_the_whole_run() {
    let intake = intake(&[api(
        "f.json",
        &[
            json!({"value": "a.example", "type": "domain"}),
            json!({"value": "b.example", "type": "domain"}),
            json!({"value": "c.example", "type": "domain", "valid_until": "2020-01-01"}),
        ],
    )]);
    let run = Run::of(&intake, &Settings::new(at("2019-12-31T23:59:59Z")));
    assert_eq!(run.rules.len(), 3);
    assert!(
        run.rules
            .iter()
            .all(|(_, rule)| day(rule.date).as_deref() == Some("2019-12-31"))
    );
    // And nothing else of the run looks at the clock: the rules are the same to the byte.
    let again = Run::of(&intake, &Settings::new(at("2019-12-31T23:59:59Z")));
    assert_eq!(run.rules, again.rules);
}

/// `SOURCE_DATE_EPOCH` is read in processes of its own: this one's environment is shared by all tests.
#[test]
fn now_is_source_date_epoch_where_it_is_set() {
    const ASKED: &str = "SOCDEF_TEST_PRINTS_NOW";
    if std::env::var_os(ASKED).is_some() {
        match Settings::now_from_environment() {
            Ok(now) => println!("now is {}", now.to_rfc3339()),
            Err(error) => println!("error[{}]: {}", error.kind().code(), error.message()),
        }
        return;
    }
    let ask = |epoch: Option<&str>| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([
            "--exact",
            "compile::now_is_source_date_epoch_where_it_is_set",
            "--nocapture",
        ]);
        command.env(ASKED, "1").env_remove("SOURCE_DATE_EPOCH");
        command.envs(epoch.map(|epoch| ("SOURCE_DATE_EPOCH", epoch)));
        let output = command.output().unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        // The harness writes the test's name on the same line.
        let at = text
            .find("now is ")
            .or_else(|| text.find("error["))
            .unwrap();
        text[at..].lines().next().unwrap().to_owned()
    };
    assert_eq!(ask(Some("1779012345")), "now is 2026-05-17T10:05:45+00:00");
    assert_eq!(ask(Some("0")), "now is 1970-01-01T00:00:00+00:00");
    for bad in ["", "tomorrow", "1.5", "99999999999999999999"] {
        let told = ask(Some(bad));
        assert_eq!(
            told,
            format!("error[bad_usage]: `SOURCE_DATE_EPOCH={bad}` is not a number of seconds")
        );
    }
    let clock = ask(None);
    let now = clock
        .strip_prefix("now is ")
        .unwrap()
        .parse::<DateTime<Utc>>()
        .unwrap();
    assert!((Utc::now() - now).num_minutes().abs() < 5, "{clock}");
}

// --- Level and tags ---------------------------------------------------------------------------------------

#[test]
fn the_level_follows_the_confidence() {
    for (kind, value) in VALUES {
        let level = |confidence: Json| {
            rule(json!({"type": kind, "value": value, "confidence": confidence})).level
        };
        let high = if kind == "cve" {
            Level::Medium
        } else {
            Level::High
        };
        assert_eq!(level(json!("low")), Some(Level::Low), "{kind}");
        assert_eq!(level(json!("medium")), Some(Level::Medium), "{kind}");
        assert_eq!(level(json!("high")), Some(high), "{kind}");
        assert_eq!(level(json!(null)), Some(Level::Medium), "{kind}");
    }
}

#[test]
fn an_unstated_confidence_is_marked_and_can_be_chosen() {
    let intake = intake(&[list("list.txt", "evil.example\nCVE-2017-1188\n")]);
    let run = Run::of(
        &intake,
        &Settings {
            default_confidence: Confidence::High,
            ..settings()
        },
    );
    assert_eq!(run.rules[0].1.level, Some(Level::High));
    assert_eq!(run.rules[1].1.level, Some(Level::Medium));
    assert_eq!(
        plain(socdef(&run.rules[0].1)),
        json!({"type": "domain", "value": "evil.example", "confidence": "high", "confidence_stated": false})
    );
    let stated = rule(json!({"type": "domain", "value": "evil.example", "confidence": "medium"}));
    assert_eq!(
        plain(socdef(&stated)),
        json!({"type": "domain", "value": "evil.example", "confidence": "medium"})
    );
}

/// One value of each type.
const VALUES: [(&str, &str); 9] = [
    ("ipv4", "198.51.100.7"),
    ("ipv6", "2001:db8::1"),
    ("domain", "evil.example"),
    ("url", "http://evil.example/a"),
    ("md5", "d41d8cd98f00b204e9800998ecf8427f"),
    ("sha1", "a010d5449d29a1916827fdb443e3c84c405cb2a5"),
    (
        "sha256",
        "68872cc22fbdf0c2f69c32ac878ba9a7b7cf61fe5dd0e3da200131b8b23438e7",
    ),
    ("cve", "CVE-2017-1188"),
    ("email", "a@evil.example"),
];

#[test]
fn without_techniques_a_type_has_its_own_tactic() {
    for (kind, value) in VALUES {
        let tags = rule(json!({"type": kind, "value": value, "tags": ["tlp:red", "attack.t1059", "c2"], "tlp": "red"})).tags;
        let expected: &[&str] = match kind {
            "ipv4" | "ipv6" | "domain" | "url" => &["attack.command-and-control"],
            "md5" | "sha1" | "sha256" => &["attack.execution"],
            "email" => &["attack.initial-access"],
            _ => &["attack.initial-access", "cve.2017-1188"],
        };
        // No tag of the feed becomes one of the rule.
        assert_eq!(tags, expected, "{kind}");
    }
}

#[test]
fn techniques_bring_every_tactic_that_they_need() {
    let tags = |techniques: Json| {
        rule(json!({"type": "cve", "value": "CVE-2017-1188", "mitre_techniques": techniques})).tags
    };
    assert_eq!(
        tags(json!(["T1078", "t1071.001"])),
        [
            "attack.defense-evasion",
            "attack.initial-access",
            "attack.persistence",
            "attack.privilege-escalation",
            "attack.command-and-control",
            "attack.t1078",
            "attack.t1071.001",
            "cve.2017-1188",
        ]
    );
    assert_eq!(
        tags(json!(["T1071", "T1071"])),
        [
            "attack.command-and-control",
            "attack.t1071",
            "cve.2017-1188"
        ]
    );
}

#[test]
fn a_technique_that_attack_does_not_have_is_kept_and_noted_and_no_tag() {
    let entry =
        json!({"type": "ipv4", "value": "198.51.100.7", "mitre_techniques": ["T9999", "T1105"]});
    let known = run(&[api("f.json", &[entry])]);
    assert_eq!(
        known.only().tags,
        ["attack.command-and-control", "attack.t1105"]
    );
    assert_eq!(
        plain(socdef(known.only()))["mitre_techniques"],
        json!(["T9999", "T1105"])
    );
    assert_eq!(
        known.notes(),
        [(
            "unknown_technique",
            "T9999".to_owned(),
            "f.json:1".to_owned()
        )]
    );
    let entry = json!({"type": "md5", "value": "d41d8cd98f00b204e9800998ecf8427f", "mitre_techniques": ["T9999"]});
    assert_eq!(
        run(&[api("f.json", &[entry])]).only().tags,
        ["attack.execution"]
    );
}

// --- Wording ----------------------------------------------------------------------------------------------

/// Author, references, title up to the value, and the end of the description.
fn wording(rule: &SigmaRule) -> (&str, Vec<&str>, &str, &str) {
    let description = rule.description.as_deref().unwrap();
    let by = description.find("identified by ").unwrap();
    (
        rule.author.as_deref().unwrap(),
        rule.references.iter().map(String::as_str).collect(),
        rule.title.rsplit_once(' ').unwrap().0,
        &description[by..],
    )
}

#[test]
fn a_rule_names_the_producer_of_its_feed() {
    let entry = json!({"type": "ipv4", "value": "198.51.100.7", "source": {"feed_name": "F", "article_url": "https://a.example/r"}});
    let own = run(&[api("f.json", std::slice::from_ref(&entry))]);
    assert_eq!(
        wording(own.only()),
        (
            "SOC Defenders",
            vec!["https://a.example/r", "https://socdefenders.ai"],
            "SOC Defenders - Malicious IPv4 Indicator",
            "identified by SOC Defenders threat intelligence."
        )
    );
    // A producer that was named by the user stands in for the feed's: when reading, or when compiling.
    let named = (
        "ESET",
        vec!["https://a.example/r"],
        "ESET - Malicious IPv4 Indicator",
        "identified by ESET threat intelligence.",
    );
    let compiling = Settings {
        producer: Some("ESET".to_owned()),
        ..settings()
    };
    let late = Run::of(
        &intake(&[api("f.json", std::slice::from_ref(&entry))]),
        &compiling,
    );
    assert_eq!(wording(late.only()), named);
    let mut reading = Intake::new(usize::MAX);
    reading.set_producer(Some("ESET".to_owned()));
    read_into(&mut reading, &[api("f.json", &[entry])]);
    let early = Run::of(&reading, &settings());
    assert_eq!(wording(early.only()), named);
}

#[test]
fn without_a_producer_nobody_is_named() {
    let run = run(&[list("list.txt", "198.51.100.7\n")]);
    assert_eq!(
        wording(run.only()),
        (
            "socdef-sigma",
            vec![],
            "Threat Intelligence - Malicious IPv4 Indicator",
            "identified by threat intelligence."
        )
    );
    assert!(!emit::yaml(run.only()).contains("SOC Defenders"));
}

#[test]
fn two_producers_are_both_authors() {
    let entry = json!({"type": "ipv4", "value": "198.51.100.7"});
    let mut both = Intake::new(usize::MAX);
    both.set_producer(Some("ESET".to_owned()));
    read_into(&mut both, &[api("one.json", std::slice::from_ref(&entry))]);
    both.set_producer(None);
    read_into(&mut both, &[api("two.json", &[entry])]);
    let run = Run::of(&both, &settings());
    assert_eq!(
        wording(run.only()),
        (
            "ESET, SOC Defenders",
            vec!["https://socdefenders.ai"],
            "ESET - Malicious IPv4 Indicator",
            "identified by ESET threat intelligence."
        )
    );
}

#[test]
fn references_are_links_and_each_stands_once() {
    let entries: Vec<Json> = [
        "https://b.example/2",
        "https://a.example/1",
        "https://b.example/2",
        "no link",
        "javascript:alert(1)",
        "https://c.example/a b",
        "https://attack.mitre.org/techniques/T1071/",
        "https://c.example/\"quoted\"",
        "ftp://c.example/",
        "https://",
    ]
    .into_iter()
    .map(|link| json!({"type": "ipv4", "value": "198.51.100.7", "source": {"article_url": link}}))
    .collect();
    let run = run(&[api("f.json", &entries)]);
    assert_eq!(
        run.only().references,
        [
            "https://b.example/2",
            "https://a.example/1",
            "https://socdefenders.ai"
        ]
    );
    // What is no link is not lost.
    assert_eq!(
        plain(socdef(run.only()))["sources"]
            .as_array()
            .unwrap()
            .len(),
        9
    );
}

// --- socdef -----------------------------------------------------------------------------------------------

#[test]
fn socdef_holds_everything_that_sigma_has_no_field_for() {
    let rule = rule(json!({
        "type": "url",
        "value": "hxxp://user:pw@EVIL[.]example:8080/a?b=1#top",
        "confidence": "low",
        "first_seen": "2026-01-02T03:04:05Z",
        "last_seen": "2026-01-03T03:04:05.678Z",
        "valid_until": "2027-01-01",
        "context": "seen: 'here'",
        "tags": ["c2", "no"],
        "mitre_techniques": ["T1071.001"],
        "industries": ["finance"],
        "ports": [8080],
        "tlp": "amber",
        "source": {
            "feed_name": "Feed",
            "article_title": "Title: \"with\" colon",
            "article_url": "https://a.example/r",
            "category": "news",
            "origin": "article",
        },
    }));
    let node = socdef(&rule);
    let Node::Map(entries) = node else {
        panic!("{node:?}")
    };
    let names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "type",
            "value",
            "original",
            "confidence",
            "first_seen",
            "last_seen",
            "valid_until",
            "context",
            "tags",
            "mitre_techniques",
            "industries",
            "ports",
            "tlp",
            "sources",
        ]
    );
    assert_eq!(
        plain(node),
        json!({
            "type": "url",
            "value": "http://evil.example:8080/a?b=1",
            "original": ["http://user:pw@EVIL.example:8080/a?b=1#top"],
            "confidence": "low",
            "first_seen": "2026-01-02T03:04:05Z",
            "last_seen": "2026-01-03T03:04:05.678Z",
            "valid_until": "2027-01-01T00:00:00Z",
            "context": "seen: 'here'",
            "tags": ["c2", "no"],
            "mitre_techniques": ["T1071.001"],
            "industries": ["financial-services"],
            "ports": [8080],
            "tlp": "amber",
            "sources": [{
                "feed_name": "Feed",
                "article_title": "Title: \"with\" colon",
                "article_url": "https://a.example/r",
                "category": "news",
                "origin": "article",
            }],
        })
    );
}

#[test]
fn socdef_leaves_out_what_is_absent() {
    for (kind, value) in VALUES {
        let run = run(&[list("list.txt", value)]);
        assert_eq!(
            plain(socdef(run.only())),
            json!({"type": kind, "value": value, "confidence": "medium", "confidence_stated": false})
        );
    }
    let empty = json!({
        "type": "domain", "value": "evil.example", "confidence": "low", "context": "", "tags": [], "tlp": null,
        "mitre_techniques": [], "industries": [], "ports": [], "source": {},
    });
    assert_eq!(
        plain(socdef(&rule(empty))),
        json!({"type": "domain", "value": "evil.example", "confidence": "low"})
    );
}

#[test]
fn ports_and_cleared_host_bits_are_kept_aside() {
    let run = run(&[list(
        "list.txt",
        "198.51.100.7:443\n[2001:db8::1]:8443\n198.51.100.9/24\nevil.example:8080\n",
    )]);
    let aside: Vec<Json> = run
        .rules
        .iter()
        .map(|(_, rule)| {
            json!([
                plain(socdef(rule))["ports"],
                plain(socdef(rule))["original"]
            ])
        })
        .collect();
    assert_eq!(
        aside,
        [
            json!([[443], null]),
            json!([[8443], null]),
            json!([null, ["198.51.100.9/24"]]),
            json!([[8080], null]),
        ]
    );
    assert_eq!(
        run.notes(),
        [(
            "host_bits",
            "198.51.100.9/24".to_owned(),
            "list.txt:3".to_owned()
        )]
    );
    for (value, rule) in &run.rules {
        let mut texts = Vec::new();
        Node::Map(rule.detection.clone()).each_text(&mut |text| texts.push(text.to_owned()));
        assert!(
            texts
                .iter()
                .all(|text| !text.contains("443") && !text.contains("8080")),
            "{value}: {texts:?}"
        );
    }
}

//! Why is it so: what feeds say of a value, and what becomes of it.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::Config;
use socdef_sigma::compile::{Explained, explain_in};

use super::*;

fn csv(name: &str, text: &str) -> Input {
    Input::from_bytes(name, text.as_bytes())
}

fn explained(values: &[&str], inputs: &[Input], settings: &Settings) -> Vec<Explained> {
    let options = ReadOptions::default();
    explain_in(values, inputs, &options, settings, &mut |_, _| Ok(())).unwrap()
}

/// Each record as `place: confidence, tlp, reason`.
fn records(one: &Explained) -> Vec<String> {
    let statement = one.statement.as_ref().unwrap();
    let text = |record: &socdef_sigma::compile::Record| {
        let indicator = record.indicator.as_deref();
        format!(
            "{}: {}, {}, {}",
            record.place.as_ref().unwrap(),
            indicator
                .and_then(|one| one.confidence)
                .map_or("-", |level| level.as_str()),
            indicator
                .and_then(|one| one.tlp)
                .map_or("-", |tlp| tlp.as_str()),
            record
                .refusal
                .as_ref()
                .map_or("-", |refusal| refusal.reason.code()),
        )
    };
    statement.records.iter().map(text).collect()
}

const FEED: &str = "ip,provider,confidence,tlp,note\n\
    198.51.100.7,A,high,green,one\n\
    10.0.0.1,A,high,green,two\n\
    198.51.100[.]7,B,,red,three\n\
    192.0.2.9,C,banana,,four\n";

#[test]
fn each_record_is_shown_with_what_it_says() {
    let feed = [csv("feed.csv", FEED)];
    let all = explained(
        &["198.51.100.7", "10.0.0[.]1", "192.0.2.9", "203.0.113.5"],
        &feed,
        &settings(),
    );
    let verdicts: Vec<&str> = all.iter().map(Explained::verdict).collect();
    assert_eq!(verdicts, ["keep", "drop", "keep", "absent"]);
    assert_eq!(
        records(&all[0]),
        ["feed.csv:2: high, green, -", "feed.csv:4: -, red, -"]
    );
    assert_eq!(all[0].confidence(), Some(Confidence::High));
    let merged = all[0].indicator.as_ref().unwrap();
    assert_eq!((merged.tlp, merged.producers.len()), (Some(Tlp::Red), 2));
    // A dropped one has the rule that it would have been.
    assert_eq!(
        all[1].refusal.as_ref().unwrap().reason.code(),
        "private_address"
    );
    assert_eq!(all[1].rules.len(), 1);
    // What cannot be read counts as none, and is named.
    let note = &all[2].statement.as_ref().unwrap().notes[0];
    assert_eq!(
        (note.kind.code(), note.detail.as_str()),
        ("unreadable_confidence", "confidence: banana")
    );
    assert_eq!(all[2].confidence(), Some(Confidence::Medium));
    assert!(all[3].rules.is_empty() && records(&all[3]).is_empty());
    assert_eq!(all[3].statement.as_ref().unwrap().read, 4);
}

#[test]
fn a_filter_is_named_at_the_record_that_it_leaves_out() {
    let feed = [csv("feed.csv", FEED)];
    let filter = |max_tlp| {
        let settings = Settings {
            max_tlp: Some(max_tlp),
            ..settings()
        };
        explained(&["198.51.100.7"], &feed, &settings).swap_remove(0)
    };
    let one = filter(Tlp::Amber);
    assert_eq!(one.verdict(), "keep");
    assert_eq!(
        records(&one),
        [
            "feed.csv:2: high, green, -",
            "feed.csv:4: -, red, tlp_too_strict"
        ]
    );
    assert_eq!(one.indicator.as_ref().unwrap().producers, ["A"]);
    let none = filter(Tlp::Clear);
    assert_eq!(none.verdict(), "drop");
    assert_eq!(
        none.refusal.as_ref().unwrap().reason.code(),
        "tlp_too_strict"
    );
    assert_eq!(none.rules.len(), 1);
    // One voice is judged as a whole.
    let alone = [csv("b.csv", "ip,provider,tlp\n198.51.100.7,B,red\n")];
    let settings = Settings {
        max_tlp: Some(Tlp::Green),
        ..settings()
    };
    let one = explained(&["198.51.100.7"], &alone, &settings).swap_remove(0);
    assert_eq!(one.refusal.unwrap().reason.code(), "tlp_too_strict");
}

#[test]
fn what_a_reader_does_not_take_is_found_by_its_text() {
    let report = [csv(
        "report.md",
        "# Loader\n\nIt asks for `kernel32.dll` and reads version 10.1.2.3.\n",
    )];
    let all = explained(&["kernel32.dll", "10.1.2.3"], &report, &settings());
    let codes: Vec<&str> = all
        .iter()
        .map(|one| one.refusal.as_ref().unwrap().reason.code())
        .collect();
    assert_eq!(codes, ["file_in_prose", "version"]);
    assert_eq!(records(&all[0]).len(), 1);
    assert_eq!(all[1].verdict(), "drop");
}

#[test]
fn a_value_is_found_whatever_type_the_feed_gives_it() {
    let feed = [csv(
        "feed.csv",
        "type,value\nnamed_pipe,\\\\.\\pipe\\evil_7\nurl,evil.example/a.php\n",
    )];
    let mut settings = settings();
    settings.types = IocType::all().to_vec();
    let all = explained(
        &["\\\\.\\pipe\\evil_7", "http://evil.example/a.php"],
        &feed,
        &settings,
    );
    let verdicts: Vec<&str> = all.iter().map(Explained::verdict).collect();
    assert_eq!(verdicts, ["keep", "keep"]);
}

#[test]
fn many_records_are_counted() {
    let lines: String = (0..500).map(|_| "198.51.100.7\n").collect();
    let one = explained(&["198.51.100.7"], &[csv("list.txt", &lines)], &settings()).swap_remove(0);
    let statement = one.statement.unwrap();
    assert_eq!((statement.records.len(), statement.unlisted), (200, 300));
}

fn record() -> impl Strategy<Value = Json> {
    let value = select(&["198.51.100.7", "198.51.100.8", "10.0.0.1", "198.51.100.9"][..]);
    let producer = select(&[None, Some("A"), Some("B")][..]);
    let confidence = select(&[None, Some("low"), Some("high")][..]);
    let tlp = select(&[None, Some("clear"), Some("red")][..]);
    (value, producer, confidence, tlp).prop_map(|(value, producer, confidence, tlp)| {
        let producers: Vec<&str> = producer.into_iter().collect();
        json!({"type": "ipv4", "value": value, "producers": producers, "confidence": confidence, "tlp": tlp})
    })
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::with_cases(128) })]

    /// It says what a run does: the same rules, byte for byte, and the same reasons.
    #[test]
    fn it_is_so_in_a_run(
        entries in prop::collection::vec(record(), 1..12),
        min in prop::option::of(select(&Confidence::ALL[..])),
        max in prop::option::of(select(&[Tlp::Clear, Tlp::Green][..])),
        limit in prop::option::of(0u64..4),
    ) {
        let inputs = [api("a.json", &entries)];
        let settings = Settings { min_confidence: min, max_tlp: max, limit, ..settings() };
        let run = Run::of(&intake(&inputs), &settings);
        let dropped: Vec<(String, &str)> = run
            .report
            .entries()
            .iter()
            .map(|entry| (entry.value.clone(), entry.refusal.reason.code()))
            .collect();
        for value in ["198.51.100.7", "198.51.100.8", "10.0.0.1", "198.51.100.9"] {
            let one = explained(&[value], &inputs, &settings).swap_remove(0);
            let made: Vec<String> = one.rules.iter().map(|rule| emit::yaml(&rule.as_ref().unwrap().rule)).collect();
            let expected: Vec<String> =
                run.rules.iter().filter(|(known, _)| known == value).map(|(_, rule)| emit::yaml(rule)).collect();
            match one.verdict() {
                "keep" => prop_assert_eq!(made, expected),
                "absent" => prop_assert!(!entries.iter().any(|entry| entry["value"] == value)),
                _ => {
                    prop_assert!(expected.is_empty());
                    let code = one.refusal.unwrap().reason.code();
                    prop_assert!(dropped.contains(&(value.to_owned(), code)), "{value} {code} {dropped:?}");
                }
            }
        }
    }
}

//! Streaming gives what holding everything gives: the same rules in the same order, and the same account.

use std::fmt::Write as _;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::Config;
use socdef_sigma::compile::{Compiler, Intake, MARKER, Settings, Stream};
use socdef_sigma::error::ErrorKind;
use socdef_sigma::indicator::parse_date;
use socdef_sigma::report::Report;
use socdef_sigma::rule::emit;
use socdef_sigma::source::{Input, ReadOptions};
use socdef_sigma::template::{Catalog, Selection};

fn settings() -> Settings {
    Settings::new(parse_date("2026-05-17").unwrap())
}

/// By holding everything and rendering every rule in full.
fn held(inputs: &[Input], settings: &Settings) -> (String, Report) {
    let mut intake = Intake::new(usize::MAX);
    for input in inputs {
        intake
            .read(input, &ReadOptions::default(), &mut |_| Ok(()))
            .unwrap();
    }
    let compiler = Compiler::new(settings);
    let (kept, mut report) = intake.select(settings);
    let mut text = String::new();
    for indicator in &kept {
        for compiled in compiler.counted(indicator, &mut report) {
            text.push_str(MARKER);
            text.push_str(&emit::yaml(&compiled.rule));
        }
    }
    (text, report)
}

/// By streaming, and filling shapes on all cores.
fn streamed(inputs: &[Input], settings: &Settings, merge: bool) -> (String, Report) {
    let compiler = Compiler::new(settings);
    let mut report = Report::new(usize::MAX);
    let mut text = String::new();
    let stream = Stream {
        inputs,
        options: &ReadOptions::default(),
        settings,
        merge,
    };
    stream
        .run(&mut report, &mut |_, _| Ok(()), &mut |batch, report| {
            compiler.documents(batch, report, &mut text);
            Ok(())
        })
        .unwrap();
    (text, report)
}

fn same(inputs: &[Input], settings: &Settings) {
    let (held, held_report) = held(inputs, settings);
    let (streamed, streamed_report) = streamed(inputs, settings, true);
    assert_eq!(held, streamed);
    assert_eq!(held_report.json(), streamed_report.json());
}

#[test]
fn every_feed_streams_as_it_is_held() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/feeds");
    let inputs = Input::from_path(&folder).unwrap();
    let inputs: Vec<Input> = inputs
        .into_iter()
        .filter(|input| socdef_sigma::source::detect(input).is_ok())
        .collect();
    assert!(inputs.len() > 3);
    let mut all = settings();
    all.templates =
        std::sync::Arc::new(Selection::of(Catalog::registered(), &["all".to_owned()]).unwrap());
    for settings in [settings(), all] {
        for input in &inputs {
            same(std::slice::from_ref(input), &settings);
        }
        // Twice, so that everything repeats.
        let twice: Vec<Input> = [&folder, &folder]
            .into_iter()
            .flat_map(|folder| Input::from_path(folder).unwrap())
            .filter(|input| socdef_sigma::source::detect(input).is_ok())
            .collect();
        same(&twice, &settings);
    }
}

/// A record of the API's form, of few values, so that they repeat in other spellings and with other things said of them.
fn record() -> impl Strategy<Value = String> {
    let value = select(
        &[
            ("ipv4", "198.51.100.7"),
            ("ipv4", "198.51.100.7:443"),
            ("ipv4", "203.0.113.0/24"),
            ("ipv4", "10.0.0.1"),
            ("domain", "evil.example"),
            ("domain", "EVIL[.]example."),
            ("url", "http://evil.example/a?b=1"),
            ("url", "hxxp://evil.example:80/a?b=1"),
            ("md5", "d41d8cd98f00b204e9800998ecf8427f"),
            ("md5", "no hash"),
        ][..],
    );
    let confidence = select(&["low", "medium", "high"][..]);
    let day = 1u8..28;
    let tag = select(&["a", "b", "c'd", "{{ e }}"][..]);
    (value, confidence, day, tag, any::<bool>()).prop_map(
        |((kind, value), confidence, day, tag, whole)| {
            let mut record = format!(r#"{{"type": "{kind}", "value": "{value}""#);
            if whole {
                write!(
                    record,
                    r#", "confidence": "{confidence}", "last_seen": "2026-04-{day:02}T00:00:00Z", "tags": ["{tag}"]"#
                )
                .unwrap();
            }
            record + "}\n"
        },
    )
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::with_cases(64) })]

    #[test]
    fn any_feed_streams_as_it_is_held(
        files in prop::collection::vec(prop::collection::vec(record(), 1..40), 1..3),
        limit in prop::option::of(0u64..6),
        producer in prop::option::of(Just("Example".to_owned())),
    ) {
        let inputs: Vec<Input> = files
            .iter()
            .enumerate()
            .map(|(at, lines)| Input::from_bytes(format!("{at}.jsonl"), lines.concat().into_bytes()))
            .collect();
        same(&inputs, &Settings { limit, producer, ..settings() });
    }
}

#[test]
fn without_merging_every_sighting_has_its_rule() {
    let input = Input::from_bytes(
        "list.txt",
        &b"evil.example\n198.51.100.7\nEVIL[.]example\n10.0.0.1\n"[..],
    );
    let (text, report) = streamed(std::slice::from_ref(&input), &settings(), false);
    let counts = report.counts();
    assert_eq!(
        (counts.read, counts.kept, counts.merged, counts.dropped),
        (4, 3, 0, 1)
    );
    assert_eq!(text.matches("\nid: ").count(), 3);
    assert_eq!(text.matches("QueryName: 'evil.example'").count(), 2);
}

/// More than a batch, so that order is kept across batches and threads.
#[test]
fn rules_come_in_the_order_of_the_input() {
    let lines: Vec<String> = (0..20_000u32).map(|n| format!("host{n}.example")).collect();
    let input = Input::from_bytes("list.txt", lines.join("\n").into_bytes());
    let (text, _) = streamed(std::slice::from_ref(&input), &settings(), true);
    let names = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- QueryName: '"))
        .map(|name| name.trim_end_matches('\''));
    assert!(names.eq(lines.iter().map(String::as_str)));
}

#[test]
fn an_input_that_changes_between_the_passes_ends_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.txt");
    let lines: Vec<String> = (0..3000).map(|n| format!("host{n}.example")).collect();
    for (after, what) in [
        (lines[..2000].join("\n"), "shorter"),
        (lines.join("\n") + "\nmore.example\n", "longer"),
    ] {
        std::fs::write(&path, lines.join("\n")).unwrap();
        let inputs = Input::from_path(&path).unwrap();
        let settings = settings();
        let stream = Stream {
            inputs: &inputs,
            options: &ReadOptions::default(),
            settings: &settings,
            merge: true,
        };
        let mut change = |stage: &str, count: u64| {
            if stage == "reading" && count == 2048 {
                // Written under another name and renamed: what is open is read to its end.
                let other = folder.path().join("other");
                std::fs::write(&other, &after).unwrap();
                std::fs::rename(&other, &path).unwrap();
            }
            Ok(())
        };
        let error = stream
            .run(&mut Report::new(0), &mut change, &mut |_, _| Ok(()))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnreadableInput, "{what}");
        assert!(error.message().contains("changed"), "{what}: {error}");
    }
}

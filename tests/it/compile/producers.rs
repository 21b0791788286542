//! Another producer's records never take away a rule.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::Config;
use socdef_sigma::compile::Stream;
use uuid::Uuid;

use super::*;

fn clear_and_red() -> [Json; 2] {
    let entry = |producer: &str, tlp: &str| {
        json!({"type": "ipv4", "value": "198.51.100.7", "tlp": tlp, "producers": [producer], "tags": [format!("of {producer}")],
            "confidence": if tlp == "red" { "high" } else { "low" },
            "references": [format!("https://report.example/{tlp}")], "source": {"feed_name": format!("feed of {producer}")}})
    };
    [entry("A", "clear"), entry("B", "red")]
}

fn with_max_tlp(most: Tlp) -> Settings {
    Settings {
        max_tlp: Some(most),
        ..settings()
    }
}

#[test]
fn a_red_record_takes_nothing_from_a_clear_one_and_gives_it_nothing() {
    let [clear, red] = clear_and_red();
    let alone = Run::of(
        &intake(&[api("a.json", std::slice::from_ref(&clear))]),
        &with_max_tlp(Tlp::Amber),
    );
    let expected = emit::yaml(alone.only());
    for (names, entries) in [
        ("clear first", [&clear, &red]),
        ("red first", [&red, &clear]),
    ] {
        let inputs = [
            api("0.json", &[entries[0].clone()]),
            api("1.json", &[entries[1].clone()]),
        ];
        let run = Run::of(&intake(&inputs), &with_max_tlp(Tlp::Amber));
        assert_eq!(emit::yaml(run.only()), expected, "{names}");
        let counts = run.report.counts();
        assert_eq!(
            (counts.read, counts.kept, counts.merged, counts.dropped),
            (2, 1, 0, 1),
            "{names}"
        );
        assert_eq!(
            run.reasons(),
            BTreeMap::from([("tlp_too_strict", 1)]),
            "{names}"
        );
        let place = run.report.entries()[0].place.clone().unwrap().to_string();
        let red_at = if names == "red first" {
            "0.json:1"
        } else {
            "1.json:1"
        };
        assert_eq!(place, red_at);
    }
    // Without a filter they are one, under the strictest label.
    let run = Run::of(&intake(&[api("a.json", &clear_and_red())]), &settings());
    assert_eq!(plain(socdef(run.only()))["tlp"], "red");
}

#[test]
fn records_of_nobody_are_judged_one_by_one() {
    let inputs = [list(
        "a.csv",
        "value,tlp,tags\n198.51.100.7,clear,a\n198.51.100.7,red,b\n198.51.100.7,clear,c\n",
    )];
    let mut read = Intake::new(usize::MAX);
    let options = ReadOptions {
        format: Some(Format::Csv),
        ..ReadOptions::default()
    };
    read.read(&inputs[0], &options, &mut |_| Ok(())).unwrap();
    let run = Run::of(&read, &with_max_tlp(Tlp::Green));
    assert_eq!(plain(socdef(run.only()))["tags"], json!(["a", "c"]));
    assert_eq!(
        run.reasons(),
        BTreeMap::from([("duplicate", 1), ("tlp_too_strict", 1)])
    );
}

#[test]
fn records_that_the_service_hands_on_are_judged_one_by_one() {
    let entry = |tlp: &str, feed: Option<&str>| json!({"type": "ipv4", "value": "198.51.100.7", "tlp": tlp, "source": {"feed_name": feed}});
    for feeds in [[None, None], [Some("f"), None], [Some("f"), Some("g")]] {
        let entries = [entry("clear", feeds[0]), entry("red", feeds[1])];
        let run = Run::of(
            &intake(&[api("a.json", &entries)]),
            &with_max_tlp(Tlp::Amber),
        );
        assert_eq!(plain(socdef(run.only()))["tlp"], "clear", "{feeds:?}");
    }
    let entries = [entry("clear", Some("f")), entry("red", Some("f"))];
    let run = Run::of(
        &intake(&[api("a.json", &entries)]),
        &with_max_tlp(Tlp::Amber),
    );
    assert_eq!(run.rules.len(), 0);
}

#[test]
fn one_producer_may_correct_itself() {
    let entry = |tlp: &str, confidence: &str, day: &str| json!({"type": "ipv4", "value": "198.51.100.7", "producers": ["A"], "tlp": tlp, "confidence": confidence, "last_seen": day});
    let entries = [
        entry("clear", "low", "2026-01-01"),
        entry("red", "high", "2026-03-01"),
    ];
    let rules = |settings: Settings| {
        Run::of(&intake(&[api("a.json", &entries)]), &settings)
            .rules
            .len()
    };
    // The strictest label, the highest confidence, the latest date.
    assert_eq!(rules(with_max_tlp(Tlp::Amber)), 0);
    assert_eq!(
        rules(Settings {
            min_confidence: Some(Confidence::High),
            ..settings()
        }),
        1
    );
    assert_eq!(
        rules(Settings {
            confidence: Some(Confidence::Low),
            ..settings()
        }),
        0
    );
    assert_eq!(
        rules(Settings {
            since: Some(at("2026-02-01")),
            ..settings()
        }),
        1
    );
    assert_eq!(
        rules(Settings {
            until: Some(at("2026-02-01")),
            ..settings()
        }),
        0
    );
}

#[test]
fn who_the_user_names_does_not_join_two_voices() {
    let settings = Settings {
        producer: Some("Mine".to_owned()),
        ..with_max_tlp(Tlp::Amber)
    };
    let run = Run::of(&intake(&[api("a.json", &clear_and_red())]), &settings);
    assert_eq!(run.only().author.as_deref(), Some("Mine"));
    let mut read = Intake::new(usize::MAX);
    read.set_producer(Some("Mine".to_owned()));
    read_into(&mut read, &[api("a.json", &clear_and_red())]);
    assert_eq!(Run::of(&read, &with_max_tlp(Tlp::Amber)).rules.len(), 1);
}

#[test]
fn two_intakes_in_one_give_what_one_gives() {
    let [clear, red] = clear_and_red();
    let mut first = intake(&[
        list("x.txt", "192.0.2.1 and\n"),
        api("0.json", &[red.clone(), clear.clone()]),
    ]);
    first.absorb(intake(&[
        list("y.txt", "203.0.113.9\n203.0.113.9\n"),
        api("1.json", &[clear, red]),
    ]));
    let run = Run::of(&first, &with_max_tlp(Tlp::Amber));
    assert!(run.values().contains(&"198.51.100.7"));
    assert_eq!(run.reasons()["tlp_too_strict"], 1);
    assert_eq!(run.reasons()["duplicate"], 3);
}

/// A record of one of these producers about one of a few indicators, with what filters look at.
fn record(producers: &'static [&'static str]) -> impl Strategy<Value = Json> {
    let value = select(
        &[
            ("ipv4", "198.51.100.7"),
            ("domain", "evil.example"),
            ("url", "http://evil.example/cgi-bin/a.cgi?cmd=id&x=y"),
            ("url", "http://u@evil.example/cgi-bin/a.cgi?cmd=id&x=y#z"),
            ("email", "a@evil.example"),
        ][..],
    );
    let names = select(producers);
    let feed = select(&[None, Some("f"), Some("g")][..]);
    let confidence = select(&[None, Some("low"), Some("medium"), Some("high")][..]);
    let tlp = select(
        &[
            None,
            Some("clear"),
            Some("green"),
            Some("amber"),
            Some("red"),
        ][..],
    );
    let last = prop::option::of(1u32..28);
    let until = select(&[None, Some("2020-01-01"), Some("2030-01-01")][..]);
    let sectors = prop::collection::vec(select(&["energy", "water", "Gaming"][..]), 0..3);
    let tags = prop_oneof![
        4 => prop::collection::vec(select(&["a", "exploit", "b"][..]).prop_map(str::to_owned), 0..3),
        1 => (0u32..9).prop_map(|from| (from..from + 90).map(|at| format!("noise{at}")).collect()),
    ];
    let role = select(&[None, Some("sender"), Some("recipient")][..]);
    let rest = (until, sectors, tags, role, prop::bool::weighted(0.1));
    (value, names, feed, confidence, tlp, last, rest).prop_map(
        |((kind, value), name, feed, confidence, tlp, last, (until, sectors, tags, role, revoked))| {
            json!({
                "type": kind, "value": value, "producers": [name], "source": feed, "confidence": confidence, "tlp": tlp,
                "last_seen": last.map(|day| format!("2026-04-{day:02}")), "valid_until": until, "industries": sectors,
                "tags": tags, "email_role": role, "revoked": revoked,
            })
        },
    )
}

fn filters() -> impl Strategy<Value = Settings> {
    let level = || prop::option::of(select(&Confidence::ALL[..]));
    let day = || prop::option::weighted(0.3, 1u32..28);
    let sector = prop::option::weighted(0.3, select(&["energy", "water"][..]));
    let most = prop::option::of(select(&[Tlp::Clear, Tlp::Green, Tlp::Amber][..]));
    let default = select(&Confidence::ALL[..]);
    (level(), level(), day(), day(), sector, most, default).prop_map(
        |(confidence, min_confidence, since, until, sector, max_tlp, default_confidence)| {
            let all = Selection::of(Catalog::registered(), &["all".to_owned()]).unwrap();
            Settings {
                confidence: confidence.filter(|_| min_confidence.is_none()),
                min_confidence,
                since: since.map(|day| at(&format!("2026-04-{day:02}"))),
                until: until.map(|day| at(&format!("2026-04-{day:02}"))),
                industry: sector.map(ToOwned::to_owned),
                max_tlp,
                default_confidence,
                templates: std::sync::Arc::new(all),
                ..settings()
            }
        },
    )
}

/// The ids of the rules of these inputs. Streaming gives the same, and the same account.
fn ids(inputs: &[Input], settings: &Settings) -> BTreeSet<Uuid> {
    let compiler = Compiler::new(settings);
    let (kept, mut report) = intake(inputs).select(settings);
    let rules = kept
        .iter()
        .flat_map(|indicator| compiler.counted(indicator, &mut report));
    let rules: Vec<SigmaRule> = rules.map(|compiled| compiled.rule).collect();
    let counts = report.counts();
    assert_eq!(
        counts.read,
        counts.kept + counts.merged + counts.dropped + counts.refused,
        "{counts:?}"
    );
    let decided = counts.merged + counts.dropped + counts.refused;
    assert_eq!(
        report.reasons().map(|(_, count)| count).sum::<u64>(),
        decided
    );
    assert_eq!(report.entries().len() as u64, decided);
    let mut streamed = Report::new(usize::MAX);
    let mut text = String::new();
    let stream = Stream {
        inputs,
        options: &ReadOptions {
            format: Some(Format::Socdef),
            ..ReadOptions::default()
        },
        settings,
        merge: true,
    };
    stream
        .run(&mut streamed, &mut |_, _| Ok(()), &mut |batch, report| {
            compiler.documents(batch, report, &mut text);
            Ok(())
        })
        .unwrap();
    let held: String = rules
        .iter()
        .map(|rule| format!("---\n{}", emit::yaml(rule)))
        .collect();
    assert_eq!(held, text);
    assert_eq!(report.json(), streamed.json());
    rules.iter().map(|rule| rule.id).collect()
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::with_cases(if crate::is_full() { 96 } else { 48 }) })]

    #[test]
    fn another_producers_records_never_take_away_a_rule(
        one in prop::collection::vec(record(&["A", "AA"]), 1..8),
        other in prop::collection::vec(record(&["B", "BB", "A, B"]), 1..12),
        settings in filters(),
    ) {
        let [one, other] = [("one.json", one), ("other.json", other)]
            .map(|(name, entries)| move || api(name, &entries));
        let alone = ids(&[one()], &settings);
        for inputs in [[one(), other()], [other(), one()]] {
            let both = ids(&inputs, &settings);
            prop_assert!(alone.is_subset(&both), "lost: {:?}", alone.difference(&both));
        }
    }
}

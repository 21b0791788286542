//! What is kept of one indicator has bounds, and every template renders within them.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use socdef_sigma::indicator::{Bound, Indicator, Source, Vulnerability, parse_as};

use super::*;

/// The compiled rules of inputs whose format is found out.
fn detected(inputs: &[Input], settings: &Settings) -> Run {
    let mut intake = Intake::new(usize::MAX);
    for input in inputs {
        intake
            .read(input, &ReadOptions::default(), &mut |_| Ok(()))
            .unwrap();
    }
    Run::of(&intake, settings)
}

fn length(rule: &SigmaRule, key: &str) -> usize {
    plain(socdef(rule))[key].as_array().map_or(0, Vec::len)
}

/// The details of the notes about what was left out.
fn left_out(run: &Run) -> Vec<String> {
    let notes = run.notes().into_iter();
    notes
        .filter(|(kind, ..)| *kind == "left_out")
        .map(|(_, detail, _)| detail)
        .collect()
}

fn all_log_sources() -> Settings {
    let names = ["all".to_owned()];
    Settings {
        templates: Arc::new(Selection::of(Catalog::registered(), &names).unwrap()),
        ..settings()
    }
}

#[test]
fn spellings_of_one_feed_take_no_rule_from_another() {
    let evil: String = (0..3000)
        .map(|at| format!("http://u{at}@evil.example/x#{at}\n"))
        .collect();
    let run = run(&[
        list("good.txt", "http://evil.example/x\n"),
        list("evil.txt", &evil),
    ]);
    let counts = run.report.counts();
    assert_eq!((counts.read, counts.rules, counts.merged), (3001, 1, 3000));
    assert_eq!(length(run.only(), "original"), Bound::Originals.most());
    assert_eq!(
        left_out(&run),
        ["http://evil.example/x: spellings (32 are kept)"]
    );
    // The first are kept.
    assert_eq!(
        plain(socdef(run.only()))["original"][0],
        "http://u0@evil.example/x#0"
    );
}

/// Values of every list of the API, so many of each.
fn entry(from: usize, to: usize) -> Json {
    let texts =
        |what: &str| -> Vec<String> { (from..to).map(|at| format!("{what}{at}")).collect() };
    json!({
        "type": "url", "value": format!("http://u{from}@evil.example/x"),
        "producers": texts("producer "), "tags": texts("tag"), "industries": texts("sector "),
        "references": texts("https://report.example/"), "context": format!("text {from}"),
        "mitre_techniques": texts("T"), "ports": (from + 1..to + 1).collect::<Vec<_>>(),
        "source": {"feed_name": format!("feed {from}"), "article_url": format!("https://article.example/{from}")},
    })
}

#[test]
fn one_entry_and_many_entries_are_bounded_alike() {
    let one = run(&[api("one.json", &[entry(0, 5000)])]);
    let entries: Vec<Json> = (0..1000).map(|at| entry(at, at + 1)).collect();
    let many = run(&[api("many.json", &entries)]);
    for (run, keys) in [
        (
            &one,
            &["tags", "industries", "mitre_techniques", "ports"][..],
        ),
        (
            &many,
            &["tags", "industries", "mitre_techniques", "ports", "sources"],
        ),
    ] {
        let rule = run.only();
        for key in keys {
            assert_eq!(length(rule, key), 64, "{key}");
        }
        assert!((64..=64 + 65).contains(&rule.references.len()));
        assert_eq!(
            rule.author
                .as_deref()
                .map(|names| names.matches(", ").count()),
            Some(63)
        );
    }
    assert_eq!(left_out(&one).len(), 6, "{:?}", left_out(&one));
    assert_eq!(left_out(&many).len(), 9, "{:?}", left_out(&many));
    assert_eq!(length(many.only(), "original"), 32);
    let context = plain(socdef(many.only()))["context"].to_string();
    assert_eq!(context.matches("; ").count(), 31);
    // The account says how often, by a stable code.
    let counts: Vec<_> = many.report.note_counts().collect();
    assert!(
        counts
            .iter()
            .any(|(kind, count)| (kind.code(), *count) == ("left_out", 9))
    );
}

#[test]
fn every_format_is_bounded() {
    let rows = 300;
    let csv = (0..rows).fold(
        "value,tags,references,source\n".to_owned(),
        |mut csv, at| {
            writeln!(
                csv,
                "http://evil.example/x#{at},tag{at},https://report.example/{at},feed{at}"
            )
            .unwrap();
            csv
        },
    );
    let stix: Vec<Json> = (0..rows)
        .map(|at| {
            json!({
                "type": "indicator", "spec_version": "2.1", "id": format!("indicator--00000000-0000-4000-8000-{at:012}"),
                "created": "2026-01-01T00:00:00Z", "modified": "2026-01-01T00:00:00Z", "valid_from": "2026-01-01T00:00:00Z",
                "pattern_type": "stix", "pattern": format!("[url:value = 'http://evil.example/x#{at}']"),
                "labels": [format!("tag{at}")], "description": format!("text {at}"),
                "external_references": [{"source_name": format!("s{at}"), "url": format!("https://report.example/{at}")}],
            })
        })
        .collect();
    let stix = json!({"type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000000", "objects": stix});
    let misp: Vec<Json> = (0..rows)
        .map(|at| {
            json!({"type": "url", "category": "Network activity", "to_ids": true, "uuid": format!("00000000-0000-4000-8000-{at:012}"),
                "value": format!("http://evil.example/x#{at}"), "comment": format!("text {at}"), "Tag": [{"name": format!("tag{at}")}]})
        })
        .collect();
    let misp = json!({"Event": {"info": "event", "date": "2026-01-01", "uuid": "00000000-0000-4000-8000-000000000000", "Attribute": misp}});
    for (name, text) in [
        ("feed.csv", csv),
        ("stix.json", stix.to_string()),
        ("misp.json", misp.to_string()),
    ] {
        let run = detected(&[list(name, &text)], &settings());
        let rule = run.only();
        assert_eq!(length(rule, "original"), 32, "{name}");
        assert_eq!(length(rule, "tags"), 64, "{name}");
        assert!(
            length(rule, "sources") <= 64 && rule.references.len() <= 129,
            "{name}"
        );
        assert!(left_out(&run).len() >= 2, "{name}");
        assert!(emit::yaml(rule).len() < 64 << 10, "{name}");
    }
}

#[test]
fn a_feed_with_many_articles_does_not_push_out_another_one() {
    let article = |feed: &str, at: usize| {
        json!({"type": "domain", "value": "evil.example",
            "source": {"feed_name": feed, "article_url": format!("https://{feed}.example/{at}")}})
    };
    let mut entries: Vec<Json> = (0..500).map(|at| article("noisy", at)).collect();
    entries.push(article("quiet", 0));
    entries.extend((500..600).map(|at| article("noisy", at)));
    let run = run(&[api("f.json", &entries)]);
    let sources = plain(socdef(run.only()))["sources"].clone();
    assert_eq!(sources.as_array().unwrap().len(), 64);
    assert_eq!(sources[0]["article_url"], "https://noisy.example/0");
    assert_eq!(sources[62]["article_url"], "https://noisy.example/62");
    assert_eq!(sources[63]["feed_name"], "quiet");
}

#[test]
fn a_tag_that_a_template_asks_for_is_not_pushed_out() {
    let entry = |tag: &str| json!({"type": "url", "value": "http://evil.example/cgi-bin/x.cgi?cmd=id&a=b", "tags": [tag]});
    let exploit = || api("a.json", &[entry("type:exploit")]);
    let noises: Vec<Json> = (0..300).map(|at| entry(&format!("noise{at}"))).collect();
    let noise = || api("b.json", &noises);
    let ids = |inputs: &[Input]| -> Vec<_> {
        let (kept, mut report) = intake(inputs).select(&all_log_sources());
        let compiler = Compiler::new(&all_log_sources());
        let rules = kept
            .iter()
            .flat_map(|indicator| compiler.counted(indicator, &mut report));
        rules
            .map(|compiled| (compiled.template.clone(), plain(socdef(&compiled.rule))))
            .collect()
    };
    let alone = ids(&[exploit()]);
    assert!(
        alone
            .iter()
            .any(|(template, _)| &**template == "url/webserver")
    );
    for inputs in [[noise(), exploit()], [exploit(), noise()]] {
        let both = ids(&inputs);
        assert_eq!(both.len(), alone.len());
        for (_, socdef) in both {
            let tags = socdef["tags"].as_array().unwrap();
            assert_eq!(tags.len(), 64);
            assert!(tags.contains(&json!("type:exploit")));
        }
    }
}

#[test]
fn an_address_that_sent_mail_is_looked_for_whatever_another_feed_says() {
    let entry = |role: Option<&str>| json!({"type": "email", "value": "a@evil.example", "email_role": role});
    for roles in [
        [None, Some("recipient")],
        [Some("recipient"), None],
        [Some("sender"), Some("recipient")],
    ] {
        let run = run(&[
            api("a.json", &[entry(roles[0])]),
            api("b.json", &[entry(roles[1])]),
        ]);
        let text = emit::yaml(run.only());
        assert!(
            text.contains("SenderAddress") || text.to_lowercase().contains("sender"),
            "{text}"
        );
    }
}

/// An indicator with more of everything than is kept, in the form that takes the most room.
fn full(kind: IocType, value: &str) -> Indicator {
    let mut indicator =
        Indicator::new(parse_as(socdef_sigma::indicator::Expect::Type(kind), value).unwrap());
    let texts = |what: &str, length: usize| -> Vec<String> {
        (0..200)
            .map(|at| format!("{what}{at} {}", "\u{1}".repeat(length)))
            .collect()
    };
    indicator.producers = texts("p", 400);
    indicator.context = texts("c", 5000);
    indicator.tags = texts("type:exploit ", 170);
    indicator.industries = texts("i", 190);
    indicator.mitre_techniques = (0..200)
        .map(|at| format!("T{}.{at:03}", 1000 + at))
        .collect();
    indicator.ports = (1..=200).collect();
    indicator.originals = (0..200)
        .map(|at| format!("{at}{}", "\\\"".repeat(4000)))
        .collect();
    indicator.references = (0..200)
        .map(|at| format!("https://r.example/{at}/{}", "\\".repeat(2000)))
        .collect();
    indicator.sources = (0..200)
        .map(|at| {
            let text = || Some(format!("{at} {}", "\u{1}".repeat(400)));
            Source {
                feed_name: text(),
                article_title: text(),
                article_url: Some(format!("https://a.example/{at}/{}", "\\".repeat(2000))),
                category: text(),
                origin: text(),
                producer: text(),
                confidence: Some(Confidence::High),
                tlp: Some(Tlp::Red),
                first_seen: parse_date("2026-01-01"),
                last_seen: parse_date("2026-02-01"),
            }
        })
        .collect();
    indicator.vulnerability = (kind.as_str() == "cve").then(|| Vulnerability {
        vendor: Some("v".repeat(5000)),
        product: Some("\u{1}".repeat(5000)),
        name: Some("n".repeat(5000)),
        cwes: texts("CWE-", 150),
        ..Vulnerability::default()
    });
    let at = |text: &str| parse_date(text);
    (indicator.first_seen, indicator.last_seen) = (at("2026-01-01"), at("2026-02-01"));
    indicator
}

#[test]
fn every_template_renders_where_all_bounds_are_reached() {
    // By day the primary template of each type, for they differ in their detection alone.
    let sources = if crate::is_full() {
        all_log_sources()
    } else {
        settings()
    };
    let settings = Settings {
        guard: false,
        types: IocType::all().to_vec(),
        ..sources
    };
    let compiler = Compiler::new(&settings);
    let mut templates = std::collections::BTreeSet::new();
    for kind in IocType::all() {
        let samples = kind.plugin().samples.iter();
        let mut values: Vec<String> = samples.take(1).map(ToString::to_string).collect();
        if kind.as_str() == "url" {
            values[0] = "http://evil.example/cgi-bin/x.cgi?cmd=id&a=b".to_owned();
            values.push("http://evil.example/".to_owned() + &"a%20'\\?&b=c".repeat(700));
        }
        for value in values {
            let mut intake = Intake::new(usize::MAX);
            intake.add(full(*kind, &value));
            let (kept, mut report) = intake.select(&settings);
            let mut text = String::new();
            for indicator in &kept {
                for compiled in compiler.counted(indicator, &mut report) {
                    templates.insert(compiled.template.to_string());
                    let document = emit::yaml(&compiled.rule);
                    assert!(document.len() < 2 << 20, "{}", document.len());
                    text.push_str("---\n");
                    text.push_str(&document);
                }
            }
            // By skeletons, as `compile` writes them.
            let (mut filled, mut account) = (String::new(), intake.select(&settings).1);
            compiler.documents(&kept, &mut account, &mut filled);
            assert!(filled == text, "{value}");
            assert_eq!(account, report);
            assert_eq!(
                report.counts().refused,
                0,
                "{value}: {:?}",
                report.entries()
            );
            let lost = report
                .notes()
                .iter()
                .find(|note| note.kind.code() == "rule_lost");
            assert_eq!(lost, None, "{value}");
        }
    }
    let all: std::collections::BTreeSet<String> = Catalog::registered()
        .iter()
        .filter(|template| crate::is_full() || template.is_primary())
        .map(|template| template.name().to_string())
        .collect();
    let missing: Vec<_> = all.difference(&templates).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_drop_in_may_loop_over_what_is_bounded() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("loop.yml.j2"),
        "---
name: loop
types: [domain]
logsource:
  product: acme
---
title: {{ rule_title(\"Malicious Domain Indicator in Acme Logs\") }}
id: {{ id }}
socdef: {{ socdef }}
falsepositives:
{% for tag in socdef.tags %}
{% set number = loop.index %}
{% for reference in references %}
  - {{ number ~ \".\" ~ loop.index }}
{% endfor %}
{% endfor %}
{% for source in socdef.sources %}
{% set number = loop.index %}
{% for port in socdef.ports %}
  - {{ number ~ \":\" ~ port }}
{% endfor %}
{% endfor %}
author: {{ author }}
logsource: {{ logsource }}
detection:
  selection:
    host: {{ value|sigma }}
  condition: selection
level: {{ level }}
",
    )
    .unwrap();
    let paths: Vec<PathBuf> = vec![folder.path().to_owned()];
    let catalog = Catalog::registered().with_drop_ins(&paths).unwrap();
    let settings = Settings {
        templates: Arc::new(Selection::of(catalog, &["loop".to_owned()]).unwrap()),
        ..settings()
    };
    let mut intake = Intake::new(usize::MAX);
    let domain = IocType::all()
        .iter()
        .find(|kind| kind.as_str() == "domain")
        .unwrap();
    intake.add(full(*domain, "evil.example"));
    let run = Run::of(&intake, &settings);
    assert_eq!(run.rules.len(), 1, "{:?}", run.report.entries());
}

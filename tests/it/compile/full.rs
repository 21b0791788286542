//! Every template renders where all bounds of an indicator are reached.

use std::path::PathBuf;
use std::sync::Arc;

use socdef_sigma::indicator::{Indicator, Source, Vulnerability, parse_as};

use super::bounds::all_log_sources;
use super::*;

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

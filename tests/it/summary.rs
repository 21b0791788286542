//! The numbers of a summary are those of the rules, which are made here one by one and in full.

use std::path::Path;

use chrono::{DateTime, Utc};
use serde_json::json;
use socdef_sigma::compile::{Compiler, Intake, Settings};
use socdef_sigma::source::{Input, ReadOptions};
use socdef_sigma::summary::{Seen, Summary};
use socdef_sigma::template::{Catalog, Selection};

fn settings() -> Settings {
    let now: DateTime<Utc> = "2026-05-17T00:00:00Z".parse().unwrap();
    let mut settings = Settings::new(now);
    let all = Selection::of(Catalog::registered(), &["all".to_owned()]).unwrap();
    settings.templates = all.into();
    settings
}

/// The real feeds, which say little of techniques, and one that says much.
fn feeds() -> Intake {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/feeds");
    let mut inputs = Input::from_path(&data).unwrap();
    let lines: Vec<String> = (0..600).map(line).collect();
    inputs.push(Input::from_bytes(
        "much.jsonl",
        lines.join("\n").into_bytes(),
    ));
    let mut intake = Intake::new(0);
    for input in inputs {
        // What is no feed there is no matter of this test.
        let _ = intake.read(&input, &ReadOptions::default(), &mut |_| Ok(()));
    }
    intake
}

fn line(number: usize) -> String {
    let techniques = ["T1071.001", "T1566", "T1078", "T9999"];
    let confidence = ["low", "medium", "high"][number % 3];
    let value = match number % 4 {
        0 => json!({"type": "cve", "value": format!("CVE-2021-{:05}", number + 10_000)}),
        1 => json!({"type": "domain", "value": format!("a{number}.evil.example")}),
        2 => {
            json!({"type": "url", "value": format!("http://evil.example/{number}.php?id=1"), "tags": ["exploit"]})
        }
        _ => json!({"type": "ipv4", "value": format!("198.51.{}.{}", number / 250, number % 250)}),
    };
    let mut line = json!({
        "confidence": confidence,
        "mitre_techniques": techniques[..number % techniques.len()],
    });
    line.as_object_mut()
        .unwrap()
        .extend(value.as_object().unwrap().clone());
    line.to_string()
}

#[test]
fn shapes_count_as_full_rules_do() {
    let settings = settings();
    let intake = feeds();
    let (kept, report) = intake.select(&settings);
    let compiler = Compiler::new(&settings);
    let (mut one_by_one, mut counted) = (Summary::default(), report.clone());
    for indicator in &kept {
        for compiled in compiler.counted(indicator, &mut counted) {
            one_by_one.add(Seen {
                ioc_type: indicator.ioc.ioc_type(),
                log_source: &compiled.rule.logsource.label(),
                level: compiled.rule.level,
                tags: &compiled.rule.tags,
                producers: &indicator.producers,
            });
        }
    }
    let (mut summary, mut shaped) = (Summary::default(), report);
    for batch in kept.chunks(1000) {
        compiler.summarize(batch, &mut shaped, &mut summary);
    }
    assert!(summary.rules() > kept.len() as u64);
    assert!(summary.json()["techniques"].as_array().unwrap().len() > 1);
    assert_eq!(summary.json(), one_by_one.json());
    assert_eq!(shaped, counted);
}

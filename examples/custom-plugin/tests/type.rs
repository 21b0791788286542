//! The type of this crate, in each place where a type counts.

use custom_plugin::jarm::JARM;
use socdef_sigma::compile::{Compiler, Intake, Settings, explain};
use socdef_sigma::indicator::parse_date;
use socdef_sigma::report::Report;
use socdef_sigma::rule::emit;
use socdef_sigma::source::{Format, Input, ReadOptions};

const VALUE: &str = "2ad2ad0002ad2ad00042d42d000000ad9bf51cc3f5a1e29eecb81d0c7b06eb";

fn settings(types: &[&str]) -> Settings {
    let mut settings = Settings::new(parse_date("2026-05-17").unwrap());
    settings.types = Settings::types_of(types).unwrap();
    settings
}

/// The rules of a feed, and the account.
fn compiled(name: &str, text: &str, types: &[&str]) -> (Vec<String>, Report) {
    let mut intake = Intake::new(usize::MAX);
    let input = Input::from_bytes(name, text.as_bytes().to_vec());
    intake
        .read(&input, &ReadOptions::default(), &mut |_| Ok(()))
        .unwrap();
    let settings = settings(types);
    let (kept, mut report) = intake.select(&settings);
    let compiler = Compiler::new(&settings);
    let rules = kept
        .iter()
        .flat_map(|indicator| compiler.counted(indicator, &mut report))
        .map(|compiled| emit::yaml(&compiled.rule))
        .collect();
    (rules, report)
}

#[test]
fn every_format_reads_it() {
    let upper = VALUE.to_uppercase();
    let feeds = [
        ("list.txt", format!("{upper}\n")),
        ("column.csv", format!("jarm,comment\n{upper},a server\n")),
        (
            "typed.csv",
            format!("type,value\nJARM fingerprint,{upper}\ndomain,evil.example\n"),
        ),
        (
            "misp.json",
            format!(
                r#"{{"Event": {{"info": "x", "Attribute": [{{"type": "jarm-fingerprint", "value": "{upper}", "to_ids": true}}]}}}}"#
            ),
        ),
        (
            "entries.json",
            format!(r#"[{{"type": "jarm", "value": "{upper}"}}]"#),
        ),
    ];
    for (name, text) in feeds {
        let (rules, report) = compiled(name, &text, &["jarm"]);
        let counts = report.counts();
        assert_eq!(rules.len(), 1, "{name}: {counts:?} {:?}", report.entries());
        assert!(
            rules[0].contains(&format!("jarm: '{VALUE}'")) && rules[0].contains("tls_scan"),
            "{}",
            rules[0]
        );
        let all = counts.kept + counts.merged + counts.dropped + counts.refused;
        assert_eq!(counts.read, all, "{name}");
        // Nobody asked for it: it is counted.
        let (rules, report) = compiled(name, &text, &[]);
        assert!(rules.iter().all(|rule| !rule.contains("jarm")));
        let dropped: Vec<_> = report
            .entries()
            .iter()
            .map(|entry| entry.refusal.reason.code())
            .collect();
        assert_eq!(dropped, ["type_not_selected"], "{name}");
    }
}

#[test]
fn explain_the_guard_and_the_names_know_it() {
    let [explained] = &explain(VALUE, &settings(&["all"]))[..] else {
        panic!()
    };
    assert_eq!(explained.verdict(), "keep");
    assert_eq!(
        explained.indicator.as_ref().unwrap().ioc.ioc_type(),
        JARM.ioc_type()
    );
    assert_eq!(*explained.templates[0], *"jarm/tls_scan");
    let [silent] = &explain(&"0".repeat(62), &settings(&["all"]))[..] else {
        panic!()
    };
    assert_eq!(
        silent.refusal.as_ref().unwrap().reason.code(),
        "common_value"
    );
    assert!(Settings::types_of(&["mutex"]).unwrap_err().contains("jarm"));
    assert!(Format::ALL.len() > 1);
}

//! From feeds to rules and an account: merging, guard, choices, dates, levels, tags, wording, and what `socdef` holds.
//!
//! Every run here is balanced: see [`Run::of`].

mod account;
mod bounds;
mod choices;
mod dates;
mod explain;
mod full;
mod guard;
mod hidden;
mod level;
mod merging;
mod producers;
mod seed;
mod socdef;
mod sources;
mod tlp;
mod wording;

use std::collections::BTreeMap;
use std::process::Command;

use chrono::{DateTime, Utc};
use serde_json::{Value as Json, json};
use socdef_sigma::compile::{Compiler, Intake, Settings};
use socdef_sigma::indicator::parse_date;
use socdef_sigma::report::Report;
use socdef_sigma::rule::emit;
use socdef_sigma::rule::node::Node;
use socdef_sigma::rule::{Level, SigmaRule};
use socdef_sigma::source::{Format, Input, ReadOptions};
use socdef_sigma::template::{Catalog, Selection};
use socdef_sigma::{Confidence, IocType, Tlp};

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

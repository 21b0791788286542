//! The rules of one indicator in every log source: ids, titles and names of files, choices, and what there is no rule for.
//!
//! `golden/log_sources.yml` has the rules of an indicator of each kind by every template, `golden/log_sources.tsv` the
//! template, id, name of the file and title of each rule that the golden feeds give. To write them anew, see `golden.rs`.

mod choices;
mod failing;
mod ids;
mod inbound;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use socdef_sigma::compile::{CompiledRule, Compiler, Intake, Settings};
use socdef_sigma::indicator::{Expect, Indicator, parse, parse_as, parse_date};
use socdef_sigma::output::file_name;
use socdef_sigma::registry::{DerivedValues, TemplatePlugin};
use socdef_sigma::report::Report;
use socdef_sigma::rule::Level;
use socdef_sigma::rule::emit;
use socdef_sigma::source::{Format, Input, NoteKind, ReadOptions};
use socdef_sigma::template::{Catalog, Selection, Template};
use socdef_sigma::{Confidence, Ioc, IocType, Reason};

const FOLDER: &str = "tests/golden";

fn settings(logsources: &[&str]) -> Settings {
    of_catalog(Catalog::registered(), logsources)
}

fn of_catalog(catalog: Arc<Catalog>, logsources: &[&str]) -> Settings {
    let names: Vec<String> = logsources.iter().map(ToString::to_string).collect();
    let mut settings = Settings::new(parse_date("2026-05-17").unwrap());
    settings.types = IocType::all().to_vec();
    settings.templates = Arc::new(Selection::of(catalog, &names).unwrap());
    settings
}

fn indicator(value: &str, tags: &[&str]) -> Indicator {
    let mut indicator = Indicator::new(parse(value).unwrap());
    indicator.tags = tags.iter().map(ToString::to_string).collect();
    indicator
}

/// The rules of indicators by value, and the account.
fn run(indicators: &[Indicator], settings: &Settings) -> (Vec<(Ioc, CompiledRule)>, Report) {
    let mut intake = Intake::new(usize::MAX);
    for indicator in indicators {
        intake.add(indicator.clone());
    }
    compile(&intake, settings)
}

fn compile(intake: &Intake, settings: &Settings) -> (Vec<(Ioc, CompiledRule)>, Report) {
    let compiler = Compiler::new(settings);
    let (kept, mut report) = intake.select(settings);
    let mut rules = Vec::new();
    for indicator in kept {
        let made = compiler.counted(&indicator, &mut report);
        rules.extend(made.into_iter().map(|rule| (indicator.ioc.clone(), rule)));
    }
    let counts = report.counts();
    let decided = counts.kept + counts.merged + counts.dropped + counts.refused;
    assert_eq!((counts.read, counts.rules), (decided, rules.len() as u64));
    (rules, report)
}

fn templates(rules: &[(Ioc, CompiledRule)]) -> Vec<&str> {
    rules.iter().map(|(_, rule)| &*rule.template).collect()
}

fn reasons(report: &Report) -> BTreeMap<Reason, u64> {
    report.reasons().collect()
}

/// One of each type that is compiled when asked for: its first sample, and of paths and keys each of another form.
fn others() -> Vec<Indicator> {
    let others = IocType::all()
        .iter()
        .filter(|kind| !kind.plugin().is_default);
    let samples = others.flat_map(|kind| {
        let several = matches!(kind.as_str(), "filepath" | "registry_key");
        let samples = kind.plugin().samples.iter();
        samples
            .filter(|sample| !sample.starts_with('/'))
            .take(if several { 20 } else { 1 })
            .map(|sample| parse_as(Expect::Type(*kind), sample).unwrap())
    });
    samples.map(Indicator::new).collect()
}

/// An indicator of each kind that a template tells apart.
fn one_of_each() -> Vec<Indicator> {
    let mut all: Vec<Indicator> = [
        "198.51.100.7",
        "198.51.100.0/24",
        "2001:db8::1",
        "2001:db8::/32",
        "evil.example",
        "http://evil.example:8080/a%20b.php?id=1*x",
        "d41d8cd98f00b204e9800998ecf8427f",
        "a010d5449d29a1916827fdb443e3c84c405cb2a5",
        "68872cc22fbdf0c2f69c32ac878ba9a7b7cf61fe5dd0e3da200131b8b23438e7",
        "CVE-2017-1188",
        "a@evil.example",
    ]
    .iter()
    .map(|value| indicator(value, &[]))
    .collect();
    all.extend(others());
    all.push(indicator("https://evil.example/cgi-bin/luci", &["exploit"]));
    all.push(indicator(
        "http://evil.example/cgi-bin/a.php?id=1*x",
        &["type:Exploit"],
    ));
    all
}

/// Everything that stands in the golden feeds.
fn golden_feeds() -> Intake {
    let mut intake = Intake::new(0);
    for format in Format::ALL {
        let folder = Path::new(FOLDER).join(format.as_str());
        let mut files: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| {
                let name = path.to_str().unwrap();
                !name.ends_with(".yml") && !name.ends_with(".report.json")
            })
            .collect();
        files.sort();
        for file in files {
            let options = ReadOptions {
                format: Some(format),
                ..ReadOptions::default()
            };
            for input in Input::from_path(&file).unwrap() {
                intake.read(&input, &options, &mut |_| Ok(())).unwrap();
            }
        }
    }
    intake
}

fn is_golden(name: &str, made: &str) {
    let path = Path::new(FOLDER).join(name);
    if std::env::var_os("SOCDEF_UPDATE_GOLDEN").is_some() {
        return fs::write(&path, made).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    let lines = golden.lines().zip(made.lines()).enumerate();
    for (at, (was, is)) in lines {
        assert_eq!(was, is, "{}:{}", path.display(), at + 1);
    }
    assert_eq!(golden, made, "{}: see the head of the test", path.display());
}

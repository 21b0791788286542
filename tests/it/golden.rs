//! Golden pairs: what stands in `golden/<format>/` comes out as the files beside it say.
//!
//! A feed `x.txt` has `x.txt.yml`, its rules, and `x.txt.report.json`, its account, both with now at 2026-05-17. The format is
//! the folder's name, and must be found from the content too. After a change that is meant, write them anew and read the diff:
//!
//! ```text
//! SOCDEF_UPDATE_GOLDEN=1 cargo test --test it golden
//! ```
//!
//! A new feed is a file in the folder of its format; nothing here lists them. The rules are checked by Sigma's schema and
//! validators in `python/test_rules.py`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use socdef_sigma::IocType;
use socdef_sigma::compile::{Compiler, Intake, Settings};
use socdef_sigma::indicator::parse_date;
use socdef_sigma::rule::SigmaRule;
use socdef_sigma::rule::emit;
use socdef_sigma::source::{Format, Input, ReadOptions};

const FOLDER: &str = "tests/golden";

/// The feeds with their formats, sorted; paths are relative to the repository, since reports have them.
fn feeds() -> Vec<(Format, PathBuf)> {
    assert!(
        Path::new(FOLDER).is_dir(),
        "cargo runs tests in the package's folder"
    );
    let mut feeds = Vec::new();
    for format in Format::ALL {
        let folder = Path::new(FOLDER).join(format.as_str());
        let files = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        feeds.extend(
            files
                .filter(|path| !is_golden(path))
                .map(|path| (format, path)),
        );
    }
    feeds.sort_by(|(_, one), (_, other)| one.cmp(other));
    feeds
}

fn is_golden(path: &Path) -> bool {
    let name = path.to_str().unwrap();
    name.ends_with(".yml") || name.ends_with(".report.json")
}

fn beside(feed: &Path, ending: &str) -> PathBuf {
    PathBuf::from(format!("{}{ending}", feed.display()))
}

/// The rules as one YAML text, and the account.
fn compile(path: &Path, format: Option<Format>) -> (String, String) {
    // On every system the same name in the account.
    let name = path.to_str().unwrap().replace('\\', "/");
    let [input] = &Input::from_path(Path::new(&name)).unwrap()[..] else {
        panic!("{name} is no file")
    };
    let options = ReadOptions {
        format,
        ..ReadOptions::default()
    };
    let mut intake = Intake::new(usize::MAX);
    intake.read(input, &options, &mut |_| Ok(())).unwrap();
    let settings = Settings::new(parse_date("2026-05-17").unwrap());
    let compiler = Compiler::new(&settings);
    let (kept, mut report) = intake.select(&settings);
    let rules: Vec<String> = kept
        .iter()
        .flat_map(|indicator| compiler.counted(indicator, &mut report))
        .map(|compiled| emit::yaml(&compiled.rule))
        .collect();
    let counts = report.counts();
    assert_eq!(
        counts.read,
        counts.kept + counts.merged + counts.dropped + counts.refused,
        "{name}"
    );
    assert_eq!(counts.rules, rules.len() as u64, "{name}");
    let mut report = report.json();
    // Said only where no format was given.
    if let Some(notes) = report["notes"].as_array_mut() {
        notes.retain(|note| note["note"] != "read_as");
    }
    let report = serde_json::to_string_pretty(&report).unwrap() + "\n";
    (rules.join("---\n"), report)
}

#[test]
fn every_feed_compiles_to_its_golden_rules_and_account() {
    let update = std::env::var_os("SOCDEF_UPDATE_GOLDEN").is_some();
    let mut differ = Vec::new();
    for (format, feed) in feeds() {
        let (yaml, report) = compile(&feed, Some(format));
        for (ending, made) in [(".yml", yaml), (".report.json", report)] {
            let path = beside(&feed, ending);
            if update {
                fs::write(&path, made).unwrap();
                continue;
            }
            let golden = fs::read_to_string(&path).unwrap_or_default();
            if let Some((line, was, is)) = first_difference(&golden, &made) {
                differ.push(format!(
                    "{}:{line}\n  golden: {was}\n  made:   {is}",
                    path.display()
                ));
            }
        }
    }
    assert!(
        differ.is_empty(),
        "{}\n(see the head of tests/it/golden.rs)",
        differ.join("\n")
    );
}

/// The first line, from 1, in which two texts differ, with both.
fn first_difference(one: &str, other: &str) -> Option<(usize, String, String)> {
    if one == other {
        return None;
    }
    let line = |text: &str, at: usize| text.split('\n').nth(at).unwrap_or("(the end)").to_owned();
    let at = (0..).find(|at| line(one, *at) != line(other, *at)).unwrap();
    Some((at + 1, line(one, at), line(other, at)))
}

#[test]
fn the_format_of_every_feed_is_found_from_its_content() {
    for (format, feed) in feeds() {
        assert_eq!(
            compile(&feed, None),
            compile(&feed, Some(format)),
            "{}",
            feed.display()
        );
    }
}

#[test]
fn the_golden_feeds_are_of_every_format_and_type() {
    let feeds = feeds();
    let formats: BTreeSet<&str> = feeds.iter().map(|(format, _)| format.as_str()).collect();
    assert_eq!(formats.len(), Format::ALL.len());
    let mut kinds = BTreeSet::new();
    for (_, feed) in &feeds {
        let yaml = fs::read_to_string(beside(feed, ".yml")).unwrap();
        assert!(!yaml.is_empty(), "{}: no rule", feed.display());
        let documents: Vec<&str> = yaml.split("---\n").collect();
        for document in &documents {
            // The golden rules, too, are canonical.
            let rule = SigmaRule::from_yaml(document).unwrap();
            assert_eq!(emit::yaml(&rule), *document);
            let kind = rule.custom[0].1.get("type").unwrap().as_text().unwrap();
            kinds.insert(kind.to_owned());
        }
        let report = fs::read_to_string(beside(feed, ".report.json")).unwrap();
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        assert_eq!(
            report["counts"]["rules"],
            documents.len(),
            "{}",
            feed.display()
        );
    }
    assert_eq!(kinds, IocType::DEFAULT.map(|kind| kind.to_string()).into());
}

#[test]
fn no_golden_file_is_left_without_its_feed() {
    for format in Format::ALL {
        for entry in fs::read_dir(Path::new(FOLDER).join(format.as_str())).unwrap() {
            let path = entry.unwrap().path();
            let name = path.to_str().unwrap();
            let feed = name
                .strip_suffix(".yml")
                .or_else(|| name.strip_suffix(".report.json"));
            assert!(feed.is_none_or(|feed| Path::new(feed).is_file()), "{name}");
        }
    }
}

//! What was counted in a feed is what is read from it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use socdef_sigma::compile::{Compiler, Intake, Settings};
use socdef_sigma::indicator::parse_date;
use socdef_sigma::source::{self, Format, Found, Input, ReadOptions};

use super::folder::{NO_FEEDS, input, shared};
use super::table::{FEEDS, Feed, OTHERS};

/// Reasons of what a text says beside its indicators: links, contacts, names of files. `every_sure_token_…` asks for those.
const CONTEXT: [&str; 7] = [
    "in_context",
    "reference",
    "contact",
    "version",
    "example",
    "file_in_prose",
    "file_name",
];

/// Notes on how an input was read, which cost nothing.
const READING: [&str; 2] = ["read_as", "leading_zeros"];

/// The feeds of which nothing is left: one is expired, the other's addresses are not those of senders.
const NOTHING_LEFT: [&str; 2] = [
    "stix/oasis-indicator-for-c2-ip-address.json",
    "stix/oasis-malicious-email-indicator-with-attachment.json",
];

fn counts(found: &[(&'static str, usize)]) -> BTreeMap<String, usize> {
    found
        .iter()
        .map(|(name, count)| ((*name).to_owned(), *count))
        .collect()
}

pub(crate) fn holds_what_was_counted(feed: &Feed) {
    let input = input(feed.path);
    if let Some(format) = feed.format {
        assert_eq!(source::detect(&input).unwrap(), format, "{}", feed.path);
    }
    let (mut types, mut reasons, mut notes) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for found in source::read(&input, &ReadOptions::default()).unwrap() {
        let (counts, name) = match found.unwrap() {
            Found::Indicator(indicator) => (&mut types, indicator.ioc.ioc_type().to_string()),
            Found::Rejection(rejection) => {
                (&mut reasons, rejection.refusal.reason.code().to_owned())
            }
            Found::Note(note) => (&mut notes, note.kind.code().to_owned()),
            Found::Blank(_) => continue,
        };
        *counts.entry(name).or_insert(0) += 1;
    }
    reasons.retain(|code: &String, _| !CONTEXT.contains(&code.as_str()));
    notes.retain(|code: &String, _| !READING.contains(&code.as_str()));
    assert_eq!(types, counts(feed.types), "{}", feed.path);
    assert_eq!(reasons, counts(feed.reasons), "{}", feed.path);
    assert_eq!(notes, counts(feed.notes), "{}", feed.path);
}

pub(crate) fn is_told_apart(path: &str, expected: &Result<Format, &str>) {
    match (source::detect(&input(path)), expected) {
        (Ok(format), Ok(wanted)) => assert_eq!(format, *wanted, "{path}"),
        (Err(error), Err(words)) => {
            assert!(
                error.message().contains(words),
                "{path}: {}",
                error.message()
            );
            assert!(error.hint_text().is_some(), "{path}");
        }
        (found, _) => panic!("{path}: {found:?}"),
    }
}

/// Every file there is counted above or holds no feed, and every feed compiles: each indicator that is kept has a rule.
pub(crate) fn every_file_of_the_folder_is_accounted_for_and_compiles() {
    let folder = shared();
    let listed: Vec<&str> = FEEDS
        .iter()
        .map(|feed| feed.path)
        .chain(OTHERS.iter().map(|(path, _)| *path))
        .collect();
    let mut compiled = 0;
    for entry in walkdir::WalkDir::new(&folder).sort_by_file_name() {
        let entry = entry.unwrap();
        let path = entry.path().strip_prefix(&folder).unwrap();
        let name = path.to_str().unwrap();
        if !entry.file_type().is_file() || NO_FEEDS.iter().any(|start| name.starts_with(start)) {
            continue;
        }
        assert!(listed.contains(&name), "{name} is not in the list");
        let input = Input::from_path(entry.path()).unwrap().remove(0);
        let mut intake = Intake::new(0);
        intake
            .read(&input, &ReadOptions::default(), &mut |_| Ok(()))
            .unwrap();
        let settings = Settings::new(parse_date("2026-05-17").unwrap());
        let compiler = Compiler::new(&settings);
        let (kept, mut report) = intake.select(&settings);
        let mut text = String::new();
        compiler.documents(&kept, &mut report, &mut text);
        let counts = report.counts();
        assert_eq!(counts.rules, kept.len() as u64, "{name}");
        assert_eq!(text.matches("\nlogsource:\n").count(), kept.len(), "{name}");
        assert_eq!(kept.is_empty(), NOTHING_LEFT.contains(&name), "{name}");
        compiled += 1;
    }
    assert_eq!(compiled, 23);
}

/// The values of machete.adoc, taken from it by the marks around them and not by what they look like: every one is in backticks,
/// in the first cell of a row or alone in an item.
pub(crate) fn every_indicator_of_a_report_in_asciidoc_is_found() {
    let input = input("eset/machete.adoc");
    let text = std::fs::read_to_string(input.name().as_ref()).unwrap();
    let marked = text.lines().enumerate().filter_map(|(at, line)| {
        let value = line
            .strip_prefix("|`")
            .or_else(|| line.strip_prefix("* `"))?;
        Some((at as u64 + 1, value.split('`').next()?.to_lowercase()))
    });
    let found = source::read(&input, &ReadOptions::default())
        .unwrap()
        .filter_map(|found| match found.unwrap() {
            Found::Indicator(indicator) => {
                assert_eq!(indicator.references.len(), 3, "{}", indicator.ioc);
                assert_eq!(indicator.context.len(), 1, "{}", indicator.ioc);
                let place = indicator.place.unwrap();
                Some((place.line_number().unwrap(), indicator.ioc.to_string()))
            }
            Found::Rejection(rejection) => {
                let code = rejection.refusal.reason.code();
                assert!(CONTEXT.contains(&code), "{rejection:?}");
                None
            }
            Found::Note(_) | Found::Blank(_) => None,
        });
    assert_eq!(found.collect::<Vec<_>>(), marked.collect::<Vec<_>>());
}

/// The small feeds come with the project: a test of them is never ignored.
pub(crate) fn the_feeds_of_the_project_are_there() {
    let project = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/feeds");
    let there = FEEDS
        .iter()
        .filter(|feed| project.join(feed.path).is_file())
        .count();
    assert_eq!(there, 16);
}

//! One input, read the way that `compile` reads it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use socdef_sigma::compile::{Intake, Settings};
use socdef_sigma::indicator::parse_date;
use socdef_sigma::report::Counts;
use socdef_sigma::source::{self, Format, Input, NoteKind, ReadOptions};
use socdef_sigma::{IocType, Outcome};

/// The types of which `compile` makes rules when nobody says which.
const TYPES: [&str; 9] = [
    "ipv4", "ipv6", "domain", "url", "md5", "sha1", "sha256", "cve", "email",
];

/// A value that was read and did not become an indicator of its own.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) outcome: Outcome,
    pub(crate) code: &'static str,
    pub(crate) value: String,
    /// From 1; `None` where the place is not a line.
    pub(crate) line: Option<u64>,
}

/// An indicator that was kept.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    /// `type value`, both canonical.
    pub(crate) what: String,
    pub(crate) ports: Vec<u16>,
}

/// What came of an input.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reading {
    pub(crate) kept: Vec<Kept>,
    pub(crate) entries: Vec<Entry>,
    /// Notes by code, with what each is about.
    pub(crate) notes: BTreeMap<&'static str, Vec<String>>,
    pub(crate) counts: Counts,
    pub(crate) records_without: u64,
    /// The links that the kept indicators cite.
    pub(crate) references: Vec<String>,
    /// The format that it was read as.
    pub(crate) format: String,
    /// What ended it, where something did.
    pub(crate) error: Option<String>,
}

impl Reading {
    /// Whether the input had records of which nothing was read.
    pub(crate) fn nothing_read(&self) -> bool {
        self.notes.contains_key(NoteKind::NothingRead.code())
    }
}

/// The settings of every reading: fixed in time, with the types that are the default.
pub(crate) fn settings() -> Settings {
    let mut settings = Settings::new(parse_date("2026-05-17").unwrap());
    settings.types = TYPES
        .iter()
        .map(|name| name.parse::<IocType>().unwrap())
        .collect();
    settings
}

/// Reads a file. The intake keeps every entry.
pub(crate) fn file(path: &Path, format: Option<Format>) -> Reading {
    let mut reading = Reading::default();
    let mut intake = Intake::new(usize::MAX);
    let options = ReadOptions {
        format,
        ..ReadOptions::default()
    };
    for input in Input::from_path(path).unwrap() {
        reading.format = match (format, source::detect(&input)) {
            (Some(format), _) | (None, Ok(format)) => format.to_string(),
            (None, Err(_)) => "nothing known".to_owned(),
        };
        if let Err(error) = intake.read(&input, &options, &mut |_| Ok(())) {
            reading.error = Some(error.report());
        }
    }
    finished(reading, &intake)
}

/// Reads bytes that have no file name.
pub(crate) fn bytes(data: &[u8], format: Format) -> Reading {
    in_memory(data, Some(format))
}

/// Reads bytes that have no file name, as whatever they look like.
pub(crate) fn guessed(data: &[u8]) -> Reading {
    in_memory(data, None)
}

fn in_memory(data: &[u8], format: Option<Format>) -> Reading {
    let mut reading = Reading::default();
    let mut intake = Intake::new(usize::MAX);
    let options = ReadOptions {
        format,
        ..ReadOptions::default()
    };
    let input = Input::from_bytes("input", data);
    if let Err(error) = intake.read(&input, &options, &mut |_| Ok(())) {
        reading.error = Some(error.report());
    }
    finished(reading, &intake)
}

/// Reads a text under a file name, which may decide how it is read.
pub(crate) fn named(name: &str, data: &[u8], format: Option<Format>) -> Reading {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, data).unwrap();
    file(&path, format)
}

fn finished(mut reading: Reading, intake: &Intake) -> Reading {
    let (kept, report) = intake.select(&settings());
    reading.kept = kept
        .iter()
        .map(|indicator| Kept {
            what: format!("{} {}", indicator.ioc.ioc_type(), indicator.ioc),
            ports: indicator.ports.clone(),
        })
        .collect();
    reading.references = kept
        .iter()
        .flat_map(|indicator| {
            let articles = indicator
                .sources
                .iter()
                .filter_map(|source| source.article_url.clone());
            indicator.references.iter().cloned().chain(articles)
        })
        .collect();
    reading.entries = report
        .entries()
        .iter()
        .map(|entry| Entry {
            outcome: entry.refusal.reason.outcome(),
            code: entry.refusal.reason.code(),
            value: entry.value.clone(),
            line: entry.place.as_ref().and_then(|place| place.line_number()),
        })
        .collect();
    for note in report.notes() {
        reading
            .notes
            .entry(note.kind.code())
            .or_default()
            .push(note.detail.clone());
    }
    reading.counts = report.counts();
    reading.records_without = report.record_counts().without;
    reading
}

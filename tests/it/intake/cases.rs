//! The table of cases: `cases.toml`, of which the head says how a row is written.
//!
//! `SOCDEF_CASE=8 cargo test --test it intake::cases::table` runs the rows whose id is `8` or starts with `8.`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde::Deserialize;
use socdef_sigma::Outcome;
use socdef_sigma::source::Format;

use super::read::{self, Entry, Reading};

/// The whole table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    case: Vec<Case>,
}

/// One row.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    /// Its ending matters.
    file: String,
    text: String,
    #[serde(default)]
    encoding: Encoding,
    format: Option<String>,
    #[serde(default)]
    indicators: Vec<String>,
    #[serde(default)]
    ports: Vec<String>,
    #[serde(default)]
    reasons: Vec<String>,
    #[serde(default)]
    may: Vec<String>,
    #[serde(default)]
    notes: Vec<String>,
    finding: Option<Finding>,
    without: Option<u64>,
    error: Option<String>,
    #[serde(default)]
    #[allow(dead_code, reason = "for who reads the table")]
    why: String,
}

/// Whether `nothing_read` is noted; a word where it may be.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
enum Finding {
    Is(bool),
    Open(String),
}

/// How the text becomes bytes.
#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Encoding {
    #[default]
    Utf8,
    /// UTF-8 with a byte order mark.
    Bom,
    /// UTF-16, little end first, with a byte order mark.
    Utf16,
    /// UTF-8 with CRLF.
    Crlf,
}

impl Encoding {
    fn bytes(self, text: &str) -> Vec<u8> {
        match self {
            Encoding::Utf8 => text.as_bytes().to_vec(),
            Encoding::Bom => format!("\u{feff}{text}").into_bytes(),
            Encoding::Utf16 => format!("\u{feff}{text}")
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect(),
            Encoding::Crlf => text.replace('\n', "\r\n").into_bytes(),
        }
    }
}

/// `MD5_1`, `SHA1_7`, `SHA256_12`, `SHA512_2`: a hash of that kind, another for each number.
static HASH: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("(MD5|SHA1|SHA256|SHA512)_([0-9]{1,3})").unwrap());

/// A text with its hashes written out.
fn written_out(text: &str) -> String {
    HASH.replace_all(text, |found: &Captures<'_>| {
        let digits = match &found[1] {
            "MD5" => 32,
            "SHA1" => 40,
            "SHA256" => 64,
            _ => 128,
        };
        hash(digits, found[2].parse().unwrap())
    })
    .into_owned()
}

/// A hash that looks like one: the same for the same number.
pub(crate) fn hash(digits: usize, number: u64) -> String {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ digits as u64;
    let mut hash = String::new();
    while hash.len() < digits {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        hash.push_str(&format!("{:08x}", state >> 32));
    }
    hash.truncate(digits);
    hash
}

/// A value as it is compared between the table and the report, which may give it defanged or canonical.
fn plain(value: &str) -> String {
    let mut plain = value.trim().to_lowercase();
    for (from, to) in [
        ("[.]", "."),
        ("(.)", "."),
        ("{.}", "."),
        ("[:]", ":"),
        ("[://]", "://"),
        ("[@]", "@"),
        ("[dot]", "."),
        ("[at]", "@"),
        ("hxxp", "http"),
    ] {
        plain = plain.replace(from, to);
    }
    plain
        .trim_matches(|c: char| "\"'<>`".contains(c))
        .trim_end_matches('/')
        .to_owned()
}

/// Whether an entry is what `codes value` asks for. Codes are reasons or outcomes with `|` between them; `*` is any.
fn meets(entry: &Entry, wanted: &str) -> bool {
    let (codes, value) = wanted.split_once(' ').unwrap_or((wanted, "*"));
    let code = codes
        .split('|')
        .any(|code| code == "*" || code == entry.code || code == entry.outcome.as_str());
    code && (value == "*" || plain(value) == plain(&entry.value))
}

fn faults(case: &Case, reading: &Reading) -> Vec<String> {
    let mut faults = Vec::new();
    match (&case.error, &reading.error) {
        (None, Some(error)) => faults.push(format!("ended with an error: {error}")),
        (Some(words), Some(error)) if !error.contains(words.as_str()) => {
            faults.push(format!("the error does not say `{words}`: {error}"));
        }
        (Some(words), None) if !words.is_empty() => {
            faults.push(format!("expected an error that says `{words}`"));
        }
        _ => {}
    }
    indicators(case, reading, &mut faults);
    entries(case, reading, &mut faults);
    for wanted in &case.ports {
        let (value, ports) = wanted.split_once(' ').unwrap();
        let ports: Vec<u16> = ports.split(',').map(|port| port.parse().unwrap()).collect();
        let kept = reading
            .kept
            .iter()
            .find(|kept| kept.what.split_once(' ').unwrap().1 == value);
        let found = kept.map(|kept| kept.ports.clone()).unwrap_or_default();
        if found != ports {
            faults.push(format!(
                "ports of {value}: expected {ports:?}, came {found:?}"
            ));
        }
    }
    for note in &case.notes {
        if !reading.notes.contains_key(note.as_str()) {
            let came = reading.notes.keys().collect::<Vec<_>>();
            faults.push(format!("no note `{note}`; came {came:?}"));
        }
    }
    let wanted = match &case.finding {
        None => Some(false),
        Some(Finding::Is(wanted)) => Some(*wanted),
        Some(Finding::Open(word)) => {
            assert_eq!(word, "any", "case {}", case.id);
            None
        }
    };
    if wanted.is_some_and(|wanted| wanted != reading.nothing_read()) {
        faults.push(format!("nothing_read: expected {wanted:?}"));
    }
    if let Some(without) = case.without
        && without != reading.records_without
    {
        faults.push(format!(
            "records without values: expected {without}, came {}",
            reading.records_without
        ));
    }
    let counts = reading.counts;
    if counts.read != counts.kept + counts.merged + counts.dropped + counts.refused {
        faults.push(format!("the account does not balance: {counts:?}"));
    }
    faults
}

fn indicators(case: &Case, reading: &Reading, faults: &mut Vec<String>) {
    let came: BTreeSet<&str> = reading.kept.iter().map(|kept| kept.what.as_str()).collect();
    let written: Vec<String> = case
        .indicators
        .iter()
        .map(|text| written_out(text))
        .collect();
    let (mut must, mut may) = (BTreeSet::new(), BTreeSet::new());
    for wanted in &written {
        match wanted.strip_prefix('?') {
            Some(wanted) => may.insert(wanted.trim()),
            None => must.insert(wanted.as_str()),
        };
    }
    for missing in must.difference(&came) {
        faults.push(format!("missing indicator: {missing}"));
    }
    for extra in came.difference(&must) {
        if !may.contains(extra) {
            faults.push(format!("indicator that should not be: {extra}"));
        }
    }
}

fn entries(case: &Case, reading: &Reading, faults: &mut Vec<String>) {
    let mut left: Vec<&Entry> = reading
        .entries
        .iter()
        .filter(|entry| entry.outcome != Outcome::Merged)
        .collect();
    for wanted in &case.reasons {
        let wanted = written_out(wanted);
        match left.iter().position(|entry| meets(entry, &wanted)) {
            Some(at) => {
                left.swap_remove(at);
            }
            None => faults.push(format!("missing reason: {wanted}")),
        }
    }
    for entry in left {
        if !case
            .may
            .iter()
            .any(|wanted| meets(entry, &written_out(wanted)))
        {
            let outcome = entry.outcome.as_str();
            faults.push(format!(
                "reason that should not be: {} {} ({outcome})",
                entry.code, entry.value
            ));
        }
    }
}

fn table() -> Table {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/intake/cases.toml");
    let text = fs::read_to_string(&path).unwrap();
    toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn came(case: &Case) -> Reading {
    let format = case
        .format
        .as_deref()
        .map(|name| name.parse::<Format>().unwrap());
    read::named(
        &case.file,
        &case.encoding.bytes(&written_out(&case.text)),
        format,
    )
}

/// Every row gives what it says. All rows that do not are shown, each with what was expected and what came.
#[test]
fn the_table_of_cases() {
    let only = std::env::var("SOCDEF_CASE").ok();
    let (mut rows, mut failed) = (0, Vec::new());
    for case in table().case {
        let chosen = only
            .as_ref()
            .is_none_or(|id| case.id == *id || case.id.starts_with(&format!("{id}.")));
        if !chosen {
            continue;
        }
        rows += 1;
        let reading = came(&case);
        let faults = faults(&case, &reading);
        if !faults.is_empty() {
            let text: String = written_out(&case.text).chars().take(600).collect();
            let (counts, notes) = (reading.counts, reading.notes.keys());
            eprintln!(
                "case {} ({}), read as {}:",
                case.id, case.file, reading.format
            );
            eprintln!("    {counts:?}, notes {:?}", notes.collect::<Vec<_>>());
            text.lines().for_each(|line| eprintln!("    | {line}"));
            faults.iter().for_each(|fault| eprintln!("    {fault}"));
            failed.push(case.id);
        }
    }
    assert!(rows > 0, "no row has the id {only:?}");
    assert!(
        failed.is_empty(),
        "{} of {rows} rows fail: {}",
        failed.len(),
        failed.join(", ")
    );
}

/// Every case and every kind of the list has rows, and no two rows have one id.
#[test]
fn the_table_is_whole() {
    let table = table();
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for case in &table.case {
        let kind = case.id.split('.').next().unwrap();
        *kinds.entry(kind.to_owned()).or_default() += 1;
        assert!(ids.insert(case.id.clone()), "{} is there twice", case.id);
    }
    let cases = (1..=51).map(|number| number.to_string());
    let more = (1..=5).map(|number| format!("M{number}"));
    for id in cases
        .chain(more)
        .chain(["F1", "F2", "F3"].map(str::to_owned))
    {
        assert!(kinds.contains_key(&id), "no row for {id}");
    }
    for kind in (1..=15).map(|number| format!("K{number}")) {
        let rows = kinds.get(&kind).copied().unwrap_or_default();
        assert!(
            rows >= 6,
            "{kind} has {rows} rows, and wants the listed one and five others"
        );
    }
}

//! The real feeds, with counts that were taken from the files by other means (`grep`, Python's `csv` and `ipaddress`).
//!
//! The small ones are in `tests/data/feeds`. The others are in a folder beside the project, or where `SOCDEF_SHARED` says;
//! a test of one that is not there is ignored, by its name, and so are those over the whole folder: nothing passes unseen.

// Helpers of tests are no tests to clippy: they may stop at the first surprise too, and print.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

#[path = "it/intake/read.rs"]
#[allow(dead_code)]
mod read;
#[path = "it/intake/scanner.rs"]
#[allow(dead_code)]
mod scanner;
#[path = "it/intake/tokens.rs"]
mod tokens;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use socdef_sigma::compile::{Compiler, Intake, Settings};
use socdef_sigma::indicator::parse_date;
use socdef_sigma::reason::Reason;
use socdef_sigma::source::{self, Format, Found, Input, ReadOptions};

/// What a file holds: its format where that is plain, indicators by type, rejections by reason, and notes by code.
struct Feed {
    path: &'static str,
    format: Option<Format>,
    types: &'static [(&'static str, usize)],
    reasons: &'static [(&'static str, usize)],
    notes: &'static [(&'static str, usize)],
}

const FEEDS: &[Feed] = &[
    // 62 hashes (`grep -oE '\b[0-9a-f]{64}\b'`); 4 domains; a URL in the commands (`grep -o "http[^']*"`). The names of files are none.
    Feed {
        path: "unit42/Darkside_IOCs.txt",
        format: Some(Format::Txt),
        types: &[("domain", 4), ("filepath", 1), ("sha256", 62), ("url", 1)],
        reasons: &[],
        notes: &[],
    },
    // Lines with `[.]`; hashes below "JavaScript Samples:".
    Feed {
        path: "unit42/IOCs_MaliciousJS.txt",
        format: Some(Format::Txt),
        types: &[("domain", 48), ("sha256", 8)],
        reasons: &[],
        notes: &[],
    },
    // A byte order mark, CRLF, and one URL a line.
    Feed {
        path: "unit42/Skimmer_IOC.txt",
        format: Some(Format::Txt),
        types: &[("url", 108)],
        reasons: &[],
        notes: &[],
    },
    // 23 records; the first has `N/A` in column C2.
    Feed {
        path: "unit42/samsa_iocs.csv",
        format: Some(Format::Csv),
        types: &[("md5", 23), ("sha256", 23), ("url", 22)],
        reasons: &[],
        notes: &[],
    },
    // 23 hostnames, 6 files with three hashes each, 5 addresses of registrants.
    Feed {
        path: "volexity/2023-03-30_3CX.csv",
        format: Some(Format::Csv),
        types: &[("domain", 23), ("md5", 6), ("sha1", 6), ("sha256", 6)],
        reasons: &[("not_a_sender", 5)],
        notes: &[],
    },
    // 28 records under a header line that is no comment.
    Feed {
        path: "abusech/feodo_ipblocklist.csv",
        format: Some(Format::AbuseCh),
        types: &[("ipv4", 28)],
        reasons: &[],
        notes: &[],
    },
    Feed {
        path: "abusech/feodo_ipblocklist.json",
        format: Some(Format::AbuseCh),
        types: &[("ipv4", 28)],
        reasons: &[],
        notes: &[],
    },
    Feed {
        path: "abusech/urlhaus.csv",
        format: Some(Format::AbuseCh),
        types: &[("url", 9)],
        reasons: &[],
        notes: &[],
    },
    Feed {
        path: "abusech/urlhaus.json",
        format: Some(Format::AbuseCh),
        types: &[("url", 9)],
        reasons: &[],
        notes: &[],
    },
    // 10 of type `ip:port`, 5 of `domain`.
    Feed {
        path: "abusech/threatfox.json",
        format: Some(Format::AbuseCh),
        types: &[("domain", 5), ("ipv4", 10)],
        reasons: &[],
        notes: &[],
    },
    Feed {
        path: "abusech/threatfox.csv",
        format: Some(Format::AbuseCh),
        types: &[("domain", 5), ("ipv4", 10)],
        reasons: &[],
        notes: &[],
    },
    Feed {
        path: "kev/kev_subset.json",
        format: Some(Format::Kev),
        types: &[("cve", 120)],
        reasons: &[],
        notes: &[],
    },
    Feed {
        path: "kev/kev_small.json",
        format: Some(Format::Kev),
        types: &[("cve", 14)],
        reasons: &[],
        notes: &[],
    },
    Feed {
        path: "kev/kev_small.csv",
        format: Some(Format::Kev),
        types: &[("cve", 14)],
        reasons: &[],
        notes: &[],
    },
    // Five lines are paths without a host.
    Feed {
        path: "maltrail/apt_turla.txt",
        format: Some(Format::Txt),
        types: &[("domain", 336), ("ipv4", 17), ("url", 110)],
        reasons: &[("no_host", 5)],
        notes: &[],
    },
    Feed {
        path: "maltrail/mass_scanner_cidr.txt",
        format: Some(Format::Txt),
        types: &[("ipv4", 1106)],
        reasons: &[],
        notes: &[],
    },
    Feed {
        path: "threatfox/ips.txt",
        format: Some(Format::Txt),
        types: &[("ipv4", 4544)],
        reasons: &[],
        notes: &[],
    },
    // `grep -oE '\b[0-9A-F]{40}\b'` has 103 different hashes; the two lists at the end hold 13 names and 6 addresses. The
    // links at the top are references, and the names of files beside the hashes nothing.
    Feed {
        path: "eset/machete.adoc",
        format: Some(Format::Text),
        types: &[("domain", 13), ("ipv4", 6), ("sha1", 103)],
        reasons: &[],
        notes: &[],
    },
    // 11 MD5, one address and one sender that `is`; two hosts that are only contained; three groups of size and time, and one
    // of names in a path that is contained.
    Feed {
        path: "openioc/2384c8ce-6eca-4d06-8aa4-151b53d9a6bc.ioc",
        format: Some(Format::Openioc),
        types: &[("email", 1), ("ipv4", 1), ("md5", 11)],
        reasons: &[("pattern_not_supported", 3), ("unsupported_type", 3)],
        notes: &[],
    },
    // `grep -cE '^[0-9a-f]{64}  '`, whose names of files have spaces.
    Feed {
        path: "reports/gosecure_rdp_hashes.tsv",
        format: None,
        types: &[("sha256", 15)],
        reasons: &[],
        notes: &[],
    },
    // `grep -oE '\b([0-9]{1,3}\.){3}[0-9]{1,3}\b' | wc -l`; the same for `[0-9a-f]{64}`; 10 lines end in `.onion` and 8 in `.com`, and
    // 18 cells of the last table are names.
    Feed {
        path: "reports/prodaft_FIN7_README.md",
        format: Some(Format::Text),
        types: &[("domain", 36), ("ipv4", 131), ("sha256", 665)],
        reasons: &[],
        notes: &[],
    },
    // `grep -oF '[@]' | wc -l`; of the network-based indicators 24 start with `[0-9.]*\[\.\][0-9]* |`, and 16 do not; `grep -oE` with
    // 64, 40 and 32 digits. Four more addresses are strings of the sample: 1.1.1.1, 8.8.8.8 and twice 127.0.0.1.
    Feed {
        path: "reports/rapid7_BlackBasta_SocialEngineering_IOCs.txt",
        format: None,
        types: &[
            ("domain", 16),
            ("email", 47),
            ("filepath", 7),
            ("ipv4", 28),
            ("md5", 2),
            ("sha1", 35),
            ("sha256", 37),
        ],
        // A path alone (`/post.php`, `/?`), and one word with an at sign in an alphabet.
        reasons: &[("invalid_email", 1), ("no_host", 2)],
        notes: &[],
    },
    // By Python's `csv`: 22 records with `network-traffic:dst_ip`, 12 URLs, 6 with three hashes each, and a SHA-512 in two of these.
    Feed {
        path: "reports/sekoia_activemq.csv",
        format: Some(Format::Csv),
        types: &[
            ("ipv4", 22),
            ("md5", 6),
            ("sha1", 6),
            ("sha256", 6),
            ("url", 12),
        ],
        reasons: &[("unsupported_type", 2)],
        notes: &[],
    },
    // By Python's `csv`: the patterns of 102 records by their path.
    Feed {
        path: "reports/sekoia_apt31.csv",
        format: Some(Format::Csv),
        types: &[
            ("domain", 43),
            ("ipv4", 53),
            ("md5", 6),
            ("sha1", 2),
            ("sha256", 2),
        ],
        reasons: &[("unsupported_type", 4)],
        notes: &[],
    },
    // One hash in each of seven lines, behind a name.
    Feed {
        path: "reports/threatlabz_warhawk_hashes.txt",
        format: None,
        types: &[("md5", 7)],
        reasons: &[],
        notes: &[],
    },
];

/// The feeds of the formats that other tests count: they are told apart here.
const OTHERS: &[(&str, Result<Format, &str>)] = &[
    ("eset/misp-turla-crutch.json", Ok(Format::Misp)),
    ("eset/misp-zebrocy.json", Ok(Format::Misp)),
    (
        "stix/oasis-indicator-for-c2-ip-address.json",
        Ok(Format::Stix),
    ),
    (
        "stix/oasis-malicious-email-indicator-with-attachment.json",
        Ok(Format::Stix),
    ),
    ("stix/oasis-poisonivy.json", Ok(Format::Stix)),
    ("stix/unit42-latrodectus.json", Ok(Format::Stix)),
    ("misp-warninglists/rfc1918.json", Err("matching_attributes")),
    ("logs/otrf_sysmon.jsonl", Err("ProcessGuid")),
];

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

/// What stands beside the feeds and holds none.
const NO_FEEDS: [&str; 7] = [
    "MANIFEST.md",
    "PAIRS.tsv",
    "README.md",
    "logs/",
    "misp-warninglists/",
    "sigma-rules/",
    "sigma-spec/",
];

/// The feeds of which nothing is left: one is expired, the other's addresses are not those of senders.
const NOTHING_LEFT: [&str; 2] = [
    "stix/oasis-indicator-for-c2-ip-address.json",
    "stix/oasis-malicious-email-indicator-with-attachment.json",
];

/// The folder of feeds beside the project.
fn shared() -> PathBuf {
    std::env::var_os("SOCDEF_SHARED")
        .map_or_else(
            || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"),
            PathBuf::from,
        )
        .join("feeds")
}

/// The path of a feed, where it is there.
fn path(name: &str) -> Option<PathBuf> {
    let project = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    [project.join("tests/data/feeds"), shared()]
        .iter()
        .map(|folder| folder.join(name))
        .find(|full| full.is_file())
}

/// The input of a feed that is there.
fn input(name: &str) -> Input {
    Input::from_path(&path(name).unwrap()).unwrap().remove(0)
}

fn counts(found: &[(&'static str, usize)]) -> BTreeMap<String, usize> {
    found
        .iter()
        .map(|(name, count)| ((*name).to_owned(), *count))
        .collect()
}

fn holds_what_was_counted(feed: &Feed) {
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

/// One feed in two forms. `tests/data/feeds/other_form.py` has written the second ones from the first.
const PAIRS: &[(&str, &str)] = &[
    ("abusech/urlhaus.csv", "abusech/urlhaus.json"),
    ("abusech/threatfox.json", "abusech/threatfox.csv"),
    (
        "abusech/feodo_ipblocklist.csv",
        "abusech/feodo_ipblocklist.json",
    ),
    ("kev/kev_small.json", "kev/kev_small.csv"),
];

/// The indicators of a feed, by value, as JSON with all that is said about them.
fn indicators(path: &str) -> BTreeMap<String, serde_json::Value> {
    let input = input(path);
    source::read(&input, &ReadOptions::default())
        .unwrap()
        .filter_map(|found| match found.unwrap() {
            Found::Indicator(indicator) => Some((
                indicator.ioc.to_string(),
                serde_json::to_value(&indicator).unwrap(),
            )),
            // What stands in the links and texts of a record is counted, and is none of its indicators.
            Found::Rejection(rejection)
                if matches!(
                    rejection.refusal.reason,
                    Reason::Reference | Reason::InContext
                ) =>
            {
                None
            }
            other => panic!("{path}: {other:?}"),
        })
        .collect()
}

fn a_feed_means_the_same_in_both_of_its_forms() {
    for (one, other) in PAIRS {
        let (one_read, other_read) = (indicators(one), indicators(other));
        assert!(!one_read.is_empty(), "{one}");
        assert_eq!(one_read, other_read, "{one}, {other}");
    }
}

fn several_files_of_one_feed_are_one_feed() {
    for (one, other) in PAIRS {
        let mut intake = Intake::new(usize::MAX);
        for path in [one, other] {
            let options = ReadOptions::default();
            intake
                .read(&input(path), &options, &mut |_| Ok(()))
                .unwrap();
        }
        let mut settings = Settings::new(parse_date("2026-05-17").unwrap());
        settings.producer = Some("A team".to_owned());
        let (kept, report) = intake.select(&settings);
        let counts = report.counts();
        // The links of a record are counted, too.
        assert_eq!(counts.read - counts.dropped, 2 * kept.len() as u64, "{one}");
        assert_eq!(counts.merged, kept.len() as u64, "{one}");
        assert!(
            kept.iter()
                .all(|indicator| indicator.producers == ["A team"])
        );
        // Two sightings that say the same say it once.
        let alone = indicators(one);
        for indicator in kept {
            let mut said = serde_json::to_value(&*indicator).unwrap();
            let known = &alone[&indicator.ioc.to_string()];
            said["producers"] = known["producers"].clone();
            assert_eq!(&said, known, "{one}");
        }
    }
}

fn what_the_publishers_say_is_kept() {
    let urls = indicators("abusech/urlhaus.csv");
    assert_eq!(
        urls["http://42.227.6.103:53333/bin.sh"],
        serde_json::json!({
            "type": "url", "value": "http://42.227.6.103:53333/bin.sh",
            "first_seen": "2026-01-20T07:29:22Z", "last_seen": "2026-01-20T07:52:26Z",
            "producers": ["abuse.ch URLhaus"], "sources": [{"origin": "geenensp"}],
            "references": ["https://urlhaus.abuse.ch/url/3760525/"], "context": ["url_status: online"],
            "tags": ["malware_download", "32-bit", "elf", "mips", "Mozi"],
        })
    );
    let servers = indicators("abusech/feodo_ipblocklist.csv");
    assert_eq!(
        servers["192.9.135.73"],
        serde_json::json!({
            "type": "ipv4", "value": "192.9.135.73", "ports": [1194],
            "first_seen": "2023-05-23T17:51:44Z", "last_seen": "2024-04-01T00:00:00Z",
            "producers": ["abuse.ch Feodo Tracker"], "context": ["c2_status: online"], "tags": ["Pikabot"],
        })
    );
    let mixed = indicators("abusech/threatfox.json");
    assert_eq!(
        mixed["81.78.221.15"],
        serde_json::json!({
            "type": "ipv4", "value": "81.78.221.15", "ports": [4782], "confidence": "high",
            "first_seen": "2026-02-02T08:01:13Z", "producers": ["abuse.ch ThreatFox"], "sources": [{"origin": "DonPasci"}],
            "references": ["https://search.censys.io/hosts/81.78.221.15"],
            "context": ["malware_alias: CinaRAT,QuasarRAT,Yggdrasil"],
            "tags": ["botnet_cc", "Quasar RAT", "AS5378", "C2", "censys", "Quasar", "RAT", "Vodafone"],
        })
    );
    let known = indicators("kev/kev_small.json");
    let ransomware = known
        .values()
        .filter(|cve| cve["vulnerability"]["ransomware"] == true);
    // By `grep -c '"Known"'`.
    assert_eq!(ransomware.count(), 4);
}

fn is_told_apart(path: &str, expected: &Result<Format, &str>) {
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
fn every_file_of_the_folder_is_accounted_for_and_compiles() {
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
fn every_indicator_of_a_report_in_asciidoc_is_found() {
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

/// Everything under a folder of feeds that is one.
fn files(folder: &str) -> Vec<(String, PathBuf)> {
    let root = shared().join("..").join(folder);
    walkdir::WalkDir::new(&root)
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let name = entry.path().strip_prefix(&root).unwrap();
            (name.to_str().unwrap().to_owned(), entry.into_path())
        })
        .filter(|(name, _)| {
            !NO_FEEDS.iter().any(|start| name.starts_with(start)) && !name.ends_with(".truth.tsv")
        })
        .collect()
}

/// Every sure token of a file is in the account: that of the scanner, which knows nothing of the program.
fn has_no_token_that_is_lost(path: &std::path::Path) {
    let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
    let tokens = tokens::tokens(path, text.trim_start_matches('\u{feff}'));
    let lost = scanner::lost(&tokens, &read::file(path, None));
    let shown: Vec<String> = lost
        .iter()
        .take(20)
        .map(|token| format!("line {}: {} as {:?}", token.line, token.raw, token.sure))
        .collect();
    let (lost, all) = (lost.len(), tokens.len());
    assert!(
        lost == 0,
        "{lost} of {all} lost:\n    {}",
        shown.join("\n    ")
    );
}

/// The scanner looks at something: the folders are not those of another day.
fn the_folders_are_full() {
    assert!(files("feeds").len() >= 23, "{}", files("feeds").len());
    assert!(files("pairs").len() >= 100, "{}", files("pairs").len());
}

/// A test that is ignored, with its name, where what it needs is not there.
fn trial(name: String, there: bool, run: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(name, move || {
        run();
        Ok(())
    })
    .with_ignored_flag(!there)
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let folder = shared().is_dir();
    if !folder {
        eprintln!(
            "there is no {}: what needs it is ignored",
            shared().display()
        );
    }
    let mut trials = Vec::new();
    for feed in FEEDS {
        let there = path(feed.path).is_some();
        let name = format!("holds_what_was_counted::{}", feed.path);
        trials.push(trial(name, there, move || holds_what_was_counted(feed)));
    }
    for (feed, expected) in OTHERS {
        let name = format!("is_told_apart::{feed}");
        let there = path(feed).is_some();
        trials.push(trial(name, there, move || is_told_apart(feed, expected)));
    }
    let named: [(&str, bool, fn()); 7] = [
        (
            "a_feed_means_the_same_in_both_of_its_forms",
            true,
            a_feed_means_the_same_in_both_of_its_forms,
        ),
        (
            "several_files_of_one_feed_are_one_feed",
            true,
            several_files_of_one_feed_are_one_feed,
        ),
        (
            "what_the_publishers_say_is_kept",
            true,
            what_the_publishers_say_is_kept,
        ),
        (
            "every_file_of_the_folder_is_accounted_for_and_compiles",
            folder,
            every_file_of_the_folder_is_accounted_for_and_compiles,
        ),
        (
            "every_indicator_of_a_report_in_asciidoc_is_found",
            path("eset/machete.adoc").is_some(),
            every_indicator_of_a_report_in_asciidoc_is_found,
        ),
        ("the_folders_are_full", folder, the_folders_are_full),
        (
            "the_feeds_of_the_project_are_there",
            true,
            the_feeds_of_the_project_are_there,
        ),
    ];
    for (name, there, run) in named {
        trials.push(trial(name.to_owned(), there, run));
    }
    for folder in ["feeds", "pairs"] {
        for (name, path) in files(folder) {
            let name = format!("has_no_token_that_is_lost::{folder}/{name}");
            trials.push(trial(name, true, move || has_no_token_that_is_lost(&path)));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The small feeds come with the project: a test of them is never ignored.
fn the_feeds_of_the_project_are_there() {
    let project = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/feeds");
    let there = FEEDS
        .iter()
        .filter(|feed| project.join(feed.path).is_file())
        .count();
    assert_eq!(there, 16);
}

//! The real feeds, with counts that were taken from the files by other means (`grep`, Python's `csv` and `ipaddress`).
//!
//! The small ones are in `tests/data/feeds`. The others are in a folder beside the project, or where `SOCDEF_SHARED` says;
//! those that are not there are left out, by name.

// Helpers of tests are no tests to clippy: they may stop at the first surprise too, and print.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use socdef_sigma::compile::{Compiler, Intake, Settings};
use socdef_sigma::indicator::parse_date;
use socdef_sigma::reason::Reason;
use socdef_sigma::source::{self, Format, Found, Input, ReadOptions};

/// What a file holds: its format, indicators by type, rejections by reason, and notes by code.
struct Feed {
    path: &'static str,
    format: Format,
    read: usize,
    types: &'static [(&'static str, usize)],
    reasons: &'static [(&'static str, usize)],
    notes: &'static [(&'static str, usize)],
}

const FEEDS: &[Feed] = &[
    // 62 hashes; 4 domains; the commands and the names of files below them are no indicators.
    Feed {
        path: "unit42/Darkside_IOCs.txt",
        format: Format::Txt,
        read: 66,
        types: &[("domain", 4), ("sha256", 62)],
        reasons: &[],
        notes: &[],
    },
    // Lines with `[.]`; hashes below "JavaScript Samples:".
    Feed {
        path: "unit42/IOCs_MaliciousJS.txt",
        format: Format::Txt,
        read: 56,
        types: &[("domain", 48), ("sha256", 8)],
        reasons: &[],
        notes: &[],
    },
    // A byte order mark, CRLF, and one URL a line.
    Feed {
        path: "unit42/Skimmer_IOC.txt",
        format: Format::Txt,
        read: 108,
        types: &[("url", 108)],
        reasons: &[],
        notes: &[],
    },
    // 23 records; the first has `N/A` in column C2.
    Feed {
        path: "unit42/samsa_iocs.csv",
        format: Format::Csv,
        read: 68,
        types: &[("md5", 23), ("sha256", 23), ("url", 22)],
        reasons: &[],
        notes: &[],
    },
    // 23 hostnames, 6 files with three hashes each, 5 addresses of registrants.
    Feed {
        path: "volexity/2023-03-30_3CX.csv",
        format: Format::Csv,
        read: 46,
        types: &[("domain", 23), ("md5", 6), ("sha1", 6), ("sha256", 6)],
        reasons: &[("not_a_sender", 5)],
        notes: &[],
    },
    // 28 records under a header line that is no comment.
    Feed {
        path: "abusech/feodo_ipblocklist.csv",
        format: Format::AbuseCh,
        read: 28,
        types: &[("ipv4", 28)],
        reasons: &[],
        notes: &[],
    },
    Feed {
        path: "abusech/feodo_ipblocklist.json",
        format: Format::AbuseCh,
        read: 28,
        types: &[("ipv4", 28)],
        reasons: &[],
        notes: &[],
    },
    Feed {
        path: "abusech/urlhaus.csv",
        format: Format::AbuseCh,
        read: 9,
        types: &[("url", 9)],
        reasons: &[],
        notes: &[],
    },
    Feed {
        path: "abusech/urlhaus.json",
        format: Format::AbuseCh,
        read: 9,
        types: &[("url", 9)],
        reasons: &[],
        notes: &[],
    },
    // 10 of type `ip:port`, 5 of `domain`.
    Feed {
        path: "abusech/threatfox.json",
        format: Format::AbuseCh,
        read: 15,
        types: &[("domain", 5), ("ipv4", 10)],
        reasons: &[],
        notes: &[],
    },
    Feed {
        path: "abusech/threatfox.csv",
        format: Format::AbuseCh,
        read: 15,
        types: &[("domain", 5), ("ipv4", 10)],
        reasons: &[],
        notes: &[],
    },
    Feed {
        path: "kev/kev_subset.json",
        format: Format::Kev,
        read: 120,
        types: &[("cve", 120)],
        reasons: &[],
        notes: &[],
    },
    Feed {
        path: "kev/kev_small.json",
        format: Format::Kev,
        read: 14,
        types: &[("cve", 14)],
        reasons: &[],
        notes: &[],
    },
    Feed {
        path: "kev/kev_small.csv",
        format: Format::Kev,
        read: 14,
        types: &[("cve", 14)],
        reasons: &[],
        notes: &[],
    },
    // Five lines are paths without a host.
    Feed {
        path: "maltrail/apt_turla.txt",
        format: Format::Txt,
        read: 468,
        types: &[("domain", 336), ("ipv4", 17), ("url", 110)],
        reasons: &[("no_host", 5)],
        notes: &[],
    },
    Feed {
        path: "maltrail/mass_scanner_cidr.txt",
        format: Format::Txt,
        read: 1106,
        types: &[("ipv4", 1106)],
        reasons: &[],
        notes: &[],
    },
    Feed {
        path: "threatfox/ips.txt",
        format: Format::Txt,
        read: 4544,
        types: &[("ipv4", 4544)],
        reasons: &[],
        notes: &[],
    },
    // `grep -oE '\b[0-9A-F]{40}\b'` has 103 different hashes; the two lists at the end hold 13 names and 6 addresses. The
    // links at the top are references, and the names of files beside the hashes nothing.
    Feed {
        path: "eset/machete.adoc",
        format: Format::Text,
        read: 122,
        types: &[("domain", 13), ("ipv4", 6), ("sha1", 103)],
        reasons: &[],
        notes: &[],
    },
    // 11 MD5, one address and one sender that `is`; two hosts that are only contained; three groups of size and time, and one
    // of names in a path that is contained.
    Feed {
        path: "openioc/2384c8ce-6eca-4d06-8aa4-151b53d9a6bc.ioc",
        format: Format::Openioc,
        read: 19,
        types: &[("email", 1), ("ipv4", 1), ("md5", 11)],
        reasons: &[("pattern_not_supported", 3), ("unsupported_type", 3)],
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

/// What stands beside the feeds and holds none.
const NO_FEEDS: [&str; 5] = [
    "MANIFEST.md",
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

/// The input of a feed; `None`, and a line that says so, where it is not there.
fn input(path: &str) -> Option<Input> {
    let project = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let folders = [project.join("tests/data/feeds"), shared()];
    let Some(full) = folders
        .iter()
        .map(|folder| folder.join(path))
        .find(|full| full.is_file())
    else {
        eprintln!("skipped: {path} is in none of {folders:?}");
        return None;
    };
    Some(Input::from_path(&full).unwrap().remove(0))
}

fn counts(found: &[(&'static str, usize)]) -> BTreeMap<String, usize> {
    found
        .iter()
        .map(|(name, count)| ((*name).to_owned(), *count))
        .collect()
}

#[test]
fn real_feeds_hold_what_was_counted_in_them() {
    for feed in FEEDS {
        let Some(input) = input(feed.path) else {
            continue;
        };
        assert_eq!(
            source::detect(&input).unwrap(),
            feed.format,
            "{}",
            feed.path
        );
        let (mut types, mut reasons, mut notes) =
            (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut read = 0;
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
        read += types.values().sum::<usize>() + reasons.values().sum::<usize>();
        assert_eq!(types, counts(feed.types), "{}", feed.path);
        assert_eq!(reasons, counts(feed.reasons), "{}", feed.path);
        assert_eq!(notes, counts(feed.notes), "{}", feed.path);
        assert_eq!(read, feed.read, "{}", feed.path);
    }
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
    let input = input(path).unwrap();
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

#[test]
fn a_feed_means_the_same_in_both_of_its_forms() {
    for (one, other) in PAIRS {
        let (one_read, other_read) = (indicators(one), indicators(other));
        assert!(!one_read.is_empty(), "{one}");
        assert_eq!(one_read, other_read, "{one}, {other}");
    }
}

#[test]
fn several_files_of_one_feed_are_one_feed() {
    for (one, other) in PAIRS {
        let mut intake = Intake::new(usize::MAX);
        for path in [one, other] {
            let options = ReadOptions::default();
            intake
                .read(&input(path).unwrap(), &options, &mut |_| Ok(()))
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

#[test]
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

#[test]
fn other_feeds_are_told_apart() {
    for (path, expected) in OTHERS {
        let Some(input) = input(path) else { continue };
        match (source::detect(&input), expected) {
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
}

/// Every file there is counted above or holds no feed, and every feed compiles: each indicator that is kept has a rule.
#[test]
fn every_file_of_the_folder_is_accounted_for_and_compiles() {
    let folder = shared();
    if !folder.is_dir() {
        eprintln!("skipped: there is no {}", folder.display());
        return;
    }
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
    assert_eq!(compiled, 17);
}

/// The values of machete.adoc, taken from it by the marks around them and not by what they look like: every one is in backticks,
/// in the first cell of a row or alone in an item.
#[test]
fn every_indicator_of_a_report_in_asciidoc_is_found() {
    let Some(input) = input("eset/machete.adoc") else {
        return;
    };
    let text = std::fs::read_to_string(input.name().as_ref()).unwrap();
    let marked = text.lines().enumerate().filter_map(|(at, line)| {
        let value = line
            .strip_prefix("|`")
            .or_else(|| line.strip_prefix("* `"))?;
        Some((at as u64 + 1, value.split('`').next()?.to_lowercase()))
    });
    let found = source::read(&input, &ReadOptions::default())
        .unwrap()
        .map(|found| match found.unwrap() {
            Found::Indicator(indicator) => {
                assert_eq!(indicator.references.len(), 3, "{}", indicator.ioc);
                assert_eq!(indicator.context.len(), 1, "{}", indicator.ioc);
                let place = indicator.place.unwrap();
                (place.line_number().unwrap(), indicator.ioc.to_string())
            }
            other => panic!("{other:?}"),
        });
    assert_eq!(found.collect::<Vec<_>>(), marked.collect::<Vec<_>>());
}

//! Sync: what changes, what stays, and what is left when a run dies.

#![cfg(feature = "sync")]
#![allow(clippy::unwrap_used)] // helpers of tests may what tests may

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use socdef_sigma::ErrorKind;
use socdef_sigma::compile::{Intake, Settings};
use socdef_sigma::indicator::{Indicator, parse, parse_date};
use socdef_sigma::rule::SigmaRule;
use socdef_sigma::sync::{Changes, OnExpiry, Output, PlanSettings, Sync, Ttl};

/// One run: these values are what upstream gives.
struct Run<'a> {
    values: &'a [&'a str],
    last_seen: Option<&'a str>,
    revoked: bool,
    at: &'a str,
    complete: bool,
    on_expiry: OnExpiry,
}

impl Default for Run<'_> {
    fn default() -> Self {
        Run {
            values: &[],
            last_seen: None,
            revoked: false,
            at: "2026-01-01",
            complete: false,
            on_expiry: OnExpiry::Remove,
        }
    }
}

fn time(text: &str) -> DateTime<Utc> {
    parse_date(text).unwrap()
}

fn folder_output(texts: BTreeMap<String, String>) -> BTreeMap<String, Vec<u8>> {
    texts
        .into_iter()
        .map(|(name, text)| (name, text.into_bytes()))
        .collect()
}

fn bundle_output(texts: BTreeMap<String, String>) -> BTreeMap<String, Vec<u8>> {
    let all: Vec<String> = texts.into_values().collect();
    BTreeMap::from([(String::new(), all.join("---\n").into_bytes())])
}

impl Run<'_> {
    fn plan(&self, sync: &Sync) -> socdef_sigma::sync::Plan {
        let mut intake = Intake::new(usize::MAX);
        for value in self.values {
            let mut indicator = Indicator::new(parse(value).unwrap());
            indicator.last_seen = self.last_seen.map(time);
            indicator.revoked = self.revoked;
            intake.add(indicator);
        }
        let how = PlanSettings {
            ttl: Ttl::default(),
            on_expiry: self.on_expiry,
            complete: self.complete,
            server_time: time(self.at),
        };
        sync.plan(&intake, &Settings::new(time(self.at)), &how)
            .unwrap()
    }

    fn run(&self, folder: &Path) -> Changes {
        let output = folder.join("rules/");
        let mut sync = Sync::open(&folder.join("state"), Output::at(&output).unwrap()).unwrap();
        let plan = self.plan(&sync);
        let output = folder_output(Sync::texts(&plan));
        sync.commit(plan, output, "{}", time(self.at)).unwrap()
    }
}

/// `added updated expired removed conflicts unchanged`
fn counts(changes: &Changes) -> [usize; 6] {
    [
        changes.added.len(),
        changes.updated.len(),
        changes.expired.len(),
        changes.removed.len(),
        changes.conflicts.len(),
        changes.unchanged as usize,
    ]
}

fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    match fs::read_dir(folder) {
        Err(_) => BTreeMap::new(),
        Ok(entries) => entries
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
            .collect(),
    }
}

#[test]
fn rules_come_change_and_go() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("rules");
    let first = Run {
        values: &["198.51.100.7", "evil.example"],
        ..Run::default()
    };
    assert_eq!(counts(&first.run(folder.path())), [2, 0, 0, 0, 0, 0]);
    assert_eq!(files(&rules).len(), 2);

    // The overlap brings the same again; nothing changes, although the day is another.
    let again = Run {
        at: "2026-01-03",
        ..first
    };
    let before = files(&rules);
    assert_eq!(counts(&again.run(folder.path())), [0, 0, 0, 0, 0, 2]);
    assert_eq!(files(&rules), before);

    // A later sighting changes the rule; its date stays.
    let seen = Run {
        values: &["198.51.100.7"],
        last_seen: Some("2026-01-04"),
        at: "2026-01-05",
        ..Run::default()
    };
    assert_eq!(counts(&seen.run(folder.path())), [0, 1, 0, 0, 0, 1]);
    let text = files(&rules)
        .into_values()
        .find(|text| text.contains("198.51.100.7"))
        .unwrap();
    assert!(
        text.contains("date: 2026-01-01\nmodified: 2026-01-04\n"),
        "{text}"
    );

    // Upstream takes one back: it says so, or it no longer lists it.
    let revoked = Run {
        values: &["198.51.100.7"],
        revoked: true,
        at: "2026-01-06",
        ..Run::default()
    };
    assert_eq!(counts(&revoked.run(folder.path())), [0, 0, 0, 1, 0, 1]);
    let partial = Run {
        values: &["bad.example"],
        at: "2026-01-07",
        ..Run::default()
    };
    assert_eq!(counts(&partial.run(folder.path())), [1, 0, 0, 0, 0, 1]);
    let full = Run {
        values: &["bad.example"],
        at: "2026-01-08",
        complete: true,
        ..Run::default()
    };
    assert_eq!(counts(&full.run(folder.path())), [0, 0, 0, 1, 0, 1]);
    assert_eq!(files(&rules).len(), 1);
}

#[test]
fn a_rule_expires_once_and_comes_back_with_news_only() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("rules");
    // Old news do not expire on arrival: the first fetch counts.
    let old = Run {
        values: &["198.51.100.7", "CVE-2017-0144"],
        last_seen: Some("2020-01-01"),
        ..Run::default()
    };
    assert_eq!(counts(&old.run(folder.path())), [2, 0, 0, 0, 0, 0]);
    let nothing = |at| Run {
        at,
        ..Run::default()
    };
    assert_eq!(
        counts(&nothing("2026-01-30").run(folder.path())),
        [0, 0, 0, 0, 0, 2]
    );
    let expired = nothing("2026-02-01").run(folder.path());
    assert_eq!(counts(&expired), [0, 0, 1, 0, 0, 1]);
    assert_eq!(expired.expired[0].value, "198.51.100.7");
    assert_eq!(files(&rules).len(), 1);
    // A complete feed that still lists it brings nothing back, and nothing is said twice.
    let same = Run {
        at: "2026-02-02",
        complete: true,
        ..old
    };
    assert_eq!(counts(&same.run(folder.path())), [0, 0, 0, 0, 0, 1]);
    let news = Run {
        last_seen: Some("2026-02-03"),
        at: "2026-02-03",
        ..same
    };
    assert_eq!(counts(&news.run(folder.path())), [1, 1, 0, 0, 0, 0]);
    assert_eq!(files(&rules).len(), 2);
}

#[test]
fn a_marked_rule_stays_as_deprecated() {
    let folder = tempfile::tempdir().unwrap();
    let first = Run {
        values: &["198.51.100.7"],
        on_expiry: OnExpiry::Mark,
        ..Run::default()
    };
    first.run(folder.path());
    let later = Run {
        at: "2026-03-01",
        values: &[],
        ..first
    };
    assert_eq!(counts(&later.run(folder.path())), [0, 0, 1, 0, 0, 0]);
    let text = files(&folder.path().join("rules"))
        .into_values()
        .next()
        .unwrap();
    assert_eq!(
        SigmaRule::from_yaml(&text).unwrap().status.as_deref(),
        Some("deprecated")
    );
    assert_eq!(counts(&later.run(folder.path())), [0, 0, 0, 0, 0, 0]);
    let news = Run {
        values: &["198.51.100.7"],
        last_seen: Some("2026-03-02"),
        at: "2026-03-02",
        ..later
    };
    assert_eq!(counts(&news.run(folder.path())), [0, 1, 0, 0, 0, 0]);
}

#[test]
fn a_file_that_somebody_edited_is_left_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("rules");
    Run {
        values: &["198.51.100.7"],
        ..Run::default()
    }
    .run(folder.path());
    let path = files(&rules).into_keys().next().unwrap();
    fs::write(&path, "mine").unwrap();
    fs::write(rules.join("other.yml"), "also mine").unwrap();
    let news = Run {
        values: &["198.51.100.7"],
        last_seen: Some("2026-01-02"),
        at: "2026-01-02",
        ..Run::default()
    };
    let changes = news.run(folder.path());
    assert_eq!(changes.conflicts, [path.display().to_string()]);
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    // Nor is it removed, and it is said again.
    let gone = Run {
        at: "2026-01-03",
        complete: true,
        ..Run::default()
    }
    .run(folder.path());
    assert_eq!(gone.conflicts, [path.display().to_string()]);
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    assert_eq!(
        fs::read_to_string(rules.join("other.yml")).unwrap(),
        "also mine"
    );
}

#[test]
fn an_unchanged_run_touches_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let run = Run {
        values: &["198.51.100.7"],
        ..Run::default()
    };
    run.run(folder.path());
    let path = files(&folder.path().join("rules"))
        .into_keys()
        .next()
        .unwrap();
    let past = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(past)
        .unwrap();
    Run {
        at: "2026-01-02",
        ..run
    }
    .run(folder.path());
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), past);
}

#[test]
fn a_second_sync_and_another_output_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let open = |output: &str| {
        Sync::open(
            &folder.path().join("state"),
            Output::at(&folder.path().join(output)).unwrap(),
        )
    };
    let first = open("rules/").unwrap();
    assert_eq!(open("rules/").unwrap_err().kind(), ErrorKind::Busy);
    drop(first);
    assert_eq!(open("other/").unwrap_err().kind(), ErrorKind::BadUsage);
    fs::create_dir_all(folder.path().join("rules")).unwrap();
    open("rules").unwrap(); // the same folder, named without its separator
    fs::write(
        folder.path().join("state/state.db"),
        "no database at all, but long enough to be read",
    )
    .unwrap();
    assert_eq!(open("rules/").unwrap_err().kind(), ErrorKind::BrokenState);
}

#[test]
fn a_dry_run_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let sync = Sync::open(
        &folder.path().join("state"),
        Output::at(&folder.path().join("rules/")).unwrap(),
    )
    .unwrap();
    let plan = Run {
        values: &["198.51.100.7"],
        ..Run::default()
    }
    .plan(&sync);
    let output = folder_output(Sync::texts(&plan));
    assert_eq!(
        counts(&sync.dry_run(plan, output).unwrap()),
        [1, 0, 0, 0, 0, 0]
    );
    assert_eq!(sync.last_run().unwrap(), None);
    assert!(!folder.path().join("rules").exists());
}

/// What the killed child does: runs one after the other, each with another set of indicators.
#[test]
fn child_of_the_kill_test() {
    let Some(folder) = std::env::var_os("SOCDEF_KILL_TEST").map(PathBuf::from) else {
        return; // not a test of its own
    };
    let bundle = folder.join("bundle.yml");
    for round in 0.. {
        let values: Vec<String> = (0..40)
            .map(|n| format!("198.51.100.{}", (n * 7 + round * 3) % 250))
            .collect();
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let run = Run {
            values: &values,
            complete: true,
            ..Run::default()
        };
        run.run(&folder);
        let mut sync =
            Sync::open(&folder.join("bundle-state"), Output::at(&bundle).unwrap()).unwrap();
        let plan = run.plan(&sync);
        let output = bundle_output(Sync::texts(&plan));
        sync.commit(plan, output, "{}", time("2026-01-01")).unwrap();
    }
}

#[test]
fn a_hundred_kills_leave_nothing_half_done() {
    let folder = tempfile::tempdir().unwrap();
    let mut hits = 0;
    for kill in 0..100u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_of_the_kill_test"])
            .env("SOCDEF_KILL_TEST", folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Spread over a few rounds, without a source of chance that a failure could not be repeated from.
        std::thread::sleep(Duration::from_millis(20 + (kill * 37) % 150));
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success());
        // Even before the next run every file is a whole rule.
        for (path, text) in files(&folder.path().join("rules")) {
            if path.extension().is_some_and(|ending| ending == "yml") {
                SigmaRule::from_yaml(&text)
                    .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            }
        }
        // Opening finishes what was begun: the folder is what the state says, no more and no less.
        let output = Output::at(&folder.path().join("rules/")).unwrap();
        let sync = Sync::open(&folder.path().join("state"), output).unwrap();
        let nothing = Run::default().plan(&sync);
        let wanted = Sync::texts(&nothing);
        hits += usize::from(!wanted.is_empty());
        let there: BTreeMap<String, String> = files(&folder.path().join("rules"))
            .into_iter()
            .filter(|(path, _)| path.extension().is_some_and(|ending| ending == "yml"))
            .map(|(path, text)| {
                (
                    path.file_name().unwrap().to_string_lossy().into_owned(),
                    text,
                )
            })
            .collect();
        assert_eq!(there, wanted, "after kill {kill}");
        drop(sync);
        let bundle = folder.path().join("bundle.yml");
        if bundle.exists() {
            let sync = Sync::open(
                &folder.path().join("bundle-state"),
                Output::at(&bundle).unwrap(),
            )
            .unwrap();
            let plan = Run::default().plan(&sync);
            let whole = bundle_output(Sync::texts(&plan));
            assert_eq!(fs::read(&bundle).unwrap(), whole[""], "after kill {kill}");
        }
    }
    assert!(hits > 50, "only {hits} kills hit a run that had begun");
}

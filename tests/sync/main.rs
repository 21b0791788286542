//! Sync: what changes, what stays, and what somebody else has changed. A test binary of its own, which starts no process: a
//! child holds every open lock for the moment between its birth and its program's start.

#![cfg(feature = "sync")]
// Helpers of tests may do what tests may.
#![allow(clippy::unwrap_used)]

mod clock_histories;
mod clocks;
mod feed;
mod places;
mod run;

use std::fs;
use std::time::{Duration, SystemTime};

use run::{Run, files, folder_output};
use socdef_sigma::ErrorKind;
use socdef_sigma::rule::SigmaRule;
use socdef_sigma::sync::{Changes, OnExpiry, Output, Sync};

/// `added updated expired removed conflicts unchanged`
pub(crate) fn counts(changes: &Changes) -> [usize; 6] {
    [
        changes.added.len(),
        changes.updated.len(),
        changes.expired.len(),
        changes.removed.len(),
        changes.conflicts.len(),
        changes.unchanged as usize,
    ]
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
fn what_a_list_holds_loses_its_rule() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list.json");
    let write = |entries: &[&str]| {
        let entries = entries.join("\",\"");
        let text = format!(r#"{{"name": "One", "type": "hostname", "list": ["{entries}"]}}"#);
        fs::write(&list, text).unwrap();
    };
    let first = Run {
        values: &["198.51.100.7", "evil.example", "bad.example"],
        ..Run::default()
    };
    assert_eq!(counts(&first.run(folder.path())), [3, 0, 0, 0, 0, 0]);

    // What is fetched again is dropped.
    write(&["evil.example"]);
    let listed = Run {
        at: "2026-01-02",
        warninglist: Some(&list),
        ..first
    };
    let changes = listed.run(folder.path());
    assert_eq!(counts(&changes), [0, 0, 0, 1, 0, 2]);
    assert_eq!(changes.removed[0].value, "evil.example");

    // The list grows, and upstream has nothing new to say.
    write(&["evil.example", "ok.bad.example"]);
    let nothing = Run {
        values: &[],
        at: "2026-01-03",
        ..listed
    };
    let changes = nothing.run(folder.path());
    assert_eq!(counts(&changes), [0, 0, 0, 1, 0, 1]);
    assert_eq!(changes.removed[0].value, "bad.example");
    assert_eq!(files(&folder.path().join("rules")).len(), 1);

    // It is as if it had never been there: without the list it is new.
    let without = Run {
        values: &["bad.example"],
        at: "2026-01-04",
        ..Run::default()
    };
    assert_eq!(counts(&without.run(folder.path())), [1, 0, 0, 0, 0, 1]);
}

#[test]
fn a_rule_expires_once_and_comes_back_when_it_is_spoken_of_again() {
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
    // It is said once.
    assert_eq!(
        counts(&nothing("2026-02-02").run(folder.path())),
        [0, 0, 0, 0, 0, 1]
    );
    // A complete feed that still lists it brings it back, and it lives as long again.
    let same = Run {
        at: "2026-02-03",
        complete: true,
        ..old
    };
    assert_eq!(counts(&same.run(folder.path())), [1, 0, 0, 0, 0, 1]);
    assert_eq!(files(&rules).len(), 2);
    assert_eq!(
        counts(&nothing("2026-03-05").run(folder.path())),
        [0, 0, 0, 0, 0, 2]
    );
    assert_eq!(
        counts(&nothing("2026-03-06").run(folder.path())),
        [0, 0, 1, 0, 0, 1]
    );
}

#[test]
fn all_rules_of_an_indicator_expire_come_back_and_go_together() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("rules");
    let run = |values, at| Run {
        values,
        at,
        logsources: &["primary", "firewall", "zeek"],
        ..Run::default()
    };
    let both: &[&str] = &["198.51.100.7", "evil.example"];
    // Three of the address, two of the domain: a firewall logs no names.
    let changes = run(both, "2026-01-01").run(folder.path());
    assert_eq!(counts(&changes), [5, 0, 0, 0, 0, 0]);
    assert_eq!(files(&rules).len(), 5);
    // Addresses live for 30 days, names for 90.
    let changes = run(&both[1..], "2026-02-15").run(folder.path());
    assert_eq!(counts(&changes), [0, 0, 3, 0, 0, 2]);
    assert_eq!(files(&rules).len(), 2);
    // When it is spoken of again, they come back in every log source.
    let seen = Run {
        last_seen: Some("2026-02-17"),
        ..run(&both[..1], "2026-02-18")
    };
    assert_eq!(counts(&seen.run(folder.path())), [3, 0, 0, 0, 0, 2]);
    // A log source that is asked for no more goes, and the other rules stay as they are.
    let before = files(&rules);
    let fewer = Run {
        logsources: &["primary", "zeek"],
        complete: true,
        last_seen: Some("2026-02-17"),
        ..run(&both[..1], "2026-02-19")
    };
    assert_eq!(counts(&fewer.run(folder.path())), [0, 0, 0, 3, 0, 2]);
    let after = files(&rules);
    assert!(after.iter().all(|(path, text)| before[path] == *text));
    // What the guard drops loses all of its rules.
    let revoked = Run {
        revoked: true,
        logsources: &["primary", "zeek"],
        ..run(&both[..1], "2026-02-20")
    };
    assert_eq!(counts(&revoked.run(folder.path())), [0, 0, 0, 2, 0, 0]);
    assert!(files(&rules).is_empty());
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

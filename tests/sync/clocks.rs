//! Clocks that are wrong: nothing is lost by them.

use std::fs;
use std::path::Path;

use chrono::TimeDelta;
use rusqlite::Connection;
use socdef_sigma::sync::{Clocks, Output, Sync};

use super::counts;
use super::run::{Run, files, time};

const VALUES: [&str; 3] = ["192.0.2.1", "192.0.2.2", "192.0.2.3"];

fn since(folder: &Path, now: &str) -> Option<String> {
    let sync = Sync::open(
        &folder.join("state"),
        Output::at(&folder.join("rules/")).unwrap(),
    )
    .unwrap();
    let since = sync.since("{}", false, TimeDelta::hours(1), time(now));
    since.unwrap().map(|since| since.to_rfc3339())
}

#[test]
fn a_servers_wrong_clock_expires_nothing() {
    for wrong in [
        "2026-02-02",
        "2099-01-01",
        "1970-01-01",
        "2025-12-31T23:00:00Z",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let rules = folder.path().join("rules");
        let first = Run {
            values: &VALUES,
            ..Run::default()
        };
        first.run(folder.path());
        let before = files(&rules);
        // What is new comes; what is there stays, whatever it lists.
        let odd = Run {
            values: &["198.51.100.7"],
            at: "2026-01-02",
            server: Some(wrong),
            complete: true,
            ..Run::default()
        };
        assert_eq!(
            counts(&odd.run(folder.path())),
            [1, 0, 0, 0, 0, 3],
            "{wrong}"
        );
        assert!(
            before
                .iter()
                .all(|(path, text)| files(&rules)[path] == *text)
        );
        // The next run fetches everything, and what it does not list is taken back.
        assert_eq!(since(folder.path(), "2026-01-03"), None);
        let right = Run {
            at: "2026-01-03",
            complete: true,
            ..first
        };
        assert_eq!(counts(&right.run(folder.path())), [0, 0, 0, 1, 0, 3]);
        assert_eq!(files(&rules), before);
        // From there on it is as if nothing had been.
        assert_eq!(
            since(folder.path(), "2026-01-04").as_deref(),
            Some("2026-01-02T23:00:00+00:00")
        );
        let later = Run {
            at: "2026-02-03",
            ..Run::default()
        };
        assert_eq!(counts(&later.run(folder.path())), [0, 0, 3, 0, 0, 0]);
    }
}

#[test]
fn a_machine_whose_clock_was_wrong_gets_everything_back() {
    let folder = tempfile::tempdir().unwrap();
    let first = Run {
        values: &VALUES,
        ..Run::default()
    };
    first.run(folder.path());
    let before = files(&folder.path().join("rules"));
    // Server and client on one machine, whose clock is ahead: there is no way to tell.
    let ahead = Run {
        at: "2099-01-01",
        ..Run::default()
    };
    assert_eq!(counts(&ahead.run(folder.path())), [0, 0, 3, 0, 0, 0]);
    // It goes back: the last run cannot lie in the future.
    assert_eq!(since(folder.path(), "2026-01-02"), None);
    let right = Run {
        at: "2026-01-02",
        complete: true,
        ..first
    };
    assert_eq!(counts(&right.run(folder.path())), [3, 0, 0, 0, 0, 0]);
    assert_eq!(files(&folder.path().join("rules")), before);
    let again = Run {
        at: "2026-01-03",
        ..right
    };
    assert_eq!(counts(&again.run(folder.path())), [0, 0, 0, 0, 0, 3]);
    let later = Run {
        at: "2026-01-29",
        ..Run::default()
    };
    assert_eq!(counts(&later.run(folder.path())), [0, 0, 0, 0, 0, 3]);
}

#[test]
fn a_run_with_a_wrong_clock_is_known_although_it_was_not_whole() {
    let folder = tempfile::tempdir().unwrap();
    let first = Run {
        values: &VALUES,
        ..Run::default()
    };
    first.run(folder.path());
    let short = Run {
        at: "2099-01-01",
        is_whole: false,
        ..Run::default()
    };
    assert_eq!(counts(&short.run(folder.path())), [0, 0, 0, 0, 0, 3]);
    // It went on from the first run, which is not in the future. It was.
    assert_eq!(since(folder.path(), "2026-01-02"), None);
    let right = Run {
        at: "2026-01-02",
        complete: true,
        ..first
    };
    assert_eq!(counts(&right.run(folder.path())), [0, 0, 0, 0, 0, 3]);
}

#[test]
fn nothing_expires_where_a_part_of_the_answer_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let run = |at: &'static str, values: &'static [&'static str], is_whole: bool| Run {
        at,
        values,
        is_whole,
        complete: false,
        ..Run::default()
    };
    run("2026-01-01", &["198.51.100.7"], true).run(folder.path());
    // By the clock of both, more than the life of an address has passed. The server speaks of it, but the answer is cut.
    let cut = run("2026-03-01", &[], false).run(folder.path());
    assert!(cut.expired.is_empty() && cut.removed.is_empty());
    let whole = run("2026-03-01", &[], true).run(folder.path());
    assert_eq!(whole.expired.len(), 1);
}

#[test]
fn a_warning_names_both_clocks() {
    let right = Clocks::agreed(time("2026-01-02T12:00:00Z"));
    let clocks = |server: &str| Clocks {
        server: time(server),
        ended: time("2026-01-02T12:30:00Z"),
        ..right
    };
    // The server answered at some time between our two looks at the clock.
    for (server, is_right) in [
        ("2026-01-02T12:15:00Z", true),
        ("2026-01-02T11:50:00Z", true),
        ("2026-01-02T11:49:59Z", false),
        ("2026-01-02T12:40:00Z", true),
        ("2026-01-02T12:40:01Z", false),
    ] {
        assert_eq!(clocks(server).doubt(None).is_none(), is_right, "{server}");
    }
    let doubt = clocks("2026-02-02")
        .doubt(Some(time("2099-01-01")))
        .unwrap();
    assert_eq!(
        doubt.to_string(),
        "the server's clock says 2026-02-02T00:00:00Z, and ours 2026-01-02T12:00:00Z, but the last run was at \
         2099-01-01T00:00:00Z; nothing expires or is taken back in this run, and the next one fetches everything"
    );
}

#[test]
fn a_rule_that_was_first_fetched_by_a_wrong_clock_gets_the_right_date() {
    let folder = tempfile::tempdir().unwrap();
    let dates = || -> Vec<String> {
        let all = files(&folder.path().join("rules")).into_values();
        all.map(|text| {
            let line = text.lines().find(|line| line.starts_with("date: "));
            line.unwrap().to_owned()
        })
        .collect()
    };
    let run = |at, server| {
        Run {
            values: &VALUES[..1],
            at,
            server,
            complete: true,
            ..Run::default()
        }
        .run(folder.path())
    };
    run("1970-01-02", Some("2026-01-01"));
    assert_eq!(dates(), ["date: 1970-01-02"]);
    run("1970-01-03", Some("2026-01-02"));
    assert_eq!(dates(), ["date: 1970-01-02"]);
    run("2026-01-03", None);
    assert_eq!(dates(), ["date: 2026-01-03"]);
    run("2026-01-04", None);
    assert_eq!(dates(), ["date: 2026-01-03"]);
}

/// The tables of version 1, with a state in them as one wrong clock left it.
fn poisoned(folder: &Path) {
    let state = Connection::open(folder.join("state/state.db")).unwrap();
    state
        .execute_batch(
            "ALTER TABLE rules RENAME TO now;
            CREATE TABLE rules (id TEXT PRIMARY KEY, type TEXT NOT NULL, value TEXT NOT NULL, log_source TEXT NOT NULL,
                title TEXT NOT NULL, file TEXT NOT NULL, text TEXT NOT NULL, content TEXT NOT NULL, date TEXT, first_seen TEXT,
                last_seen TEXT, first_fetched TEXT NOT NULL, changed_at TEXT NOT NULL, standing TEXT NOT NULL) STRICT;
            INSERT INTO rules SELECT id, type, value, log_source, title, file, text, '00', date, first_seen, last_seen,
                first_fetched, first_fetched, 'expired' FROM now;
            DROP TABLE now;
            DELETE FROM files;
            DELETE FROM meta WHERE name IN ('id', 'began');
            UPDATE meta SET value = '2099-01-01T00:00:00.000000Z' WHERE name = 'server_time';
            UPDATE rules SET first_fetched = '2099-01-01T00:00:00.000000Z', changed_at = '2099-01-01T00:00:00.000000Z',
                date = '2099-01-01' WHERE value = '192.0.2.3';
            PRAGMA user_version = 1;",
        )
        .unwrap();
    for path in files(&folder.join("rules")).into_keys() {
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_state_that_an_earlier_version_poisoned_heals() {
    let folder = tempfile::tempdir().unwrap();
    let first = Run {
        values: &VALUES,
        ..Run::default()
    };
    first.run(folder.path());
    let before = files(&folder.path().join("rules"));
    poisoned(folder.path());
    assert_eq!(since(folder.path(), "2026-01-02"), None);
    let full = Run {
        at: "2026-01-02",
        complete: true,
        ..first
    };
    assert_eq!(counts(&full.run(folder.path())), [3, 0, 0, 0, 0, 0]);
    let again = Run {
        at: "2026-01-02T12:00:00Z",
        ..full
    };
    assert_eq!(counts(&again.run(folder.path())), [0, 1, 0, 0, 0, 2]);
    let healed = files(&folder.path().join("rules"));
    assert!(healed.keys().eq(before.keys()));
    let changed = before.iter().filter(|(path, text)| healed[*path] != **text);
    let dates: Vec<_> = changed
        .map(|(path, text)| text.replace("2026-01-01", "2026-01-02") == healed[path])
        .collect();
    assert_eq!(dates, [true]);
    // What was stored in the future is so no longer.
    let later = Run {
        at: "2026-02-02",
        ..Run::default()
    };
    assert_eq!(counts(&later.run(folder.path())), [0, 0, 3, 0, 0, 0]);
}

#[test]
fn a_state_of_a_later_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    Run::default().run(folder.path());
    let state = Connection::open(folder.path().join("state/state.db")).unwrap();
    state.pragma_update(None, "user_version", 3).unwrap();
    drop(state);
    let output = Output::at(&folder.path().join("rules/")).unwrap();
    let error = Sync::open(&folder.path().join("state"), output).unwrap_err();
    assert_eq!(error.kind(), socdef_sigma::ErrorKind::BrokenState);
}

//! Clocks that are wrong: nothing is lost by them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use proptest::prelude::*;
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use socdef_sigma::compile::{Intake, Settings};
use socdef_sigma::indicator::{Indicator, parse};
use socdef_sigma::sync::{Clocks, OnExpiry, Output, PlanSettings, Sync, Ttl};

use super::counts;
use super::run::{Run, files, folder_output, time};

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
    assert_eq!(counts(&short.run(folder.path())), [0, 0, 3, 0, 0, 0]);
    // It went on from the first run, which is not in the future. It was.
    assert_eq!(since(folder.path(), "2026-01-02"), None);
    let right = Run {
        at: "2026-01-02",
        complete: true,
        ..first
    };
    assert_eq!(counts(&right.run(folder.path())), [3, 0, 0, 0, 0, 0]);
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

/// What happens in a history.
#[derive(Debug, Clone)]
enum Step {
    /// Time goes on, by hours.
    Wait(i64),
    /// The server lists a value, or lists it anew.
    State(usize),
    /// A run; our clock and the server's are wrong by this many minutes.
    Run { ours: i64, server: i64, end: End },
}

/// How a run ends.
#[derive(Debug, Clone, Copy)]
enum End {
    Well,
    /// Not all came.
    Short,
    /// Killed before it wrote anything.
    KilledBefore,
    /// Killed when the state was written, and no file.
    KilledBetween,
}

const DAY: i64 = 24 * 60;

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let wrong = prop_oneof![
        4 => Just(0),
        2 => -9i64..=9,
        1 => Just(31 * DAY),
        1 => Just(95 * DAY),
        1 => Just(-40 * DAY),
        1 => Just(70 * 365 * DAY),
        1 => Just(-50 * 365 * DAY),
        1 => 20 * DAY..400 * DAY,
        1 => -400 * DAY..-11,
    ];
    let clocks = prop_oneof![
        4 => Just((0, 0)),
        3 => wrong.clone().prop_map(|server| (0, server)),
        2 => wrong.clone().prop_map(|ours| (ours, 0)),
        2 => wrong.clone().prop_map(|both| (both, both)),
        1 => (wrong.clone(), wrong),
    ];
    let end = prop_oneof![
        5 => Just(End::Well),
        1 => Just(End::Short),
        1 => Just(End::KilledBefore),
        1 => Just(End::KilledBetween),
    ];
    let step = prop_oneof![
        2 => (1i64..72).prop_map(Step::Wait),
        1 => (1i64..9).prop_map(|days| Step::Wait(days * 24)),
        3 => (0usize..5).prop_map(Step::State),
        4 => (clocks, end).prop_map(|((ours, server), end)| Step::Run { ours, server, end }),
    ];
    prop::collection::vec(step, 1..24)
}

/// A server and a state, and how the world goes on.
struct World {
    folder: tempfile::TempDir,
    /// The right time, in minutes.
    now: i64,
    /// When each value was last stated.
    stated: [Option<i64>; 5],
    /// When each value was last received, by the right time.
    received: [Option<i64>; 5],
}

fn value(at: usize) -> String {
    format!("192.0.2.{}", at + 1)
}

/// The files as they were before a run, and in the state what was still to be done: as if it had been killed in between. The first
/// file is done already.
fn undo(state: &Path, rules: &Path, before: BTreeMap<PathBuf, String>) {
    let after = files(rules);
    let state = Connection::open(state).unwrap();
    let paths: BTreeSet<_> = before.keys().chain(after.keys()).cloned().collect();
    let changed = paths
        .into_iter()
        .filter(|path| before.get(path) != after.get(path));
    for path in changed.skip(1) {
        let (old, new) = (before.get(&path), after.get(&path));
        let expected = old.map(|old| -> String {
            let sum = Sha256::digest(old.as_bytes());
            sum.iter().map(|byte| format!("{byte:02x}")).collect()
        });
        let bytes = new.map(|new| new.clone().into_bytes());
        state
            .execute(
                "INSERT INTO pending VALUES (?1, ?2, ?3)",
                rusqlite::params![path.to_str().unwrap(), bytes, expected],
            )
            .unwrap();
        match old {
            Some(old) => fs::write(path, old).unwrap(),
            None => fs::remove_file(path).unwrap(),
        }
    }
}

impl World {
    fn clock(&self, wrong: i64) -> chrono::DateTime<chrono::Utc> {
        time("2026-01-01") + TimeDelta::minutes(self.now + wrong)
    }

    /// One run; whether it fetched everything. The server stamps what it states by a clock that is right.
    fn run(&mut self, ours: i64, server: i64, end: End, full: bool) -> bool {
        let state = self.folder.path().join("state");
        let rules = self.folder.path().join("rules");
        fs::create_dir_all(&rules).unwrap();
        let mut sync = Sync::open(&state, Output::at(&rules).unwrap()).unwrap();
        let clock = self.clock(ours);
        let since = sync.since("{}", full, TimeDelta::hours(1), clock).unwrap();
        assert!(
            since.is_none_or(|since| since <= clock),
            "asked in the future"
        );
        let mut intake = Intake::new(usize::MAX);
        let mut came = Vec::new();
        for (at, stated) in self.stated.iter().enumerate() {
            let is_short = matches!(end, End::Short) && at % 2 == 1;
            let is_new = |stated: i64| {
                since.is_none_or(|since| time("2026-01-01") + TimeDelta::minutes(stated) > since)
            };
            if stated.is_some_and(is_new) && !is_short {
                intake.add(Indicator::new(parse(&value(at)).unwrap()));
                came.push(at);
            }
        }
        let how = PlanSettings {
            ttl: Ttl::default(),
            on_expiry: OnExpiry::Remove,
            complete: since.is_none(),
            whole: !matches!(end, End::Short),
            clocks: Clocks {
                server: self.clock(server),
                ..Clocks::agreed(clock)
            },
            feed: None,
        };
        let plan = sync.plan(&intake, &Settings::new(clock), &how).unwrap();
        let output = folder_output(Sync::texts(&plan));
        if matches!(end, End::KilledBefore) {
            return false;
        }
        let before = files(&rules);
        sync.commit(plan, output, "{}").unwrap();
        let last = sync.last_run().unwrap().unwrap();
        assert!(last.server_time <= clock, "stored in the future");
        drop(sync);
        if matches!(end, End::KilledBetween) {
            undo(&state.join("state.db"), &rules, before);
        }
        for at in came {
            self.received[at] = Some(self.now);
        }
        since.is_none()
    }

    fn is_there(&self, at: usize) -> bool {
        let wanted = format!("value: '{}'\n", value(at));
        let all = files(&self.folder.path().join("rules"));
        all.values().any(|text| text.contains(&wanted))
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").map_or(40, |cases| cases.parse().unwrap()),
        ..ProptestConfig::default()
    })]

    /// No run with clocks that differ takes a rule away, and no run with right ones that of an indicator that came lately.
    /// A rule that the server states and that has not outlived its time by a right clock is there after the next run with right
    /// clocks; and a complete run with right clocks gives exactly what the server states.
    #[test]
    fn no_history_of_clocks_loses_a_rule(steps in steps()) {
        let mut world = World {
            folder: tempfile::tempdir().unwrap(),
            now: 0,
            stated: [None; 5],
            received: [None; 5],
        };
        // A clock of both that was ahead, unseen, hides what is stated until time has caught up with it: only a complete run finds it.
        let mut hidden_until = 0;
        for step in steps {
            match step {
                Step::Wait(hours) => world.now += hours * 60,
                Step::State(at) => world.stated[at] = Some(world.now),
                Step::Run { ours, server, end } => {
                    let before: Vec<_> = (0..5).filter(|at| world.is_there(*at)).collect();
                    let is_complete = world.run(ours, server, end, false);
                    // Whatever else happens: clocks that differ take nothing away, and right ones nothing that is young.
                    for at in before {
                        let is_young = world.received[at].is_some_and(|at| world.now - at <= 30 * DAY);
                        if (ours - server).abs() > 10 || (is_young && (ours, server) == (0, 0)) {
                            prop_assert!(world.is_there(at), "{} was taken away", value(at));
                        }
                    }
                    if ours > 0 && server > 0 {
                        hidden_until = hidden_until.max(world.now + ours.min(server));
                    }
                    if (ours, server) != (0, 0) || !matches!(end, End::Well) {
                        continue;
                    }
                    if is_complete {
                        hidden_until = 0;
                    }
                    if hidden_until > 60 && world.now + 10 >= hidden_until {
                        continue;
                    }
                    for at in 0..5 {
                        let Some(stated) = world.stated[at] else { continue };
                        let heard = world.received[at].unwrap_or(stated).max(stated);
                        if world.now - heard <= 30 * DAY {
                            prop_assert!(world.is_there(at), "{} is not there", value(at));
                        }
                    }
                }
            }
        }
        world.run(0, 0, End::Well, true);
        world.run(0, 0, End::Well, true);
        for at in 0..5 {
            prop_assert_eq!(world.is_there(at), world.stated[at].is_some(), "{}", value(at));
        }
        // And it lives as long as any other.
        world.now += 31 * DAY;
        world.stated = [None; 5];
        world.run(0, 0, End::Well, false);
        world.run(0, 0, End::Well, false);
        for at in 0..5 {
            prop_assert!(!world.is_there(at), "{} is still there", value(at));
        }
    }
}

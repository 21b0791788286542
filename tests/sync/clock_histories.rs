//! Histories of clocks that are wrong: whatever happens, no rule is lost.

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

use super::run::{files, folder_output, time};

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

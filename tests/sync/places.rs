//! What is in the place of a file: of another rule, of somebody else, and not a file at all.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use socdef_sigma::ErrorKind;
use socdef_sigma::sync::{Output, Sync};

use super::counts;
use super::run::{Run, files};

/// Two URLs whose rules' ids share their first 48 bits: their short names are the same.
const PAIR: [&str; 2] = [
    "http://e.example/aaaaaaaaaaaaaaaaaaaaaaaaaaaaa/00810428",
    "http://e.example/aaaaaaaaaaaaaaaaaaaaaaaaaaaaa/0174dba7",
];

/// The name of the file of each rule.
fn names(folder: &Path) -> Vec<(String, PathBuf)> {
    let mut names: Vec<_> = files(&folder.join("rules"))
        .into_iter()
        .map(|(path, text)| {
            let value = text.lines().find_map(|line| line.strip_prefix("  value: "));
            (value.unwrap().trim_matches('\'').to_owned(), path)
        })
        .collect();
    names.sort();
    names
}

#[test]
fn two_rules_never_share_a_file_and_keep_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let run = |values, at| Run {
        values,
        at,
        ..Run::default()
    };
    let both = run(&PAIR, "2026-01-01");
    assert_eq!(counts(&both.run(folder.path())), [2, 0, 0, 0, 0, 0]);
    let first = names(folder.path());
    assert_eq!(first.len(), 2);
    // In whatever order and company they come.
    for (at, values) in [
        ("2026-01-02", &[PAIR[1], PAIR[0]][..]),
        ("2026-01-03", &PAIR[1..]),
        ("2026-01-04", &PAIR[..1]),
    ] {
        assert_eq!(
            counts(&run(values, at).run(folder.path())),
            [0, 0, 0, 0, 0, 2]
        );
        assert_eq!(names(folder.path()), first);
    }
    // The short name is free again, and the other keeps its own.
    let one = Run {
        complete: true,
        ..run(&PAIR[1..], "2026-01-05")
    };
    assert_eq!(counts(&one.run(folder.path())), [0, 0, 0, 1, 0, 1]);
    assert_eq!(names(folder.path()), first[1..]);
    // The second alone has the short name, and what comes later has not.
    let folder = tempfile::tempdir().unwrap();
    run(&PAIR[1..], "2026-01-01").run(folder.path());
    let alone = names(folder.path());
    assert_eq!(alone[0].1.file_name(), first[0].1.file_name());
    run(&PAIR[..1], "2026-01-02").run(folder.path());
    assert_eq!(names(folder.path())[1..], alone);
    // A rule that is over keeps its name, too.
    run(&[], "2026-06-01").run(folder.path());
    assert!(names(folder.path()).is_empty());
    run(&PAIR[..1], "2026-06-02").run(folder.path());
    run(&PAIR[1..], "2026-06-03").run(folder.path());
    assert_eq!(names(folder.path())[1..], alone);
}

#[test]
fn two_rules_that_share_a_file_since_an_earlier_version_are_parted() {
    let folder = tempfile::tempdir().unwrap();
    let both = Run {
        values: &PAIR,
        ..Run::default()
    };
    both.run(folder.path());
    let first = names(folder.path());
    let short = first[0].1.file_name().unwrap().to_str().unwrap();
    let state = Connection::open(folder.path().join("state/state.db")).unwrap();
    state
        .execute("UPDATE rules SET file = ?1", [short])
        .unwrap();
    state
        .execute("DELETE FROM files WHERE path NOT LIKE '%' || ?1", [short])
        .unwrap();
    drop(state);
    fs::remove_file(&first[1].1).unwrap();
    let changes = Run {
        at: "2026-01-02",
        ..both
    }
    .run(folder.path());
    assert_eq!(counts(&changes), [0, 1, 0, 0, 0, 1]);
    assert_eq!(names(folder.path()).len(), 2);
}

#[test]
fn other_temporary_files_are_left() {
    let folder = tempfile::tempdir().unwrap();
    let run = |values, at| {
        Run {
            values,
            at,
            ..Run::default()
        }
        .run(folder.path())
    };
    run(&PAIR[..1], "2026-01-01");
    let state = Connection::open(folder.path().join("state/state.db")).unwrap();
    let id: String = state
        .query_row("SELECT value FROM meta WHERE name = 'id'", [], |row| {
            row.get(0)
        })
        .unwrap();
    drop(state);
    let rules = folder.path().join("rules");
    let ours = rules.join(format!(".socdef-{id}-abcdef.tmp"));
    let others = [".socdef-abcdef.tmp", ".socdef-0123456789abcdef-abcdef.tmp"];
    fs::write(&ours, "half").unwrap();
    for other in others {
        fs::write(rules.join(other), "half").unwrap();
    }
    run(&PAIR[1..], "2026-01-02");
    assert!(!ours.exists());
    assert!(others.iter().all(|other| rules.join(other).exists()));
}

#[cfg(target_os = "linux")]
mod linux {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;

    use super::*;

    const VALUES: [&str; 6] = [
        "192.0.2.1",
        "192.0.2.2",
        "192.0.2.3",
        "192.0.2.4",
        "192.0.2.5",
        "192.0.2.6",
    ];

    fn fifo(path: &Path) {
        use rustix::fs::{CWD, Mode, mkfifoat};
        mkfifoat(CWD, path, Mode::RUSR | Mode::WUSR).unwrap();
    }

    #[test]
    fn what_is_not_a_file_is_named_and_all_else_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let run = |at, last_seen| Run {
            values: &VALUES,
            at,
            last_seen: Some(last_seen),
            ..Run::default()
        };
        run("2026-01-01", "2026-01-01").run(folder.path());
        let paths: Vec<_> = names(folder.path()).into_iter().map(|it| it.1).collect();
        for path in &paths[..5] {
            fs::remove_file(path).unwrap();
        }
        let outside = folder.path().join("outside");
        fs::write(&outside, "mine").unwrap();
        fifo(&paths[0]);
        fs::create_dir(&paths[1]).unwrap();
        let _socket = UnixListener::bind(&paths[2]).unwrap();
        symlink(folder.path().join("nowhere"), &paths[3]).unwrap();
        symlink(&outside, &paths[4]).unwrap();
        for (at, seen) in [("2026-01-03", "2026-01-02"), ("2026-01-05", "2026-01-04")] {
            let changes = run(at, seen).run(folder.path());
            assert_eq!(counts(&changes), [0, 6, 0, 0, 5, 0]);
            let what: Vec<_> = changes.obstacles.into_values().collect();
            assert_eq!(what, ["a FIFO", "a folder", "a socket", "a link", "a link"]);
            let text = fs::read_to_string(&paths[5]).unwrap();
            assert!(text.contains(&format!("modified: {seen}")), "{text}");
        }
        assert_eq!(fs::read_to_string(&outside).unwrap(), "mine");
        assert!(!folder.path().join("nowhere").exists());
        // Nothing of it is removed, and when it is gone the rules are there again.
        let none = Run {
            at: "2026-01-06",
            complete: true,
            ..Run::default()
        };
        assert_eq!(counts(&none.run(folder.path())), [0, 0, 0, 6, 5, 0]);
        assert!(
            paths[..5]
                .iter()
                .all(|path| fs::symlink_metadata(path).is_ok())
        );
        run("2026-01-07", "2026-01-07").run(folder.path());
        for path in &paths[..5] {
            match path.is_dir() {
                true => fs::remove_dir(path).unwrap(),
                false => fs::remove_file(path).unwrap(),
            }
        }
        let after = run("2026-01-08", "2026-01-07").run(folder.path());
        assert_eq!(counts(&after), [0, 0, 0, 0, 0, 6]);
        assert_eq!(names(folder.path()).len(), 6);
    }

    #[test]
    fn a_fifo_that_comes_while_a_run_is_killed_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let first = Run {
            values: &VALUES,
            ..Run::default()
        };
        first.run(folder.path());
        let paths: Vec<_> = names(folder.path()).into_iter().map(|it| it.1).collect();
        let state = Connection::open(folder.path().join("state/state.db")).unwrap();
        for path in &paths[..2] {
            state
                .execute(
                    "INSERT INTO pending VALUES (?1, x'00', NULL)",
                    [path.to_str().unwrap()],
                )
                .unwrap();
            fs::remove_file(path).unwrap();
        }
        drop(state);
        fifo(&paths[0]);
        let changes = Run {
            at: "2026-01-02",
            ..first
        }
        .run(folder.path());
        assert!(changes.conflicts.contains(&paths[0].display().to_string()));
    }

    #[test]
    fn one_file_is_followed_where_a_link_points() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (
            folder.path().join("all.yml"),
            folder.path().join("link.yml"),
        );
        symlink(&file, &link).unwrap();
        for (at, seen) in [("2026-01-03", "2026-01-02"), ("2026-01-05", "2026-01-04")] {
            let mut sync =
                Sync::open(&folder.path().join("state"), Output::at(&link).unwrap()).unwrap();
            let plan = Run {
                values: &VALUES,
                at,
                last_seen: Some(seen),
                ..Run::default()
            }
            .plan(&sync);
            let texts: Vec<_> = Sync::texts(&plan).into_values().collect();
            let output = [(String::new(), texts.join("---\n").into_bytes())].into();
            assert!(
                sync.commit(plan, output, "{}")
                    .unwrap()
                    .conflicts
                    .is_empty()
            );
            assert_eq!(fs::read_to_string(&file).unwrap(), texts.join("---\n"));
        }
    }

    #[test]
    fn a_state_is_private_and_a_fifo_in_it_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let run = || {
            Run {
                values: &VALUES,
                ..Run::default()
            }
            .run(folder.path())
        };
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        run();
        let state = folder.path().join("state");
        // As an earlier version made it.
        for path in files_of(&state) {
            fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
        }
        run();
        let output = Output::at(&folder.path().join("rules/")).unwrap();
        let open = Sync::open(&state, output.clone()).unwrap();
        assert!(files_of(&state).len() >= 2);
        for path in files_of(&state) {
            assert_eq!(mode(&path), 0o600, "{}", path.display());
        }
        drop(open);
        // Rules are for others.
        let (_, rule) = names(folder.path()).remove(0);
        let usual = folder.path().join("usual");
        fs::write(&usual, "").unwrap();
        assert_eq!(mode(&rule), mode(&usual));
        for name in ["lock", "state.db"] {
            let aside = folder.path().join("aside");
            fs::rename(state.join(name), &aside).unwrap();
            fifo(&state.join(name));
            let error = Sync::open(&state, output.clone()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BrokenState);
            fs::rename(&aside, state.join(name)).unwrap();
        }
        Sync::open(&state, output).unwrap();
    }

    fn files_of(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

//! What is left when a sync dies.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::sync_run::{Run, files};
use super::{kills, one_at_a_time};
use socdef_sigma::rule::SigmaRule;
use socdef_sigma::sync::{FeedCaution, Output, Sync};

fn bundle_output(texts: BTreeMap<String, String>) -> BTreeMap<String, Vec<u8>> {
    let all: Vec<String> = texts.into_values().collect();
    BTreeMap::from([(String::new(), all.join("---\n").into_bytes())])
}

/// What the killed child does: runs one after the other, each with another set of indicators.
#[test]
#[ignore = "a process for the kill test"]
fn child_of_the_kill_test() {
    let Some(folder) = std::env::var_os("SOCDEF_KILL_TEST").map(PathBuf::from) else {
        return;
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
            // From a feed on disk and from a server by turns.
            feed: (round % 2 == 1).then_some(FeedCaution {
                allow_shrink: true,
                ..FeedCaution::default()
            }),
            ..Run::default()
        };
        run.run(&folder);
        let mut sync =
            Sync::open(&folder.join("bundle-state"), Output::at(&bundle).unwrap()).unwrap();
        let plan = run.plan(&sync);
        let output = bundle_output(Sync::texts(&plan));
        sync.commit(plan, output, "{}").unwrap();
    }
}

#[test]
fn a_kill_at_any_moment_leaves_nothing_half_done() {
    let _alone = one_at_a_time();
    let folder = tempfile::tempdir().unwrap();
    let mut hits = 0;
    let kills = kills(40) as u64;
    for kill in 0..kills {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "sync::child_of_the_kill_test", "--ignored"])
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
    assert!(
        hits * 2 > kills as usize,
        "only {hits} kills hit a run that had begun"
    );
}

//! A feed on disk: it lists everything, so what it does not list is removed, unless the feed is not all there.

use std::fs;
use std::path::Path;

use chrono::Utc;
use socdef_sigma::ErrorKind;
use socdef_sigma::compile::Settings;
use socdef_sigma::source::{Input, ReadOptions};
use socdef_sigma::sync::{
    Changes, Clocks, Feed, FeedCaution, Hold, OnExpiry, Output, PlanSettings, Source, Sync,
    SyncPlan, Ttl,
};

use super::counts;
use super::run::{Run, files, folder_output, time};

/// One run from these paths.
struct FeedRun<'a> {
    paths: &'a [&'a Path],
    at: &'a str,
    caution: FeedCaution,
    full: bool,
}

impl FeedRun<'_> {
    fn plan(&self, sync: &Sync) -> SyncPlan {
        let mut inputs = Vec::new();
        let mut is_unread = false;
        for path in self.paths {
            match Input::from_path(path) {
                Ok(more) => inputs.extend(more),
                Err(_) => is_unread = true,
            }
        }
        let feed = Feed::read(&inputs, &ReadOptions::default(), 8, &mut |_| Ok(())).unwrap();
        let how = PlanSettings {
            ttl: Ttl::default(),
            on_expiry: OnExpiry::Remove,
            complete: true,
            whole: true,
            clocks: Clocks::agreed(time(self.at)),
            feed: Some(FeedCaution {
                is_unread: is_unread || !feed.failures.is_empty(),
                ..self.caution
            }),
        };
        sync.plan(&feed.intake, &Settings::new(time(self.at)), &how)
            .unwrap()
    }

    fn run(&self, folder: &Path) -> (Changes, Option<Hold>) {
        let output = Output::at(&folder.join("rules/")).unwrap();
        let mut sync = Sync::open(&folder.join("state"), output).unwrap();
        sync.follow(Source::feed(self.paths).unwrap(), self.full)
            .unwrap();
        let plan = self.plan(&sync);
        let hold = plan.hold;
        let output = folder_output(Sync::texts(&plan));
        (sync.commit(plan, output, "{}").unwrap(), hold)
    }
}

fn run<'a>(paths: &'a [&'a Path], at: &'a str) -> FeedRun<'a> {
    FeedRun {
        paths,
        at,
        caution: FeedCaution::default(),
        full: false,
    }
}

/// So many addresses, one a line.
fn list(numbers: impl IntoIterator<Item = u8>) -> String {
    numbers
        .into_iter()
        .map(|number| format!("198.51.100.{number}\n"))
        .collect()
}

#[test]
fn what_the_feed_lists_is_there_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (feed, rules) = (folder.path().join("today.txt"), folder.path().join("rules"));
    let paths = [feed.as_path()];
    fs::write(&feed, list(1..=10)).unwrap();
    let (changes, hold) = run(&paths, "2026-01-01").run(folder.path());
    assert_eq!((counts(&changes), hold), ([10, 0, 0, 0, 0, 0], None));
    let before = files(&rules);

    // The next day, the same: not a byte is other, and a listed rule never expires.
    for at in ["2026-01-02", "2026-03-01"] {
        let (changes, _) = run(&paths, at).run(folder.path());
        assert_eq!(counts(&changes), [0, 0, 0, 0, 0, 10]);
    }
    assert_eq!(files(&rules), before);

    // Three of ten go: as many as may.
    fs::write(&feed, list(4..=11)).unwrap();
    let (changes, hold) = run(&paths, "2026-03-02").run(folder.path());
    assert_eq!((counts(&changes), hold), ([1, 0, 0, 3, 0, 7], None));
    let mut removed: Vec<&str> = changes.removed.iter().map(|one| &*one.value).collect();
    removed.sort_unstable();
    assert_eq!(removed, ["198.51.100.1", "198.51.100.2", "198.51.100.3"]);
    assert_eq!(files(&rules).len(), 8);
}

#[test]
fn a_feed_that_shrinks_too_much_removes_nothing_and_adds_what_is_new() {
    let folder = tempfile::tempdir().unwrap();
    let (feed, rules) = (folder.path().join("today.txt"), folder.path().join("rules"));
    let paths = [feed.as_path()];
    fs::write(&feed, list(1..=10)).unwrap();
    run(&paths, "2026-01-01").run(folder.path());
    let before = files(&rules);
    fs::write(&feed, list(5..=11)).unwrap();
    // Nor does it expire while it is held back.
    for (at, added) in [("2026-01-02", 1), ("2026-06-01", 0)] {
        let (changes, hold) = run(&paths, at).run(folder.path());
        assert_eq!(hold, Some(Hold::Shrunk));
        assert_eq!(counts(&changes), [added, 0, 0, 0, 0, 11 - added]);
        assert_eq!(changes.held.len(), 4);
        assert_eq!(files(&rules).len(), 11);
    }
    let after = files(&rules);
    assert!(before.iter().all(|(path, text)| after[path] == *text));
    let allowed = FeedRun {
        caution: FeedCaution {
            allow_shrink: true,
            ..FeedCaution::default()
        },
        ..run(&paths, "2026-06-02")
    };
    let (changes, hold) = allowed.run(folder.path());
    assert_eq!((counts(&changes), hold), ([0, 0, 0, 4, 0, 7], None));
}

#[test]
fn a_feed_that_is_not_all_there_removes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("rules");
    let (a, b) = (folder.path().join("a.txt"), folder.path().join("b.feed"));
    let paths = [a.as_path(), b.as_path()];
    fs::write(&a, list(1..=20)).unwrap();
    fs::write(&b, list(21..=22)).unwrap();
    run(&paths, "2026-01-01").run(folder.path());
    let whole = br#"[{"type": "ipv4", "value": "198.51.100.21"}, {"type": "ipv4", "value": "198.51.100.22"}]"#;
    let gzip = {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(list(21..=22).as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let broken: [(&[u8], Hold); 8] = [
        (b"", Hold::Empty),
        (b"# nothing today\n", Hold::Empty),
        (
            b"<html><body><h1>503 Service Unavailable</h1></body></html>\n",
            Hold::NothingRead,
        ),
        (
            b"Error 503: the backend is not available at this time\n",
            Hold::NothingRead,
        ),
        (b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0", Hold::Unread),
        (&whole[..60], Hold::Unread),
        (&gzip[..gzip.len() - 9], Hold::Unread),
        (&gzip[..gzip.len() / 2], Hold::Unread),
    ];
    for (bytes, wanted) in broken {
        fs::write(&b, bytes).unwrap();
        // One of the others is gone, and would be removed with a whole feed.
        fs::write(&a, list(2..=20)).unwrap();
        let (changes, hold) = run(&paths, "2026-01-02").run(folder.path());
        let shown = String::from_utf8_lossy(bytes);
        assert_eq!(hold, Some(wanted), "{shown}");
        assert!(changes.removed.is_empty() && !changes.held.is_empty());
        assert_eq!(files(&rules).len(), 22, "{shown}");
    }
    fs::remove_file(&b).unwrap();
    let (changes, hold) = run(&paths, "2026-01-02").run(folder.path());
    assert_eq!((changes.removed.len(), hold), (0, Some(Hold::Unread)));

    // What is new in the others comes for all that.
    fs::write(&a, list(2..=23)).unwrap();
    let (changes, _) = run(&paths, "2026-01-03").run(folder.path());
    assert_eq!((changes.added.len(), changes.held.len()), (1, 1));

    fs::write(&b, whole).unwrap();
    let (changes, hold) = run(&paths, "2026-01-04").run(folder.path());
    assert_eq!((changes.removed.len(), hold), (1, None));
}

#[test]
fn an_empty_input_may_list_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a.txt"), folder.path().join("b.csv"));
    let paths = [a.as_path(), b.as_path()];
    fs::write(&a, list(1..=20)).unwrap();
    fs::write(&b, "ip,comment\n198.51.100.77,c2\n").unwrap();
    run(&paths, "2026-01-01").run(folder.path());
    fs::write(&b, "ip,comment\n").unwrap();
    let (_, hold) = run(&paths, "2026-01-02").run(folder.path());
    assert_eq!(hold, Some(Hold::Empty));
    let caution = FeedCaution {
        allow_empty: true,
        ..FeedCaution::default()
    };
    let allowed = FeedRun {
        caution,
        ..run(&paths, "2026-01-03")
    };
    let (changes, hold) = allowed.run(folder.path());
    assert_eq!((changes.removed.len(), hold), (1, None));
    // All of it at once is still too much.
    fs::write(&a, "").unwrap();
    let all = FeedRun {
        caution,
        ..run(&paths, "2026-01-04")
    };
    let (changes, hold) = all.run(folder.path());
    assert_eq!((changes.held.len(), hold), (20, Some(Hold::Shrunk)));
}

#[test]
fn a_state_follows_one_source() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a.txt"), folder.path().join("b.txt"));
    fs::write(&a, list(1..=10)).unwrap();
    fs::write(&b, list(2..=11)).unwrap();
    run(&[&a], "2026-01-01").run(folder.path());
    let open = || {
        let output = Output::at(&folder.path().join("rules/")).unwrap();
        Sync::open(&folder.path().join("state"), output).unwrap()
    };
    let mut sync = open();
    for source in [Source::feed(&[&b]).unwrap(), Source::Endpoint] {
        let refused = sync.follow(source.clone(), false).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::BadUsage);
        assert!(refused.message().contains("this state follows the feed"));
        sync.follow(source, true).unwrap();
    }
    // A state of a server does not take a file either, not even one of an earlier version, which did not say what it follows.
    let other = tempfile::tempdir().unwrap();
    Run {
        values: &["198.51.100.7"],
        ..Run::default()
    }
    .run(other.path());
    let output = Output::at(&other.path().join("rules/")).unwrap();
    let mut of_a_server = Sync::open(&other.path().join("state"), output).unwrap();
    let refused = of_a_server.follow(Source::feed(&[&a]).unwrap(), false);
    assert!(refused.unwrap_err().message().contains("follows a server"));
    of_a_server.follow(Source::Endpoint, false).unwrap();

    // Nothing was run: it follows the first one still, under any spelling.
    let dotted = folder.path().join("./a.txt");
    sync.follow(Source::feed(&[&dotted, &a]).unwrap(), false)
        .unwrap();
    // For a server, nothing that the state knows is of its time.
    let hour = chrono::TimeDelta::hours(1);
    assert_eq!(sync.since("{}", false, hour, Utc::now()).unwrap(), None);
    drop(sync);

    let other = [b.as_path()];
    let changed = FeedRun {
        full: true,
        ..run(&other, "2026-01-02")
    };
    let (changes, _) = changed.run(folder.path());
    // A rule names the file where no producer is known.
    assert_eq!(counts(&changes), [1, 9, 0, 1, 0, 0]);
    let mut sync = open();
    sync.follow(Source::feed(&[&b]).unwrap(), false).unwrap();
    assert!(sync.follow(Source::feed(&[&a]).unwrap(), false).is_err());
}

#[test]
fn a_change_of_source_that_is_held_back_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a.txt"), folder.path().join("b.txt"));
    fs::write(&a, list(1..=10)).unwrap();
    fs::write(&b, list(101..=110)).unwrap();
    run(&[&a], "2026-01-01").run(folder.path());
    let other = [b.as_path()];
    let change = |allow_shrink| {
        let run = FeedRun {
            full: true,
            caution: FeedCaution {
                allow_shrink,
                ..FeedCaution::default()
            },
            ..run(&other, "2026-01-02")
        };
        run.run(folder.path())
    };
    let (changes, hold) = change(false);
    assert_eq!(
        (counts(&changes), hold),
        ([10, 0, 0, 0, 0, 10], Some(Hold::Shrunk))
    );
    let output = Output::at(&folder.path().join("rules/")).unwrap();
    let mut sync = Sync::open(&folder.path().join("state"), output).unwrap();
    assert!(sync.follow(Source::feed(&[&b]).unwrap(), false).is_err());
    drop(sync);
    let (changes, hold) = change(true);
    assert_eq!((counts(&changes), hold), ([0, 0, 0, 10, 0, 10], None));
}

#[test]
fn a_clock_that_was_set_back_removes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let feed = folder.path().join("today.txt");
    let paths = [feed.as_path()];
    fs::write(&feed, list(1..=10)).unwrap();
    run(&paths, "2026-02-01").run(folder.path());
    fs::write(&feed, list(2..=10)).unwrap();
    let output = Output::at(&folder.path().join("rules/")).unwrap();
    let sync = Sync::open(&folder.path().join("state"), output).unwrap();
    let plan = run(&paths, "2026-01-01").plan(&sync);
    let doubt = plan.doubt.unwrap().to_string();
    assert!(
        doubt.starts_with("the clock says 2026-01-01T00:00:00Z, but the last run was at"),
        "{doubt}"
    );
    assert_eq!(Sync::texts(&plan).len(), 10);
}

//! An ingest that is killed leaves the old state or the new one.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use socdef_sigma::compile::Settings;
use socdef_sigma::serve::ingest::Options;
use socdef_sigma::serve::{Store, ingest};
use socdef_sigma::source::{Format, Input, ReadOptions};

use super::client::{Shelf, now};
use super::{kills, one_at_a_time};

const DB: &str = "SOCDEF_TEST_INGEST_DB";
const FEED: &str = "SOCDEF_TEST_INGEST_FEED";

/// The process: not a test, but run by one.
#[test]
#[ignore = "a process for the other tests"]
fn ingester() {
    let (Some(db), Some(feed)) = (std::env::var_os(DB), std::env::var_os(FEED)) else {
        return;
    };
    let mut store = Store::open(Path::new(&db)).unwrap();
    let mut options = Options::new(Settings::new(now()));
    options.read = ReadOptions {
        format: Some(Format::Txt),
        ..ReadOptions::default()
    };
    options.replace_source = Some("feed".to_owned());
    ingest(
        &mut store,
        &Input::from_path(Path::new(&feed)).unwrap(),
        &options,
        &mut |_| Ok(()),
    )
    .unwrap();
}

/// The values of the store, with the claim that everything in it fits together.
fn state(db: &Path) -> BTreeSet<String> {
    let store = rusqlite::Connection::open(db).unwrap();
    let one = |sql: &str| {
        store
            .query_row(sql, [], |row| row.get::<_, String>(0))
            .unwrap()
    };
    assert_eq!(one("PRAGMA integrity_check"), "ok");
    let loose = "SELECT ((SELECT count(*) FROM iocs WHERE id NOT IN (SELECT ioc FROM documents))
        + (SELECT count(*) FROM iocs WHERE id NOT IN (SELECT ioc FROM sightings))
        + (SELECT count(*) FROM documents WHERE ioc NOT IN (SELECT id FROM iocs))
        + (SELECT count(*) FROM sightings WHERE ioc NOT IN (SELECT id FROM iocs))
        + (SELECT count(*) FROM revisions WHERE at = 0)) || ''";
    assert_eq!(one(loose), "0");
    let mut statement = store.prepare("SELECT value FROM iocs").unwrap();
    let values = statement.query_map([], |row| row.get(0)).unwrap();
    values.collect::<rusqlite::Result<_>>().unwrap()
}

#[test]
fn a_kill_at_any_moment_leaves_old_or_new() {
    let _alone = one_at_a_time();
    let shelf = Shelf::new();
    let (db, feeds) = (
        shelf.db(),
        [
            shelf.folder.path().join("a.txt"),
            shelf.folder.path().join("b.txt"),
        ],
    );
    // Half of each feed is in the other, too.
    let values = |from: u32| -> BTreeSet<String> {
        (from..from + 1000)
            .map(|n| std::net::Ipv4Addr::from(0xC612_0001 + n).to_string())
            .collect()
    };
    let contents = [values(0), values(500)];
    for (feed, content) in feeds.iter().zip(&contents) {
        std::fs::write(
            feed,
            content
                .iter()
                .map(|value| format!("{value}\n"))
                .collect::<String>(),
        )
        .unwrap();
    }
    let spawn = |feed: &Path| {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "ingest::ingester", "--ignored", "--quiet"])
            .env(DB, &db)
            .env(FEED, feed)
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    };
    // How long it takes when nobody disturbs.
    let start = Instant::now();
    assert!(spawn(&feeds[0]).wait().unwrap().success());
    assert!(spawn(&feeds[1]).wait().unwrap().success());
    let whole = start.elapsed() / 2;
    let mut was = 1;
    assert_eq!(state(&db), contents[was]);
    let (mut old, mut new, mut killed) = (0, 0, 0);
    // A generator without surprises spreads the moments over the whole run.
    let mut seed = 0x2545_f491_u32;
    let kills = kills(40);
    while killed < kills {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let wait = whole.mul_f64(f64::from(seed >> 8) / f64::from(1 << 24) * 1.1);
        let next = 1 - was;
        let mut child = spawn(&feeds[next]);
        std::thread::sleep(wait.max(Duration::from_millis(1)));
        child.kill().unwrap();
        if !child.wait().unwrap().success() {
            killed += 1;
        }
        let found = state(&db);
        match found {
            found if found == contents[was] => old += 1,
            found if found == contents[next] => {
                new += 1;
                was = next;
            }
            found => panic!("neither old nor new: {} values after {wait:?}", found.len()),
        }
    }
    println!(
        "{killed} kills: {old} times the old state, {new} times the new one; one ingest takes {whole:?}"
    );
    assert!(old > kills / 12, "the kills came too late to mean anything");
    // And it goes on.
    assert!(spawn(&feeds[1 - was]).wait().unwrap().success());
    assert_eq!(state(&db), contents[1 - was]);
}

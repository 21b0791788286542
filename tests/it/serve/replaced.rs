//! A store that is removed, replaced or made anew under a running server, and a second server on one.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use socdef_sigma::error::ErrorKind;
use socdef_sigma::serve::{Options, start};

use super::client::{Server, Shelf, addresses, files, indicator, send};

const IOCS: &str = "/api/v1/iocs";

fn of(shelf: &Shelf, suffix: &str) -> PathBuf {
    let mut name = shelf.db().into_os_string();
    name.push(suffix);
    name.into()
}

fn remove(path: &Path) {
    std::fs::remove_file(path).unwrap();
}

#[track_caller]
fn is_unavailable(server: &Server) {
    let reply = server.get(IOCS);
    assert_eq!((reply.status, &*reply.code()), (503, "store_unavailable"));
    assert_eq!(reply.number("retry-after"), 1);
    assert!(!reply.text().contains("feed.db"), "no path in an answer");
    let ready = send(server.address(), "GET", "/readyz", &[]);
    assert_eq!((ready.status, &*ready.code()), (503, "store_unavailable"));
    assert_eq!(send(server.address(), "GET", "/healthz", &[]).status, 200);
}

#[cfg(unix)]
#[test]
fn a_store_that_is_removed_is_not_served() {
    let shelf = Shelf::new();
    shelf.put(&addresses(500));
    let server = shelf.serve("");
    assert_eq!(server.get(IOCS).values().len(), 100);
    let away = shelf.folder.path().join("away.db");
    std::fs::rename(shelf.db(), &away).unwrap();
    is_unavailable(&server);
    // It is back: the same file is the same store.
    std::fs::rename(&away, shelf.db()).unwrap();
    assert_eq!(server.get(IOCS).values().len(), 100);
    remove(&shelf.db());
    is_unavailable(&server);
    // Half of a store is none.
    std::fs::write(shelf.db(), b"").unwrap();
    is_unavailable(&server);
    std::fs::write(shelf.db(), "nothing that SQLite knows".repeat(200)).unwrap();
    is_unavailable(&server);
}

/// Keys of a store that is gone are not valid, and there is a limit for those.
const MANY: &str = "limits: {anonymous_requests_per_minute: 1000000}";

/// Asks with two keys at a time, until the new one is answered: old and new never mix.
fn changes_over(server: &Server, old: &str, new: &str, value: &str) {
    let start = Instant::now();
    let mut seen = false;
    while !seen || start.elapsed() < Duration::from_secs(1) {
        assert!(start.elapsed() < Duration::from_secs(20), "never served");
        let reply = server.get_as(old, IOCS);
        match reply.status {
            503 => assert_eq!(reply.code(), "store_unavailable"),
            status => assert_eq!(status, 401, "{}", reply.text()),
        }
        let reply = server.get_as(new, IOCS);
        match reply.status {
            503 => assert_eq!(reply.code(), "store_unavailable"),
            _ => {
                assert_eq!(reply.values(), [value]);
                seen = true;
            }
        }
    }
    assert_eq!(send(server.address(), "GET", "/readyz", &[]).status, 200);
}

#[cfg(unix)]
#[test]
fn a_store_that_is_made_anew_is_served_alone() {
    for everything in [false, true] {
        let shelf = Shelf::new();
        shelf.put(&addresses(500));
        let server = shelf.serve(MANY);
        for _ in 0..20 {
            assert_eq!(server.get(IOCS).values().len(), 100);
        }
        let etag = server.get(IOCS).header("etag").unwrap().to_owned();
        for round in 0..3 {
            if everything {
                for file in files(shelf.folder.path()) {
                    remove(&file);
                }
            } else {
                remove(&shelf.db());
            }
            let value = format!("203.0.113.{round}");
            shelf.put(&[indicator(&value)]);
            let new = shelf.key("pro");
            changes_over(&server, &server.pro, &new, &value);
            let headers = [("x-api-key", &*new), ("if-none-match", &*etag)];
            assert_eq!(send(server.address(), "GET", IOCS, &headers).status, 200);
            // And it is a whole store.
            shelf.put(&addresses(50));
            assert_eq!(server.get_as(&new, IOCS).values().len(), 51);
            let check: String = rusqlite::Connection::open(shelf.db())
                .unwrap()
                .query_row("PRAGMA integrity_check", [], |row| row.get(0))
                .unwrap();
            assert_eq!(check, "ok");
        }
    }
}

#[cfg(unix)]
#[test]
fn another_store_in_the_place_is_served_alone_or_not_at_all() {
    let shelf = Shelf::new();
    shelf.put(&addresses(500));
    let other = Shelf::new();
    other.put(&[indicator("203.0.113.7")]);
    let new = other.key("pro");
    let server = shelf.serve(MANY);
    assert_eq!(server.get(IOCS).values().len(), 100);
    std::fs::rename(other.db(), shelf.db()).unwrap();
    // What the old one left beside it would be taken for changes of the new one.
    is_unavailable(&server);
    assert_eq!(server.get_as(&new, IOCS).status, 503);
    remove(&of(&shelf, "-wal"));
    is_unavailable(&server);
    remove(&of(&shelf, "-shm"));
    changes_over(&server, &server.pro, &new, "203.0.113.7");
}

#[cfg(unix)]
#[test]
fn a_server_that_starts_again_has_nothing_of_the_old_store() {
    let shelf = Shelf::new();
    shelf.put(&addresses(500));
    let other = Shelf::new();
    other.put(&[indicator("203.0.113.7")]);
    let new = other.key("pro");
    let server = shelf.serve("");
    assert_eq!(server.get(IOCS).values().len(), 100);
    // Those who write while it is served leave nothing in the log.
    shelf.put(&addresses(600));
    shelf.key("pro");
    assert_eq!(std::fs::metadata(of(&shelf, "-wal")).unwrap().len(), 0);
    std::fs::rename(other.db(), shelf.db()).unwrap();
    is_unavailable(&server);
    server.running.shutdown().unwrap();
    let again = start(Options::new(shelf.db())).unwrap();
    let headers = [("x-api-key", new.as_str())];
    let reply = send(again.address(), "GET", IOCS, &headers);
    assert_eq!(reply.values(), ["203.0.113.7"]);
    shelf.put(&addresses(5));
    let reply = send(again.address(), "GET", IOCS, &headers);
    assert_eq!(reply.values().len(), 6);
}

#[cfg(unix)]
#[test]
fn what_belongs_to_a_store_is_part_of_it() {
    let shelf = Shelf::new();
    shelf.put(&addresses(10));
    let server = shelf.serve("");
    assert_eq!(server.get(IOCS).values().len(), 10);
    let (wal, away) = (of(&shelf, "-wal"), of(&shelf, "-away"));
    std::fs::rename(&wal, &away).unwrap();
    is_unavailable(&server);
    std::fs::rename(&away, &wal).unwrap();
    assert_eq!(server.get(IOCS).values().len(), 10);
    remove(&wal);
    remove(&of(&shelf, "-shm"));
    is_unavailable(&server);
    let pro = server.pro.clone();
    server.running.shutdown().unwrap();
    let again = start(Options::new(shelf.db())).unwrap();
    let reply = send(again.address(), "GET", IOCS, &[("x-api-key", &pro)]);
    assert_eq!(reply.values().len(), 10);
}

#[test]
fn a_second_server_on_a_store_is_refused() {
    let shelf = Shelf::new();
    shelf.put(&addresses(10));
    let server = shelf.serve("");
    let mut options = Options::new(shelf.db());
    let error = start(options.clone()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    assert!(error.message().contains("another server"), "{error}");
    assert!(error.place().unwrap().ends_with("feed.db-lock"));
    assert!(error.hint_text().is_some());
    // Nor by another name.
    #[cfg(unix)]
    {
        let link = shelf.folder.path().join("link.db");
        std::os::unix::fs::symlink(shelf.db(), &link).unwrap();
        options.db = link;
        assert_eq!(start(options.clone()).unwrap_err().kind(), ErrorKind::Busy);
        options.db = shelf.db();
    }
    // Writers and keys are not in the way of a server.
    shelf.put(&addresses(20));
    let key = shelf.key("pro");
    assert_eq!(server.get_as(&key, IOCS).values().len(), 20);
    server.running.shutdown().unwrap();
    // What a server leaves behind is not a lock.
    assert!(of(&shelf, "-lock").exists());
    drop(start(options).unwrap());
}

#[cfg(unix)]
#[test]
fn a_lock_that_was_removed_with_its_store_is_taken_again() {
    let shelf = Shelf::new();
    shelf.put(&addresses(10));
    let server = shelf.serve("");
    for file in files(shelf.folder.path()) {
        remove(&file);
    }
    shelf.put(&addresses(20));
    let key = shelf.key("pro");
    assert_eq!(server.get_as(&key, IOCS).values().len(), 20);
    let second = start(Options::new(shelf.db())).unwrap_err();
    assert_eq!(second.kind(), ErrorKind::Busy);
}

#[cfg(unix)]
#[test]
fn files_are_for_their_owner_only() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    let shelf = Shelf::new();
    shelf.put(&addresses(10));
    let mode = |path: &Path| std::fs::metadata(path).unwrap().mode() & 0o777;
    let private = |count: usize| {
        let all = files(shelf.folder.path());
        assert!(all.len() >= count, "{all:?}");
        for file in all {
            assert_eq!(mode(&file), 0o600, "{file:?}");
        }
    };
    private(1);
    {
        let server = shelf.serve("");
        assert_eq!(server.get(IOCS).values().len(), 10);
        std::thread::sleep(Duration::from_millis(600));
        // The store, its counts, what SQLite keeps beside both, and the lock.
        private(7);
    }
    // Those of an earlier release.
    let widen = || {
        for file in files(shelf.folder.path()) {
            std::fs::set_permissions(&file, PermissionsExt::from_mode(0o664)).unwrap();
        }
    };
    widen();
    shelf.put(&addresses(11));
    assert_eq!(mode(&shelf.db()), 0o600);
    widen();
    let server = shelf.serve("");
    assert_eq!(server.get(IOCS).values().len(), 11);
    for suffix in ["", "-wal", "-shm", "-usage"] {
        assert_eq!(mode(&of(&shelf, suffix)), 0o600, "{suffix}");
    }
}

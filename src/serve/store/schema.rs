//! The tables, and their version.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::error::{Error, ErrorKind, Result};

/// Marks the file as a store of this project: `socd`.
const APPLICATION: i64 = 0x736f_6364;
/// The version of the tables.
const VERSION: i64 = 1;

/// What a file turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// A store of this version.
    Ready,
    /// A store of another version.
    Version(i64),
    /// Another program's database.
    Foreign,
}

impl State {
    pub(super) fn check(self, path: &Path) -> Result<()> {
        let message = match self {
            State::Ready => return Ok(()),
            State::Foreign => "the file is another program's database".to_owned(),
            State::Version(version) => format!(
                "the store has version {version} of the tables; this release knows version {VERSION}"
            ),
        };
        Err(Error::new(ErrorKind::BrokenStore, message).at(path.display()))
    }
}

/// What a file is, without touching it.
pub(super) fn state(connection: &Connection) -> rusqlite::Result<State> {
    let pragma = |name: &str| {
        connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0))
    };
    Ok(match (pragma("application_id")?, pragma("user_version")?) {
        (APPLICATION, VERSION) => State::Ready,
        (APPLICATION, version) => State::Version(version),
        _ => State::Foreign,
    })
}

/// Sets a connection up for writing, and makes the tables in an empty file.
pub(super) fn prepare(connection: &mut Connection) -> rusqlite::Result<State> {
    let empty = |connection: &Connection| {
        connection.query_row("SELECT count(*) = 0 FROM sqlite_master", [], |row| {
            row.get::<_, bool>(0)
        })
    };
    if empty(connection)? {
        connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    }
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 67108864",
    )?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if empty(&transaction)? {
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    let state = state(&transaction)?;
    if state == State::Ready {
        transaction.execute_batch(REMOVALS)?;
    }
    transaction.commit()?;
    Ok(state)
}

/// The last revision in which an IOC left the store, or was not good any more. Stores of earlier releases get the table with the first ingest.
const REMOVALS: &str = "
CREATE TABLE IF NOT EXISTS removals (
    revision INTEGER PRIMARY KEY REFERENCES revisions (id)
) STRICT;
";

/// Times are microseconds since 1970, UTC. Confidences are 0 to 2, from low to high.
const TABLES: &str = "
CREATE TABLE store (id TEXT NOT NULL) STRICT;
INSERT INTO store VALUES (lower(hex(randomblob(16))));

-- The transactions that changed something. Times never go back, so a comparison of times is one of ids.
CREATE TABLE revisions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    source TEXT NOT NULL
) STRICT;
CREATE INDEX revisions_by_time ON revisions (at, id);

-- Narrow, since every query walks it; wide values are in `documents`.
CREATE TABLE iocs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    type TEXT NOT NULL,
    value TEXT NOT NULL,
    confidence INTEGER NOT NULL,
    added INTEGER NOT NULL REFERENCES revisions (id),
    changed INTEGER NOT NULL REFERENCES revisions (id),
    valid_until INTEGER,
    revoked INTEGER NOT NULL,
    UNIQUE (type, value)
) STRICT;
CREATE INDEX iocs_by_change ON iocs (changed, revoked, type, confidence, valid_until);

-- The union of the sightings, as JSON.
CREATE TABLE documents (
    ioc INTEGER PRIMARY KEY REFERENCES iocs (id) ON DELETE CASCADE,
    indicator TEXT NOT NULL
) STRICT;

CREATE TABLE industries (
    industry TEXT NOT NULL,
    ioc INTEGER NOT NULL REFERENCES iocs (id) ON DELETE CASCADE,
    PRIMARY KEY (industry, ioc)
) STRICT, WITHOUT ROWID;
CREATE INDEX industries_by_ioc ON industries (ioc);

-- What one producer says in one source.
CREATE TABLE sightings (
    id INTEGER PRIMARY KEY,
    ioc INTEGER NOT NULL REFERENCES iocs (id) ON DELETE CASCADE,
    producer TEXT NOT NULL,
    source TEXT NOT NULL,
    changed INTEGER NOT NULL REFERENCES revisions (id),
    default_confidence INTEGER NOT NULL,
    indicator TEXT NOT NULL,
    UNIQUE (ioc, producer, source)
) STRICT;
CREATE INDEX sightings_by_source ON sightings (source);

CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    name TEXT,
    plan TEXT NOT NULL,
    salt BLOB NOT NULL,
    hash BLOB NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER,
    revoked INTEGER
) STRICT;
";

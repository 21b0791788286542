//! The tables of the state, and those of earlier versions made into them.

use std::fs::{self, OpenOptions};
use std::path::Path;

use rusqlite::Connection;

use crate::error::{Error, ErrorKind, Result};
use crate::output::{obstacle, unwritable};

/// The version of the tables. A state of a later version is refused, never guessed at.
const VERSION: i64 = 2;

const RULES: &str = "
CREATE TABLE rules (
    id TEXT PRIMARY KEY,
    type TEXT NOT NULL,
    value TEXT NOT NULL,
    log_source TEXT NOT NULL,
    title TEXT NOT NULL,
    file TEXT NOT NULL,
    text TEXT NOT NULL,
    date TEXT,
    first_seen TEXT,
    last_seen TEXT,
    first_fetched TEXT,
    heard_at TEXT NOT NULL,
    standing TEXT NOT NULL
) STRICT;
";

const OTHERS: &str = "
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE files (path TEXT PRIMARY KEY, sha256 TEXT NOT NULL) STRICT;
CREATE TABLE pending (path TEXT PRIMARY KEY, bytes BLOB, expected TEXT) STRICT;
INSERT INTO meta VALUES ('id', lower(hex(randomblob(8))));
";

/// Version 1 did not know when it last heard of an indicator, and expired what it had just received. So the next run fetches everything.
const FROM_1: &str = "
INSERT INTO rules SELECT id, type, value, log_source, title, file, text, date, first_seen, last_seen, first_fetched,
    max(first_fetched, changed_at), standing FROM rules_1;
DROP TABLE rules_1;
INSERT OR REPLACE INTO meta VALUES ('id', lower(hex(randomblob(8))));
UPDATE meta SET value = '' WHERE name = 'filters';
";

/// The name of the database in its folder.
pub(super) const NAME: &str = "state.db";

/// Opens the database, or makes a new one; only its owner may read it.
pub(super) fn open(folder: &Path) -> Result<Connection> {
    let path = &folder.join(NAME);
    make_private(path)?;
    for ending in ["-wal", "-shm"] {
        // Of a run that was killed, under an earlier version.
        let beside = path.with_file_name(format!("{NAME}{ending}"));
        if beside.exists() {
            make_private(&beside)?;
        }
    }
    let failed = |cause| broken(path, cause);
    let mut connection = Connection::open(path).map_err(failed)?;
    let version = |connection: &Connection| {
        connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))
    };
    let found = version(&connection).map_err(failed)?;
    let steps = match found {
        0 => &[RULES, OTHERS][..],
        1 => &["ALTER TABLE rules RENAME TO rules_1;", RULES, FROM_1],
        VERSION => &[],
        other => {
            return Err(Error::new(
                ErrorKind::BrokenState,
                format!(
                    "the state is of version {other}, and this program reads those up to {VERSION}"
                ),
            )
            .at(path.display())
            .hint("use the program that made it, or a new `--state` folder"));
        }
    };
    let mut set_up = || -> rusqlite::Result<()> {
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        if !steps.is_empty() {
            let transaction = connection.transaction()?;
            for step in steps {
                transaction.execute_batch(step)?;
            }
            transaction.pragma_update(None, "user_version", VERSION)?;
            transaction.commit()?;
        }
        Ok(())
    };
    set_up().map_err(failed)?;
    Ok(connection)
}

/// Makes a file of the state where it is missing, and keeps others from reading it. SQLite gives its other files the same mode.
///
/// # Errors
/// [`ErrorKind::BrokenState`] where something that is not a file is in its place, which to open could take for ever;
/// [`ErrorKind::UnwritableOutput`] where it cannot be made.
pub(super) fn make_private(path: &Path) -> Result<()> {
    if let Ok(there) = fs::metadata(path)
        && let Some(what) = obstacle(there.file_type())
    {
        return Err(Error::new(
            ErrorKind::BrokenState,
            format!("{what} is in the place of a file of the state"),
        )
        .at(path.display())
        .hint("remove it, or use another `--state` folder"));
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let _file = options
        .open(path)
        .map_err(|cause| unwritable(path, cause))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let owner_only = fs::Permissions::from_mode(0o600);
        // A file system without modes, or a file of another user that we may write: as it is.
        let _ = _file.set_permissions(owner_only);
    }
    Ok(())
}

/// The error of a state that cannot be read or written.
pub(super) fn broken(path: &Path, cause: rusqlite::Error) -> Error {
    Error::new(ErrorKind::BrokenState, "cannot read or write the state")
        .at(path.display())
        .because(cause)
}

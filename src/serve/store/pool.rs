//! Connections that cannot write, to the file that is at a path.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OpenFlags};

use super::files::narrow;
use super::identity::Identity;
use super::{broken, present, schema};
use crate::error::{Error, ErrorKind, Result};
use crate::indicator::{Confidence, IocType};

/// How many connections are kept open while nobody needs them.
const IDLE: usize = 8;

/// Read-only connections to the store at a path, whichever file that is.
#[derive(Debug)]
pub(crate) struct Readers {
    path: PathBuf,
    present: Mutex<Arc<Pool>>,
}

/// One file of a store, for as long as it is the one at the path.
#[derive(Debug, Clone)]
pub(crate) struct OpenStore(Arc<Pool>);

/// The connections to one file.
#[derive(Debug)]
pub(super) struct Pool {
    path: PathBuf,
    id: String,
    identity: Identity,
    idle: Mutex<Vec<Connection>>,
    totals: Mutex<HashMap<Question, Total>>,
    /// Never used and never closed: so no other file gets this one's number, and what SQLite keeps beside it stays.
    _anchor: Mutex<Connection>,
}

/// Why nothing is read.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// The store that was opened is not the one at the path.
    Replaced(String),
    /// SQLite says so.
    Failed(rusqlite::Error),
}

impl From<rusqlite::Error> for ReadError {
    fn from(cause: rusqlite::Error) -> ReadError {
        ReadError::Failed(cause)
    }
}

/// What a total depends on beside the time: the last revision, the first one that counts, and the filters.
pub(super) type Question = (i64, i64, Filters);
pub(super) type Filters = (Option<IocType>, Option<Confidence>, Option<String>);

/// How many IOCs a question finds, from the moment of the count until the first of them expires.
#[derive(Debug, Clone, Copy)]
pub(super) struct Total {
    pub(super) count: u64,
    pub(super) from: DateTime<Utc>,
    pub(super) until: Option<DateTime<Utc>>,
}

/// How many totals are kept.
const TOTALS: usize = 1024;

impl Pool {
    pub(super) fn total(&self, question: &Question, now: DateTime<Utc>) -> Option<u64> {
        let totals = self.totals.lock().unwrap_or_else(PoisonError::into_inner);
        let total = totals.get(question)?;
        let holds = total.from <= now && total.until.is_none_or(|until| now <= until);
        holds.then_some(total.count)
    }

    pub(super) fn keep(&self, question: Question, total: Total) -> u64 {
        let mut totals = self.totals.lock().unwrap_or_else(PoisonError::into_inner);
        if totals.len() >= TOTALS {
            totals.clear();
        }
        totals.insert(question, total);
        total.count
    }
}

impl Readers {
    /// Opens a store for reading.
    pub(crate) fn open(path: &Path) -> Result<Readers> {
        present(path)?;
        Ok(Readers {
            present: Mutex::new(Arc::new(Pool::open(path)?)),
            path: path.to_owned(),
        })
    }

    /// The store at the path now. Where another file is there than before, all connections are opened again, after `renew`
    /// has succeeded. Answers that are under way end with what the file before had.
    pub(crate) fn store(
        &self,
        renew: impl FnOnce() -> Result<()>,
    ) -> std::result::Result<OpenStore, ReadError> {
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        let now = present.now()?;
        if !present.identity.is_still(&now) {
            if let Some(message) = present.identity.mixed_with(&now) {
                return Err(ReadError::Replaced(message.to_owned()));
            }
            let cannot = |error: Error| {
                let causes: String = error
                    .causes()
                    .iter()
                    .map(|cause| format!(": {cause}"))
                    .collect();
                ReadError::Replaced(format!("the new store is not opened: {error}{causes}"))
            };
            renew().map_err(cannot)?;
            *present = Arc::new(Pool::open(&self.path).map_err(cannot)?);
        }
        Ok(OpenStore(present.clone()))
    }
}

impl OpenStore {
    /// A name that no other store has.
    pub(crate) fn id(&self) -> &str {
        &self.0.id
    }

    /// A connection of its own for one answer.
    pub(crate) fn reader(&self) -> std::result::Result<Reader, ReadError> {
        if !self.0.identity.is_still(&self.0.now()?) {
            let message = "the store was replaced while the request was answered";
            return Err(ReadError::Replaced(message.to_owned()));
        }
        let idle = self.0.idle().pop();
        Ok(Reader {
            connection: Some(match idle {
                Some(connection) => connection,
                None => self.0.connect()?,
            }),
            pool: self.0.clone(),
        })
    }
}

impl Pool {
    fn open(path: &Path) -> Result<Pool> {
        let fails = |cause| broken(path, cause);
        let missing = |cause: std::io::Error| {
            Error::new(
                ErrorKind::BrokenStore,
                "the store cannot be read or written",
            )
            .at(path.display())
            .because(cause)
        };
        narrow(path);
        let before = Identity::at(path).map_err(missing)?;
        let anchor = connect(path).map_err(fails)?;
        schema::state(&anchor).map_err(fails)?.check(path)?;
        let id = anchor
            .query_row("SELECT id FROM store", [], |row| row.get(0))
            .map_err(fails)?;
        let identity = Identity::at(path).map_err(missing)?;
        if !before.is_still(&identity) {
            let message = "the store was replaced while it was opened";
            return Err(Error::new(ErrorKind::BrokenStore, message).at(path.display()));
        }
        Ok(Pool {
            path: path.to_owned(),
            id,
            identity,
            idle: Mutex::default(),
            totals: Mutex::default(),
            _anchor: Mutex::new(anchor),
        })
    }

    /// The file at the path now.
    fn now(&self) -> std::result::Result<Identity, ReadError> {
        Identity::at(&self.path)
            .map_err(|cause| ReadError::Replaced(format!("the store is gone: {cause}")))
    }

    /// Another connection to the file, and not to one that was put in its place in this moment.
    fn connect(&self) -> std::result::Result<Connection, ReadError> {
        let connection = connect(&self.path)?;
        let id: String = connection.query_row("SELECT id FROM store", [], |row| row.get(0))?;
        if id != self.id || !self.identity.is_still(&self.now()?) {
            let message = "the store was replaced while it was opened";
            return Err(ReadError::Replaced(message.to_owned()));
        }
        Ok(connection)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a connection keeps of the file, in KiB.
const CACHE: i64 = 512;

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(32);
    // There may be one for each answer that waits for its reader; the system keeps the file's pages anyway.
    connection.pragma_update(None, "cache_size", -CACHE)?;
    Ok(connection)
}

/// A connection that goes back to the others when it is dropped.
#[derive(Debug)]
pub(crate) struct Reader {
    connection: Option<Connection>,
    pub(super) pool: Arc<Pool>,
}

impl Drop for Reader {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        if !connection.is_autocommit() && connection.execute_batch("ROLLBACK").is_err() {
            return;
        }
        let mut idle = self.pool.idle();
        if idle.len() < IDLE {
            idle.push(connection);
        }
    }
}

impl Reader {
    pub(crate) fn connection(&self) -> rusqlite::Result<&Connection> {
        self.connection
            .as_ref()
            .ok_or(rusqlite::Error::InvalidQuery)
    }
}

//! Reading: connections that cannot write, and what a query gives.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params_from_iter};

use super::files::narrow;
use super::identity::Identity;
use super::write::{of_rank, rank, read};
use super::{broken, present, schema};
use crate::error::{Error, ErrorKind, Result};
use crate::indicator::{Confidence, Indicator, IocType};

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
struct Pool {
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
type Question = (i64, i64, Filters);
type Filters = (Option<IocType>, Option<Confidence>, Option<String>);

/// How many IOCs a question finds, from the moment of the count until the first of them expires.
#[derive(Debug, Clone, Copy)]
struct Total {
    count: u64,
    from: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
}

/// How many totals are kept.
const TOTALS: usize = 1024;

impl Pool {
    fn total(&self, question: &Question, now: DateTime<Utc>) -> Option<u64> {
        let totals = self.totals.lock().unwrap_or_else(PoisonError::into_inner);
        let total = totals.get(question)?;
        let holds = total.from <= now && total.until.is_none_or(|until| now <= until);
        holds.then_some(total.count)
    }

    fn keep(&self, question: Question, total: Total) -> u64 {
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

    /// The store at the path now. Where another file is there than before, all connections are opened anew, after `renew`
    /// has succeeded. Answers that are under way end with what the file before had.
    pub(crate) fn store(
        &self,
        renew: impl FnOnce() -> Result<()>,
    ) -> std::result::Result<OpenStore, ReadError> {
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        let now = present.now()?;
        if !present.identity.is_still(&now) {
            if present.identity.left_in(&now) {
                return Err(ReadError::Replaced(
                    "another file was put in the place of the store, and the `-wal` or `-shm` of the old one was left \
                     beside it: stop the server, remove both, and start it again"
                        .to_owned(),
                ));
            }
            let cannot = |error: crate::error::Error| {
                let causes = error.causes().join(": ");
                ReadError::Replaced(format!("the new store is not opened: {error}: {causes}"))
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

    /// What is at the path now.
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
    pool: Arc<Pool>,
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

/// Which IOCs are asked for. Expired and revoked ones are never among them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Filter {
    pub(crate) ioc_type: Option<IocType>,
    pub(crate) confidence: Option<Confidence>,
    pub(crate) industry: Option<String>,
    /// Added to the store, or changed in it, after this moment.
    pub(crate) since: Option<DateTime<Utc>>,
    /// How far the plan looks back.
    pub(crate) not_before: DateTime<Utc>,
    /// The moment at which validity is judged.
    pub(crate) now: DateTime<Utc>,
}

impl Filter {
    /// The filters as SQL, with its values. `first` is the first revision that counts.
    fn condition(&self, first: i64) -> (String, Vec<Value>) {
        let mut condition =
            "changed >= ?1 AND revoked = 0 AND (valid_until IS NULL OR valid_until >= ?2)"
                .to_owned();
        let mut values = vec![Value::from(first), Value::from(self.now.timestamp_micros())];
        let mut more = |sql: &str, value: Value, end: &str| {
            values.push(value);
            let _ = write!(condition, " AND {sql}?{}{end}", values.len());
        };
        if let Some(kind) = self.ioc_type {
            more("type = ", kind.as_str().to_owned().into(), "");
        }
        if let Some(confidence) = self.confidence {
            more("confidence = ", rank(confidence).into(), "");
        }
        if let Some(industry) = &self.industry {
            let known = "id IN (SELECT ioc FROM industries WHERE industry = ";
            more(known, industry.clone().into(), ")");
        }
        (condition, values)
    }

    fn without_times(&self) -> Filters {
        (self.ioc_type, self.confidence, self.industry.clone())
    }
}

/// Which IOCs a query gives: all of them counted, those of the page by id and revision.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Listing {
    pub(crate) total: u64,
    pub(crate) page: Vec<(i64, i64)>,
}

/// One IOC.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) indicator: Indicator,
    /// The confidence, by default where no feed states one.
    pub(crate) confidence: Confidence,
    /// When it was added to the store.
    pub(crate) added: DateTime<Utc>,
}

impl Reader {
    pub(crate) fn connection(&self) -> rusqlite::Result<&Connection> {
        self.connection
            .as_ref()
            .ok_or(rusqlite::Error::InvalidQuery)
    }

    /// Holds on to the present state of the store until the reader is dropped.
    pub(crate) fn hold(&self) -> rusqlite::Result<()> {
        self.connection()?.execute_batch("BEGIN")
    }

    /// Whether the store can be read.
    pub(crate) fn check(&self) -> rusqlite::Result<()> {
        let mut statement = self
            .connection()?
            .prepare_cached("SELECT 1 FROM iocs LIMIT 1")?;
        statement.query_row([], |_| Ok(())).optional().map(drop)
    }

    /// The number of IOCs in the store, live or not.
    pub(crate) fn count(&self) -> rusqlite::Result<u64> {
        let mut statement = self
            .connection()?
            .prepare_cached("SELECT count(*) FROM iocs")?;
        statement
            .query_row([], |row| row.get::<_, i64>(0))
            .map(|count| count as u64)
    }

    /// When the store last changed.
    pub(crate) fn last_change(&self) -> rusqlite::Result<Option<DateTime<Utc>>> {
        let mut statement = self
            .connection()?
            .prepare_cached("SELECT max(at) FROM revisions")?;
        let at: Option<i64> = statement.query_row([], |row| row.get(0))?;
        Ok(at.and_then(DateTime::from_timestamp_micros))
    }

    /// What a query gives, in the order in which the IOCs were added.
    pub(crate) fn list(
        &self,
        filter: &Filter,
        offset: u64,
        limit: u64,
    ) -> rusqlite::Result<Listing> {
        let nothing = |total| Listing {
            total,
            page: Vec::new(),
        };
        // Times never go back, so the first revision in the window stands for all of them.
        let since = filter
            .since
            .map_or(i64::MIN, |since| since.timestamp_micros());
        let first: Option<i64> = self
            .connection()?
            .prepare_cached("SELECT min(id) FROM revisions WHERE at > ?1 AND at >= ?2")?
            .query_row([since, filter.not_before.timestamp_micros()], |row| {
                row.get(0)
            })?;
        let Some(first) = first else {
            return Ok(nothing(0));
        };
        let (condition, values) = filter.condition(first);
        let total = self.total(filter, first, &condition, &values)?;
        match offset < total {
            true => self.page(total, condition, values, offset, limit),
            false => Ok(nothing(total)),
        }
    }

    fn total(
        &self,
        filter: &Filter,
        first: i64,
        condition: &str,
        values: &[Value],
    ) -> rusqlite::Result<u64> {
        let connection = self.connection()?;
        let last = connection
            .prepare_cached("SELECT coalesce(max(id), 0) FROM revisions")?
            .query_row([], |row| row.get(0))?;
        let question = (last, first, filter.without_times());
        if let Some(total) = self.pool.total(&question, filter.now) {
            return Ok(total);
        }
        let total = connection
            .prepare_cached(&format!(
                "SELECT count(*), min(valid_until) FROM iocs WHERE {condition}"
            ))?
            .query_row(params_from_iter(values), |row| {
                Ok(Total {
                    count: row.get::<_, i64>(0)?.max(0) as u64,
                    from: filter.now,
                    until: row
                        .get::<_, Option<i64>>(1)?
                        .and_then(DateTime::from_timestamp_micros),
                })
            })?;
        Ok(self.pool.keep(question, total))
    }

    fn page(
        &self,
        total: u64,
        mut condition: String,
        mut values: Vec<Value>,
        offset: u64,
        limit: u64,
    ) -> rusqlite::Result<Listing> {
        let connection = self.connection()?;
        let ids: i64 = connection
            .prepare_cached("SELECT coalesce(max(id), 0) FROM iocs")?
            .query_row([], |row| row.get(0))?;
        // By id, which is the order, or by change and then sorted: whatever looks at fewer rows.
        let by_id = (u128::from(offset) + u128::from(limit)) * ids as u128 / u128::from(total);
        if by_id <= u128::from(total) {
            condition = condition.replacen("changed >=", "+changed >=", 1);
        }
        values
            .extend([limit, offset].map(|number| Value::from(number.min(i64::MAX as u64) as i64)));
        let mut statement = connection.prepare_cached(&format!(
            "SELECT id, changed FROM iocs WHERE {condition} ORDER BY id LIMIT ?{} OFFSET ?{}",
            values.len() - 1,
            values.len()
        ))?;
        let rows = statement.query_map(params_from_iter(&values), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        Ok(Listing {
            total,
            page: rows.collect::<rusqlite::Result<_>>()?,
        })
    }

    /// One IOC of a listing.
    pub(crate) fn row(&self, id: i64) -> rusqlite::Result<Row> {
        let mut statement = self.connection()?.prepare_cached(
            "SELECT d.indicator, i.confidence, r.at
             FROM iocs i JOIN documents d ON d.ioc = i.id JOIN revisions r ON r.id = i.added WHERE i.id = ?1",
        )?;
        statement.query_row([id], |row| {
            Ok(Row {
                indicator: read(row.get_ref(0)?.as_str()?)?,
                confidence: of_rank(row.get(1)?),
                added: DateTime::from_timestamp_micros(row.get(2)?).unwrap_or_default(),
            })
        })
    }
}

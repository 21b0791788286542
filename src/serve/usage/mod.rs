//! How much of its plan a key has used, in a file beside the store, so that a restart forgets nothing.
//!
//! The counts are kept in memory and written several times a second: a crash, or SIGKILL, loses the last quarter of a second.
//!
//! A clock may be wrong for a moment. A window that begins later than now is of such a moment, and counts no more.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use super::config::Plan;
use super::store::{FileId, beside, broken, file_id, make, narrow};
use crate::error::{Error, ErrorKind, Result};

/// How often the counts are written.
pub(crate) const PERIOD: Duration = Duration::from_millis(250);

pub(crate) const MINUTE: i64 = 60;
const DAY: i64 = 86_400;

/// By how many seconds a clock may be set back before the windows of the time before count no more.
const SKEW: i64 = 60;

/// How many requests there are, how many are left, and when that starts again (Unix time).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QuotaState {
    pub(crate) limit: u64,
    pub(crate) remaining: u64,
    pub(crate) reset: i64,
}

impl QuotaState {
    /// The seconds until it starts again.
    pub(crate) fn wait(&self, now: DateTime<Utc>) -> i64 {
        (self.reset - now.timestamp()).max(1)
    }
}

/// A count in one window.
#[derive(Debug, Clone, Copy, Default)]
struct Window {
    /// The number of the window since 1970.
    number: i64,
    count: u64,
    /// How much of the count is not written yet.
    fresh: u64,
}

impl Window {
    /// The window of a moment. A clock that is set back a little does not open a new one.
    fn at(&mut self, second: i64, length: i64) -> &mut Window {
        let number = second.div_euclid(length);
        let of_the_future = self.number.saturating_mul(length) > second.saturating_add(SKEW);
        if number > self.number || of_the_future {
            *self = Window {
                number,
                count: 0,
                fresh: 0,
            };
        }
        self
    }

    fn standing(&self, limit: u64, length: i64) -> QuotaState {
        QuotaState {
            limit,
            remaining: limit.saturating_sub(self.count),
            reset: self.number.saturating_add(1).saturating_mul(length),
        }
    }

    fn take(&mut self) {
        self.count += 1;
        self.fresh += 1;
    }

    /// Takes over the count of the file, which others may have added to.
    fn written(&mut self, wrote: &Window, total: Option<u64>) {
        if self.number == wrote.number {
            self.fresh -= wrote.fresh.min(self.fresh);
            if let Some(total) = total {
                self.count = total + self.fresh;
            }
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Used {
    minute: Window,
    day: Window,
}

/// The counts of all keys.
#[derive(Debug)]
pub(crate) struct Usage {
    path: PathBuf,
    counts: Mutex<HashMap<String, Used>>,
    file: Mutex<Counts>,
}

/// The file of the counts.
#[derive(Debug)]
struct Counts {
    connection: Connection,
    id: Option<FileId>,
}

impl Usage {
    /// Opens the counts of a store.
    pub(crate) fn open(store: &Path, now: DateTime<Utc>) -> Result<Usage> {
        let path = beside(store, "-usage");
        let (file, counts) = open(&path, now)?;
        Ok(Usage {
            path,
            counts: Mutex::new(counts),
            file: Mutex::new(file),
        })
    }

    /// Counts one request of a key, or refuses it without counting. The standing is that of the window with less left.
    pub(crate) fn take(
        &self,
        key: &str,
        plan: &Plan,
        now: DateTime<Utc>,
    ) -> std::result::Result<QuotaState, QuotaState> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let used = match counts.get_mut(key) {
            Some(used) => used,
            None => counts.entry(key.to_owned()).or_default(),
        };
        let second = now.timestamp();
        let minute = used.minute.at(second, MINUTE);
        let day = used.day.at(second, DAY);
        let standing = |minute: &Window, day: &Window| {
            let minute = minute.standing(plan.requests_per_minute, MINUTE);
            let day = day.standing(plan.requests_per_day, DAY);
            match day.remaining < minute.remaining || (day.remaining == 0 && minute.remaining == 0)
            {
                true => day,
                false => minute,
            }
        };
        let before = standing(minute, day);
        if before.remaining == 0 {
            return Err(before);
        }
        minute.take();
        day.take();
        Ok(standing(minute, day))
    }

    /// Writes what is new. Where the file was removed with the store it makes a new one, with all that is known.
    pub(crate) fn write(&self, now: DateTime<Utc>) -> Result<()> {
        let fresh = |counts: &HashMap<String, Used>| -> Vec<(String, Used)> {
            counts
                .iter()
                .filter(|(_, used)| used.minute.fresh > 0 || used.day.fresh > 0)
                .map(|(key, used)| (key.clone(), *used))
                .collect()
        };
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // Requests are counted while the file is written.
        let fresh = {
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            if fresh(&counts).is_empty() {
                return Ok(());
            }
            if file.id != file_id(&self.path).ok() {
                *file = open(&self.path, now)?.0;
                for used in counts.values_mut() {
                    used.minute.fresh = used.minute.count;
                    used.day.fresh = used.day.count;
                }
            }
            fresh(&counts)
        };
        let totals =
            add(&mut file.connection, &fresh, now).map_err(|cause| broken(&self.path, cause))?;
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        for ((key, wrote), (minute, day)) in fresh.iter().zip(totals) {
            if let Some(used) = counts.get_mut(key) {
                used.minute.written(&wrote.minute, minute);
                used.day.written(&wrote.day, day);
            }
        }
        Ok(())
    }
}

/// Opens the file of the counts, and reads it. The windows that are over are removed.
fn open(path: &Path, now: DateTime<Utc>) -> Result<(Counts, HashMap<String, Used>)> {
    make(path).map_err(|cause| {
        Error::new(
            ErrorKind::BrokenStore,
            "the request counts of the keys cannot be kept",
        )
        .at(path.display())
        .because(cause)
    })?;
    let open = || {
        let connection = Connection::open(path)?;
        narrow(path);
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        connection.execute_batch(
            "PRAGMA synchronous = NORMAL;
             CREATE TABLE IF NOT EXISTS usage (
                 key TEXT NOT NULL, length INTEGER NOT NULL, window INTEGER NOT NULL, count INTEGER NOT NULL,
                 PRIMARY KEY (key, length)
             ) STRICT, WITHOUT ROWID;",
        )?;
        connection.execute(
            "DELETE FROM usage WHERE (window + 1) * length <= ?1",
            [now.timestamp()],
        )?;
        let counts = read(&connection)?;
        Ok((connection, counts))
    };
    let (connection, counts) = open().map_err(|cause| broken(path, cause))?;
    let id = file_id(path).ok();
    Ok((Counts { connection, id }, counts))
}

fn read(connection: &Connection) -> rusqlite::Result<HashMap<String, Used>> {
    let mut counts: HashMap<String, Used> = HashMap::new();
    let mut statement = connection.prepare("SELECT key, length, window, count FROM usage")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let used = counts.entry(row.get(0)?).or_default();
        let window = Window {
            number: row.get(2)?,
            count: row.get::<_, i64>(3)?.max(0) as u64,
            fresh: 0,
        };
        match row.get(1)? {
            MINUTE => used.minute = window,
            _ => used.day = window,
        }
    }
    Ok(counts)
}

/// Adds to the counts of the file, and gives what they are then. A window of the future that the file has gives way.
fn add(
    file: &mut Connection,
    fresh: &[(String, Used)],
    now: DateTime<Utc>,
) -> rusqlite::Result<Vec<(Option<u64>, Option<u64>)>> {
    let transaction = file.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let mut totals = Vec::with_capacity(fresh.len());
    {
        let mut statement = transaction.prepare_cached(
            "INSERT INTO usage (key, length, window, count) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET
                 count = CASE WHEN window = excluded.window THEN count + excluded.count ELSE excluded.count END,
                 window = excluded.window
             WHERE window <= excluded.window OR window * length > ?5
             RETURNING count",
        )?;
        let mut one = |key: &str, length: i64, window: &Window| {
            let latest = now.timestamp().saturating_add(SKEW);
            let values = params![key, length, window.number, window.fresh as i64, latest];
            let mut rows = statement.query(values)?;
            rows.next()?
                .map(|row| row.get::<_, i64>(0).map(|count| count.max(0) as u64))
                .transpose()
        };
        for (key, used) in fresh {
            totals.push((one(key, MINUTE, &used.minute)?, one(key, DAY, &used.day)?));
        }
    }
    transaction.commit()?;
    Ok(totals)
}

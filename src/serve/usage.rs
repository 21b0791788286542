//! How much of its plan a key has used, in a file beside the store, so that a restart forgets nothing.
//!
//! The counts are kept in memory and written several times a second: a crash, or SIGKILL, loses the last quarter of a second.
//!
//! A clock may be wrong for a moment. A window that begins later than now is of such a moment, and counts no more.

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

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(minute: u64, day: u64) -> Plan {
        Plan {
            requests_per_minute: minute,
            requests_per_day: day,
            results: 1,
            look_back_days: 1,
            formats: Vec::new(),
        }
    }

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    #[test]
    fn a_window_runs_out_and_starts_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("s.db");
        let usage = Usage::open(&store, at(0)).unwrap();
        let take = |usage: &Usage, second| usage.take("k", &plan(2, 3), at(second));
        assert_eq!(
            take(&usage, 0).unwrap(),
            QuotaState {
                limit: 2,
                remaining: 1,
                reset: 60
            }
        );
        assert_eq!(take(&usage, 1).unwrap().remaining, 0);
        let refused = take(&usage, 58).unwrap_err();
        assert_eq!((refused.reset, refused.wait(at(58))), (60, 2));
        usage.write(at(0)).unwrap();
        drop(usage);
        let usage = Usage::open(&store, at(59)).unwrap();
        assert!(
            take(&usage, 59).is_err(),
            "a restart does not reset the count"
        );
        // The third of the day; then the day is over, too.
        assert_eq!(
            take(&usage, 60).unwrap(),
            QuotaState {
                limit: 3,
                remaining: 0,
                reset: DAY
            }
        );
        assert_eq!(take(&usage, 120).unwrap_err().reset, DAY);
        assert!(take(&usage, DAY).is_ok());
    }

    /// What is left of a plan of 5 a minute and 50 a day, after one request more.
    fn left(usage: &Usage, second: i64) -> Option<u64> {
        usage
            .take("k", &plan(5, 50), at(second))
            .ok()
            .map(|standing| standing.remaining)
    }

    const NOON: i64 = 20_000 * DAY + DAY / 2;
    const YEARS: i64 = 70 * 365 * DAY;

    #[test]
    fn a_clock_that_was_wrong_for_a_moment_shuts_no_key() {
        // Ahead by 70 years, by a day, by an hour: before and after a restart, written or not.
        for ahead in [YEARS, DAY, 3600] {
            for written in [false, true] {
                for restarted in [false, true] {
                    let folder = tempfile::tempdir().unwrap();
                    let store = folder.path().join("s.db");
                    let mut usage = Usage::open(&store, at(NOON)).unwrap();
                    assert_eq!(left(&usage, NOON), Some(4));
                    assert_eq!(left(&usage, NOON + ahead), Some(4));
                    if written {
                        usage.write(at(NOON + ahead)).unwrap();
                    }
                    if restarted {
                        drop(usage);
                        usage = Usage::open(&store, at(NOON + 1)).unwrap();
                    }
                    for left_over in [4, 3, 2, 1, 0] {
                        let found = left(&usage, NOON + 1);
                        assert_eq!(found, Some(left_over), "{ahead} {written} {restarted}");
                    }
                    let refused = usage.take("k", &plan(5, 50), at(NOON + 1)).unwrap_err();
                    assert!(refused.wait(at(NOON + 1)) <= 60, "{refused:?}");
                    // And so it is after another restart.
                    usage.write(at(NOON + 1)).unwrap();
                    drop(usage);
                    let usage = Usage::open(&store, at(NOON + 2)).unwrap();
                    assert_eq!(left(&usage, NOON + 2), None);
                    assert_eq!(left(&usage, NOON + 61), Some(4));
                }
            }
        }
    }

    #[test]
    fn a_clock_that_is_set_back_a_little_gives_nothing_away() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("s.db");
        let midnight = 20_000 * DAY;
        let usage = Usage::open(&store, at(midnight)).unwrap();
        for left_over in [4, 3, 2, 1, 0] {
            assert_eq!(left(&usage, midnight + 1), Some(left_over));
        }
        for second in [midnight, midnight - 1, midnight - SKEW] {
            assert_eq!(left(&usage, second), None, "{second}");
        }
    }

    #[test]
    fn any_history_of_a_clock_ends_well() {
        // Whatever the clock did before, some minutes later a plan is what it says.
        let jumps = [
            0,
            -YEARS,
            YEARS,
            DAY,
            -DAY,
            61,
            -61,
            -20_000 * DAY,
            i64::from(i32::MAX),
        ];
        for one in jumps {
            for other in jumps {
                let folder = tempfile::tempdir().unwrap();
                let store = folder.path().join("s.db");
                let usage = Usage::open(&store, at(NOON + one)).unwrap();
                for second in [NOON + one, NOON + other, NOON] {
                    for _ in 0..7 {
                        let _ = left(&usage, second);
                    }
                    usage.write(at(second)).unwrap();
                }
                drop(usage);
                let usage = Usage::open(&store, at(NOON + 180)).unwrap();
                let taken = (0..9)
                    .filter(|_| left(&usage, NOON + 180).is_some())
                    .count();
                assert_eq!(taken, 5, "{one} {other}");
            }
        }
    }

    #[test]
    fn counts_whose_file_was_removed_are_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("s.db");
        let usage = Usage::open(&store, at(0)).unwrap();
        for _ in 0..3 {
            assert!(left(&usage, 0).is_some());
        }
        usage.write(at(0)).unwrap();
        for file in std::fs::read_dir(folder.path()).unwrap() {
            std::fs::remove_file(file.unwrap().path()).unwrap();
        }
        usage.write(at(1)).unwrap();
        assert!(
            !folder.path().join("s.db-usage").exists(),
            "there is no news"
        );
        assert!(left(&usage, 1).is_some());
        usage.write(at(1)).unwrap();
        let other = Usage::open(&store, at(2)).unwrap();
        assert_eq!(left(&other, 2), Some(0));
    }

    #[test]
    fn two_servers_share_a_count() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("s.db");
        let one = Usage::open(&store, at(0)).unwrap();
        let other = Usage::open(&store, at(0)).unwrap();
        for usage in [&one, &other] {
            for _ in 0..2 {
                usage.take("k", &plan(5, 100), at(0)).unwrap();
            }
        }
        one.write(at(0)).unwrap();
        other.write(at(0)).unwrap();
        assert_eq!(other.take("k", &plan(5, 100), at(0)).unwrap().remaining, 0);
        other.write(at(0)).unwrap();
        one.take("k", &plan(9, 100), at(0)).unwrap();
        one.write(at(0)).unwrap();
        assert!(one.take("k", &plan(6, 100), at(0)).is_err());
    }
}

//! How much of its plan a key has used, in a file beside the store, so that a restart forgets nothing.
//!
//! The counts are kept in memory and written several times a second: a crash loses the last quarter of a second.
//! Two servers on one store add up to one count.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

use super::config::Plan;
use super::store::broken;
use crate::error::Result;

/// How often the counts are written.
pub(crate) const PERIOD: Duration = Duration::from_millis(250);

const MINUTE: i64 = 60;
const DAY: i64 = 86_400;

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
    fn at(&mut self, number: i64) -> &mut Window {
        // A clock that was set back does not open a new window.
        if number > self.number {
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
            reset: (self.number + 1) * length,
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
    file: Mutex<Connection>,
}

impl Usage {
    /// Opens the counts of a store.
    pub(crate) fn open(store: &Path, now: DateTime<Utc>) -> Result<Usage> {
        let mut path = store.as_os_str().to_owned();
        path.push("-usage");
        let path = PathBuf::from(path);
        let open = || {
            let connection = Connection::open(&path)?;
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
        let (file, counts) = open().map_err(|cause| broken(&path, cause))?;
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
        let minute = used.minute.at(second.div_euclid(MINUTE));
        let day = used.day.at(second.div_euclid(DAY));
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

    /// Writes what is new.
    pub(crate) fn write(&self) -> Result<()> {
        let fresh: Vec<(String, Used)> = {
            let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            counts
                .iter()
                .filter(|(_, used)| used.minute.fresh > 0 || used.day.fresh > 0)
                .map(|(key, used)| (key.clone(), *used))
                .collect()
        };
        if fresh.is_empty() {
            return Ok(());
        }
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let totals = add(&mut file, &fresh).map_err(|cause| broken(&self.path, cause))?;
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

/// Adds to the counts of the file, and gives what they are then.
fn add(
    file: &mut Connection,
    fresh: &[(String, Used)],
) -> rusqlite::Result<Vec<(Option<u64>, Option<u64>)>> {
    let transaction = file.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let mut totals = Vec::with_capacity(fresh.len());
    {
        let mut statement = transaction.prepare_cached(
            "INSERT INTO usage (key, length, window, count) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET
                 count = CASE WHEN window = excluded.window THEN count + excluded.count ELSE excluded.count END,
                 window = excluded.window
             WHERE window <= excluded.window
             RETURNING count",
        )?;
        let mut one = |key: &str, length: i64, window: &Window| {
            let values = params![key, length, window.number, window.fresh as i64];
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

/// The requests without a valid key, by address: guessing keys is slow.
#[derive(Debug)]
pub(crate) struct Strangers {
    limit: u64,
    seen: Mutex<(i64, HashMap<std::net::IpAddr, u64>)>,
}

/// How many addresses have a count of their own in one minute; those beyond share one.
const STRANGERS: usize = 65_536;

impl Strangers {
    pub(crate) fn new(limit: u64) -> Strangers {
        Strangers {
            limit,
            seen: Mutex::new((0, HashMap::new())),
        }
    }

    /// Counts one request of an address, or refuses it.
    pub(crate) fn take(
        &self,
        address: std::net::IpAddr,
        now: DateTime<Utc>,
    ) -> std::result::Result<QuotaState, QuotaState> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = now.timestamp().div_euclid(MINUTE);
        if seen.0 != minute {
            *seen = (minute, HashMap::new());
        }
        let mut address = network(address);
        if seen.1.len() >= STRANGERS && !seen.1.contains_key(&address) {
            address = std::net::Ipv6Addr::UNSPECIFIED.into();
        }
        let count = seen.1.entry(address).or_default();
        let refused = *count >= self.limit;
        *count = (*count + 1).min(self.limit);
        let standing = QuotaState {
            limit: self.limit,
            remaining: self.limit - *count,
            reset: (minute + 1) * MINUTE,
        };
        match refused {
            true => Err(standing),
            false => Ok(standing),
        }
    }
}

/// What one client has at least: an IPv4 address, or a /64 of IPv6.
fn network(address: std::net::IpAddr) -> std::net::IpAddr {
    match address.to_canonical() {
        std::net::IpAddr::V6(v6) => {
            let mut parts = v6.segments();
            parts[4..].fill(0);
            std::net::IpAddr::V6(parts.into())
        }
        v4 => v4,
    }
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
        usage.write().unwrap();
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
        one.write().unwrap();
        other.write().unwrap();
        assert_eq!(other.take("k", &plan(5, 100), at(0)).unwrap().remaining, 0);
        other.write().unwrap();
        one.take("k", &plan(9, 100), at(0)).unwrap();
        one.write().unwrap();
        assert!(one.take("k", &plan(6, 100), at(0)).is_err());
    }

    #[test]
    fn strangers_are_counted_by_network() {
        let strangers = Strangers::new(2);
        let take = |text: &str, second| strangers.take(text.parse().unwrap(), at(second));
        assert!(take("2001:db8::1", 0).is_ok());
        assert!(take("2001:db8::2", 0).is_ok());
        assert!(take("2001:db8::3", 0).is_err());
        assert!(take("2001:db8:0:1::3", 0).is_ok());
        assert!(take("2001:db8::3", 60).is_ok());
    }
}

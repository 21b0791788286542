//! The state of a sync, in SQLite: rules, files, and what is still to be done.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use rusqlite::{Connection, OptionalExtension, params};

use super::output::{Operation, Output};
use super::schema::{self, broken};
use super::source::Source;
use crate::coded::coded;
use crate::error::{Error, ErrorKind, Result};

/// The filters of a run after which the next one fetches everything, for its own was not sure: they equal no filters.
pub(super) const FETCH_ALL: &str = "";

coded! {
/// Where a rule stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RuleState as as_str {
    /// In place.
    Live "live",
    /// In place, with `status: deprecated`: its time is over.
    Marked "marked",
    /// Removed, because its time is over. Its name and its date are kept, for upstream may speak of it again.
    Expired "expired",
}
}

/// A rule as it was last compiled, and what its lifetime is counted from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) kind: String,
    pub(super) value: String,
    pub(super) log_source: String,
    pub(super) title: String,
    /// The name of the rule's own file.
    pub(super) file: String,
    pub(super) text: String,
    /// The date that the rule was first given.
    pub(super) date: Option<NaiveDate>,
    pub(super) first_seen: Option<DateTime<Utc>>,
    pub(super) last_seen: Option<DateTime<Utc>>,
    /// When it was first fetched, by clocks that were right; `None` until then.
    pub(super) first_fetched: Option<DateTime<Utc>>,
    /// When upstream last spoke of it: what its life is counted from.
    pub(super) heard_at: DateTime<Utc>,
    pub(super) standing: RuleState,
}

impl Row {
    /// Whether the rule is in the output.
    pub(super) fn is_visible(&self) -> bool {
        self.standing != RuleState::Expired
    }
}

/// The rules by id.
pub(super) type Rows = BTreeMap<String, Row>;

/// The last run.
///
/// ```
/// use socdef_sigma::sync::LastRun;
///
/// let run = LastRun { server_time: chrono::Utc::now(), began: chrono::Utc::now(), filters: "type=ipv4".to_owned() };
/// assert_eq!(run.filters, "type=ipv4");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastRun {
    /// Where the next run goes on: the beginning of the last whole run, by the earlier of the server's clock and ours.
    pub server_time: DateTime<Utc>,
    /// The beginning of the last run, whole or not, by the same clock.
    pub began: DateTime<Utc>,
    /// The filters, as text to compare.
    pub filters: String,
}

#[derive(Debug)]
pub(super) struct Store {
    connection: Connection,
    path: PathBuf,
}

impl Store {
    /// Opens the state in a folder: see [`schema::open`].
    pub(super) fn open(folder: &Path) -> Result<Store> {
        Ok(Store {
            connection: schema::open(folder)?,
            path: folder.join(schema::NAME),
        })
    }

    /// What the names of this state's temporary files begin with, and no other's.
    pub(super) fn prefix(&self) -> Result<String> {
        Ok(format!(".socdef-{}-", self.meta("id")?.unwrap_or_default()))
    }

    fn done<T>(&self, result: rusqlite::Result<T>) -> Result<T> {
        result.map_err(|cause| broken(&self.path, cause))
    }

    /// Ties a new state to its output; refuses an output that is not the state's.
    pub(super) fn bind(&mut self, output: &Output) -> Result<()> {
        let wanted = output.to_string();
        match self.meta("output")? {
            None => self.set_meta("output", &wanted),
            Some(known) if known == wanted => Ok(()),
            Some(known) => Err(Error::new(
                ErrorKind::BadUsage,
                format!("this state keeps {known} up to date, not {wanted}"),
            )
            .at(self.path.display())
            .hint("give each output a `--state` folder of its own")),
        }
    }

    pub(super) fn last_run(&self) -> Result<Option<LastRun>> {
        let time = |name| Ok(self.meta(name)?.as_deref().and_then(read_time));
        let (Some(server_time), Some(filters)) = (time("server_time")?, self.meta("filters")?)
        else {
            return Ok(None);
        };
        Ok(Some(LastRun {
            server_time,
            began: time("began")?.unwrap_or(server_time),
            filters,
        }))
    }

    /// What the runs so far followed; `None` before the first. Earlier versions knew an endpoint only.
    pub(super) fn source(&self) -> Result<Option<String>> {
        match self.meta("source")? {
            None if self.last_run()?.is_some() => Ok(Some(Source::Endpoint.to_string())),
            known => Ok(known),
        }
    }

    /// Whether there is a rule, in place or over.
    pub(super) fn has_rules(&self) -> Result<bool> {
        let query = "SELECT EXISTS (SELECT 1 FROM rules)";
        self.done(self.connection.query_row(query, [], |row| row.get(0)))
    }

    fn meta(&self, name: &str) -> Result<Option<String>> {
        let query = "SELECT value FROM meta WHERE name = ?1";
        self.done(
            self.connection
                .query_row(query, [name], |row| row.get(0))
                .optional(),
        )
    }

    fn set_meta(&mut self, name: &str, value: &str) -> Result<()> {
        let statement = "INSERT OR REPLACE INTO meta VALUES (?1, ?2)";
        self.done(self.connection.execute(statement, [name, value]))
            .map(drop)
    }

    pub(super) fn rows(&self) -> Result<Rows> {
        let read = || -> rusqlite::Result<Rows> {
            let mut statement = self.connection.prepare(
                "SELECT id, type, value, log_source, title, file, text, date, first_seen, last_seen, first_fetched, heard_at, standing FROM rules",
            )?;
            let rows = statement.query_map([], |row| {
                let time = |at: usize| -> rusqlite::Result<Option<DateTime<Utc>>> {
                    Ok(row
                        .get::<_, Option<String>>(at)?
                        .as_deref()
                        .and_then(read_time))
                };
                let standing: String = row.get(12)?;
                Ok((
                    row.get(0)?,
                    Row {
                        kind: row.get(1)?,
                        value: row.get(2)?,
                        log_source: row.get(3)?,
                        title: row.get(4)?,
                        file: row.get(5)?,
                        text: row.get(6)?,
                        date: row
                            .get::<_, Option<String>>(7)?
                            .and_then(|day| day.parse().ok()),
                        first_seen: time(8)?,
                        last_seen: time(9)?,
                        first_fetched: time(10)?,
                        heard_at: time(11)?.unwrap_or(DateTime::<Utc>::MAX_UTC),
                        standing: RuleState::ALL
                            .into_iter()
                            .find(|known| known.as_str() == standing)
                            .unwrap_or(RuleState::Live),
                    },
                ))
            })?;
            rows.collect()
        };
        self.done(read())
    }

    /// The SHA-256 of a file as it was last written, by path.
    pub(super) fn files(&self) -> Result<BTreeMap<PathBuf, String>> {
        let read = || -> rusqlite::Result<BTreeMap<PathBuf, String>> {
            let mut statement = self.connection.prepare("SELECT path, sha256 FROM files")?;
            let rows = statement.query_map([], |row| {
                Ok((PathBuf::from(row.get::<_, String>(0)?), row.get(1)?))
            })?;
            rows.collect()
        };
        self.done(read())
    }

    /// Writes a run's new state and its pending operations, all or nothing.
    pub(super) fn commit(
        &mut self,
        rows: &Rows,
        gone: &[String],
        operations: &[Operation],
        run: &LastRun,
        source: Option<String>,
    ) -> Result<()> {
        let old = self.rows()?;
        let path = self.path.clone();
        let mut write = || -> rusqlite::Result<()> {
            let transaction = self.connection.transaction()?;
            {
                let mut delete = transaction.prepare("DELETE FROM rules WHERE id = ?1")?;
                for id in gone {
                    delete.execute([id])?;
                }
                let mut insert = transaction.prepare(
                    "INSERT OR REPLACE INTO rules VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
                )?;
                for (id, row) in rows.iter().filter(|(id, row)| old.get(*id) != Some(row)) {
                    insert.execute(params![
                        id,
                        row.kind,
                        row.value,
                        row.log_source,
                        row.title,
                        row.file,
                        row.text,
                        row.date.map(|day| day.to_string()),
                        row.first_seen.map(write_time),
                        row.last_seen.map(write_time),
                        row.first_fetched.map(write_time),
                        write_time(row.heard_at),
                        row.standing.as_str(),
                    ])?;
                }
                let mut pend =
                    transaction.prepare("INSERT OR REPLACE INTO pending VALUES (?1, ?2, ?3)")?;
                let mut file =
                    transaction.prepare("INSERT OR REPLACE INTO files VALUES (?1, ?2)")?;
                let mut forget = transaction.prepare("DELETE FROM files WHERE path = ?1")?;
                for operation in operations {
                    let path = operation.path.to_string_lossy();
                    if !operation.only_forget {
                        pend.execute(params![path, operation.bytes, operation.expected])?;
                    }
                    match operation.digest() {
                        Some(digest) => file.execute(params![path, digest])?,
                        None => forget.execute([path])?,
                    };
                }
                let mut meta =
                    transaction.prepare("INSERT OR REPLACE INTO meta VALUES (?1, ?2)")?;
                meta.execute(["server_time", &write_time(run.server_time)])?;
                meta.execute(["began", &write_time(run.began)])?;
                meta.execute(["filters", &run.filters])?;
                if let Some(source) = &source {
                    meta.execute(["source", source])?;
                }
            }
            transaction.commit()
        };
        write().map_err(|cause| broken(&path, cause))
    }

    /// The operations that are still to be done.
    pub(super) fn pending(&self) -> Result<Vec<Operation>> {
        let read = || -> rusqlite::Result<Vec<Operation>> {
            let mut statement = self
                .connection
                .prepare("SELECT path, bytes, expected FROM pending ORDER BY path")?;
            let rows = statement.query_map([], |row| {
                Ok(Operation {
                    path: PathBuf::from(row.get::<_, String>(0)?),
                    bytes: row.get(1)?,
                    expected: row.get(2)?,
                    only_forget: false,
                })
            })?;
            rows.collect()
        };
        self.done(read())
    }

    /// All operations are done.
    pub(super) fn finish(&mut self) -> Result<()> {
        self.done(self.connection.execute("DELETE FROM pending", []))
            .map(drop)
    }
}

fn write_time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

fn read_time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|time| time.with_timezone(&Utc))
}

//! Writing: one batch is one transaction.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::broken;
use super::merge::{Sighting, Union, again, instead, union};
use super::value::{json, of_rank, producer, rank, read};
use crate::error::Result;
use crate::indicator::{Confidence, Indicator};

/// What an ingest changed in the store, in IOCs.
///
/// ```
/// use socdef_sigma::serve::Changes;
/// assert_eq!(Changes::default(), Changes { added: 0, changed: 0, unchanged: 0, removed: 0 });
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Changes {
    /// IOCs that were not there before.
    pub added: u64,
    /// IOCs of which something else is known now.
    pub changed: u64,
    /// IOCs that were read again without a change.
    pub unchanged: u64,
    /// IOCs that nobody lists any more.
    pub removed: u64,
}

/// A transaction of ingest: all of it or nothing.
#[derive(Debug)]
pub(crate) struct Batch<'a> {
    transaction: Transaction<'a>,
    path: PathBuf,
    source: String,
    /// Where the batch is all that the source says: the sightings that it still lists.
    listed: Option<HashSet<i64>>,
    revision: i64,
    dirty: bool,
    /// Whether an IOC left the list: whoever asks for news does not hear of it.
    has_left: bool,
    /// IOCs that were brought up to their sightings.
    settled: HashSet<i64>,
    /// Those about which more was stored after that: they are settled again at the end, once each. To do it for each sighting
    /// would read all of an IOC's sightings again and again.
    unsettled: BTreeSet<i64>,
    changes: Changes,
    /// How many sightings were read, for the test that it is not too many.
    #[cfg(test)]
    read: std::cell::Cell<usize>,
}

impl<'a> Batch<'a> {
    pub(super) fn begin(
        connection: &'a mut Connection,
        path: &Path,
        source: &str,
        replace: bool,
    ) -> rusqlite::Result<Batch<'a>> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // The time is set at the end: whoever asks in between for what is new afterwards misses nothing.
        transaction.execute(
            "INSERT INTO revisions (at, source) VALUES (0, ?1)",
            [source],
        )?;
        Ok(Batch {
            revision: transaction.last_insert_rowid(),
            transaction,
            path: path.to_owned(),
            source: source.to_owned(),
            listed: replace.then(HashSet::new),
            dirty: false,
            has_left: false,
            settled: HashSet::new(),
            unsettled: BTreeSet::new(),
            changes: Changes::default(),
            #[cfg(test)]
            read: std::cell::Cell::default(),
        })
    }

    /// Takes in what a producer says about an indicator.
    ///
    /// # Errors
    /// [`ErrorKind::BrokenStore`](crate::ErrorKind::BrokenStore), after which the batch is of no use.
    pub(crate) fn put(&mut self, indicator: &Indicator, default: Confidence) -> Result<()> {
        self.try_put(indicator, default)
            .map_err(|cause| broken(&self.path, cause))
    }

    fn try_put(&mut self, indicator: &Indicator, default: Confidence) -> rusqlite::Result<()> {
        let (ioc, new) = self.ioc(indicator)?;
        let said = match new {
            true => self.first_word(ioc, indicator, default)?,
            false => self.word(ioc, indicator, default)?,
        };
        let changed = said
            && match self.settled.insert(ioc) {
                true => self.settle(ioc, new)?,
                false => {
                    self.unsettled.insert(ioc);
                    true
                }
            };
        *match (new, changed) {
            (true, _) => &mut self.changes.added,
            (false, true) => &mut self.changes.changed,
            (false, false) => &mut self.changes.unchanged,
        } += 1;
        Ok(())
    }

    fn first_word(
        &mut self,
        ioc: i64,
        indicator: &Indicator,
        default: Confidence,
    ) -> rusqlite::Result<bool> {
        self.transaction
            .prepare_cached(
                "INSERT INTO sightings (ioc, producer, source, changed, default_confidence, indicator)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                ioc,
                producer(indicator),
                self.source,
                self.revision,
                rank(default),
                json(indicator)?
            ])?;
        self.dirty = true;
        self.list(self.transaction.last_insert_rowid());
        Ok(true)
    }

    /// Takes in a sighting of an IOC that is there, and says whether it is news.
    fn word(
        &mut self,
        ioc: i64,
        indicator: &Indicator,
        default: Confidence,
    ) -> rusqlite::Result<bool> {
        let known: Option<(i64, i64, String)> = self
            .transaction
            .prepare_cached(
                "SELECT id, default_confidence, indicator FROM sightings
                 WHERE ioc = ?1 AND producer = ?2 AND source = ?3",
            )?
            .query_row(params![ioc, producer(indicator), self.source], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        let Some((id, default_before, before)) = known else {
            return self.first_word(ioc, indicator, default);
        };
        let said: Indicator = read(&before)?;
        let now = match &self.listed {
            // The second mention in one batch adds to the first.
            Some(listed) if !listed.contains(&id) => instead(&said, indicator.clone()),
            _ => again(said, indicator.clone()),
        };
        self.list(id);
        let (now, default) = (json(&now)?, rank(default));
        if now == before && default == default_before {
            return Ok(false);
        }
        self.transaction
            .prepare_cached(
                "UPDATE sightings SET changed = ?2, default_confidence = ?3, indicator = ?4 WHERE id = ?1",
            )?
            .execute(params![id, self.revision, default, now])?;
        self.dirty = true;
        Ok(true)
    }

    fn list(&mut self, sighting: i64) {
        if let Some(listed) = &mut self.listed {
            listed.insert(sighting);
        }
    }

    /// The IOC of an indicator, and whether it is new.
    fn ioc(&self, indicator: &Indicator) -> rusqlite::Result<(i64, bool)> {
        let kind = indicator.ioc.ioc_type().as_str();
        let value = indicator.ioc.to_string();
        let known = self
            .transaction
            .prepare_cached("SELECT id FROM iocs WHERE type = ?1 AND value = ?2")?
            .query_row(params![kind, value], |row| row.get(0))
            .optional()?;
        if let Some(id) = known {
            return Ok((id, false));
        }
        self.transaction
            .prepare_cached(
                "INSERT INTO iocs (type, value, confidence, added, changed, revoked) VALUES (?1, ?2, 0, ?3, ?3, 0)",
            )?
            .execute(params![kind, value, self.revision])?;
        Ok((self.transaction.last_insert_rowid(), true))
    }

    /// Brings an IOC up to its sightings, and says whether that changed it. One without sightings goes.
    fn settle(&mut self, ioc: i64, new: bool) -> rusqlite::Result<bool> {
        let Some(Union {
            indicator: merged,
            confidence,
            industries,
        }) = union(self.sightings(ioc)?)
        else {
            self.transaction
                .prepare_cached("DELETE FROM iocs WHERE id = ?1")?
                .execute([ioc])?;
            self.has_left = true;
            return Ok(true);
        };
        let (document, confidence) = (json(&merged)?, rank(confidence));
        if !new {
            let now = Utc::now();
            let known: Option<(bool, bool)> = self
                .transaction
                .prepare_cached(
                    "SELECT d.indicator = ?2 AND i.confidence = ?3,
                            i.revoked = 0 AND (i.valid_until IS NULL OR i.valid_until >= ?4)
                     FROM iocs i JOIN documents d ON d.ioc = i.id WHERE i.id = ?1",
                )?
                .query_row(
                    params![ioc, document, confidence, now.timestamp_micros()],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()?;
            if matches!(known, Some((true, _))) && self.industries(ioc)? == industries {
                return Ok(false);
            }
            let is_good = !merged.revoked && merged.valid_until.is_none_or(|end| end >= now);
            self.has_left |= !is_good && matches!(known, Some((_, true)));
            self.transaction
                .prepare_cached("DELETE FROM industries WHERE ioc = ?1")?
                .execute([ioc])?;
        }
        self.transaction
            .prepare_cached("INSERT OR REPLACE INTO documents (ioc, indicator) VALUES (?1, ?2)")?
            .execute(params![ioc, document])?;
        self.transaction
            .prepare_cached(
                "UPDATE iocs SET confidence = ?2, changed = ?3, valid_until = ?4, revoked = ?5 WHERE id = ?1",
            )?
            .execute(params![
                ioc,
                confidence,
                self.revision,
                merged.valid_until.map(|end| end.timestamp_micros()),
                merged.revoked
            ])?;
        for industry in &industries {
            self.transaction
                .prepare_cached("INSERT OR IGNORE INTO industries (industry, ioc) VALUES (?1, ?2)")?
                .execute(params![industry, ioc])?;
        }
        Ok(true)
    }

    fn industries(&self, ioc: i64) -> rusqlite::Result<BTreeSet<String>> {
        let mut statement = self
            .transaction
            .prepare_cached("SELECT industry FROM industries WHERE ioc = ?1")?;
        let industries = statement.query_map([ioc], |row| row.get(0))?;
        industries.collect()
    }

    fn sightings(&self, ioc: i64) -> rusqlite::Result<Vec<Sighting>> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT producer, source, changed, default_confidence, indicator FROM sightings
             WHERE ioc = ?1 ORDER BY id",
        )?;
        let sightings = statement.query_map([ioc], |row| {
            #[cfg(test)]
            self.read.set(self.read.get() + 1);
            Ok(Sighting {
                producer: row.get(0)?,
                source: row.get(1)?,
                changed: row.get(2)?,
                default_confidence: of_rank(row.get(3)?),
                indicator: read(row.get_ref(4)?.as_str()?)?,
            })
        })?;
        sightings.collect()
    }

    /// Takes out what the source no longer lists, where the batch is all that it says.
    fn sweep(&mut self) -> rusqlite::Result<()> {
        let Some(listed) = self.listed.take() else {
            return Ok(());
        };
        let gone: Vec<(i64, i64)> = {
            let mut statement = self
                .transaction
                .prepare_cached("SELECT id, ioc FROM sightings WHERE source = ?1 ORDER BY id")?;
            let rows = statement.query_map([&self.source], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.filter(|row| !matches!(row, Ok((id, _)) if listed.contains(id)))
                .collect::<rusqlite::Result<_>>()?
        };
        let mut less = BTreeSet::new();
        for (id, ioc) in gone {
            self.transaction
                .prepare_cached("DELETE FROM sightings WHERE id = ?1")?
                .execute([id])?;
            self.dirty = true;
            less.insert(ioc);
        }
        for ioc in less {
            self.unsettled.remove(&ioc);
            let left: bool = self
                .transaction
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM sightings WHERE ioc = ?1)")?
                .query_row([ioc], |row| row.get(0))?;
            match (self.settle(ioc, false)?, left) {
                (_, false) => self.changes.removed += 1,
                (true, true) => self.changes.changed += 1,
                (false, true) => {}
            }
        }
        Ok(())
    }

    /// Ends the batch: from now on everybody sees all of it. Where it changed nothing, nothing is written.
    ///
    /// # Errors
    /// [`ErrorKind::BrokenStore`](crate::ErrorKind::BrokenStore); the store is then as it was.
    pub(crate) fn commit(mut self, at: DateTime<Utc>) -> Result<Changes> {
        let path = self.path.clone();
        self.settle_all().map_err(|cause| broken(&path, cause))?;
        let changes = self.changes;
        self.end(at).map_err(|cause| broken(&path, cause))?;
        Ok(changes)
    }

    fn settle_all(&mut self) -> rusqlite::Result<()> {
        self.sweep()?;
        for ioc in std::mem::take(&mut self.unsettled) {
            self.settle(ioc, false)?;
        }
        Ok(())
    }

    fn end(self, at: DateTime<Utc>) -> rusqlite::Result<()> {
        if !self.dirty {
            return self.transaction.rollback();
        }
        // A clock that was set back must not hide a change.
        self.transaction.execute(
            "UPDATE revisions SET at = max(?2, 1 + coalesce((SELECT max(at) FROM revisions), 0)) WHERE id = ?1",
            params![self.revision, at.timestamp_micros()],
        )?;
        if self.has_left {
            self.transaction.execute("DELETE FROM removals", [])?;
            self.transaction
                .execute("INSERT INTO removals VALUES (?1)", [self.revision])?;
        }
        self.transaction.commit()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::*;
    use crate::indicator::parse;

    /// What many producers say of one IOC is read a bounded number of times, whether they come, come again, or go.
    #[test]
    fn the_sightings_of_a_batch_are_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("iocs.db")).unwrap();
        let mut read = |count: usize, tag: &str, replace: bool| {
            let mut batch = store.batch("feed", replace).unwrap();
            for at in 0..count {
                let mut indicator = Indicator::new(parse("198.51.100.7").unwrap());
                indicator.producers.push(format!("producer {at}"));
                indicator.tags.push(format!("{tag} {at}"));
                batch.put(&indicator, Confidence::Medium).unwrap();
            }
            batch.settle_all().unwrap();
            let read = batch.read.get();
            batch.commit(Utc::now()).unwrap();
            read
        };
        // Once where the first one comes, and once at the end.
        assert!(read(300, "a", false) <= 302);
        assert!(read(300, "b", false) <= 600);
        assert!(read(10, "c", true) <= 600);
    }
}

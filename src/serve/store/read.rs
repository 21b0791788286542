//! Reading: what a query gives.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use rusqlite::types::Value;
use rusqlite::{OptionalExtension, params_from_iter};

use super::pool::{Filters, Reader, Total};
use super::value::{of_rank, rank, read};
use crate::indicator::{Confidence, Indicator, IocType};

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

    /// When an IOC last left the list; `None` where none did so far, or where the list does not go back to the oldest one.
    pub(crate) fn last_removal(
        &self,
        not_before: DateTime<Utc>,
    ) -> rusqlite::Result<Option<DateTime<Utc>>> {
        let connection = self.connection()?;
        // A store that an earlier release wrote last has no such table.
        let is_known: bool = connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'removals')")?
            .query_row([], |row| row.get(0))?;
        if !is_known {
            return Ok(None);
        }
        let at: Option<i64> = connection
            .prepare_cached(
                "SELECT r.at FROM removals m JOIN revisions r ON r.id = m.revision
                 WHERE NOT EXISTS (SELECT 1 FROM iocs WHERE changed <
                     coalesce((SELECT min(id) FROM revisions WHERE at >= ?1), 9223372036854775807))",
            )?
            .query_row([not_before.timestamp_micros()], |row| row.get(0))
            .optional()?;
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

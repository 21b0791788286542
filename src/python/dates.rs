//! Dates as Python gives them: `datetime`, `date` or text.

use chrono::{DateTime, Duration, FixedOffset, NaiveDate, NaiveDateTime, Utc};
use pyo3::prelude::*;

use super::errors::usage;
use crate::indicator::{parse_age, parse_date};

/// A moment, and whether only its day was given.
pub(super) struct Moment {
    at: DateTime<Utc>,
    whole_day: bool,
}

impl Moment {
    /// The first instant that is meant.
    pub(super) fn start(self) -> DateTime<Utc> {
        self.at
    }

    /// The last instant that is meant: of a day, its end.
    pub(super) fn end(self) -> DateTime<Utc> {
        match self.whole_day {
            true => self.at + Duration::days(1) - Duration::nanoseconds(1),
            false => self.at,
        }
    }
}

/// Reads a moment from an argument, as [`moment`] does, or an age such as `7d`, counted from `now`.
pub(super) fn moment_or_age(
    name: &str,
    value: Option<&Bound<'_, PyAny>>,
    now: DateTime<Utc>,
) -> PyResult<Option<Moment>> {
    let text = value.and_then(|value| value.extract::<String>().ok());
    let Some(age) = text.as_deref().and_then(parse_age) else {
        return read(
            name,
            value,
            "2026-05-17, 2026-05-17T12:00:00Z, or 7d for the last seven days",
        );
    };
    let at = now.checked_sub_signed(age).unwrap_or_default();
    Ok(Some(Moment {
        at: at.max(DateTime::UNIX_EPOCH),
        whole_day: false,
    }))
}

/// Reads a moment from an argument. A `datetime` without a zone is UTC.
pub(super) fn moment(name: &str, value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Moment>> {
    read(name, value, "2026-05-17 or 2026-05-17T12:00:00Z")
}

fn read(name: &str, value: Option<&Bound<'_, PyAny>>, forms: &str) -> PyResult<Option<Moment>> {
    let Some(value) = value.filter(|value| !value.is_none()) else {
        return Ok(None);
    };
    if let Ok(text) = value.extract::<String>() {
        let whole_day = !text.trim().contains(['T', 't', ' ', ':']);
        return match parse_date(&text) {
            Some(at) => Ok(Some(Moment { at, whole_day })),
            None => Err(usage(
                value.py(),
                format!("`{name}` is not a date: `{text}`; write it like {forms}"),
            )),
        };
    }
    if let Ok(at) = value.extract::<DateTime<FixedOffset>>() {
        return Ok(Some(Moment {
            at: at.with_timezone(&Utc),
            whole_day: false,
        }));
    }
    if let Ok(at) = value.extract::<NaiveDateTime>() {
        return Ok(Some(Moment {
            at: at.and_utc(),
            whole_day: false,
        }));
    }
    match value
        .extract::<NaiveDate>()
        .ok()
        .and_then(|day| day.and_hms_opt(0, 0, 0))
    {
        Some(at) => Ok(Some(Moment {
            at: at.and_utc(),
            whole_day: true,
        })),
        None => Err(usage(
            value.py(),
            format!("`{name}` must be a datetime, a date or a string"),
        )),
    }
}

//! Dates of events, objects and attributes.

use chrono::{DateTime, Utc};

use super::lenient::Text;
use crate::indicator::parse_date;

/// A date as the feed gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Moment<'a> {
    /// Nothing, or what MISP writes for nothing.
    Absent,
    Read(DateTime<Utc>),
    /// Something that is not a date for certain.
    Unreadable(&'a str),
}

impl<'a> Moment<'a> {
    pub(super) fn unreadable(&self) -> Option<&'a str> {
        match self {
            Moment::Unreadable(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn date(&self) -> Option<DateTime<Utc>> {
        match self {
            Moment::Read(date) => Some(*date),
            _ => None,
        }
    }
}

/// Reads a date: ISO 8601 as the core format has it, or seconds, milliseconds or microseconds since 1970.
pub(super) fn moment(text: &Text) -> Moment<'_> {
    let text = text.as_deref().unwrap_or_default().trim();
    if text.is_empty() || text == "0" {
        return Moment::Absent;
    }
    match epoch(text).or_else(|| parse_date(text)) {
        Some(date) => Moment::Read(date),
        None => Moment::Unreadable(text),
    }
}

/// MISP's database counts microseconds, its `timestamp` seconds. The number of digits tells them apart.
fn epoch(text: &str) -> Option<DateTime<Utc>> {
    let whole = text.split('.').next().unwrap_or(text);
    if !text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    match whole.len() {
        9 | 10 => DateTime::from_timestamp(number, 0),
        12 | 13 => DateTime::from_timestamp_millis(number),
        15 | 16 => DateTime::from_timestamp_micros(number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_numbers_of_seconds() {
        let read = |text: &str| match moment(&Some(text.to_owned())) {
            Moment::Absent => "absent".to_owned(),
            Moment::Read(date) => date.to_rfc3339(),
            Moment::Unreadable(text) => format!("unreadable {text}"),
        };
        for (text, expected) in [
            ("2018-11-06", "2018-11-06T00:00:00+00:00"),
            (
                "2019-06-02T22:14:28.711954+02:00",
                "2019-06-02T20:14:28.711954+00:00",
            ),
            ("1541533312", "2018-11-06T19:41:52+00:00"),
            ("1541533312.5", "2018-11-06T19:41:52+00:00"),
            ("1541533312000", "2018-11-06T19:41:52+00:00"),
            ("1541533312000001", "2018-11-06T19:41:52.000001+00:00"),
            ("0", "absent"),
            (" ", "absent"),
            ("0000-00-00", "unreadable 0000-00-00"),
            ("3/4/2016", "unreadable 3/4/2016"),
            ("99999999999999999999", "unreadable 99999999999999999999"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
        assert_eq!(moment(&None), Moment::Absent);
    }
}

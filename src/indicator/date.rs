//! The forms in which feeds write dates.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};

/// Reads a date or time as feeds write it; `None` where it is not a date, or is ambiguous.
///
/// Accepted: RFC 3339; the same without a zone or with a space (read as UTC); a date only (midnight UTC); `YYYYMMDD`;
/// `M/D/YYYY` and `D/M/YYYY`, with a time or without, where only one reading is a date or both readings agree.
///
/// ```
/// use socdef_sigma::indicator::parse_date;
/// let read = |text| parse_date(text).map(|date| date.to_rfc3339());
/// assert_eq!(read("2024-12-08T14:30:00+02:00").as_deref(), Some("2024-12-08T12:30:00+00:00"));
/// assert_eq!(read("2024-12-08").as_deref(), Some("2024-12-08T00:00:00+00:00"));
/// assert_eq!(read("3/18/2016 22:24").as_deref(), Some("2016-03-18T22:24:00+00:00"));
/// assert_eq!(read("3/4/2016"), None); // the third of April, or the fourth of March
/// ```
pub fn parse_date(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Ok(date) = DateTime::parse_from_rfc3339(text) {
        return in_range(date.with_timezone(&Utc));
    }
    let text = text
        .strip_suffix(" UTC")
        .or_else(|| text.strip_suffix('Z'))
        .unwrap_or(text);
    let (day, time) = match text.split_once(['T', ' ']) {
        Some((day, time)) => (day, Some(time.trim())),
        None => (text, None),
    };
    let day = match NaiveDate::parse_from_str(day, "%Y-%m-%d") {
        Ok(date) => date,
        Err(_) => compact(day).or_else(|| slashed(day))?,
    };
    let moment = match time {
        None => day.and_hms_opt(0, 0, 0)?,
        Some(time) => ["%H:%M:%S%.f", "%H:%M"]
            .iter()
            .find_map(|format| chrono::NaiveTime::parse_from_str(time, format).ok())
            .map(|time| NaiveDateTime::new(day, time))?,
    };
    in_range(moment.and_utc())
}

/// Reads an age: a whole number of minutes, hours, days or weeks, such as `90m`, `24h`, `7d`, `2w`.
///
/// ```
/// use chrono::TimeDelta;
/// use socdef_sigma::indicator::parse_age;
/// assert_eq!(parse_age("7d"), Some(TimeDelta::days(7)));
/// assert_eq!(parse_age("7 days"), None);
/// ```
pub fn parse_age(text: &str) -> Option<TimeDelta> {
    let text = text.trim();
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number = number
        .bytes()
        .all(|digit| digit.is_ascii_digit())
        .then_some(number)?;
    let number: i64 = number.parse().ok()?;
    match unit {
        "m" => TimeDelta::try_minutes(number),
        "h" => TimeDelta::try_hours(number),
        "d" => TimeDelta::try_days(number),
        "w" => TimeDelta::try_weeks(number),
        _ => None,
    }
}

/// `YYYYMMDD`, as in the tables of MISP.
fn compact(text: &str) -> Option<NaiveDate> {
    let plain = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
    let date = || NaiveDate::parse_from_str(text, "%Y%m%d").ok();
    plain
        .then(date)?
        .filter(|date| (1970..2100).contains(&chrono::Datelike::year(date)))
}

/// `M/D/YYYY` or `D/M/YYYY` (also `YYYY/M/D`), where there is one reading only.
fn slashed(text: &str) -> Option<NaiveDate> {
    let parts: Vec<&str> = text.split('/').collect();
    let [a, b, c] = parts.as_slice() else {
        return None;
    };
    let number = |part: &str| -> Option<u32> {
        (part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse().ok())
            .flatten()
    };
    let (first, second, third) = (number(a)?, number(b)?, number(c)?);
    if a.len() == 4 {
        return NaiveDate::from_ymd_opt(first as i32, second, third);
    }
    if c.len() != 4 {
        return None;
    }
    let month_first = NaiveDate::from_ymd_opt(third as i32, first, second);
    let day_first = NaiveDate::from_ymd_opt(third as i32, second, first);
    match (month_first, day_first) {
        (Some(one), Some(other)) => (one == other).then_some(one),
        (one, other) => one.or(other),
    }
}

/// Sigma writes a year with four digits.
fn in_range(moment: DateTime<Utc>) -> Option<DateTime<Utc>> {
    use chrono::Datelike;
    (1000..=9999).contains(&moment.year()).then_some(moment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slashed_date_counts_only_where_it_has_one_reading() {
        let day = |text| parse_date(text).map(|date| date.date_naive().to_string());
        assert_eq!(day("3/18/2016").as_deref(), Some("2016-03-18"));
        assert_eq!(day("18/3/2016").as_deref(), Some("2016-03-18"));
        assert_eq!(day("4/4/2016").as_deref(), Some("2016-04-04"));
        assert_eq!(day("2016/3/18").as_deref(), Some("2016-03-18"));
        assert_eq!(day("20160418").as_deref(), Some("2016-04-18"));
        assert_eq!(day("20161345"), None);
        assert_eq!(day("12345678"), None);
        assert_eq!(day("3/4/2016"), None);
        assert_eq!(day("3/18/16"), None);
        assert_eq!(day("13/13/2016"), None);
    }

    #[test]
    fn text_that_is_no_date_is_none() {
        for text in [
            "",
            "yesterday",
            "2024-13-01",
            "2024-02-30",
            "1/2",
            "344",
            "2024-01-01T25:00",
            "-1-01-01",
            "99999-01-01",
        ] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }
}

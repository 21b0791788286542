//! When to ask again: backoff, and what the server says about it.

use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use chrono::{DateTime, Utc};
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use crate::wire::{RATE_REMAINING_HEADER, RATE_RESET_HEADER};

/// How often a request is sent again.
const MAX_RETRIES: usize = 6;
const FIRST_DELAY: Duration = Duration::from_millis(500);
const LONGEST_DELAY: Duration = Duration::from_secs(30);
/// No server means a longer wait than this.
const LONGEST_WISH: Duration = Duration::from_secs(366 * 86_400);

/// The pauses before one try and the next: doubling, with a random part so that clients do not come back together.
pub(super) fn backoff() -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(FIRST_DELAY)
        .with_max_delay(LONGEST_DELAY)
        .with_max_times(MAX_RETRIES)
        .with_jitter()
        .build()
}

/// The moment of the header `Date`: the server's clock.
pub(super) fn date(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    http_date(headers.get(DATE)?.to_str().ok()?)
}

fn http_date(text: &str) -> Option<DateTime<Utc>> {
    let date = DateTime::parse_from_rfc2822(text.trim()).ok()?;
    Some(date.with_timezone(&Utc))
}

/// How long the header `Retry-After` asks to wait: seconds, or until a date by the server's clock.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds).min(LONGEST_WISH)),
        Err(_) => Some(until(http_date(text)?, headers)),
    }
}

/// From the server's now, else ours, to a moment; nothing where it has passed.
fn until(moment: DateTime<Utc>, headers: &HeaderMap) -> Duration {
    let now = date(headers).unwrap_or_else(Utc::now);
    (moment - now)
        .to_std()
        .unwrap_or_default()
        .min(LONGEST_WISH)
}

/// The rest of the rate limit, as of the last answer.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Rate {
    remaining: Option<u64>,
    reset: Option<Instant>,
}

impl Rate {
    /// Reads it from an answer.
    pub(super) fn of(headers: &HeaderMap) -> Rate {
        let number = |name| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
        let reset = number(RATE_RESET_HEADER)
            .and_then(|seconds| DateTime::from_timestamp(seconds.try_into().ok()?, 0))
            .and_then(|moment| Instant::now().checked_add(until(moment, headers)));
        Rate {
            remaining: number(RATE_REMAINING_HEADER),
            reset,
        }
    }

    /// How long until the window ends, where that is known.
    pub(super) fn reset(&self) -> Option<Duration> {
        Some(self.reset?.saturating_duration_since(Instant::now()))
    }

    /// How long to wait before the next request, so that it is not refused.
    pub(super) fn pause(&self) -> Duration {
        match self.remaining {
            Some(0) => self.reset().unwrap_or_default(),
            _ => Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    const DATE_HEADER: (&str, &str) = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");

    #[test]
    fn a_wait_is_in_seconds_or_until_a_date() {
        for (value, seconds) in [
            ("7", Some(7)),
            ("0", Some(0)),
            ("Sun, 06 Nov 1994 08:50:00 GMT", Some(23)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("99999999999999", Some(LONGEST_WISH.as_secs())),
            ("-1", None),
            ("soon", None),
        ] {
            let headers = headers(&[DATE_HEADER, ("retry-after", value)]);
            assert_eq!(
                retry_after(&headers),
                seconds.map(Duration::from_secs),
                "{value}"
            );
        }
        assert_eq!(retry_after(&headers(&[])), None);
    }

    #[test]
    fn a_window_ends_by_the_servers_clock() {
        let reset = (date(&headers(&[DATE_HEADER])).unwrap().timestamp() + 20).to_string();
        let rate = |remaining| {
            Rate::of(&headers(&[
                DATE_HEADER,
                ("x-ratelimit-reset", &reset),
                ("x-ratelimit-remaining", remaining),
            ]))
        };
        assert_eq!(rate("0").pause().as_secs_f64().round() as u64, 20);
        assert_eq!(rate("1").pause(), Duration::ZERO);
        assert_eq!(rate("many").pause(), Duration::ZERO);
        for odd in ["", "-5", "18446744073709551615", "1e9"] {
            let rate = Rate::of(&headers(&[
                ("x-ratelimit-reset", odd),
                ("x-ratelimit-remaining", "0"),
            ]));
            assert_eq!(rate.pause(), Duration::ZERO, "{odd}");
        }
    }

    #[test]
    fn pauses_grow_and_end() {
        let pauses: Vec<_> = backoff().collect();
        assert_eq!(pauses.len(), MAX_RETRIES);
        assert!(
            pauses[0] >= FIRST_DELAY && pauses[0] <= 2 * FIRST_DELAY,
            "{pauses:?}"
        );
        assert!(
            pauses[4] > pauses[1] && pauses.iter().all(|pause| *pause <= 2 * LONGEST_DELAY),
            "{pauses:?}"
        );
    }
}

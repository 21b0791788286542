//! How many requests without a valid key an address has made.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

use super::usage::{MINUTE, QuotaState};

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

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
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

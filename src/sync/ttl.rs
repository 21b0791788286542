//! For how long an indicator that is not heard of again stays worth a rule.

use chrono::Duration;

use crate::indicator::IocType;

/// The time to live of each type, in days; some types never expire.
///
/// The defaults: addresses change hands within weeks (30 days), names and URLs within months (90), a file
/// does not change (365), a vulnerability stays one (never).
///
/// ```
/// use socdef_sigma::{IocType, sync::Ttl};
/// let mut ttl = Ttl::default();
/// assert_eq!(ttl.days(IocType::Ipv4), Some(30));
/// ttl.set("ipv4=7").unwrap();
/// ttl.set("domain=never").unwrap();
/// assert_eq!((ttl.days(IocType::Ipv4), ttl.days(IocType::Domain)), (Some(7), None));
/// assert!(ttl.set("ipv4=soon").is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ttl([Option<u32>; 9]);

impl Default for Ttl {
    fn default() -> Ttl {
        Ttl(IocType::ALL.map(|kind| match kind {
            IocType::Ipv4 | IocType::Ipv6 => Some(30),
            IocType::Domain | IocType::Url | IocType::Email => Some(90),
            IocType::Md5 | IocType::Sha1 | IocType::Sha256 => Some(365),
            IocType::Cve => None,
        }))
    }
}

impl Ttl {
    /// Reads `TYPE=DAYS` or `TYPE=never`.
    ///
    /// # Errors
    /// One line that says what it should be.
    pub fn set(&mut self, text: &str) -> Result<(), String> {
        let (name, days) = text
            .split_once('=')
            .ok_or_else(|| format!("`{text}` is not of the form TYPE=DAYS"))?;
        let kind: IocType = name.parse()?;
        let days = match days {
            "never" => None,
            days => match days.parse::<u32>() {
                Ok(days @ 1..=36_500) => Some(days),
                _ => {
                    return Err(format!(
                        "`{days}` is no number of days from 1 to 36500, and not `never`"
                    ));
                }
            },
        };
        self.0[index(kind)] = days;
        Ok(())
    }

    /// The days that a type lives; `None` where it never expires.
    pub fn days(&self, kind: IocType) -> Option<u32> {
        self.0[index(kind)]
    }

    /// The same as a duration.
    pub(super) fn duration(&self, kind: IocType) -> Option<Duration> {
        self.days(kind).map(|days| Duration::days(i64::from(days)))
    }
}

fn index(kind: IocType) -> usize {
    IocType::ALL
        .iter()
        .position(|other| *other == kind)
        .unwrap_or_default()
}

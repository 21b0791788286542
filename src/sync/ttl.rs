//! For how long an indicator that is not heard of again stays worth a rule.

use std::collections::BTreeMap;

use chrono::Duration;

use crate::indicator::IocType;

/// The time to live of each type, in days; some types never expire.
///
/// The defaults are each type's own: addresses change hands within weeks (30 days), names and URLs within months (90), a file
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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ttl {
    /// The times to live that replace those of the types.
    set: BTreeMap<IocType, Option<u32>>,
}

impl Ttl {
    /// Reads `TYPE=DAYS` or `TYPE=never`.
    ///
    /// # Errors
    /// One line that says what it should be.
    ///
    /// ```
    /// use socdef_sigma::{IocType, sync::Ttl};
    ///
    /// let mut ttl = Ttl::default();
    /// ttl.set("md5=never").unwrap();
    /// assert_eq!(ttl.days(IocType::Md5), None);
    /// assert!(ttl.set("md5=0").is_err());
    /// ```
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
                        "`{days}` is not a number of days from 1 to 36500, or `never`"
                    ));
                }
            },
        };
        self.set.insert(kind, days);
        Ok(())
    }

    /// The days that a type lives; `None` where it never expires.
    ///
    /// ```
    /// use socdef_sigma::{IocType, sync::Ttl};
    /// assert_eq!((Ttl::default().days(IocType::Domain), Ttl::default().days(IocType::Cve)), (Some(90), None));
    /// ```
    pub fn days(&self, kind: IocType) -> Option<u32> {
        let set = self.set.get(&kind).copied();
        set.unwrap_or(kind.plugin().ttl_days)
    }

    /// The same as a duration.
    pub(super) fn duration(&self, kind: IocType) -> Option<Duration> {
        self.days(kind).map(|days| Duration::days(i64::from(days)))
    }
}

//! The configuration: plans, limits, times. Everything has a default; the file says what is different.

mod limits;
mod plan;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::error::{Error, ErrorKind, Result};
use crate::wire::MAX_LIMIT;

pub use limits::{Limits, Timeouts};
pub(crate) use plan::is_plan_name;
pub use plan::{Plan, PlanFormat};

/// The whole configuration.
///
/// ```
/// use socdef_sigma::serve::Config;
/// let config = Config::from_yaml("plans:\n  free:\n    requests_per_minute: 2\n").unwrap();
/// assert_eq!(config.plans["free"].requests_per_minute, 2);
/// assert_eq!(config.plans["pro"].results, 10_000);
/// assert!(Config::from_yaml("plan: {}").is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Who publishes the feed: `meta.source` of the list.
    pub source: String,
    /// The plans by name. `free` and `pro` are always there.
    pub plans: BTreeMap<String, Plan>,
    /// What clients may take.
    pub limits: Limits,
    /// How long things may take.
    pub timeouts: Timeouts,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            source: "socdef-sigma".to_owned(),
            plans: BTreeMap::from([
                ("free".to_owned(), Plan::free()),
                ("pro".to_owned(), Plan::pro()),
            ]),
            limits: Limits::default(),
            timeouts: Timeouts::default(),
        }
    }
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    source: String,
    plans: BTreeMap<String, FilePlan>,
    limits: Limits,
    timeouts: Timeouts,
}

impl Default for File {
    fn default() -> File {
        File {
            source: Config::default().source,
            plans: BTreeMap::new(),
            limits: Limits::default(),
            timeouts: Timeouts::default(),
        }
    }
}

/// What a plan has other than `free`, for `free`, and other than `pro`, for every other.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct FilePlan {
    requests_per_minute: Option<u64>,
    requests_per_day: Option<u64>,
    results: Option<u64>,
    look_back_days: Option<u32>,
    formats: Option<Vec<PlanFormat>>,
}

impl Config {
    /// Reads a configuration file's text. Every part may be left out; a name that is not known is an error.
    ///
    /// # Errors
    /// [`ErrorKind::BadUsage`] with what is wrong, and where.
    ///
    /// ```
    /// use socdef_sigma::{ErrorKind, serve::Config};
    ///
    /// assert_eq!(Config::from_yaml("source: Example CERT\n")?.source, "Example CERT");
    /// assert_eq!(Config::from_yaml("sauce: Example CERT\n").unwrap_err().kind(), ErrorKind::BadUsage);
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn from_yaml(text: &str) -> Result<Config> {
        let wrong = |message: String| Error::new(ErrorKind::BadUsage, message);
        // A file with only comments is not a mapping; it means the defaults.
        let empty = text
            .lines()
            .all(|line| matches!(line.trim().chars().next(), None | Some('#')));
        let file: File = match empty {
            true => File::default(),
            false => serde_yaml::from_str(text).map_err(|cause| {
                wrong("the configuration cannot be read".to_owned())
                    .because(std::io::Error::other(cause.to_string()))
            })?,
        };
        let mut config = Config {
            source: file.source,
            limits: file.limits,
            timeouts: file.timeouts,
            ..Config::default()
        };
        for (name, said) in file.plans {
            if !is_plan_name(&name) {
                return Err(wrong(format!(
                    "`{name}` is not a valid name for a plan: use up to 32 of a-z, 0-9, `-` and `_`"
                )));
            }
            let plan = config.plans.entry(name).or_insert_with(Plan::pro);
            let number = |said: Option<u64>, default| said.unwrap_or(default);
            *plan = Plan {
                requests_per_minute: number(said.requests_per_minute, plan.requests_per_minute),
                requests_per_day: number(said.requests_per_day, plan.requests_per_day),
                results: number(said.results, plan.results),
                look_back_days: said.look_back_days.unwrap_or(plan.look_back_days),
                formats: said.formats.unwrap_or_else(|| plan.formats.clone()),
            };
        }
        config.check().map_err(wrong)?;
        Ok(config)
    }

    /// Reads a configuration file.
    ///
    /// # Errors
    /// As [`Config::from_yaml`]; [`ErrorKind::UnreadableInput`] where the file cannot be read.
    ///
    /// ```
    /// use socdef_sigma::serve::Config;
    ///
    /// let folder = tempfile::tempdir().unwrap();
    /// let path = folder.path().join("serve.yml");
    /// std::fs::write(&path, "plans:\n  partner:\n    results: 500\n").unwrap();
    /// assert_eq!(Config::read(&path)?.plans["partner"].results, 500);
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn read(path: &Path) -> Result<Config> {
        let text = std::fs::read_to_string(path).map_err(|cause| {
            Error::new(
                ErrorKind::UnreadableInput,
                "cannot read the configuration file",
            )
            .at(path.display())
            .because(cause)
        })?;
        Config::from_yaml(&text).map_err(|error| error.at(path.display()))
    }

    /// Whether there is a plan of this name.
    ///
    /// # Errors
    /// [`ErrorKind::BadUsage`] where there is none, with the plans that there are.
    ///
    /// ```
    /// use socdef_sigma::serve::Config;
    ///
    /// let config = Config::from_yaml("plans:\n  partner:\n    results: 500\n")?;
    /// assert!(config.has_plan("partner").is_ok() && config.has_plan("free").is_ok());
    /// assert!(Config::default().has_plan("partner").is_err());
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn has_plan(&self, name: &str) -> Result<()> {
        if self.plans.contains_key(name) {
            return Ok(());
        }
        let known: Vec<&str> = self.plans.keys().map(String::as_str).collect();
        let message = format!(
            "there is no plan `{name}`; the plans are {}",
            known.join(", ")
        );
        Err(Error::new(ErrorKind::BadUsage, message)
            .hint("a plan of the configuration file of `serve` needs `--config FILE`"))
    }

    fn check(&self) -> std::result::Result<(), String> {
        for (name, plan) in &self.plans {
            if !(1..=MAX_LIMIT).contains(&plan.results) {
                return Err(format!(
                    "`results` of the plan `{name}` must be from 1 to {MAX_LIMIT}"
                ));
            }
            if plan.requests_per_minute == 0
                || plan.requests_per_day == 0
                || plan.look_back_days == 0
            {
                return Err(format!(
                    "the numbers of the plan `{name}` must be 1 or more"
                ));
            }
        }
        let limits = &self.limits;
        for (name, value, least) in [
            ("connections", limits.connections, 1),
            ("concurrent_requests", limits.concurrent_requests, 1),
            ("answers_per_key", limits.answers_per_key, 1),
            ("uri_bytes", limits.uri_bytes, 256),
            ("header_bytes", limits.header_bytes, 1024),
        ] {
            if value < least {
                return Err(format!("`{name}` must be {least} or more"));
            }
        }
        if limits.requests_per_key == Some(0) {
            return Err("`requests_per_key` must be 1 or more".to_owned());
        }
        if limits.least_bytes_per_second == 0 {
            return Err("`least_bytes_per_second` must be 1 or more".to_owned());
        }
        let times = &self.timeouts;
        for (name, value) in [
            ("header_seconds", times.header_seconds),
            ("handshake_seconds", times.handshake_seconds),
            ("request_seconds", times.request_seconds),
            ("stall_seconds", times.stall_seconds),
        ] {
            if !(1..=86_400).contains(&value) {
                return Err(format!("`{name}` must be from 1 to 86400"));
            }
        }
        if times.shutdown_seconds > 86_400 {
            return Err("`shutdown_seconds` must be from 0 to 86400".to_owned());
        }
        Ok(())
    }

    /// The name of a plan that covers a format: `pro` where it does.
    pub(crate) fn plan_with(&self, format: PlanFormat) -> Option<&str> {
        let covers = |name: &&String| {
            self.plans
                .get(*name)
                .is_some_and(|plan| plan.covers(format))
        };
        let mut names = self.plans.keys().filter(covers);
        let first = names.clone().next();
        names
            .find(|name| *name == "pro")
            .or(first)
            .map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_stays() {
        assert_eq!(Config::from_yaml("# nothing\n").unwrap(), Config::default());
        let config = Config::from_yaml(
            "plans:\n  load:\n    requests_per_minute: 1000000\n  free:\n    formats: [json, txt]\ntimeouts:\n  header_seconds: 1\n",
        )
        .unwrap();
        assert_eq!(config.plans["load"].results, MAX_LIMIT);
        assert!(config.plans["free"].covers(PlanFormat::Txt));
        assert_eq!(config.plans["free"].results, 100);
        assert_eq!(config.timeouts.request_seconds, 30);
        let share = |text: &str| Config::from_yaml(text).unwrap().limits.requests_per_key();
        assert_eq!(share(""), 8);
        assert_eq!(share("limits: {concurrent_requests: 3}"), 1);
        assert_eq!(share("limits: {requests_per_key: 5}"), 5);
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for text in [
            "typo: 1",
            "plans: {free: {request_per_minute: 1}}",
            "plans: {Free: {}}",
            "plans: {free: {results: 10001}}",
            "plans: {free: {requests_per_day: 0}}",
            "plans: {free: {formats: [stix]}}",
            "limits: {connections: 0}",
            "limits: {requests_per_key: 0}",
            "limits: {answers_per_key: 0}",
            "limits: {least_bytes_per_second: 0}",
            "timeouts: {header_seconds: 0}",
            "- list",
        ] {
            let error = Config::from_yaml(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BadUsage, "{text}");
        }
    }
}

//! One run of a sync, for the tests of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use socdef_sigma::compile::{Intake, Settings};
use socdef_sigma::indicator::{Indicator, parse, parse_date};
use socdef_sigma::lists::Lists;
use socdef_sigma::sync::{
    Changes, Clocks, FeedCaution, OnExpiry, Output, PlanSettings, Sync, SyncPlan, Ttl,
};
use socdef_sigma::template::{Catalog, Selection};

/// One run: these values are what upstream gives.
pub(crate) struct Run<'a> {
    pub(crate) values: &'a [&'a str],
    pub(crate) last_seen: Option<&'a str>,
    pub(crate) revoked: bool,
    /// Our clock.
    pub(crate) at: &'a str,
    /// The server's clock, where it says something else.
    pub(crate) server: Option<&'a str>,
    pub(crate) complete: bool,
    /// Whether all came that was asked for.
    pub(crate) is_whole: bool,
    pub(crate) on_expiry: OnExpiry,
    /// A warninglist's file.
    pub(crate) warninglist: Option<&'a Path>,
    pub(crate) logsources: &'a [&'a str],
    /// For a feed on disk.
    pub(crate) feed: Option<FeedCaution>,
}

impl Default for Run<'_> {
    fn default() -> Self {
        Run {
            values: &[],
            last_seen: None,
            revoked: false,
            at: "2026-01-01",
            server: None,
            complete: false,
            is_whole: true,
            on_expiry: OnExpiry::Remove,
            warninglist: None,
            logsources: &[],
            feed: None,
        }
    }
}

pub(crate) fn time(text: &str) -> DateTime<Utc> {
    parse_date(text).unwrap()
}

pub(crate) fn folder_output(texts: BTreeMap<String, String>) -> BTreeMap<String, Vec<u8>> {
    texts
        .into_iter()
        .map(|(name, text)| (name, text.into_bytes()))
        .collect()
}

impl Run<'_> {
    pub(crate) fn plan(&self, sync: &Sync) -> SyncPlan {
        let mut intake = Intake::new(usize::MAX);
        for value in self.values {
            let mut indicator = Indicator::new(parse(value).unwrap());
            indicator.last_seen = self.last_seen.map(time);
            indicator.revoked = self.revoked;
            intake.add(indicator);
        }
        let how = PlanSettings {
            ttl: Ttl::default(),
            on_expiry: self.on_expiry,
            complete: self.complete,
            whole: self.is_whole,
            clocks: Clocks {
                server: time(self.server.unwrap_or(self.at)),
                ..Clocks::agreed(time(self.at))
            },
            feed: self.feed,
        };
        let mut settings = Settings::new(time(self.at));
        let lists = self.warninglist.as_slice();
        settings.lists = Arc::new(Lists::load(lists, &[] as &[&Path]).unwrap());
        let names: Vec<String> = self.logsources.iter().map(ToString::to_string).collect();
        settings.templates = Arc::new(Selection::of(Catalog::registered(), &names).unwrap());
        sync.plan(&intake, &settings, &how).unwrap()
    }

    pub(crate) fn run(&self, folder: &Path) -> Changes {
        let output = folder.join("rules/");
        let mut sync = Sync::open(&folder.join("state"), Output::at(&output).unwrap()).unwrap();
        let plan = self.plan(&sync);
        let output = folder_output(Sync::texts(&plan));
        sync.commit(plan, output, "{}").unwrap()
    }
}

pub(crate) fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    match fs::read_dir(folder) {
        Err(_) => BTreeMap::new(),
        Ok(entries) => entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| fs::symlink_metadata(path).unwrap().is_file())
            .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
            .collect(),
    }
}

//! Rules kept up to date: a run compiles new indicators, removes expired rules, and changes everything or nothing.
//!
//! The indicators come from one [`Source`]: an endpoint says what is new, a feed on disk lists everything.
//!
//! A run is [`Sync::open`] (lock, and finish what a killed run began), [`Sync::plan`] (what would change), [`Sync::commit`].
//! The state is an SQLite database in a folder: the rules with their text, the files as they were last written, and
//! the file operations that are still to be done. `commit` writes new state and pending operations in one transaction and then carries them out; a
//! run that dies in between is finished by the next one, from the same transaction. So state and output never contradict each other for longer than that.

mod changes;
mod clocks;
mod files;
mod hold;
mod output;
mod plan;
mod schema;
mod source;
mod store;
mod ttl;

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};

pub use changes::{Change, Changes};
pub use clocks::{ClockDoubt, Clocks, TOLERANCE};
pub use hold::{FeedCaution, Hold, MOST_REMOVED};
pub use output::Output;
pub use plan::{OnExpiry, PlanSettings, SyncPlan};
pub use source::{Feed, Source};
pub use store::LastRun;
pub use ttl::Ttl;

use crate::compile::{Intake, Settings};
use crate::error::{Error, ErrorKind, Result};
use store::Store;

/// An open state: locked, and consistent with its output.
///
/// ```
/// use socdef_sigma::compile::{Intake, Settings};
/// use socdef_sigma::sync::{Clocks, OnExpiry, Output, PlanSettings, Sync, Ttl};
/// use socdef_sigma::{Indicator, indicator::parse};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let (state, rules) = (folder.path().join("state"), folder.path().join("rules"));
/// let mut sync = Sync::open(&state, Output::Folder(rules.clone()))?;
/// let mut intake = Intake::new(8);
/// intake.add(Indicator::new(parse("198.51.100.7").unwrap()));
/// let now = chrono::Utc::now();
/// let settings = Settings::new(now);
/// let clocks = Clocks::agreed(now);
/// let how = PlanSettings { ttl: Ttl::default(), on_expiry: OnExpiry::Remove, complete: false, whole: true, clocks, feed: None };
/// let plan = sync.plan(&intake, &settings, &how)?;
/// let output = Sync::texts(&plan).into_iter().map(|(name, text)| (name, text.into_bytes())).collect();
/// let changes = sync.commit(plan, output, "type=ipv4")?;
/// assert_eq!(changes.added[0].value, "198.51.100.7");
/// assert!(rules.join(&changes.added[0].file).is_file());
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
#[derive(Debug)]
pub struct Sync {
    store: Store,
    output: Output,
    /// Held until the state is closed.
    _lock: File,
    left: Vec<files::Left>,
    /// What the runs follow; it goes into the state with the first run that takes away what it does not list.
    source: Option<Source>,
}

impl Sync {
    /// Opens the state in a folder, or makes a new one; finishes what a run that was killed began.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] where another run has it open; [`ErrorKind::BadUsage`] where the state belongs to another output;
    /// [`ErrorKind::BrokenState`] where it cannot be read; [`ErrorKind::UnwritableOutput`] where the output cannot be written.
    ///
    /// ```
    /// use socdef_sigma::ErrorKind;
    /// use socdef_sigma::sync::{Output, Sync};
    ///
    /// let folder = tempfile::tempdir().unwrap();
    /// let (state, rules) = (folder.path().join("state"), folder.path().join("rules"));
    /// let sync = Sync::open(&state, Output::Folder(rules.clone()))?;
    /// let busy = Sync::open(&state, Output::Folder(rules)).unwrap_err();
    /// assert_eq!(busy.kind(), ErrorKind::Busy);
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn open(state: &Path, output: Output) -> Result<Sync> {
        let unwritable = |cause| crate::output::unwritable(state, cause);
        fs::create_dir_all(state).map_err(unwritable)?;
        let lock = state.join("lock");
        schema::make_private(&lock)?;
        let lock = File::options()
            .append(true)
            .open(lock)
            .map_err(unwritable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(
                    Error::new(ErrorKind::Busy, "another sync has this state open")
                        .at(state.display())
                        .hint("wait for it to end, or use another `--state` folder"),
                );
            }
            Err(TryLockError::Error(cause)) => return Err(unwritable(cause)),
        }
        let mut store = Store::open(state)?;
        store.bind(&output)?;
        let left = files::apply(&mut store, &output)?;
        Ok(Sync {
            store,
            output,
            _lock: lock,
            left,
            source: None,
        })
    }

    /// Says where the indicators of the next runs come from. A state follows one source; with `full` it changes over, and the rules of
    /// what the new source does not list are removed.
    ///
    /// # Errors
    /// [`ErrorKind::BadUsage`] where the state has rules of another source, and not `full`.
    ///
    /// ```
    /// use socdef_sigma::sync::{Output, Source, Sync};
    ///
    /// let folder = tempfile::tempdir().unwrap();
    /// let mut sync = Sync::open(&folder.path().join("state"), Output::Folder(folder.path().join("rules")))?;
    /// // A new state takes any source.
    /// sync.follow(Source::feed(&["today.csv"])?, false)?;
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn follow(&mut self, source: Source, full: bool) -> Result<()> {
        let wanted = source.to_string();
        let known = self.store.source()?.filter(|known| *known != wanted);
        if let Some(known) = known
            && !full
            && self.store.has_rules()?
        {
            return Err(Error::new(
                ErrorKind::BadUsage,
                format!("this state follows {known}, not {wanted}"),
            )
            .hint(
                "`--full` changes it over and removes the rules of what the new source does not list; \
                 or give each source a `--state` folder and an output of its own",
            ));
        }
        self.source = Some(source);
        Ok(())
    }

    /// The last complete run, where there was one.
    ///
    /// # Errors
    /// [`ErrorKind::BrokenState`] where the state cannot be read.
    ///
    /// ```
    /// use socdef_sigma::sync::{Output, Sync};
    ///
    /// let folder = tempfile::tempdir().unwrap();
    /// let sync = Sync::open(folder.path(), Output::File(folder.path().join("rules.yml")))?;
    /// assert_eq!(sync.last_run()?, None);
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn last_run(&self) -> Result<Option<LastRun>> {
        self.store.last_run()
    }

    /// From when on to fetch; `None` for everything: in the first run, with `full`, with other filters than the last run's, and where the
    /// last run was incomplete, or its clocks were in doubt, or it lies in the future. `now` is our clock.
    ///
    /// It never lies in the future. `overlap` goes back from the last run, for what the server added late.
    ///
    /// ```
    /// use socdef_sigma::sync::{Output, Sync};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// let sync = Sync::open(&folder.path().join("state"), Output::Folder(folder.path().join("rules")))?;
    /// let hour = chrono::TimeDelta::hours(1);
    /// assert_eq!(sync.since("type=ipv4", false, hour, chrono::Utc::now())?, None);
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::BrokenState`] where the state cannot be read.
    pub fn since(
        &self,
        filters: &str,
        full: bool,
        overlap: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>> {
        let last = self.last_run()?.filter(|last| {
            let is_future = last.began.max(last.server_time) - now > TOLERANCE;
            !full && last.filters == filters && !is_future
        });
        let is_endpoint = self.store.source()?.as_ref() == Some(&Source::Endpoint.to_string());
        let last = last.filter(|_| is_endpoint);
        Ok(last
            .and_then(|last| last.server_time.min(now).checked_sub_signed(overlap))
            .filter(|since| *since > DateTime::UNIX_EPOCH))
    }

    /// Whether an indicator may have left the feed since the last run, so that only a complete fetch shows it. `last_removal` is when
    /// one last left it, by the server's clock: the `last_removal` of the account of a fetch.
    ///
    /// # Errors
    /// [`ErrorKind::BrokenState`] where the state cannot be read.
    ///
    /// ```
    /// use socdef_sigma::sync::{Output, Sync};
    ///
    /// let folder = tempfile::tempdir().unwrap();
    /// let sync = Sync::open(&folder.path().join("state"), Output::Folder(folder.path().join("rules")))?;
    /// // There was no run that could have seen it.
    /// assert!(!sync.misses(chrono::Utc::now())?);
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn misses(&self, last_removal: DateTime<Utc>) -> Result<bool> {
        let last = self.last_run()?;
        Ok(last.is_some_and(|last| last_removal >= last.server_time))
    }

    /// Compares what was fetched with the state.
    ///
    /// # Errors
    /// [`crate::ErrorKind::BrokenState`] where the state cannot be read, [`crate::ErrorKind::BrokenTemplate`] where no template can be.
    ///
    /// ```
    /// use socdef_sigma::compile::{Intake, Settings};
    /// use socdef_sigma::sync::{Clocks, OnExpiry, Output, PlanSettings, Sync, Ttl};
    /// use socdef_sigma::{Indicator, indicator::parse};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (state, rules) = (folder.path().join("state"), folder.path().join("rules"));
    /// let mut sync = Sync::open(&state, Output::Folder(rules.clone()))?;
    /// let mut intake = Intake::new(8);
    /// intake.add(Indicator::new(parse("198.51.100.7").unwrap()));
    /// let now = chrono::Utc::now();
    /// let settings = Settings::new(now);
    /// let clocks = Clocks::agreed(now);
    /// let how = PlanSettings { ttl: Ttl::default(), on_expiry: OnExpiry::Remove, complete: false, whole: true, clocks, feed: None };
    /// let plan = sync.plan(&intake, &settings, &how)?;
    /// assert_eq!(plan.report.counts().rules, 1);
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn plan(
        &self,
        intake: &Intake,
        settings: &Settings,
        how: &PlanSettings,
    ) -> Result<SyncPlan> {
        plan::plan(&self.store, intake, settings, how)
    }

    /// The text of every rule that the plan leaves in place, by the name of its file, sorted.
    ///
    /// ```
    /// use socdef_sigma::compile::{Intake, Settings};
    /// use socdef_sigma::sync::{Clocks, OnExpiry, Output, PlanSettings, Sync, Ttl};
    /// use socdef_sigma::{Indicator, indicator::parse};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (state, rules) = (folder.path().join("state"), folder.path().join("rules"));
    /// let mut sync = Sync::open(&state, Output::Folder(rules.clone()))?;
    /// let mut intake = Intake::new(8);
    /// intake.add(Indicator::new(parse("198.51.100.7").unwrap()));
    /// let now = chrono::Utc::now();
    /// let settings = Settings::new(now);
    /// let clocks = Clocks::agreed(now);
    /// let how = PlanSettings { ttl: Ttl::default(), on_expiry: OnExpiry::Remove, complete: false, whole: true, clocks, feed: None };
    /// let plan = sync.plan(&intake, &settings, &how)?;
    /// assert!(Sync::texts(&plan).values().all(|text| text.contains("198.51.100.7")));
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn texts(plan: &SyncPlan) -> BTreeMap<String, String> {
        plan.rows
            .values()
            .filter(|row| row.is_visible())
            .map(|row| (row.file.clone(), row.text.clone()))
            .collect()
    }

    /// Makes the plan's changes: `output` is every file that is to be there, by its path relative to the output.
    ///
    /// A file that somebody else has changed is left, and listed among the conflicts, as is what is not a file in the place of one.
    /// `filters` are those of this run, for the next one to compare with its own.
    ///
    /// # Errors
    /// [`ErrorKind::BrokenState`] or [`ErrorKind::UnwritableOutput`]. Nothing has changed then, or the next run finishes it.
    ///
    /// ```
    /// use socdef_sigma::compile::{Intake, Settings};
    /// use socdef_sigma::sync::{Clocks, OnExpiry, Output, PlanSettings, Sync, Ttl};
    /// use socdef_sigma::{Indicator, indicator::parse};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (state, rules) = (folder.path().join("state"), folder.path().join("rules"));
    /// let mut sync = Sync::open(&state, Output::Folder(rules.clone()))?;
    /// let mut intake = Intake::new(8);
    /// intake.add(Indicator::new(parse("198.51.100.7").unwrap()));
    /// let now = chrono::Utc::now();
    /// let settings = Settings::new(now);
    /// let clocks = Clocks::agreed(now);
    /// let how = PlanSettings { ttl: Ttl::default(), on_expiry: OnExpiry::Remove, complete: false, whole: true, clocks, feed: None };
    /// let plan = sync.plan(&intake, &settings, &how)?;
    /// let output = Sync::texts(&plan).into_iter().map(|(name, text)| (name, text.into_bytes())).collect();
    /// assert_eq!(sync.commit(plan, output, "type=ipv4")?.added.len(), 1);
    /// assert_eq!(sync.last_run()?.unwrap().filters, "type=ipv4");
    /// // The same again changes nothing.
    /// assert!(!sync.dry_run(sync.plan(&intake, &settings, &how)?, Default::default())?.any());
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn commit(
        &mut self,
        plan: SyncPlan,
        output: BTreeMap<String, Vec<u8>>,
        filters: &str,
    ) -> Result<Changes> {
        let run = plan.run(filters, self.last_run()?);
        // Rules that are held back are still of the source before.
        let is_followed = plan.hold.is_none() || self.store.source()?.is_none();
        let source = self.source.as_ref().filter(|_| is_followed);
        let source = source.map(ToString::to_string);
        let mut changes = plan.changes;
        let operations = files::operations(&self.store, &self.output, output, &mut changes)?;
        self.store
            .commit(&plan.rows, &plan.gone, &operations, &run, source)?;
        let left = files::apply(&mut self.store, &self.output)?;
        for (path, obstacle) in left.into_iter().chain(std::mem::take(&mut self.left)) {
            changes.conflict(&path, obstacle);
        }
        Ok(changes)
    }

    /// What `commit` would find changed by somebody else, without changing anything.
    ///
    /// # Errors
    /// [`ErrorKind::BrokenState`] or [`ErrorKind::UnreadableInput`].
    ///
    /// ```
    /// use socdef_sigma::compile::{Intake, Settings};
    /// use socdef_sigma::sync::{Clocks, OnExpiry, Output, PlanSettings, Sync, Ttl};
    /// use socdef_sigma::{Indicator, indicator::parse};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let (state, rules) = (folder.path().join("state"), folder.path().join("rules"));
    /// let mut sync = Sync::open(&state, Output::Folder(rules.clone()))?;
    /// let mut intake = Intake::new(8);
    /// intake.add(Indicator::new(parse("198.51.100.7").unwrap()));
    /// let now = chrono::Utc::now();
    /// let settings = Settings::new(now);
    /// let clocks = Clocks::agreed(now);
    /// let how = PlanSettings { ttl: Ttl::default(), on_expiry: OnExpiry::Remove, complete: false, whole: true, clocks, feed: None };
    /// let plan = sync.plan(&intake, &settings, &how)?;
    /// assert_eq!(sync.dry_run(plan, Default::default())?.added.len(), 1);
    /// assert_eq!(sync.last_run()?, None);
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn dry_run(&self, plan: SyncPlan, output: BTreeMap<String, Vec<u8>>) -> Result<Changes> {
        let mut changes = plan.changes;
        files::operations(&self.store, &self.output, output, &mut changes)?;
        Ok(changes)
    }
}

//! What a run changes: which rules are new, other, over or gone.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use super::changes::{Change, Changes};
use super::clocks::{ClockDoubt, Clocks};
use super::hold::{FeedCaution, Hold};
use super::store::{FETCH_ALL, LastRun, Row, Rows, RuleState, Store};
use super::ttl::Ttl;
use crate::compile::{Compiler, Intake, Settings};
use crate::error::Result;
use crate::indicator::{Expect, Indicator, parse_as};
use crate::lists::Lists;
use crate::output::{Names, whole_id_name};
use crate::report::Report;
use crate::rule::SigmaRule;
use crate::rule::emit;

/// How a rule ends whose indicator was not seen for its time to live.
///
/// ```
/// use socdef_sigma::sync::OnExpiry;
/// assert_eq!(OnExpiry::default(), OnExpiry::Remove);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnExpiry {
    /// The rule is removed.
    #[default]
    Remove,
    /// The rule stays, with `status: deprecated`.
    Mark,
}

/// How to plan.
///
/// ```
/// use socdef_sigma::sync::{Clocks, OnExpiry, PlanSettings, Ttl};
///
/// let how = PlanSettings {
///     ttl: Ttl::default(),
///     on_expiry: OnExpiry::Mark,
///     complete: false,
///     whole: true,
///     clocks: Clocks::agreed(chrono::Utc::now()),
///     feed: None,
/// };
/// assert!(!how.complete);
/// ```
#[derive(Debug, Clone)]
pub struct PlanSettings {
    /// The time to live of each type.
    pub ttl: Ttl,
    /// How expired rules end.
    pub on_expiry: OnExpiry,
    /// Whether everything was asked for, and not only what is new.
    pub complete: bool,
    /// Whether all came that was asked for. After a complete fetch, missing indicators were retracted then.
    pub whole: bool,
    /// The server's clock and ours.
    pub clocks: Clocks,
    /// For a feed on disk, what a run may remove.
    pub feed: Option<FeedCaution>,
}

/// What a run would change.
///
/// ```
/// fn count(plan: &socdef_sigma::sync::SyncPlan) -> (usize, u64) {
///     (Sync::texts(plan).len(), plan.report.counts().kept)
/// }
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
/// assert_eq!(count(&sync.plan(&intake, &settings, &how)?), (1, 1));
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
#[derive(Debug)]
pub struct SyncPlan {
    pub(super) rows: Rows,
    pub(super) gone: Vec<String>,
    pub(super) changes: Changes,
    /// How the run goes into the state.
    pub(super) complete: bool,
    pub(super) whole: bool,
    pub(super) clocks: Clocks,
    /// Why nothing expires in this run, and the next one fetches everything; `None` where the clocks are right.
    pub doubt: Option<ClockDoubt>,
    /// Why nothing is removed in this run; `None` where what is to go goes.
    pub hold: Option<Hold>,
    /// How many rules were in place before the run.
    pub before: usize,
    /// The report on every value that was fetched.
    pub report: Report,
}

impl SyncPlan {
    /// What the next run has to know. Where the clocks are in doubt, or a complete fetch was not whole, it fetches everything;
    /// where the news were not whole, it goes on where this one did.
    pub(super) fn run(&self, filters: &str, last: Option<LastRun>) -> LastRun {
        let began = self.clocks.earliest();
        let (server_time, filters) = match last {
            _ if self.doubt.is_some() => (began, FETCH_ALL),
            _ if self.whole => (began, filters),
            Some(last) if !self.complete => (last.server_time.min(began), filters),
            _ => (began, FETCH_ALL),
        };
        LastRun {
            server_time,
            began,
            filters: filters.to_owned(),
        }
    }
}

/// Compares what was fetched with the state: see [`Sync::plan`](super::Sync::plan).
pub(super) fn plan(
    store: &Store,
    intake: &Intake,
    settings: &Settings,
    how: &PlanSettings,
) -> Result<SyncPlan> {
    let mut rows = store.rows()?;
    let before = rows.values().filter(|row| row.is_visible()).count();
    let clocks = how.clocks;
    let last = store.last_run()?.map(|last| last.began);
    let doubt = clocks.doubt(last);
    let settings = &Settings {
        // An end by one clock only is not an end.
        now: match doubt {
            Some(_) => clocks.earliest(),
            None => clocks.server,
        },
        ..settings.clone()
    };
    let moment = Moment {
        heard_at: match doubt {
            Some(_) => clocks.latest().max(last.unwrap_or(clocks.server)),
            None => clocks.server,
        },
        is_sure: doubt.is_none(),
    };
    let mut changes = Changes::default();
    let (mut names, renamed) = tidy(&mut rows, moment);
    let compiler = Compiler::new(settings);
    let (kept, mut report) = intake.select(settings);
    let mut seen = HashSet::new();
    let made = kept.iter().flat_map(|indicator| {
        let rules = compiler.counted(indicator, &mut report);
        rules
            .into_iter()
            .map(move |compiled| (indicator, compiled.rule))
    });
    for (indicator, rule) in made {
        let id = rule.id.to_string();
        let old = rows.get(&id);
        let file = match old {
            Some(old) => old.file.clone(),
            None => names.name(&rule, &indicator.ioc),
        };
        let row = row(rule, indicator, file, old, moment);
        // Another sighting of the same, where they are not merged, is the same rule.
        let is_first = seen.insert(id.clone());
        match old {
            Some(old) if old.is_visible() => {
                if is_first && (old.text != row.text || old.standing != row.standing) {
                    changes.updated.push(change(&id, &row));
                }
            }
            _ => changes.added.push(change(&id, &row)),
        }
        rows.insert(id, row);
    }
    // A server whose clock is ahead no longer lists what is over for it alone.
    let complete = how.complete && how.whole && doubt.is_none();
    let mut gone = gone(intake, &rows, &seen, complete, &settings.lists);
    let would_go: Vec<Change> = gone
        .iter()
        .filter_map(|id| {
            let row = rows.get(id).filter(|row| row.is_visible())?;
            Some(change(id, row))
        })
        .collect();
    let hold = how
        .feed
        .and_then(|caution| caution.hold(&report, would_go.len(), before));
    if hold.is_some() {
        changes.held = would_go;
        gone.clear();
    } else {
        changes.removed = would_go;
    }
    for id in &gone {
        rows.remove(id);
    }
    for id in renamed {
        let is_said = changes.updated.iter().any(|change| change.id == id);
        if let Some(row) = rows.get(&id).filter(|row| row.is_visible() && !is_said) {
            changes.updated.push(change(&id, row));
        }
    }
    // The missing part of an answer may renew a rule.
    if doubt.is_none() && hold.is_none() && how.whole {
        expire(&mut rows, &seen, how, &mut changes);
    }
    let still = rows
        .values()
        .filter(|row| row.standing == RuleState::Live)
        .count();
    changes.unchanged = still.saturating_sub(changes.added.len() + changes.updated.len()) as u64;
    Ok(SyncPlan {
        rows,
        gone,
        changes,
        complete: how.complete,
        whole: how.whole,
        clocks,
        doubt,
        hold,
        before,
        report,
    })
}

/// The moment of a run.
#[derive(Debug, Clone, Copy)]
struct Moment {
    /// When upstream spoke, by the server's clock; where the clocks are in doubt, by the latest, so that nothing is over too early.
    heard_at: DateTime<Utc>,
    /// Whether the clocks are right.
    is_sure: bool,
}

/// Repairs what earlier runs left: times that lie in the future, and two rules with one file, where the one that was written last
/// keeps it. Gives the names that are taken, and the rules that got another.
fn tidy(rows: &mut Rows, moment: Moment) -> (Names, Vec<String>) {
    let mut names = Names::default();
    let mut renamed = Vec::new();
    let is_hidden = |row: &Row| !row.is_visible();
    let mut order: Vec<_> = rows.iter_mut().rev().collect();
    order.sort_by_key(|(_, row)| is_hidden(row));
    for (id, row) in order {
        if moment.is_sure {
            row.heard_at = row.heard_at.min(moment.heard_at);
            row.first_fetched = row.first_fetched.filter(|first| *first <= moment.heard_at);
        }
        if names.keep(&row.file) {
            continue;
        }
        row.file = match SigmaRule::from_yaml(&row.text) {
            Ok(rule) => whole_id_name(&rule, &row.kind, &row.value),
            Err(_) => format!("rule_{}.yml", id.replace('-', "")),
        };
        names.keep(&row.file);
        if row.is_visible() {
            renamed.push(id.clone());
        }
    }
    (names, renamed)
}

/// The rules whose indicator was fetched and dropped, and, after a complete fetch, those that were not among it.
///
/// A list that has grown drops what is in the state, too: upstream may never speak of it again.
fn gone(
    intake: &Intake,
    rows: &Rows,
    seen: &HashSet<String>,
    complete: bool,
    lists: &Lists,
) -> Vec<String> {
    let fetched: HashSet<(String, String)> = intake
        .indicators()
        .map(|indicator| {
            (
                indicator.ioc.ioc_type().to_string(),
                indicator.ioc.to_string(),
            )
        })
        .collect();
    let told = |row: &Row| {
        complete
            || fetched.contains(&(row.kind.clone(), row.value.clone()))
            || is_listed(row, lists)
    };
    rows.iter()
        .filter(|(id, row)| !seen.contains(*id) && told(row))
        .map(|(id, _)| id.clone())
        .collect()
}

/// Whether a list holds the indicator of a rule.
fn is_listed(row: &Row, lists: &Lists) -> bool {
    if lists.is_empty() {
        return false;
    }
    let parsed = row
        .kind
        .parse()
        .map(|kind| parse_as(Expect::Type(kind), &row.value));
    matches!(parsed, Ok(Ok(parsed)) if lists.refusal(&parsed.ioc).is_some())
}

/// A rule's row; what the old one remembers is kept.
fn row(
    mut rule: SigmaRule,
    indicator: &Indicator,
    file: String,
    old: Option<&Row>,
    moment: Moment,
) -> Row {
    // A rule keeps the date it was first given, or every run without a date upstream would change it. A date by clocks that
    // were in doubt is kept as long as they are.
    let first_fetched = old.and_then(|old| old.first_fetched);
    let is_kept = first_fetched.is_some() || !moment.is_sure;
    if let Some(date) = old.and_then(|old| old.date).filter(|_| is_kept) {
        rule.date = Some(date);
        let last = indicator.last_seen.map(|moment| moment.date_naive());
        rule.modified = last.filter(|last| *last > date);
    }
    Row {
        kind: indicator.ioc.ioc_type().to_string(),
        value: indicator.ioc.to_string(),
        log_source: rule.logsource.label(),
        title: rule.title.clone(),
        file,
        text: emit::yaml(&rule),
        date: rule.date,
        first_seen: indicator.first_seen,
        last_seen: indicator.last_seen,
        first_fetched: first_fetched.or(moment.is_sure.then_some(moment.heard_at)),
        heard_at: match old {
            // Nothing that is heard makes a life shorter.
            Some(old) if !moment.is_sure => old.heard_at.max(moment.heard_at),
            _ => moment.heard_at,
        },
        standing: RuleState::Live,
    }
}

/// Ends the rules of whose indicators upstream has not spoken for their time to live, by clocks that are right.
/// What it spoke of in this run is never among them.
fn expire(rows: &mut Rows, seen: &HashSet<String>, how: &PlanSettings, changes: &mut Changes) {
    for (id, row) in rows
        .iter_mut()
        .filter(|(id, row)| row.standing == RuleState::Live && !seen.contains(*id))
    {
        let lifetime = row
            .kind
            .parse()
            .ok()
            .and_then(|kind| how.ttl.duration(kind));
        let end = lifetime.and_then(|lifetime| row.heard_at.checked_add_signed(lifetime));
        if end.is_none_or(|end| end >= how.clocks.server) {
            continue;
        }
        row.standing = match how.on_expiry {
            OnExpiry::Remove => RuleState::Expired,
            OnExpiry::Mark => RuleState::Marked,
        };
        if row.standing == RuleState::Marked {
            row.text = deprecated(&row.text);
        }
        changes.expired.push(change(id, row));
    }
}

/// The same rule with `status: deprecated`.
fn deprecated(text: &str) -> String {
    match SigmaRule::from_yaml(text) {
        Ok(rule) => emit::yaml(&SigmaRule {
            status: Some("deprecated".to_owned()),
            ..rule
        }),
        Err(_) => text.to_owned(),
    }
}

fn change(id: &str, row: &Row) -> Change {
    Change {
        id: id.to_owned(),
        kind: row.kind.clone(),
        value: row.value.clone(),
        title: row.title.clone(),
        file: row.file.clone(),
    }
}

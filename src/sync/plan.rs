//! What a run changes: which rules are new, other, over or gone.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use super::changes::{Change, Changes};
use super::output::digest;
use super::store::{Row, Rows, RuleState, Store};
use super::ttl::Ttl;
use crate::compile::{Compiler, Intake, Settings};
use crate::error::Result;
use crate::indicator::{Expect, Indicator, parse_as};
use crate::lists::Lists;
use crate::output::file_name;
use crate::report::Report;
use crate::rule::SigmaRule;
use crate::rule::emit;

/// How a rule ends whose indicator was not seen for its time to live.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnExpiry {
    /// The rule is removed.
    #[default]
    Remove,
    /// The rule stays, with `status: deprecated`.
    Mark,
}

/// How to plan.
#[derive(Debug, Clone)]
pub struct PlanSettings {
    /// The time to live of each type.
    pub ttl: Ttl,
    /// How expired rules end.
    pub on_expiry: OnExpiry,
    /// Whether everything was fetched: missing indicators were retracted.
    pub complete: bool,
    /// The server's clock.
    pub server_time: DateTime<Utc>,
}

/// What a run would change.
#[derive(Debug)]
pub struct SyncPlan {
    pub(super) rows: Rows,
    pub(super) gone: Vec<String>,
    pub(super) changes: Changes,
    /// The report on every value that was fetched.
    pub report: Report,
}

/// Compares what was fetched with the state: see [`Sync::plan`](super::Sync::plan).
pub(super) fn plan(
    store: &Store,
    intake: &Intake,
    settings: &Settings,
    how: &PlanSettings,
) -> Result<SyncPlan> {
    let mut rows = store.rows()?;
    let compiler = Compiler::new(settings);
    let (kept, mut report) = intake.select(settings);
    let mut changes = Changes::default();
    let mut seen = HashSet::new();
    let made = kept.iter().flat_map(|indicator| {
        let rules = compiler.counted(indicator, &mut report);
        rules
            .into_iter()
            .map(move |compiled| (indicator, compiled.rule))
    });
    for (indicator, rule) in made {
        let id = rule.id.to_string();
        seen.insert(id.clone());
        let old = rows.get(&id);
        let row = row(rule, indicator, old, how.server_time);
        match old {
            Some(old) if old.standing == RuleState::Expired && old.content == row.content => {
                continue;
            }
            Some(old) if old.standing == RuleState::Marked && old.content == row.content => {
                continue;
            }
            Some(old) if old.is_visible() => {
                if old.text != row.text || old.standing != row.standing {
                    changes.updated.push(change(&id, &row));
                }
            }
            _ => changes.added.push(change(&id, &row)),
        }
        rows.insert(id, row);
    }
    let gone = gone(intake, &rows, &seen, how.complete, &settings.lists);
    for id in &gone {
        if let Some(row) = rows.remove(id)
            && row.is_visible()
        {
            changes.removed.push(change(id, &row));
        }
    }
    expire(&mut rows, how, &mut changes);
    let still = rows
        .values()
        .filter(|row| row.standing == RuleState::Live)
        .count();
    changes.unchanged = still.saturating_sub(changes.added.len() + changes.updated.len()) as u64;
    Ok(SyncPlan {
        rows,
        gone,
        changes,
        report,
    })
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
    old: Option<&Row>,
    server_time: DateTime<Utc>,
) -> Row {
    // A rule keeps the date it was first given, or every run without a date upstream would change it.
    if let Some(date) = old.and_then(|old| old.date) {
        rule.date = Some(date);
        let last = indicator.last_seen.map(|moment| moment.date_naive());
        rule.modified = last.filter(|last| *last > date);
    }
    let content = digest(
        serde_json::to_string(indicator)
            .unwrap_or_default()
            .as_bytes(),
    );
    let same = old.filter(|old| old.content == content);
    Row {
        kind: indicator.ioc.ioc_type().to_string(),
        value: indicator.ioc.to_string(),
        log_source: rule.logsource.label(),
        title: rule.title.clone(),
        file: file_name(&rule, &indicator.ioc),
        text: emit::yaml(&rule),
        content,
        date: rule.date,
        first_seen: indicator.first_seen,
        last_seen: indicator.last_seen,
        first_fetched: old.map_or(server_time, |old| old.first_fetched),
        changed_at: same.map_or(server_time, |same| same.changed_at),
        standing: RuleState::Live,
    }
}

/// Ends the rules whose time is over: counted from the latest of the last sighting, upstream's last news, and our
/// first fetch, so that nothing expires on arrival.
fn expire(rows: &mut Rows, how: &PlanSettings, changes: &mut Changes) {
    for (id, row) in rows
        .iter_mut()
        .filter(|(_, row)| row.standing == RuleState::Live)
    {
        let heard = row
            .changed_at
            .max(row.first_fetched)
            .max(row.last_seen.unwrap_or(row.first_fetched));
        let lifetime = row
            .kind
            .parse()
            .ok()
            .and_then(|kind| how.ttl.duration(kind));
        if lifetime.is_none_or(|lifetime| heard + lifetime >= how.server_time) {
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

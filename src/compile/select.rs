//! Which indicators become rules: what the guard, the lists and the filters say.

use chrono::{DateTime, Utc};

use super::lost::place;
use super::settings::Settings;
use crate::attack;
use crate::guard::{GuardSettings, Verdict, judge};
use crate::indicator::{Indicator, Refusal};
use crate::reason::Reason;
use crate::report::Report;
use crate::source::{Note, NoteKind};
use crate::template::Selection;

/// Whether an indicator becomes a rule, counted; `kept` have before it.
pub(super) fn admit(
    indicator: &Indicator,
    settings: &Settings,
    kept: u64,
    report: &mut Report,
) -> bool {
    if let Some(refusal) = refusal(indicator, settings, kept) {
        refused(indicator, refusal, report);
        return false;
    }
    worth_noting(indicator, settings, report);
    if !indicator.continues {
        report.keep();
    }
    true
}

/// Counts an indicator, or a sighting of one, that does not become a rule.
pub(super) fn refused(indicator: &Indicator, refusal: Refusal, report: &mut Report) {
    match indicator.continues {
        // The range has been counted, by its first network.
        true => report.name(indicator.place.clone(), indicator.ioc.to_string(), refusal),
        false => {
            report.decide(
                indicator.place.clone(),
                || indicator.ioc.to_string(),
                refusal,
            );
        }
    }
}

/// Makes sure that the tags which templates ask for are among those that are kept.
pub(super) fn settle_tags(indicator: &mut Indicator, settings: &Settings) {
    indicator.settle_tags(|tag| settings.templates.asks_for(tag));
}

/// Why an indicator does not become a rule: the guard first, since what must never alert is not a matter of taste.
pub(super) fn refusal(indicator: &Indicator, settings: &Settings, kept: u64) -> Option<Refusal> {
    if let Some(refusal) = whole(indicator, settings) {
        return Some(refusal);
    }
    let reason = if let Some(reason) = unselected(indicator, settings) {
        reason
    } else if let Some(reason) = without_rule(indicator, &settings.templates) {
        reason
    } else if settings.limit.is_some_and(|limit| kept >= limit) {
        Reason::OverLimit
    } else {
        return None;
    };
    Some(Refusal::new(reason))
}

/// Why an indicator does not become a rule whatever is stated about it beside whether it is still good.
pub(super) fn whole(indicator: &Indicator, settings: &Settings) -> Option<Refusal> {
    let guard = GuardSettings {
        on: settings.guard,
        keep_expired: settings.keep_expired,
        now: settings.now,
    };
    let kind = indicator.ioc.ioc_type();
    let taken = settings.takes(kind);
    // A type that is only compiled when it is asked for is not judged unless it is.
    if !taken && !kind.plugin().is_default {
        return Some(Refusal::new(Reason::TypeNotSelected));
    }
    if let Verdict::Drop(reason, detail) = judge(indicator, &guard) {
        return Some(Refusal { reason, detail });
    }
    if let Some(refusal) = settings.lists.refusal(&indicator.ioc) {
        return Some(refusal);
    }
    (!taken).then(|| Refusal::new(Reason::TypeNotSelected))
}

/// Which filter refuses a statement about an indicator.
pub(super) fn unselected(indicator: &Indicator, settings: &Settings) -> Option<Reason> {
    let confidence = indicator.confidence.unwrap_or(settings.default_confidence);
    let outside = |date: DateTime<Utc>| {
        settings.since.is_some_and(|since| date < since)
            || settings.until.is_some_and(|until| date > until)
    };
    Some(if indicator.last_activity().is_some_and(outside) {
        Reason::OutsideDates
    } else if settings
        .confidence
        .is_some_and(|wanted| wanted != confidence)
        || settings
            .min_confidence
            .is_some_and(|least| confidence < least)
    {
        Reason::ConfidenceNotSelected
    } else if settings
        .industry
        .as_ref()
        .is_some_and(|industry| !indicator.industries.contains(industry))
    {
        Reason::IndustryNotSelected
    } else if settings
        .max_tlp
        .is_some_and(|most| indicator.tlp.is_some_and(|tlp| tlp > most))
    {
        Reason::TlpTooStrict
    } else {
        return None;
    })
}

/// Why none of the templates has a rule for an indicator.
fn without_rule(indicator: &Indicator, templates: &Selection) -> Option<Reason> {
    if templates.of_indicator(indicator).next().is_some() {
        return None;
    }
    Some(match templates.too_generic(indicator).next() {
        Some(_) => Reason::TooGeneric,
        None => Reason::NoLogSource,
    })
}

/// The notes about an indicator that is kept.
pub(super) fn worth_noting(indicator: &Indicator, settings: &Settings, report: &mut Report) {
    for technique in &indicator.mitre_techniques {
        if attack::tactics(technique).is_none() {
            report.note(Note {
                kind: NoteKind::UnknownTechnique,
                place: place(indicator),
                detail: technique.clone(),
            });
        }
    }
    for part in indicator.left_out.parts() {
        report.note(Note {
            kind: NoteKind::LeftOut,
            place: place(indicator),
            detail: format!(
                "{}: {} ({} are kept)",
                indicator.ioc,
                part.words(),
                part.most()
            ),
        });
    }
    for template in settings.templates.too_generic(indicator) {
        report.note(Note {
            kind: NoteKind::TooGeneric,
            place: place(indicator),
            detail: format!("{} in {}", indicator.ioc, template.logsource().label()),
        });
    }
    if (settings.since.is_some() || settings.until.is_some()) && indicator.last_activity().is_none()
    {
        report.note(Note {
            kind: NoteKind::Undated,
            place: place(indicator),
            detail: indicator.ioc.to_string(),
        });
    }
}

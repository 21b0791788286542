//! Values as feeds have them: what each record says, and what becomes of all of it.
//!
//! The judgement is the one of a run: [`Sightings`] merges and filters, [`refusal`] decides.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;

use super::statement::{Record, Statement};
use super::{Explained, Given, alone, explained, given};
use crate::compile::compiler::Compiler;
use crate::compile::intake::Intake;
use crate::compile::select::{refusal, settle_tags, worth_noting};
use crate::compile::settings::Settings;
use crate::compile::sightings::{Sightings, Voice};
use crate::compile::stream::Tick;
use crate::error::Result;
use crate::indicator::{Expect, Indicator, Ioc, IocType, Refusal, parse, parse_as, refang};
use crate::location::Place;
use crate::report::Report;
use crate::source::{self, Found, Input, Note, ReadOptions, Rejection};

/// How many records of one value are listed; the others are counted.
const MOST_RECORDS: usize = 200;
/// How many notes about them.
const MOST_NOTES: usize = 64;

/// Explains each value of some texts as feeds have it: which records, what each says, and what `compile` makes of them.
///
/// A value that one feed has as several types is explained once for each. A value that no feed has is `absent`.
///
/// # Errors
/// Those of [`source::read`], and what `tick` returns.
///
/// ```
/// use socdef_sigma::compile::{Settings, explain_in};
/// use socdef_sigma::source::{Input, ReadOptions};
///
/// let feed = [Input::from_bytes("feed.csv", &b"ip,confidence\n198.51.100.7,\n10.0.0.1,high\n"[..])];
/// let settings = Settings::new(chrono::Utc::now());
/// let values = ["198.51.100[.]7", "10.0.0.1", "evil.example"];
/// let explained = explain_in(&values, &feed, &ReadOptions::default(), &settings, &mut |_, _| Ok(()))?;
/// let verdicts: Vec<_> = explained.iter().map(|one| one.verdict()).collect();
/// assert_eq!(verdicts, ["keep", "drop", "absent"]);
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
pub fn explain_in(
    texts: &[&str],
    inputs: &[Input],
    options: &ReadOptions,
    settings: &Settings,
    tick: &mut Tick<'_>,
) -> Result<Vec<Explained>> {
    let mut watch = Watch::new(texts, settings.limit.is_some());
    for input in inputs {
        for found in source::read(input, options)? {
            watch.see(found?);
            if watch.read.is_multiple_of(1024) {
                tick("reading", watch.read)?;
            }
        }
    }
    Ok(watch.explained(settings))
}

/// A value that is looked for, and what was found of it, by what it was read as; nothing where it was not taken.
struct Wanted {
    given: Given,
    seen: IndexMap<Option<Ioc>, Seen>,
}

/// The records of a value, each with its voice where it gave an indicator.
#[derive(Default)]
struct Seen {
    records: Vec<(Option<Voice>, Record)>,
    unlisted: u64,
    notes: Vec<Note>,
}

/// Looks for values while feeds are read.
struct Watch {
    wanted: Vec<Wanted>,
    by_ioc: HashMap<Ioc, usize>,
    by_text: HashMap<String, usize>,
    /// The indicators that are looked for; where the number before them counts, all.
    intake: Intake,
    holds_all: bool,
    /// The last notes, which stand before the indicators of their record.
    notes: Vec<Note>,
    /// The last record that was taken, whose notes may stand behind it.
    last: Option<(usize, Option<Ioc>, Place)>,
    read: u64,
}

impl Watch {
    fn new(texts: &[&str], holds_all: bool) -> Watch {
        let mut watch = Watch {
            wanted: Vec::new(),
            by_ioc: HashMap::new(),
            by_text: HashMap::new(),
            intake: Intake::new(0),
            holds_all,
            notes: Vec::new(),
            last: None,
            read: 0,
        };
        for given in texts.iter().flat_map(|text| given(text)) {
            watch.want(given);
        }
        watch
    }

    /// Looks for a value, whatever type a feed gives it.
    fn want(&mut self, given: Given) {
        let text = given.value.trim().to_owned();
        let ioc = given.indicator.as_ref().ok().map(|found| &found.ioc);
        if self.by_text.contains_key(&text) || ioc.is_some_and(|ioc| self.by_ioc.contains_key(ioc))
        {
            return;
        }
        let at = self.wanted.len();
        let types = IocType::all().iter().map(|kind| Expect::Type(*kind));
        let typed = types.filter_map(|kind| Some(parse_as(kind, &text).ok()?.ioc));
        for ioc in ioc.cloned().into_iter().chain(typed) {
            self.by_ioc.entry(ioc).or_insert(at);
        }
        self.by_text.insert(refang(&text).into_owned(), at);
        self.by_text.insert(text, at);
        self.wanted.push(Wanted {
            given,
            seen: IndexMap::new(),
        });
    }

    fn see(&mut self, found: Found) {
        match found {
            Found::Indicator(mut indicator) => {
                self.read += u64::from(!indicator.continues);
                indicator.bound();
                if let Some(at) = self.by_ioc.get(&indicator.ioc).copied() {
                    self.take(at, &indicator);
                } else if !self.holds_all {
                    return;
                }
                self.intake.add(*indicator);
            }
            Found::Rejection(rejection) => {
                self.read += 1;
                self.reject(rejection);
            }
            Found::Note(note) => {
                self.behind(&note);
                if self
                    .notes
                    .last()
                    .is_some_and(|last| last.place != note.place)
                {
                    self.notes.clear();
                }
                if self.notes.len() < MOST_NOTES {
                    self.notes.push(note);
                }
            }
            Found::Blank(_) => {}
        }
    }

    /// Takes in a note that stands behind the record that it is about.
    fn behind(&mut self, note: &Note) {
        let Some((at, ioc, _)) = self
            .last
            .as_ref()
            .filter(|(_, _, place)| *place == note.place)
        else {
            return;
        };
        if let Some(seen) = self.wanted[*at].seen.get_mut(ioc) {
            seen.note(note);
        }
    }

    fn take(&mut self, at: usize, indicator: &Indicator) {
        let record = Record {
            place: indicator.place.clone(),
            indicator: Some(Box::new(indicator.clone())),
            refusal: None,
        };
        let voice = Voice::of(indicator);
        let seen = self.wanted[at].seen.entry(Some(indicator.ioc.clone()));
        seen.or_default().add(Some(voice), record, &self.notes);
        let ioc = Some(indicator.ioc.clone());
        self.last = indicator.place.clone().map(|place| (at, ioc, place));
    }

    fn reject(&mut self, rejection: Rejection) {
        let text = rejection.value.trim();
        let ioc = parse(text).ok().map(|parsed| parsed.ioc);
        let by_ioc = ioc.as_ref().and_then(|ioc| self.by_ioc.get(ioc));
        let Some(at) = by_ioc.or_else(|| self.by_text.get(text)).copied() else {
            return;
        };
        let record = Record {
            place: Some(rejection.place),
            indicator: None,
            refusal: Some(rejection.refusal),
        };
        let seen = self.wanted[at].seen.entry(ioc);
        seen.or_default().add(None, record, &self.notes);
    }

    fn explained(self, settings: &Settings) -> Vec<Explained> {
        let compiler = Compiler::new(settings);
        let mut judged = HashMap::new();
        let mut account = self.intake.report().clone();
        let mut kept = 0;
        for sightings in self.intake.sightings() {
            let (indicator, refusal) = verdict(sightings, settings, kept, &mut account);
            kept += u64::from(refusal.is_none());
            if self.by_ioc.contains_key(&indicator.ioc) {
                judged.insert(indicator.ioc.clone(), (sightings, indicator, refusal));
            }
        }
        let mut all = Vec::new();
        for Wanted { given, seen } in self.wanted {
            if seen.is_empty() {
                let mut absent = alone(given, &compiler, settings);
                absent.rules.clear();
                absent.statement = Some(Statement {
                    read: self.read,
                    ..Statement::default()
                });
                all.push(absent);
                continue;
            }
            for (ioc, seen) in seen {
                let judged = ioc.and_then(|ioc| judged.get(&ioc));
                let mut statement =
                    seen.statement(judged.map(|(sightings, ..)| *sightings), settings);
                statement.read = self.read;
                let mut one = match judged {
                    Some((_, indicator, refusal)) => {
                        if refusal.is_none() {
                            let mut account = Report::new(MOST_NOTES);
                            worth_noting(indicator, settings, &mut account);
                            statement.notes.extend_from_slice(account.notes());
                        }
                        let indicator = Indicator::clone(indicator);
                        let value = given.value.clone();
                        explained(value, indicator, refusal.clone(), &compiler, settings)
                    }
                    // No reader took it.
                    None => Explained {
                        refusal: statement
                            .records
                            .iter()
                            .find_map(|record| record.refusal.clone()),
                        ..alone(given.clone(), &compiler, settings)
                    },
                };
                one.statement = Some(statement);
                all.push(one);
            }
        }
        all
    }
}

impl Seen {
    fn add(&mut self, voice: Option<Voice>, record: Record, notes: &[Note]) {
        let of_record = notes
            .iter()
            .filter(|note| Some(&note.place) == record.place.as_ref());
        of_record.for_each(|note| self.note(note));
        match self.records.len() < MOST_RECORDS {
            true => self.records.push((voice, record)),
            false => self.unlisted += 1,
        }
    }

    fn note(&mut self, note: &Note) {
        if self.notes.len() < MOST_NOTES && !self.notes.contains(note) {
            self.notes.push(note.clone());
        }
    }

    /// The records, each with the filter that refuses what its voice says.
    fn statement(self, sightings: Option<&Sightings>, settings: &Settings) -> Statement {
        let records = self.records.into_iter().map(|(voice, mut record)| {
            if let (Some(voice), Some(sightings)) = (voice, sightings) {
                record.refusal = sightings.refusal_of(&voice, settings);
            }
            record
        });
        Statement {
            records: records.collect(),
            unlisted: self.unlisted,
            read: 0,
            notes: self.notes,
        }
    }
}

/// What of all sightings would become a rule, and why it does not.
fn verdict(
    sightings: &Sightings,
    settings: &Settings,
    kept: u64,
    account: &mut Report,
) -> (Arc<Indicator>, Option<Refusal>) {
    let (mut indicator, refused) = match sightings.chosen(settings, account) {
        Some(indicator) => (indicator, None),
        None => (
            sightings.merged().clone(),
            sightings.first_refusal(settings),
        ),
    };
    settle_tags(Arc::make_mut(&mut indicator), settings);
    let refused = refused.or_else(|| refusal(&indicator, settings, kept));
    if let Some(producer) = &settings.producer {
        Arc::make_mut(&mut indicator).rename_producer(producer);
    }
    (indicator, refused)
}

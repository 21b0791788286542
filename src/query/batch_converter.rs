//! Converting many rules: by the skeletons of their classes where these prove right, through pySigma where not.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::case::Case;
use super::class_cache::{ClassCache, RuleClass, Tally, collected, spans};
use super::oracle::{Answer, Oracle, Queries};
use super::prove::STATEFUL;
use super::rule_input::{Given, Key, Keys, RuleInput};

/// How many rules of a class there must be before its skeleton is worth the conversions that it takes.
const MIN_CLASS_SIZE: usize = 8;
/// How many rules one thread takes at a time.
const SHARE: usize = 256;
/// How many classes are remembered; forgetting costs time only.
const CLASSES: usize = 1 << 16;
const TOO_FEW_ALIKE: &str = "fewer than eight alike";

/// A rule that was filled and may be verified at the end.
#[derive(Debug)]
struct Sample {
    /// Random; the lowest of a run are its sample.
    rank: u64,
    class: Key,
    rule: Given,
    queries: Vec<String>,
}

/// Converts rules. Keeps what it learned from one batch, and from one attempt, to the next.
#[derive(Debug)]
pub(crate) struct BatchConverter {
    keys: Keys,
    cache: ClassCache,
    sample: usize,
    /// The sample of this attempt, sorted by rank between batches.
    samples: Vec<Sample>,
    verifies_all: bool,
    /// Why nothing is filled at all.
    fills_none: Option<String>,
}

/// What a thread made of a rule.
enum Made {
    /// Filled, with so many queries.
    Filled(usize),
    /// Left to the second step.
    Left,
}

struct Share {
    text: String,
    ends: Vec<usize>,
    made: Vec<Made>,
    samples: Vec<Sample>,
    used: BTreeSet<Key>,
}

impl BatchConverter {
    /// A batch_converter that verifies a random sample of so many rules, or all of them.
    pub(crate) fn new(sample: usize, verifies_all: bool) -> BatchConverter {
        BatchConverter {
            keys: Keys::default(),
            cache: ClassCache::default(),
            sample,
            samples: Vec::new(),
            verifies_all,
            fills_none: None,
        }
    }

    /// Sends all rules through pySigma from now on, and says why.
    pub(crate) fn fill_none(&mut self, why: String) {
        self.fills_none = Some(why);
        self.restart();
    }

    /// The counts of rules of this attempt.
    pub(crate) fn tally(&self) -> &Tally {
        &self.cache.tally
    }

    /// Restarts, and keeps what was learned.
    pub(crate) fn restart(&mut self) {
        self.cache.must_restart = false;
        self.samples.clear();
        self.cache.tally = Tally {
            differences: self.cache.tally.differences,
            ..Tally::default()
        };
        for class in self.cache.classes.values_mut() {
            match class {
                RuleClass::Few(count) => *count = 0,
                RuleClass::Shaped(shaped) => shaped.is_used = false,
                RuleClass::None(_) => {}
            }
        }
    }

    /// Converts a batch of rules, in order.
    ///
    /// # Errors
    /// Those of the oracle.
    pub(crate) fn batch<M: RuleInput + Sync, O: Oracle>(
        &mut self,
        rules: &[M],
        oracle: &mut O,
    ) -> Result<Queries, O::Error> {
        let threshold = match self.samples.len() < self.sample {
            true => u64::MAX,
            false => self.samples.last().map_or(0, |sample| sample.rank),
        };
        let shares: Vec<Share> = rules
            .par_chunks(SHARE)
            .map(|rules| self.share(rules, threshold))
            .collect();
        // Before the second step, which may find that what was filled is not right.
        for key in shares.iter().flat_map(|share| &share.used) {
            self.mark_used(*key);
        }
        let left: Vec<&M> = shares
            .iter()
            .flat_map(|share| &share.made)
            .zip(rules)
            .filter_map(|(made, rule)| matches!(made, Made::Left).then_some(rule))
            .collect();
        let mut answers = self.second(&left, threshold, oracle)?.into_iter();
        let mut queries = Queries::default();
        for share in shares {
            let (mut at, mut from) = (0, 0);
            for made in share.made {
                match made {
                    Made::Filled(count) => {
                        queries.rules.push(Some(count));
                        self.cache.tally.filled += 1;
                        for _ in 0..count {
                            queries.text.push_str(&share.text[from..share.ends[at]]);
                            queries.ends.push(queries.text.len());
                            from = share.ends[at];
                            at += 1;
                        }
                    }
                    Made::Left => queries.push(answers.next().flatten()),
                }
            }
            self.samples.extend(share.samples);
        }
        if self.verifies_all {
            self.verify(oracle)?;
        } else {
            self.samples.sort_by_key(|sample| sample.rank);
            self.samples.truncate(self.sample);
        }
        Ok(queries)
    }

    /// Verifies the sample; `false` where something was filled that was not right, and all must be done again.
    ///
    /// # Errors
    /// Those of the oracle.
    pub(crate) fn settle<O: Oracle>(&mut self, oracle: &mut O) -> Result<bool, O::Error> {
        self.verify(oracle)?;
        Ok(!self.cache.must_restart)
    }

    fn verify<O: Oracle>(&mut self, oracle: &mut O) -> Result<(), O::Error> {
        let samples = std::mem::take(&mut self.samples);
        let mut rules = Vec::with_capacity(samples.len());
        let mut filled = Vec::with_capacity(samples.len());
        for sample in samples {
            rules.push(sample.rule);
            filled.push((sample.class, sample.queries));
        }
        for (answer, (class, queries)) in oracle.probe(rules)?.into_iter().zip(filled) {
            self.cache.compare(class, &Some(queries), &answer);
        }
        Ok(())
    }

    fn case<'a, M: RuleInput>(&self, rule: &'a M) -> Result<Case<'a>, &'static str> {
        match self.cache.is_stateful || self.fills_none.is_some() {
            true => Err(STATEFUL),
            false => Case::of(&self.keys, rule),
        }
    }

    fn mark_used(&mut self, class: Key) {
        if let Some(RuleClass::Shaped(shaped)) = self.cache.classes.get_mut(&class) {
            shaped.is_used = true;
        }
    }

    /// First step, on all cores: fills what can be filled.
    fn share<M: RuleInput>(&self, rules: &[M], threshold: u64) -> Share {
        let mut share = Share {
            text: String::new(),
            ends: Vec::new(),
            made: Vec::with_capacity(rules.len()),
            samples: Vec::new(),
            used: BTreeSet::new(),
        };
        for rule in rules {
            let before = share.ends.len();
            let case = self.case(rule).ok();
            let filled = case.as_ref().is_some_and(|case| {
                self.fill(case, &mut |query| share.ends.push(query), &mut share.text)
            });
            if !filled {
                share.ends.truncate(before);
                share.text.truncate(share.ends.last().copied().unwrap_or(0));
                share.made.push(Made::Left);
                continue;
            }
            share.made.push(Made::Filled(share.ends.len() - before));
            let Some(case) = case else { continue };
            share.used.insert(case.class);
            let rank = case.rank();
            if self.verifies_all || rank < threshold {
                let starts = before.checked_sub(1).map_or(0, |at| share.ends[at]);
                let mut from = starts;
                let queries = share.ends[before..]
                    .iter()
                    .map(|end| {
                        let query = share.text[from..*end].to_owned();
                        from = *end;
                        query
                    })
                    .collect();
                share.samples.push(Sample {
                    rank,
                    class: case.class,
                    rule: rule.given(),
                    queries,
                });
            }
        }
        share
    }

    /// Fills the queries of a rule whose like was proved; calls `end` with where each ends.
    fn fill(&self, case: &Case<'_>, end: &mut dyn FnMut(usize), text: &mut String) -> bool {
        let Some(RuleClass::Shaped(shaped)) = self.cache.classes.get(&case.class) else {
            return false;
        };
        let proved = self
            .cache
            .pairs
            .get(&case.skeleton)
            .is_some_and(|pairs| case.pairs.are_in(pairs));
        proved && spans(&shaped.lengths, &case.texts) && shaped.fill(&case.texts, end, text)
    }

    fn filled(&self, case: &Case<'_>) -> Answer {
        collected(|end, text| self.fill(case, end, text))
    }

    /// Second step: derives the skeletons that are worth it, proves what is new, and sends the rest through pySigma.
    fn second<M: RuleInput, O: Oracle>(
        &mut self,
        left: &[&M],
        threshold: u64,
        oracle: &mut O,
    ) -> Result<Vec<Answer>, O::Error> {
        let cases: Vec<Result<Case<'_>, &'static str>> =
            left.iter().map(|rule| self.case(*rule)).collect();
        let mut members: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
        for (at, case) in cases.iter().enumerate() {
            if let Ok(case) = case {
                members.entry(case.class).or_default().push(at);
            }
        }
        if self.cache.classes.len() > CLASSES {
            // Those that say something are kept: they may not be filled again.
            self.cache
                .classes
                .retain(|_, class| matches!(class, RuleClass::None(_)));
        }
        let mut members: Vec<(Key, Vec<usize>)> = members.into_iter().collect();
        members.sort_by_key(|(_, members)| members[0]);
        for (class, members) in &members {
            let known = self
                .cache
                .classes
                .entry(*class)
                .or_insert(RuleClass::Few(0));
            if let RuleClass::Few(count) = known {
                *count += members.len();
                if *count >= MIN_CLASS_SIZE {
                    let first = members[0];
                    let Ok(case) = &cases[first] else { continue };
                    let derived = self.cache.derive(left[first], case, oracle)?;
                    self.cache.classes.insert(*class, derived);
                }
            }
            if self.cache.is_stateful {
                break;
            }
            if matches!(self.cache.classes.get(class), Some(RuleClass::Shaped(_))) {
                self.cache.prove(*class, members, left, &cases, oracle)?;
            }
        }
        let mut answers: Vec<Option<Answer>> = Vec::with_capacity(left.len());
        let mut rest = Vec::new();
        for (rule, case) in left.iter().zip(&cases) {
            let filled = match case {
                Ok(case) if !self.cache.is_stateful => self.filled(case),
                _ => None,
            };
            if let (Some(queries), Ok(case)) = (&filled, case) {
                self.cache.tally.filled += 1;
                self.mark_used(case.class);
                let rank = case.rank();
                if self.verifies_all || rank < threshold {
                    self.samples.push(Sample {
                        rank,
                        class: case.class,
                        rule: rule.given(),
                        queries: queries.clone(),
                    });
                }
            } else {
                rest.push(rule.given());
                let why = match case {
                    _ if self.fills_none.is_some() => {
                        self.fills_none.as_deref().unwrap_or_default()
                    }
                    _ if self.cache.is_stateful => STATEFUL,
                    Err(why) => why,
                    Ok(case) => match self.cache.classes.get(&case.class) {
                        Some(RuleClass::None(why)) => why,
                        _ => TOO_FEW_ALIKE,
                    },
                };
                *self
                    .cache
                    .tally
                    .converted
                    .entry(why.to_owned())
                    .or_default() += 1;
            }
            answers.push(filled.map(Some));
        }
        let mut converted = oracle.convert(rest)?.into_iter();
        Ok(answers
            .into_iter()
            .map(|answer| answer.unwrap_or_else(|| converted.next().flatten()))
            .collect())
    }
}

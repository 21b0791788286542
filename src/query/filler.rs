//! Converting many rules: by the shapes of their classes where these prove right, through pySigma where not.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher, RandomState};

use rayon::prelude::*;

use super::class::{Pairs, TextClass};
use super::learn::QueryShape;
use super::sentinel::{Random, Sentinel};

/// A number for a class. Two of them are the same number with a probability of 2^-128, whoever chose them: the keys are random.
pub(crate) type Key = u128;

/// Makes keys.
#[derive(Debug, Default)]
pub(crate) struct Keys([RandomState; 2]);

impl Keys {
    pub(crate) fn hashers(&self) -> [DefaultHasher; 2] {
        self.0.each_ref().map(BuildHasher::build_hasher)
    }

    pub(crate) fn finish(&self, hashers: [DefaultHasher; 2]) -> Key {
        let [high, low] = hashers.map(|hasher| hasher.finish());
        Key::from(high) << 64 | Key::from(low)
    }
}

/// A rule that can be taken apart into a skeleton and texts.
pub(crate) trait Mould {
    /// What an [`Oracle`] converts.
    type Rule: Send;

    /// Adds the texts that differ, and gives the key of all else; `None` where the rule has no shape.
    fn take_apart<'s>(&'s self, keys: &Keys, texts: &mut Vec<Cow<'s, str>>) -> Option<Key>;

    /// The rule.
    fn rule(&self) -> Self::Rule;

    /// The rule with other texts; `None` where it cannot have them.
    fn rule_with(&self, texts: &[String]) -> Option<Self::Rule>;
}

/// What a rule became: its queries; `None` where the backend refuses it.
pub(crate) type Answer = Option<Vec<String>>;

/// The backend, behind which pySigma stands.
pub(crate) trait Oracle<R> {
    /// What may go wrong with the oracle itself.
    type Error;

    /// Converts rules to see what the backend gives: sentinels, and real ones for comparison.
    fn probe(&mut self, rules: Vec<R>) -> Result<Vec<Answer>, Self::Error>;

    /// Converts rules whose queries go into the output, in the order of the input.
    fn convert(&mut self, rules: Vec<R>) -> Result<Vec<Answer>, Self::Error>;
}

/// The queries of a batch, in order.
#[derive(Debug, Default)]
pub(crate) struct Queries {
    /// All queries, one after the other.
    pub(crate) text: String,
    /// Where each ends in the text.
    pub(crate) ends: Vec<usize>,
    /// How many queries each rule has; `None` where the backend refused it.
    pub(crate) rules: Vec<Option<usize>>,
}

impl Queries {
    fn push(&mut self, answer: Answer) {
        self.rules.push(answer.as_ref().map(Vec::len));
        for query in answer.into_iter().flatten() {
            self.text.push_str(&query);
            self.ends.push(self.text.len());
        }
    }

    /// The queries.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        let mut from = 0;
        self.ends.iter().map(move |end| {
            let query = &self.text[from..*end];
            from = *end;
            query
        })
    }
}

/// What became of the rules.
#[derive(Debug, Default, Clone)]
pub(crate) struct Tally {
    /// Rules whose queries were filled.
    pub(crate) filled: u64,
    /// Rules that went through pySigma, by the reason.
    pub(crate) converted: BTreeMap<String, u64>,
    /// Real rules that were converted both ways.
    pub(crate) verified: u64,
    /// Those of them where the two differed.
    pub(crate) differences: u64,
}

/// How many rules of a class there must be before its shape is worth the conversions that it takes.
const WORTH: usize = 8;
/// How many rules of a class are verified before the first is filled.
const FIRST: usize = 4;
/// How many rules one thread takes at a time.
const SHARE: usize = 256;
/// How many classes are remembered; forgetting costs time only.
const CLASSES: usize = 1 << 16;
/// The most characters of a text that is filled.
const LONGEST: usize = 1 << 16;

const FEW: &str = "fewer than eight alike";
const ODD: &str = "a character outside of printable ASCII, or an empty text";
const NO_SHAPE: &str = "a rule without a shape";
const REFUSED: &str = "the backend refuses such rules";
const DEPENDS: &str = "the query depends on more than the characters of the value";
const DIFFERS: &str = "the filled query differed from pySigma's";
const STATEFUL: &str = "the backend does not give the same query twice";

/// What is known of a class.
#[derive(Debug)]
enum Class {
    /// So many were seen.
    Few(usize),
    Shaped(Box<Shaped>),
    /// Why it goes through pySigma.
    None(&'static str),
}

#[derive(Debug)]
struct Shaped {
    queries: Vec<QueryShape>,
    /// The texts that stand in the queries, and the lengths between which they are proved.
    lengths: Vec<Span>,
    /// Whether any was filled in this run.
    is_used: bool,
}

/// Converts rules. Keeps what it learned from one batch, and from one attempt, to the next.
#[derive(Debug)]
pub(crate) struct Filler {
    keys: Keys,
    classes: HashMap<Key, Class>,
    /// The pairs of characters that are proved, for each skeleton.
    pairs: HashMap<Key, Pairs>,
    sample: usize,
    verifies_all: bool,
    /// Why nothing is filled at all.
    fills_none: Option<String>,
    is_stateful: bool,
    must_restart: bool,
    tally: Tally,
}

/// A rule that was filled and may be verified at the end.
struct Sample<R> {
    /// Random; the lowest of a run are its sample.
    rank: u64,
    class: Key,
    rule: R,
    queries: Vec<String>,
}

/// The sample of a run, kept beside the filler because its rules are of the caller's type.
pub(crate) struct Samples<R>(Vec<Sample<R>>);

impl<R> Default for Samples<R> {
    fn default() -> Samples<R> {
        Samples(Vec::new())
    }
}

/// A rule whose texts have a class.
struct Case<'a> {
    skeleton: Key,
    class: Key,
    texts: Vec<Cow<'a, str>>,
    pairs: Pairs,
}

/// What a thread made of a rule.
enum Made {
    /// Filled, with so many queries.
    Filled(usize),
    /// Left to the second step.
    Left,
}

struct Share<R> {
    text: String,
    ends: Vec<usize>,
    made: Vec<Made>,
    samples: Vec<Sample<R>>,
    used: BTreeSet<Key>,
}

impl Filler {
    /// A filler that verifies a random sample of so many rules, or all of them.
    pub(crate) fn new(sample: usize, verifies_all: bool) -> Filler {
        Filler {
            keys: Keys::default(),
            classes: HashMap::new(),
            pairs: HashMap::new(),
            sample,
            verifies_all,
            fills_none: None,
            is_stateful: false,
            must_restart: false,
            tally: Tally::default(),
        }
    }

    /// Sends all rules through pySigma from now on, and says why.
    pub(crate) fn fill_none(&mut self, why: String) {
        self.fills_none = Some(why);
        self.restart();
    }

    /// What became of the rules of this attempt.
    pub(crate) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Begins anew, with what was learned.
    pub(crate) fn restart(&mut self) {
        self.must_restart = false;
        self.tally = Tally {
            differences: self.tally.differences,
            ..Tally::default()
        };
        for class in self.classes.values_mut() {
            match class {
                Class::Few(count) => *count = 0,
                Class::Shaped(shaped) => shaped.is_used = false,
                Class::None(_) => {}
            }
        }
    }

    /// Converts a batch of rules, in order.
    ///
    /// # Errors
    /// Those of the oracle.
    pub(crate) fn batch<M: Mould + Sync, O: Oracle<M::Rule>>(
        &mut self,
        rules: &[M],
        samples: &mut Samples<M::Rule>,
        oracle: &mut O,
    ) -> Result<Queries, O::Error> {
        let threshold = match samples.0.len() < self.sample {
            true => u64::MAX,
            false => samples.0.last().map_or(0, |sample| sample.rank),
        };
        let shares: Vec<Share<M::Rule>> = rules
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
        let mut answers = self.second(&left, threshold, samples, oracle)?.into_iter();
        let mut queries = Queries::default();
        for share in shares {
            let (mut at, mut from) = (0, 0);
            for made in share.made {
                match made {
                    Made::Filled(count) => {
                        queries.rules.push(Some(count));
                        self.tally.filled += 1;
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
            samples.0.extend(share.samples);
        }
        if self.verifies_all {
            self.verify(std::mem::take(samples), oracle)?;
        } else {
            samples.0.sort_by_key(|sample| sample.rank);
            samples.0.truncate(self.sample);
        }
        Ok(queries)
    }

    /// Verifies the sample; `false` where something was filled that was not right, and all must be done again.
    ///
    /// # Errors
    /// Those of the oracle.
    pub(crate) fn settle<R, O: Oracle<R>>(
        &mut self,
        samples: Samples<R>,
        oracle: &mut O,
    ) -> Result<bool, O::Error> {
        self.verify(samples, oracle)?;
        Ok(!self.must_restart)
    }

    fn verify<R, O: Oracle<R>>(
        &mut self,
        samples: Samples<R>,
        oracle: &mut O,
    ) -> Result<(), O::Error> {
        let mut rules = Vec::with_capacity(samples.0.len());
        let mut filled = Vec::with_capacity(samples.0.len());
        for sample in samples.0 {
            rules.push(sample.rule);
            filled.push((sample.class, sample.queries));
        }
        for (answer, (class, queries)) in oracle.probe(rules)?.into_iter().zip(filled) {
            self.compare(class, &Some(queries), &answer);
        }
        Ok(())
    }

    fn compare(&mut self, class: Key, filled: &Answer, real: &Answer) {
        self.tally.verified += 1;
        if filled == real {
            return;
        }
        self.tally.differences += 1;
        let known = self.classes.insert(class, Class::None(DIFFERS));
        if matches!(known, Some(Class::Shaped(shaped)) if shaped.is_used) {
            self.must_restart = true;
        }
    }

    fn mark_used(&mut self, class: Key) {
        if let Some(Class::Shaped(shaped)) = self.classes.get_mut(&class) {
            shaped.is_used = true;
        }
    }

    /// First step, on all cores: fills what can be filled.
    fn share<M: Mould>(&self, rules: &[M], threshold: u64) -> Share<M::Rule> {
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
                    rule: rule.rule(),
                    queries,
                });
            }
        }
        share
    }

    fn case<'a, M: Mould>(&self, rule: &'a M) -> Result<Case<'a>, &'static str> {
        if self.is_stateful || self.fills_none.is_some() {
            return Err(STATEFUL);
        }
        let mut texts = Vec::with_capacity(12);
        let skeleton = rule.take_apart(&self.keys, &mut texts).ok_or(NO_SHAPE)?;
        let mut hashers = self.keys.hashers();
        for hasher in &mut hashers {
            skeleton.hash(hasher);
        }
        let mut pairs = Pairs::new();
        for text in &texts {
            let class = TextClass::of(text)
                .filter(|_| text.len() <= LONGEST)
                .ok_or(ODD)?;
            let packed = class.packed();
            for hasher in &mut hashers {
                packed.iter().for_each(|part| hasher.write_u64(*part));
            }
            pairs.add(text);
        }
        Ok(Case {
            skeleton,
            class: self.keys.finish(hashers),
            texts,
            pairs,
        })
    }

    /// Fills the queries of a rule whose like was proved; calls `end` with where each ends.
    fn fill(&self, case: &Case<'_>, end: &mut dyn FnMut(usize), text: &mut String) -> bool {
        let Some(Class::Shaped(shaped)) = self.classes.get(&case.class) else {
            return false;
        };
        let proved = self
            .pairs
            .get(&case.skeleton)
            .is_some_and(|pairs| case.pairs.are_in(pairs));
        proved && spans(&shaped.lengths, &case.texts) && shaped.fill(&case.texts, end, text)
    }

    fn filled(&self, case: &Case<'_>) -> Answer {
        collected(|end, text| self.fill(case, end, text))
    }

    /// Second step: derives the shapes that are worth it, proves what is new, and sends the rest through pySigma.
    fn second<M: Mould, O: Oracle<M::Rule>>(
        &mut self,
        left: &[&M],
        threshold: u64,
        samples: &mut Samples<M::Rule>,
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
        if self.classes.len() > CLASSES {
            // Those that say something are kept: they may not be filled again.
            self.classes
                .retain(|_, class| matches!(class, Class::None(_)));
        }
        let mut members: Vec<(Key, Vec<usize>)> = members.into_iter().collect();
        members.sort_by_key(|(_, members)| members[0]);
        for (class, members) in &members {
            let known = self.classes.entry(*class).or_insert(Class::Few(0));
            if let Class::Few(count) = known {
                *count += members.len();
                if *count >= WORTH {
                    let first = members[0];
                    let Ok(case) = &cases[first] else { continue };
                    let derived = self.derive(left[first], case, oracle)?;
                    self.classes.insert(*class, derived);
                }
            }
            if self.is_stateful {
                break;
            }
            if matches!(self.classes.get(class), Some(Class::Shaped(_))) {
                self.prove(*class, members, left, &cases, oracle)?;
            }
        }
        let mut answers: Vec<Option<Answer>> = Vec::with_capacity(left.len());
        let mut rest = Vec::new();
        for (rule, case) in left.iter().zip(&cases) {
            let filled = match case {
                Ok(case) if !self.is_stateful => self.filled(case),
                _ => None,
            };
            if let (Some(queries), Ok(case)) = (&filled, case) {
                self.tally.filled += 1;
                self.mark_used(case.class);
                let rank = case.rank();
                if self.verifies_all || rank < threshold {
                    samples.0.push(Sample {
                        rank,
                        class: case.class,
                        rule: rule.rule(),
                        queries: queries.clone(),
                    });
                }
            } else {
                rest.push(rule.rule());
                let why = match case {
                    _ if self.fills_none.is_some() => {
                        self.fills_none.as_deref().unwrap_or_default()
                    }
                    _ if self.is_stateful => STATEFUL,
                    Err(why) => why,
                    Ok(case) => match self.classes.get(&case.class) {
                        Some(Class::None(why)) => why,
                        _ => FEW,
                    },
                };
                *self.tally.converted.entry(why.to_owned()).or_default() += 1;
            }
            answers.push(filled.map(Some));
        }
        let mut converted = oracle.convert(rest)?.into_iter();
        Ok(answers
            .into_iter()
            .map(|answer| answer.unwrap_or_else(|| converted.next().flatten()))
            .collect())
    }

    /// Converts two sentinel rules, the first of them twice, and finds the sentinels in the queries.
    fn derive<M: Mould, O: Oracle<M::Rule>>(
        &mut self,
        rule: &M,
        case: &Case<'_>,
        oracle: &mut O,
    ) -> Result<Class, O::Error> {
        let mut random = Random(0x50_c0de);
        let variants: Vec<Vec<Sentinel>> = (0..2)
            .map(|variant| {
                let classes = case.texts.iter().filter_map(|text| TextClass::of(text));
                classes
                    .enumerate()
                    .map(|(at, class)| Sentinel::of(&class, variant, at, &mut random))
                    .collect()
            })
            .collect();
        let mut rules = Vec::new();
        for variant in [0, 1, 0] {
            let texts: Vec<String> = variants[variant].iter().map(|s| s.text.clone()).collect();
            match rule.rule_with(&texts) {
                Some(rule) => rules.push(rule),
                None => return Ok(Class::None(NO_SHAPE)),
            }
        }
        let answers = oracle.probe(rules)?;
        let [Some(one), Some(other), Some(again)] = &answers[..] else {
            return Ok(Class::None(REFUSED));
        };
        if one != again {
            self.is_stateful = true;
            self.must_restart = self
                .classes
                .values()
                .any(|class| matches!(class, Class::Shaped(shaped) if shaped.is_used));
            return Ok(Class::None(STATEFUL));
        }
        let shapes = |queries: &[String], sentinels: &[Sentinel]| -> Vec<QueryShape> {
            queries
                .iter()
                .map(|query| QueryShape::of(query, sentinels))
                .collect()
        };
        let queries = shapes(one, &variants[0]);
        if queries != shapes(other, &variants[1]) {
            return Ok(Class::None(DEPENDS));
        }
        let standing: BTreeSet<usize> = queries.iter().flat_map(QueryShape::texts).collect();
        Ok(Class::Shaped(Box::new(Shaped {
            queries,
            lengths: standing
                .into_iter()
                .map(|text| (text, usize::MAX, 0))
                .collect(),
            is_used: false,
        })))
    }

    /// Compares what filling and converting give for rules of a class: the longest and the shortest, and each that has something
    /// that none before it had.
    fn prove<M: Mould, O: Oracle<M::Rule>>(
        &mut self,
        class: Key,
        members: &[usize],
        left: &[&M],
        cases: &[Result<Case<'_>, &'static str>],
        oracle: &mut O,
    ) -> Result<(), O::Error> {
        let case = |at: &usize| cases[*at].as_ref().ok();
        let Some(Class::Shaped(shaped)) = self.classes.get(&class) else {
            return Ok(());
        };
        let length = |at: &usize| case(at).map_or(0, |case| shaped.length(&case.texts));
        let mut order = members.to_vec();
        order.sort_by_key(length);
        // The longest first, then the shortest: what is between them is no longer new.
        let longest = order.pop();
        order.splice(0..0, longest);
        let Some(skeleton) = members.first().and_then(case).map(|case| case.skeleton) else {
            return Ok(());
        };
        let mut proved = self
            .pairs
            .get(&skeleton)
            .cloned()
            .unwrap_or_else(Pairs::new);
        let mut lengths = shaped.lengths.clone();
        let mut chosen = Vec::new();
        for at in &order {
            let Some(case) = case(at) else { continue };
            let is_new = !spans(&lengths, &case.texts) || !case.pairs.are_in(&proved);
            let is_first = !shaped.is_used && chosen.len() < FIRST;
            if is_new || is_first {
                widen(&mut lengths, &case.texts);
                proved.absorb(&case.pairs);
                chosen.push(*at);
            }
        }
        let filled: Vec<Answer> = chosen
            .iter()
            .map(|at| {
                let texts = &case(at)?.texts;
                collected(|end, text| shaped.fill(texts, end, text))
            })
            .collect();
        let rules = chosen.iter().map(|at| left[*at].rule()).collect();
        let answers = oracle.probe(rules)?;
        for (answer, filled) in answers.iter().zip(&filled) {
            self.compare(class, filled, answer);
        }
        if let Some(Class::Shaped(shaped)) = self.classes.get_mut(&class) {
            shaped.lengths = lengths;
            self.pairs.insert(skeleton, proved);
        }
        Ok(())
    }
}

/// The queries that a filling gives.
fn collected(fill: impl FnOnce(&mut dyn FnMut(usize), &mut String) -> bool) -> Answer {
    let mut queries = Queries::default();
    let Queries { text, ends, .. } = &mut queries;
    let is_filled = fill(&mut |end| ends.push(end), text);
    is_filled.then(|| queries.iter().map(str::to_owned).collect())
}

impl Case<'_> {
    /// A number that says nothing about the rule, since classes are numbered at random.
    fn rank(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.class.hash(&mut hasher);
        self.texts.hash(&mut hasher);
        hasher.finish()
    }
}

impl Shaped {
    fn fill(&self, texts: &[Cow<'_, str>], end: &mut dyn FnMut(usize), text: &mut String) -> bool {
        self.queries.iter().all(|query| {
            let is_filled = query.fill(texts, text);
            end(text.len());
            is_filled
        })
    }

    fn length(&self, texts: &[Cow<'_, str>]) -> usize {
        self.lengths
            .iter()
            .map(|(text, _, _)| texts[*text].len())
            .sum()
    }
}

/// A text by its place, and the lengths between which it is proved.
type Span = (usize, usize, usize);

/// Whether these texts are as long as some that were proved, or between them.
fn spans(lengths: &[Span], texts: &[Cow<'_, str>]) -> bool {
    lengths
        .iter()
        .all(|(text, low, high)| (*low..=*high).contains(&texts[*text].len()))
}

fn widen(lengths: &mut [Span], texts: &[Cow<'_, str>]) {
    for (text, low, high) in lengths {
        *low = (*low).min(texts[*text].len());
        *high = (*high).max(texts[*text].len());
    }
}

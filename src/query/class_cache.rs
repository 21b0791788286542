//! The knowledge about the classes.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::char_profile::Pairs;
use super::learn::QuerySkeleton;
use super::oracle::{Answer, Queries};
use super::rule_input::Key;

/// The knowledge about a class.
#[derive(Debug)]
pub(super) enum RuleClass {
    /// So many were seen.
    Few(usize),
    Shaped(Box<Shaped>),
    /// Why it goes through pySigma.
    None(&'static str),
}

#[derive(Debug)]
pub(super) struct Shaped {
    pub(super) queries: Vec<QuerySkeleton>,
    /// The texts that stand in the queries, and the lengths between which they are proved.
    pub(super) lengths: Vec<Span>,
    /// Whether any was filled in this run.
    pub(super) is_used: bool,
}

impl Shaped {
    pub(super) fn fill(
        &self,
        texts: &[Cow<'_, str>],
        end: &mut dyn FnMut(usize),
        text: &mut String,
    ) -> bool {
        self.queries.iter().all(|query| {
            let is_filled = query.fill(texts, text);
            end(text.len());
            is_filled
        })
    }

    pub(super) fn length(&self, texts: &[Cow<'_, str>]) -> usize {
        self.lengths
            .iter()
            .map(|(text, _, _)| texts[*text].len())
            .sum()
    }
}

/// A text by its place, and the lengths between which it is proved.
pub(super) type Span = (usize, usize, usize);

/// Whether these texts are as long as some that were proved, or between them.
pub(super) fn spans(lengths: &[Span], texts: &[Cow<'_, str>]) -> bool {
    lengths
        .iter()
        .all(|(text, low, high)| (*low..=*high).contains(&texts[*text].len()))
}

pub(super) fn widen(lengths: &mut [Span], texts: &[Cow<'_, str>]) {
    for (text, low, high) in lengths {
        *low = (*low).min(texts[*text].len());
        *high = (*high).max(texts[*text].len());
    }
}

/// The queries that a filling gives.
pub(super) fn collected(fill: impl FnOnce(&mut dyn FnMut(usize), &mut String) -> bool) -> Answer {
    let mut queries = Queries::default();
    let Queries { text, ends, .. } = &mut queries;
    let is_filled = fill(&mut |end| ends.push(end), text);
    is_filled.then(|| queries.iter().map(str::to_owned).collect())
}

/// The counts of rules.
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

/// Everything learned about the classes, and the counts of this attempt.
#[derive(Debug, Default)]
pub(super) struct ClassCache {
    pub(super) classes: HashMap<Key, RuleClass>,
    /// The pairs of characters that are proved, for each skeleton.
    pub(super) pairs: HashMap<Key, Pairs>,
    pub(super) is_stateful: bool,
    pub(super) must_restart: bool,
    pub(super) tally: Tally,
}

const DIFFERS: &str = "the filled query differed from pySigma's";

impl ClassCache {
    /// Counts a query that was made both ways. Where the two differ, its class goes through pySigma from now on.
    pub(super) fn compare(&mut self, class: Key, filled: &Answer, real: &Answer) {
        self.tally.verified += 1;
        if filled == real {
            return;
        }
        self.tally.differences += 1;
        let known = self.classes.insert(class, RuleClass::None(DIFFERS));
        if matches!(known, Some(RuleClass::Shaped(shaped)) if shaped.is_used) {
            self.must_restart = true;
        }
    }
}

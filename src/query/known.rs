//! The knowledge about the classes.

use std::borrow::Cow;

use super::learn::QueryShape;
use super::oracle::{Answer, Queries};

/// The knowledge about a class.
#[derive(Debug)]
pub(super) enum Class {
    /// So many were seen.
    Few(usize),
    Shaped(Box<Shaped>),
    /// Why it goes through pySigma.
    None(&'static str),
}

#[derive(Debug)]
pub(super) struct Shaped {
    pub(super) queries: Vec<QueryShape>,
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

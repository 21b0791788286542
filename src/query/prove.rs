//! Learning the skeleton of a class, and proving it before it is filled.

use std::collections::BTreeSet;

use super::case::Case;
use super::char_profile::{CharProfile, Pairs};
use super::class_cache::{ClassCache, RuleClass, Shaped, collected, spans, widen};
use super::learn::QuerySkeleton;
use super::oracle::{Answer, Oracle};
use super::probe_value::{ProbeValue, Random};
use super::rule_input::{Key, RuleInput};

/// How many rules of a class are verified before the first is filled.
const FIRST: usize = 4;

const NO_TEXTS: &str = "a rule that cannot have other texts";
const REFUSED: &str = "the backend refuses such rules";
const DEPENDS: &str = "the query depends on more than the characters of the value";
pub(super) const STATEFUL: &str = "the backend does not give the same query twice";

impl ClassCache {
    /// Converts two rules of probe values, the first of them twice, and finds the probe values in the queries.
    pub(super) fn derive<M: RuleInput, O: Oracle>(
        &mut self,
        rule: &M,
        case: &Case<'_>,
        oracle: &mut O,
    ) -> Result<RuleClass, O::Error> {
        let mut random = Random(0x50_c0de);
        let variants: Vec<Vec<ProbeValue>> = (0..2)
            .map(|variant| {
                let classes = case.texts.iter().filter_map(|text| CharProfile::of(text));
                classes
                    .enumerate()
                    .map(|(at, class)| ProbeValue::of(&class, variant, at, &mut random))
                    .collect()
            })
            .collect();
        let mut rules = Vec::new();
        for variant in [0, 1, 0] {
            let texts: Vec<String> = variants[variant].iter().map(|s| s.text.clone()).collect();
            match rule.with(&texts) {
                Some(rule) => rules.push(rule),
                None => return Ok(RuleClass::None(NO_TEXTS)),
            }
        }
        let answers = oracle.probe(rules)?;
        let [Some(one), Some(other), Some(again)] = &answers[..] else {
            return Ok(RuleClass::None(REFUSED));
        };
        if one != again {
            self.is_stateful = true;
            self.must_restart = self
                .classes
                .values()
                .any(|class| matches!(class, RuleClass::Shaped(shaped) if shaped.is_used));
            return Ok(RuleClass::None(STATEFUL));
        }
        let skeletons = |queries: &[String], probes: &[ProbeValue]| -> Vec<QuerySkeleton> {
            queries
                .iter()
                .map(|query| QuerySkeleton::of(query, probes))
                .collect()
        };
        let queries = skeletons(one, &variants[0]);
        if queries != skeletons(other, &variants[1]) {
            return Ok(RuleClass::None(DEPENDS));
        }
        let standing: BTreeSet<usize> = queries.iter().flat_map(QuerySkeleton::texts).collect();
        Ok(RuleClass::Shaped(Box::new(Shaped {
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
    pub(super) fn prove<M: RuleInput, O: Oracle>(
        &mut self,
        class: Key,
        members: &[usize],
        left: &[&M],
        cases: &[Result<Case<'_>, &'static str>],
        oracle: &mut O,
    ) -> Result<(), O::Error> {
        let case = |at: &usize| cases[*at].as_ref().ok();
        let Some(RuleClass::Shaped(shaped)) = self.classes.get(&class) else {
            return Ok(());
        };
        let length = |at: &usize| case(at).map_or(0, |case| shaped.length(&case.texts));
        let mut order = members.to_vec();
        order.sort_by_key(length);
        // The longest first, then the shortest: lengths between them are no longer new.
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
        let rules = chosen.iter().map(|at| left[*at].given()).collect();
        let answers = oracle.probe(rules)?;
        for (answer, filled) in answers.iter().zip(&filled) {
            self.compare(class, filled, answer);
        }
        if let Some(RuleClass::Shaped(shaped)) = self.classes.get_mut(&class) {
            shaped.lengths = lengths;
            self.pairs.insert(skeleton, proved);
        }
        Ok(())
    }
}

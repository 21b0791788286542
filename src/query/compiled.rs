//! Rules that were just compiled, which have a shape already.

use std::borrow::Cow;
use std::hash::Hash;

use super::filler::{Key, Keys, Mould};
use super::slots::RuleMould;
use crate::rule::SigmaRule;
use crate::shape::Compiled;

impl Mould for Compiled {
    type Rule = SigmaRule;

    fn take_apart<'s>(&'s self, keys: &Keys, texts: &mut Vec<Cow<'s, str>>) -> Option<Key> {
        let (shape, values) = match self {
            Compiled::Full(rule) => return Some(RuleMould(rule).parts(keys, texts)),
            Compiled::Shaped(shape, values) => (shape.rule(), values),
        };
        let literals = shape.literals()?;
        texts.extend(shape.texts(values));
        let mut hashers = keys.hashers();
        for hasher in &mut hashers {
            shape.number().hash(hasher);
            // Backends may make one of two literals that are the same, so which are is part of the skeleton.
            for (at, one) in literals.iter().enumerate() {
                let same = literals[..at]
                    .iter()
                    .position(|other| texts[*other] == texts[*one]);
                same.hash(hasher);
            }
        }
        Some(keys.finish(hashers))
    }

    fn rule(&self) -> SigmaRule {
        match self {
            Compiled::Full(rule) => (**rule).clone(),
            Compiled::Shaped(shape, values) => shape.rule().of(values),
        }
    }

    fn rule_with(&self, texts: &[String]) -> Option<SigmaRule> {
        match self {
            Compiled::Full(rule) => RuleMould(rule).rule_with(texts),
            Compiled::Shaped(shape, _) => shape.rule().with(texts),
        }
    }
}

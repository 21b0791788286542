//! What rules have to offer to be converted by skeletons: a skeleton, and texts.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher, RandomState};

use crate::rule::node::Node;

/// A number for a class. Two of them are the same number with a probability of 2^-128, whoever chose them: the keys are random.
pub(crate) type Key = u128;

/// Makes keys.
#[derive(Debug, Default)]
pub(crate) struct Keys([RandomState; 2]);

impl Keys {
    pub(super) fn hashers(&self) -> [DefaultHasher; 2] {
        self.0.each_ref().map(BuildHasher::build_hasher)
    }

    pub(super) fn finish(&self, hashers: [DefaultHasher; 2]) -> Key {
        let [high, low] = hashers.map(|hasher| hasher.finish());
        Key::from(high) << 64 | Key::from(low)
    }
}

/// A rule as it is given to an oracle.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Given {
    pub(crate) value: Value,
    /// Which of the inputs it comes from.
    pub(crate) source: usize,
}

/// What a rule says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// A value.
    Node(Node),
    /// The YAML of one that only PyYAML has.
    Yaml(String),
}

impl From<Node> for Given {
    fn from(node: Node) -> Given {
        Given {
            value: Value::Node(node),
            source: 0,
        }
    }
}

/// A rule that can be taken apart into a skeleton and texts.
pub(crate) trait RuleInput {
    /// Adds the texts that differ, and gives the key of all else; `None` where the rule has no skeleton.
    fn take_apart<'s>(&'s self, keys: &Keys, texts: &mut Vec<Cow<'s, str>>) -> Option<Key>;

    /// The rule.
    fn given(&self) -> Given;

    /// The rule with other texts; `None` where it cannot have them.
    fn with(&self, texts: &[String]) -> Option<Given>;
}

/// Of so few literals, to look through those before one is quicker than a map; of many it would take quadratic time.
const FEW: usize = 16;

/// For each literal, the first of those before it that is the same.
fn first_alike(literals: &[usize], texts: &[Cow<'_, str>]) -> Vec<Option<usize>> {
    let mut firsts = HashMap::with_capacity(literals.len());
    let alike = |(at, one): (usize, &usize)| {
        let first = *firsts.entry(&*texts[*one]).or_insert(at);
        (first != at).then_some(first)
    };
    literals.iter().enumerate().map(alike).collect()
}

/// The key of a rule with this skeleton, whose literals are at these places among its texts.
pub(super) fn key(keys: &Keys, skeleton: u128, literals: &[usize], texts: &[Cow<'_, str>]) -> Key {
    let many = (literals.len() > FEW).then(|| first_alike(literals, texts));
    let mut hashers = keys.hashers();
    for hasher in &mut hashers {
        skeleton.hash(hasher);
        // Backends may make one of two literals that are the same, so which are is part of the skeleton.
        for (at, one) in literals.iter().enumerate() {
            let same = match &many {
                Some(many) => many[at],
                None => literals[..at]
                    .iter()
                    .position(|other| texts[*other] == texts[*one]),
            };
            same.hash(hasher);
        }
    }
    keys.finish(hashers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_literals_are_compared_as_few_are() {
        let texts = ["a", "b", "a", "c", "b", "a"].map(Cow::from);
        let literals = [5, 0, 1, 2, 3, 4];
        let looked_through: Vec<_> = (0..literals.len())
            .map(|at| {
                literals[..at]
                    .iter()
                    .position(|other| texts[*other] == texts[literals[at]])
            })
            .collect();
        assert_eq!(first_alike(&literals, &texts), looked_through);
    }
}

//! A rule taken apart, and the class that it is of.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::char_profile::{CharProfile, Pairs};
use super::rule_input::{Key, Keys, RuleInput};

/// The most characters of a text that is filled.
const LONGEST: usize = 1 << 16;
/// The most texts of a rule that is filled.
const MOST: usize = 256;

const ODD: &str =
    "a character outside of printable ASCII, a word of a query language, or an empty text";
const NO_SHAPE: &str = "a rule without a skeleton";

/// A rule whose texts have a class.
pub(super) struct Case<'a> {
    pub(super) skeleton: Key,
    pub(super) class: Key,
    pub(super) texts: Vec<Cow<'a, str>>,
    pub(super) pairs: Pairs,
}

impl<'a> Case<'a> {
    /// The case of a rule; why it has none.
    pub(super) fn of<M: RuleInput>(keys: &Keys, rule: &'a M) -> Result<Case<'a>, &'static str> {
        let mut texts = Vec::with_capacity(12);
        let skeleton = rule.take_apart(keys, &mut texts).ok_or(NO_SHAPE)?;
        if texts.len() > MOST {
            return Err(NO_SHAPE);
        }
        let mut hashers = keys.hashers();
        for hasher in &mut hashers {
            skeleton.hash(hasher);
        }
        let mut pairs = Pairs::new();
        for text in &texts {
            let class = CharProfile::of(text)
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
            class: keys.finish(hashers),
            texts,
            pairs,
        })
    }

    /// A number that says nothing about the rule, since classes are numbered at random.
    pub(super) fn rank(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.class.hash(&mut hasher);
        self.texts.hash(&mut hasher);
        hasher.finish()
    }
}

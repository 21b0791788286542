//! A shape as a typed rule: what a SIEM's backend is shown in place of the text.

use std::borrow::Cow;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use uuid::Uuid;

use super::hole::Hole;
use crate::document::is_plain_field;
use crate::node::Node;
use crate::render::Values;
use crate::rule::{Level, SigmaRule};
use crate::template::{push_title_end, sigma_escape};

/// A rule with tokens, and what belongs in their places.
#[derive(Debug)]
pub(crate) struct TokenRule {
    number: u128,
    rule: SigmaRule,
    /// The texts that differ, each once.
    holes: Vec<Hole>,
    /// Each token that stands in the rule, with the place of its text, and whether it is escaped for Sigma.
    tokens: Vec<(String, usize, bool)>,
    /// The places of the texts in the detection.
    literals: Vec<usize>,
    is_plain: bool,
    /// Whether a tag differs from rule to rule.
    has_tag_holes: bool,
}

impl TokenRule {
    pub(super) fn new(rule: SigmaRule, all: Vec<(String, Hole)>) -> TokenRule {
        static HASHERS: LazyLock<[RandomState; 2]> = LazyLock::new(Default::default);
        let text = crate::emit::yaml(&rule);
        // Derived again, the shape of a class has the same text, and so the same number.
        let [high, low] = HASHERS.each_ref().map(|hasher| hasher.hash_one(&text));
        let mut made = TokenRule {
            number: u128::from(high) << 64 | u128::from(low),
            rule,
            holes: Vec::new(),
            tokens: Vec::new(),
            literals: Vec::new(),
            is_plain: true,
            has_tag_holes: false,
        };
        for (token, hole) in all {
            if !text.contains(&token) {
                continue;
            }
            let (hole, is_sigma) = match hole {
                Hole::Sigma(inner) => (*inner, true),
                other => (other, false),
            };
            let place = made.holes.iter().position(|known| *known == hole);
            let place = place.unwrap_or_else(|| {
                made.holes.push(hole);
                made.holes.len() - 1
            });
            made.has_tag_holes |= made.rule.tags.iter().any(|tag| tag.contains(&token));
            made.tokens.push((token, place, is_sigma));
        }
        let detection = std::mem::take(&mut made.rule.detection);
        for (_, node) in &detection {
            made.see(node, true);
        }
        made.rule.detection = detection;
        made
    }

    fn see(&mut self, node: &Node, is_plain: bool) {
        match node {
            Node::Text(text) => {
                for (token, place, is_sigma) in &self.tokens {
                    if text.contains(token.as_str()) {
                        self.literals.push(*place);
                        self.is_plain &= is_plain && *is_sigma;
                    }
                }
            }
            Node::List(items) => items.iter().for_each(|item| self.see(item, is_plain)),
            Node::Map(entries) => entries
                .iter()
                .for_each(|(name, node)| self.see(node, is_plain_field(name))),
            _ => {}
        }
    }

    /// A number for the rule with its tokens. Two are the same number with a probability of 2^-128, whoever chose them.
    pub(crate) fn number(&self) -> u128 {
        self.number
    }

    /// The places of the texts that stand in the detection; `None` where one is not a plain Sigma string there.
    pub(crate) fn literals(&self) -> Option<&[usize]> {
        self.is_plain.then_some(&self.literals)
    }

    /// The texts of an indicator, one for each hole.
    pub(crate) fn texts<'a>(&'a self, values: &'a Values) -> impl Iterator<Item = Cow<'a, str>> {
        self.holes.iter().map(|hole| match hole {
            // The text before it is the same in every rule.
            Hole::Title(head) => {
                let mut text = String::new();
                push_title_end(&mut text, head, &values.display, &values.short_id);
                Cow::Owned(text)
            }
            Hole::Id => Cow::Owned(values.id.to_string()),
            other => Cow::Borrowed(other.text(values)),
        })
    }

    /// The rule of an indicator.
    pub(crate) fn of(&self, values: &Values) -> SigmaRule {
        let texts: Vec<Cow<'_, str>> = self.texts(values).collect();
        // An indicator's own id and dates are such.
        self.with(&texts).unwrap_or_else(|| self.rule.clone())
    }

    /// The level of the rule.
    pub(crate) fn level(&self) -> Option<Level> {
        self.rule.level
    }

    /// The tags of the rule of an indicator.
    pub(crate) fn tags(&self, values: &Values) -> Cow<'_, [String]> {
        if !self.has_tag_holes {
            return Cow::Borrowed(&self.rule.tags);
        }
        let texts: Vec<Cow<'_, str>> = self.texts(values).collect();
        let mut tags = self.rule.tags.clone();
        tags.iter_mut().for_each(|tag| self.put(&texts, tag));
        Cow::Owned(tags)
    }

    /// Puts these texts where their tokens stand.
    fn put<T: AsRef<str>>(&self, texts: &[T], text: &mut String) {
        for (token, place, is_sigma) in &self.tokens {
            if !text.contains(token.as_str()) {
                continue;
            }
            let value = texts[*place].as_ref();
            let value = match (&self.holes[*place], is_sigma) {
                (_, true) => Cow::Owned(sigma_escape(value)),
                (Hole::Title(head), false) => Cow::Owned(format!("{head}{value}")),
                _ => Cow::Borrowed(value),
            };
            *text = text.replace(token.as_str(), &value);
        }
    }

    /// The rule with these texts; `None` where an id or a date is not valid.
    pub(crate) fn with<T: AsRef<str>>(&self, texts: &[T]) -> Option<SigmaRule> {
        let mut rule = self.rule.clone();
        let put = |text: &mut String| self.put(texts, text);
        let mut id = rule.id.to_string();
        put(&mut id);
        rule.id = Uuid::parse_str(&id).ok()?;
        for date in [&mut rule.date, &mut rule.modified].into_iter().flatten() {
            let mut day = date.to_string();
            put(&mut day);
            *date = day.parse().ok()?;
        }
        put(&mut rule.title);
        let texts = [
            &mut rule.status,
            &mut rule.description,
            &mut rule.author,
            &mut rule.logsource.category,
            &mut rule.logsource.product,
            &mut rule.logsource.service,
            &mut rule.logsource.definition,
        ];
        texts.into_iter().flatten().for_each(put);
        put(&mut rule.condition);
        let lists = [
            &mut rule.references,
            &mut rule.tags,
            &mut rule.fields,
            &mut rule.falsepositives,
        ];
        lists.into_iter().flatten().for_each(put);
        for (_, node) in rule.detection.iter_mut().chain(&mut rule.custom) {
            each(node, &put);
        }
        Some(rule)
    }
}

fn each(node: &mut Node, put: &impl Fn(&mut String)) {
    match node {
        Node::Text(text) => put(text),
        Node::List(items) => items.iter_mut().for_each(|item| each(item, put)),
        Node::Map(entries) => entries.iter_mut().for_each(|(_, node)| each(node, put)),
        _ => {}
    }
}

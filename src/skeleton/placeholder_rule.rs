//! A skeleton as a typed rule: what a SIEM's backend is shown in place of the text.

use std::borrow::Cow;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use uuid::Uuid;

use super::placeholder::Placeholder;
use crate::document::is_plain_field;
use crate::render::Values;
use crate::rule::escape::sigma_escape;
use crate::rule::node::Node;
use crate::rule::{Level, SigmaRule};
use crate::template::push_title_end;

/// A rule with markers, and what belongs in their places.
#[derive(Debug)]
pub(crate) struct PlaceholderRule {
    number: u128,
    rule: SigmaRule,
    /// The texts that differ, each once.
    placeholders: Vec<Placeholder>,
    /// Each marker that stands in the rule, with the place of its text, and whether it is escaped for Sigma.
    markers: Vec<(String, usize, bool)>,
    /// The places of the texts in the detection.
    literals: Vec<usize>,
    is_plain: bool,
    /// Whether a tag differs from rule to rule.
    has_tag_placeholders: bool,
}

impl PlaceholderRule {
    pub(super) fn new(rule: SigmaRule, all: Vec<(String, Placeholder)>) -> PlaceholderRule {
        static HASHERS: LazyLock<[RandomState; 2]> = LazyLock::new(Default::default);
        let text = crate::rule::emit::yaml(&rule);
        // Derived again, the skeleton of a class has the same text, and so the same number.
        let [high, low] = HASHERS.each_ref().map(|hasher| hasher.hash_one(&text));
        let mut made = PlaceholderRule {
            number: u128::from(high) << 64 | u128::from(low),
            rule,
            placeholders: Vec::new(),
            markers: Vec::new(),
            literals: Vec::new(),
            is_plain: true,
            has_tag_placeholders: false,
        };
        for (marker, placeholder) in all {
            if !text.contains(&marker) {
                continue;
            }
            let (placeholder, is_sigma) = match placeholder {
                Placeholder::Sigma(inner) => (*inner, true),
                other => (other, false),
            };
            let place = made
                .placeholders
                .iter()
                .position(|known| *known == placeholder);
            let place = place.unwrap_or_else(|| {
                made.placeholders.push(placeholder);
                made.placeholders.len() - 1
            });
            made.has_tag_placeholders |= made.rule.tags.iter().any(|tag| tag.contains(&marker));
            made.markers.push((marker, place, is_sigma));
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
                for (marker, place, is_sigma) in &self.markers {
                    if text.contains(marker.as_str()) {
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

    /// A number for the rule with its markers. Two are the same number with a probability of 2^-128, whoever chose them.
    pub(crate) fn number(&self) -> u128 {
        self.number
    }

    /// The places of the texts that stand in the detection; `None` where one is not a plain Sigma string there.
    pub(crate) fn literals(&self) -> Option<&[usize]> {
        self.is_plain.then_some(&self.literals)
    }

    /// The texts of an indicator, one for each placeholder.
    pub(crate) fn texts<'a>(&'a self, values: &'a Values) -> impl Iterator<Item = Cow<'a, str>> {
        self.placeholders
            .iter()
            .map(|placeholder| match placeholder {
                // The text before it is the same in every rule.
                Placeholder::Title(head) => {
                    let mut text = String::new();
                    push_title_end(&mut text, head, &values.display, &values.short_id);
                    Cow::Owned(text)
                }
                Placeholder::Id => Cow::Owned(values.id.to_string()),
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
        if !self.has_tag_placeholders {
            return Cow::Borrowed(&self.rule.tags);
        }
        let texts: Vec<Cow<'_, str>> = self.texts(values).collect();
        let mut tags = self.rule.tags.clone();
        tags.iter_mut().for_each(|tag| self.put(&texts, tag));
        Cow::Owned(tags)
    }

    /// Puts these texts where their markers stand.
    fn put<T: AsRef<str>>(&self, texts: &[T], text: &mut String) {
        for (marker, place, is_sigma) in &self.markers {
            if !text.contains(marker.as_str()) {
                continue;
            }
            let value = texts[*place].as_ref();
            let value = match (&self.placeholders[*place], is_sigma) {
                (_, true) => Cow::Owned(sigma_escape(value)),
                (Placeholder::Title(head), false) => Cow::Owned(format!("{head}{value}")),
                _ => Cow::Borrowed(value),
            };
            *text = text.replace(marker.as_str(), &value);
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

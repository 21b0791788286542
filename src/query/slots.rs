//! The texts of a rule that differ from rule to rule, found in the rule itself: its title, id and dates, the literals of its
//! detection, and what `socdef` says of the value. All else is its skeleton.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};

use uuid::Uuid;

use super::filler::{Key, Keys, Mould};
use crate::node::Node;
use crate::rule::SigmaRule;
use crate::shape::is_plain_field;
use crate::template::sigma_escape;

/// The parts of `socdef` that come from the value or from a date.
const OWN: [&str; 5] = [
    "value",
    "original",
    "first_seen",
    "last_seen",
    "valid_until",
];

/// Takes a rule apart.
trait Visit<'a> {
    /// Text that is the same in all rules of a skeleton.
    fn constant(&mut self, text: &str);
    /// Text that may differ, and whether it is a Sigma string.
    fn slot(&mut self, text: &'a str, is_sigma: bool);
}

/// A rule, to be converted with others that differ from it in texts only.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RuleMould<'a>(pub(crate) &'a SigmaRule);

impl<'a> RuleMould<'a> {
    /// As [`Mould::take_apart`].
    pub(super) fn parts(self, keys: &Keys, texts: &mut Vec<Cow<'a, str>>) -> Key {
        let rule = self.0;
        texts.push(Cow::Owned(rule.id.to_string()));
        texts.extend(rule.date.map(|day| Cow::Owned(day.to_string())));
        texts.extend(rule.modified.map(|day| Cow::Owned(day.to_string())));
        let mut parts = Parts {
            hashers: keys.hashers(),
            texts,
            literals: Vec::new(),
        };
        constants(rule, &mut parts);
        walk(rule, &mut parts);
        keys.finish(parts.hashers)
    }
}

impl Mould for RuleMould<'_> {
    type Rule = SigmaRule;

    fn take_apart<'s>(&'s self, keys: &Keys, texts: &mut Vec<Cow<'s, str>>) -> Option<Key> {
        Some(self.parts(keys, texts))
    }

    fn rule(&self) -> SigmaRule {
        self.0.clone()
    }

    fn rule_with(&self, texts: &[String]) -> Option<SigmaRule> {
        let mut rule = self.0.clone();
        let mut texts = texts.iter();
        rule.id = Uuid::parse_str(texts.next()?).ok()?;
        for date in [&mut rule.date, &mut rule.modified].into_iter().flatten() {
            *date = texts.next()?.parse().ok()?;
        }
        let mut fill = Fill(texts);
        fill.text(&mut rule.title)?;
        for (_, selection) in &mut rule.detection {
            fill.selection(selection, true)?;
        }
        for (name, node) in &mut rule.custom {
            fill.custom(name, node)?;
        }
        fill.0.next().is_none().then_some(rule)
    }
}

/// What is the same in all rules of a skeleton and has no slot in it.
fn constants(rule: &SigmaRule, parts: &mut Parts<'_, '_>) {
    let SigmaRule {
        // In slots.
        title: _,
        id: _,
        detection: _,
        custom: _,
        date,
        modified,
        status,
        description,
        references,
        author,
        tags,
        logsource,
        condition,
        fields,
        falsepositives,
        level,
    } = rule;
    for hasher in &mut parts.hashers {
        let level = level.map(|level| level.as_str());
        (date.is_some(), modified.is_some(), status, description).hash(hasher);
        (references, author, tags, logsource, condition).hash(hasher);
        (fields, falsepositives, level).hash(hasher);
    }
}

fn walk<'a>(rule: &'a SigmaRule, visit: &mut impl Visit<'a>) {
    visit.slot(&rule.title, false);
    for (name, node) in &rule.detection {
        visit.constant(name);
        selection(node, true, visit);
    }
    for (name, node) in &rule.custom {
        visit.constant(name);
        custom(name, node, visit);
    }
}

fn selection<'a>(node: &'a Node, is_plain: bool, visit: &mut impl Visit<'a>) {
    match node {
        Node::Text(text) => match literal(text, is_plain) {
            Some(at) => {
                visit.constant(&text[..at]);
                visit.slot(&text[at..], true);
            }
            None => visit.constant(text),
        },
        Node::List(items) => {
            visit.constant(&format!("[{}", items.len()));
            items
                .iter()
                .for_each(|item| selection(item, is_plain, visit));
        }
        Node::Map(entries) => {
            visit.constant(&format!("{{{}", entries.len()));
            for (name, node) in entries {
                visit.constant(name);
                selection(node, is_plain_field(name), visit);
            }
        }
        other => visit.constant(&format!("{other:?}")),
    }
}

fn custom<'a>(name: &str, node: &'a Node, visit: &mut impl Visit<'a>) {
    match node {
        Node::Map(entries) if name == "socdef" => {
            visit.constant(&format!("{{{}", entries.len()));
            for (name, node) in entries {
                visit.constant(name);
                match OWN.contains(&name.as_str()) {
                    true => own(node, visit),
                    false => visit.constant(&format!("{node:?}")),
                }
            }
        }
        other => visit.constant(&format!("{other:?}")),
    }
}

fn own<'a>(node: &'a Node, visit: &mut impl Visit<'a>) {
    match node {
        Node::Text(text) => visit.slot(text, false),
        Node::List(items) if items.iter().all(|item| item.as_text().is_some()) => {
            visit.constant(&format!("[{}", items.len()));
            items.iter().for_each(|item| own(item, visit));
        }
        other => visit.constant(&format!("{other:?}")),
    }
}

/// Where the slot in a literal begins: after the name of a hash, as in `SHA256=`. `None` where it has wildcards, or is written
/// otherwise than it would be here.
pub(super) fn literal(text: &str, is_plain: bool) -> Option<usize> {
    if !is_plain || text.is_empty() {
        return None;
    }
    let at = match text.split_once('=') {
        Some((name, hash))
            if matches!(hash.len(), 32 | 40 | 64)
                && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric()) =>
        {
            name.len() + 1
        }
        _ => 0,
    };
    let plain = unescaped(&text[at..]);
    (plain == text[at..] && !text.contains(['\\', '*', '?']) || sigma_escape(&plain) == text[at..])
        .then_some(at)
}

/// A Sigma string without its escapes.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some('\\' | '*' | '?')) => plain.extend(chars.next()),
            _ => plain.push(c),
        }
    }
    Cow::Owned(plain)
}

struct Parts<'a, 'b> {
    hashers: [std::hash::DefaultHasher; 2],
    texts: &'b mut Vec<Cow<'a, str>>,
    /// The places of the literals of the detection.
    literals: Vec<usize>,
}

impl<'a> Visit<'a> for Parts<'a, '_> {
    fn constant(&mut self, text: &str) {
        self.hashers.iter_mut().for_each(|hasher| text.hash(hasher));
    }

    fn slot(&mut self, text: &'a str, is_sigma: bool) {
        // That here is a slot, and of which sort, is part of the skeleton.
        self.hashers
            .iter_mut()
            .for_each(|hasher| hasher.write_u8(2 + u8::from(is_sigma)));
        if !is_sigma {
            self.texts.push(Cow::Borrowed(text));
            return;
        }
        let text = unescaped(text);
        // Backends may make one of two that are the same, so which are is part of the skeleton.
        let same = self.literals.iter().position(|at| self.texts[*at] == text);
        self.hashers.iter_mut().for_each(|hasher| same.hash(hasher));
        self.literals.push(self.texts.len());
        self.texts.push(text);
    }
}

/// Puts other texts into the slots, in the order of [`walk`].
struct Fill<'a>(std::slice::Iter<'a, String>);

impl Fill<'_> {
    fn text(&mut self, text: &mut String) -> Option<()> {
        text.clone_from(self.0.next()?);
        Some(())
    }

    fn selection(&mut self, node: &mut Node, is_plain: bool) -> Option<()> {
        match node {
            Node::Text(text) => {
                if let Some(at) = literal(text, is_plain) {
                    text.truncate(at);
                    text.push_str(&sigma_escape(self.0.next()?));
                }
                Some(())
            }
            Node::List(items) => items
                .iter_mut()
                .try_for_each(|item| self.selection(item, is_plain)),
            Node::Map(entries) => entries
                .iter_mut()
                .try_for_each(|(name, node)| self.selection(node, is_plain_field(name))),
            _ => Some(()),
        }
    }

    fn custom(&mut self, name: &str, node: &mut Node) -> Option<()> {
        match node {
            Node::Map(entries) if name == "socdef" => entries
                .iter_mut()
                .filter(|(name, _)| OWN.contains(&name.as_str()))
                .try_for_each(|(_, node)| self.own(node)),
            _ => Some(()),
        }
    }

    fn own(&mut self, node: &mut Node) -> Option<()> {
        match node {
            Node::Text(text) => self.text(text),
            Node::List(items) if items.iter().all(|item| item.as_text().is_some()) => {
                items.iter_mut().try_for_each(|item| self.own(item))
            }
            _ => Some(()),
        }
    }
}

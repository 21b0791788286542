//! Where rules of one kind differ: in the title, the id and the dates, in the literals of the detection, and in what `socdef`
//! says of the value. All else is the skeleton.

use std::borrow::Cow;
use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher, RandomState};
use std::sync::LazyLock;

use super::resolve::is_day;
use crate::rule::escape::sigma_escape;
use crate::rule::node::Node;

/// The parts of `socdef` that come from the value or from a date.
const OF_THE_VALUE: [&str; 5] = [
    "value",
    "original",
    "first_seen",
    "last_seen",
    "valid_until",
];

/// Modifiers with which a literal is still a plain Sigma string.
const PLAIN: [&str; 4] = ["contains", "startswith", "endswith", "all"];

/// Whether the literals of a field are Sigma strings, by its modifiers.
pub(crate) fn is_plain_field(name: &str) -> bool {
    name.split('|')
        .skip(1)
        .all(|modifier| PLAIN.contains(&modifier))
}

/// A place where a text stands that differs from rule to rule.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placeholder {
    /// The way to it: at which place of each map and list.
    pub(super) path: Vec<usize>,
    /// The text before it in its scalar: the name of a hash, as in `SHA256=`.
    pub(super) head: String,
    pub(super) sort: Sort,
}

/// How a text stands in its placeholder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Sort {
    /// As it is.
    Text,
    /// As a date.
    Day,
    /// As a Sigma string, its operators escaped.
    Sigma,
}

/// The placeholders of a rule.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) placeholders: Vec<Placeholder>,
    /// The text in each.
    pub(super) texts: Vec<String>,
    /// The place of each one's scalar among all scalars that are values.
    pub(super) leaves: Vec<usize>,
    /// A hash of everything but the texts of placeholders. Two are the same with a probability of 2^-128, whoever chose them.
    pub(super) skeleton: u128,
}

/// Finds the placeholders of a rule.
pub(super) fn find(rule: &Node) -> Found {
    static HASHERS: LazyLock<[RandomState; 2]> = LazyLock::new(Default::default);
    let mut walk = Walk {
        hashers: HASHERS.each_ref().map(BuildHasher::build_hasher),
        path: Vec::new(),
        leaf: 0,
        found: Found {
            placeholders: Vec::new(),
            texts: Vec::new(),
            leaves: Vec::new(),
            skeleton: 0,
        },
    };
    walk.rule(rule);
    let [high, low] = walk.hashers.map(|hasher| hasher.finish());
    walk.found.skeleton = u128::from(high) << 64 | u128::from(low);
    walk.found
}

struct Walk {
    hashers: [DefaultHasher; 2],
    path: Vec<usize>,
    leaf: usize,
    found: Found,
}

impl Walk {
    fn hash(&mut self, what: impl Hash) {
        self.hashers.iter_mut().for_each(|hasher| what.hash(hasher));
    }

    fn placeholder(&mut self, text: &str, head: &str, sort: Sort) {
        // That here is a placeholder, and of which sort, is part of the skeleton.
        self.hash(("placeholder", head, sort));
        self.found.leaves.push(self.leaf);
        self.found.texts.push(text.to_owned());
        self.found.placeholders.push(Placeholder {
            path: self.path.clone(),
            head: head.to_owned(),
            sort,
        });
        self.leaf += 1;
    }

    /// All of a value, which is the same in every rule of the kind.
    fn constant(&mut self, node: &Node) {
        match node {
            Node::Null => self.hash("null"),
            Node::Bool(truth) => self.hash(("bool", truth)),
            Node::Int(number) => self.hash(("int", number)),
            Node::Float(number) => self.hash(("float", number.to_bits())),
            Node::Date(day) => self.hash(("date", day)),
            Node::Text(text) => self.hash(("text", text)),
            Node::List(items) => {
                self.hash(("list", items.len()));
                items.iter().for_each(|item| self.constant(item));
                return;
            }
            Node::Map(entries) => {
                self.each(entries, |walk, _, node| walk.constant(node));
                return;
            }
        }
        self.leaf += 1;
    }

    fn each(&mut self, entries: &[(String, Node)], mut visit: impl FnMut(&mut Walk, &str, &Node)) {
        self.hash(("map", entries.len()));
        for (at, (name, node)) in entries.iter().enumerate() {
            self.hash(name);
            self.path.push(at);
            visit(self, name, node);
            self.path.pop();
        }
    }

    fn rule(&mut self, rule: &Node) {
        let Node::Map(entries) = rule else {
            return self.constant(rule);
        };
        self.each(entries, |walk, name, node| match (name, node) {
            ("title" | "id", Node::Text(text)) => walk.placeholder(text, "", Sort::Text),
            ("date" | "modified", Node::Date(day)) => {
                walk.placeholder(&day.to_string(), "", Sort::Day)
            }
            ("date" | "modified", Node::Text(text)) if is_day(text) => {
                walk.placeholder(text, "", Sort::Text);
            }
            ("detection", Node::Map(entries)) => {
                walk.each(entries, |walk, name, node| match name {
                    "condition" | "timeframe" => walk.constant(node),
                    _ => walk.selection(node, true),
                })
            }
            ("socdef", Node::Map(entries)) => walk.each(entries, |walk, name, node| {
                match OF_THE_VALUE.contains(&name) {
                    true => walk.own(node),
                    false => walk.constant(node),
                }
            }),
            _ => walk.constant(node),
        });
    }

    fn items(&mut self, items: &[Node], mut visit: impl FnMut(&mut Walk, &Node)) {
        self.hash(("list", items.len()));
        for (at, item) in items.iter().enumerate() {
            self.path.push(at);
            visit(self, item);
            self.path.pop();
        }
    }

    fn selection(&mut self, node: &Node, is_plain: bool) {
        match node {
            Node::Text(text) if is_plain => match literal(text) {
                Some((head, plain)) => self.placeholder(&plain, head, Sort::Sigma),
                None => self.constant(node),
            },
            Node::List(items) => self.items(items, |walk, item| walk.selection(item, is_plain)),
            Node::Map(entries) => {
                self.each(entries, |walk, name, node| {
                    walk.selection(node, is_plain_field(name))
                });
            }
            _ => self.constant(node),
        }
    }

    fn own(&mut self, node: &Node) {
        match node {
            Node::Text(text) => self.placeholder(text, "", Sort::Text),
            Node::List(items) => self.items(items, Walk::own),
            _ => self.constant(node),
        }
    }
}

/// A literal in two: the name of a hash, and the text without escapes. `None` where it has wildcards, or is written otherwise than it would
/// be here.
fn literal(text: &str) -> Option<(&str, Cow<'_, str>)> {
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
    let (head, text) = text.split_at(at);
    Some((head, plain(text)?))
}

/// A Sigma string without its escapes; `None` where it has wildcards, is empty, or is written otherwise than it would be here.
pub(super) fn plain(text: &str) -> Option<Cow<'_, str>> {
    if text.is_empty() {
        return None;
    }
    if !text.contains(['\\', '*', '?']) {
        return Some(Cow::Borrowed(text));
    }
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some('\\' | '*' | '?')) => plain.extend(chars.next()),
            _ => plain.push(c),
        }
    }
    (sigma_escape(&plain) == text).then_some(Cow::Owned(plain))
}

//! A rule with placeholders where the rules of its kind differ, and its text, if it was read from one.

use std::borrow::Cow;

use chrono::NaiveDate;

use super::placeholders::{self, Placeholder, Sort};
use super::resolve::{is_day, resolve};
use crate::rule::escape::push_sigma_escaped;
use crate::rule::node::Node;

/// What the rules of a kind have in common.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Skeleton {
    /// The first of them.
    rule: Node,
    placeholders: Vec<Placeholder>,
    /// The places of the literals of the detection among the placeholders.
    literals: Vec<usize>,
    skeleton: u128,
    /// Its text, in pieces.
    text: Option<Vec<Piece>>,
}

/// A piece of the text of a skeleton.
#[derive(Debug, Clone, PartialEq)]
enum Piece {
    /// The same in all rules.
    Literal(String),
    /// The inside of a scalar in single quotes.
    Quoted,
    /// A plain scalar that is text, of characters that mean nothing to YAML.
    Plain,
    /// A plain scalar that is a day.
    Day,
}

/// Where a scalar stands in the text of a document, and in which style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Leaf {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) style: LeafStyle,
}

/// The styles in which a skeleton may have placeholders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LeafStyle {
    Quoted,
    Plain,
    Other,
}

impl Skeleton {
    /// The skeleton of a rule, and the rule's own texts. `source` is the text of the document, and all scalars in it that are values.
    pub(super) fn of(rule: Node, source: Option<(&str, &[Leaf])>) -> (Skeleton, Vec<String>) {
        let found = placeholders::find(&rule);
        let is_literal = |placeholder: &Placeholder| placeholder.sort == Sort::Sigma;
        let skeleton = Skeleton {
            literals: (0..found.placeholders.len())
                .filter(|at| is_literal(&found.placeholders[*at]))
                .collect(),
            text: source.and_then(|(text, leaves)| {
                let standing = found.leaves.iter().map(|at| leaves.get(*at).copied());
                pieces(
                    text,
                    &standing.collect::<Option<Vec<_>>>()?,
                    &found.placeholders,
                )
            }),
            rule,
            placeholders: found.placeholders,
            skeleton: found.skeleton,
        };
        (skeleton, found.texts)
    }

    /// Whether other texts can be compared with it.
    pub(super) fn has_text(&self) -> bool {
        self.text.is_some()
    }

    /// The first of the kind: the others have the same keys.
    pub(super) fn first(&self) -> &Node {
        &self.rule
    }

    /// A number for all that the rules of the kind have in common.
    pub(crate) fn skeleton(&self) -> u128 {
        self.skeleton
    }

    /// The places of the literals of the detection among the texts.
    pub(crate) fn literals(&self) -> &[usize] {
        &self.literals
    }

    /// Of each text, what it is, `text`, `day` or `sigma`, and what stands before it in its scalar.
    #[cfg_attr(not(feature = "python"), allow(dead_code))]
    pub(crate) fn sorts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.placeholders.iter().map(|placeholder| {
            let sort = match placeholder.sort {
                Sort::Text => "text",
                Sort::Day => "day",
                Sort::Sigma => "sigma",
            };
            (sort, placeholder.head.as_str())
        })
    }

    /// The texts of a document that is of this skeleton to the letter.
    pub(super) fn texts_of<'a>(&self, text: &'a str) -> Option<Vec<Cow<'a, str>>> {
        let mut texts = Vec::with_capacity(self.placeholders.len());
        let mut rest = text;
        for piece in self.text.as_ref()? {
            let end = match piece {
                Piece::Literal(literal) => {
                    rest = rest.strip_prefix(literal.as_str())?;
                    continue;
                }
                Piece::Quoted => quoted(rest)?,
                Piece::Plain | Piece::Day => rest.find('\n').unwrap_or(rest.len()),
            };
            let (inside, after) = rest.split_at(end);
            rest = after;
            let is_text = match piece {
                Piece::Plain => is_plain(inside),
                Piece::Day => {
                    is_day(inside) && NaiveDate::parse_from_str(inside, "%Y-%m-%d").is_ok()
                }
                _ => true,
            };
            let text = match inside.contains('\'') {
                true => Cow::Owned(inside.replace("''", "'")),
                false => Cow::Borrowed(inside),
            };
            let text = match (self.placeholders.get(texts.len())?.sort, text) {
                (Sort::Sigma, Cow::Borrowed(text)) => placeholders::plain(text)?,
                (Sort::Sigma, Cow::Owned(text)) => {
                    Cow::Owned(placeholders::plain(&text)?.into_owned())
                }
                (_, text) => text,
            };
            texts.push(is_text.then_some(text)?);
        }
        rest.is_empty().then_some(texts)
    }

    /// The rule with these texts. A text that is not a day leaves the day as it is.
    pub(crate) fn with<T: AsRef<str>>(&self, texts: &[T]) -> Node {
        let mut rule = self.rule.clone();
        for (placeholder, text) in self.placeholders.iter().zip(texts) {
            let Some(place) = at(&mut rule, &placeholder.path) else {
                continue;
            };
            let text = text.as_ref();
            match placeholder.sort {
                Sort::Text => *place = Node::from(text),
                Sort::Day => {
                    if let Ok(day) = text.parse() {
                        *place = Node::Date(day);
                    }
                }
                Sort::Sigma => {
                    let mut literal = placeholder.head.clone();
                    push_sigma_escaped(&mut literal, text);
                    *place = Node::Text(literal);
                }
            }
        }
        rule
    }
}

/// The text of a document in pieces; `None` where a placeholder is written in a style that has none.
fn pieces(text: &str, leaves: &[Leaf], placeholders: &[Placeholder]) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut done = 0;
    for (leaf, placeholder) in leaves.iter().zip(placeholders) {
        let inside = text.get(leaf.start..leaf.end)?;
        let (start, end, piece) = match leaf.style {
            LeafStyle::Quoted => {
                let inside = inside.strip_prefix('\'')?.strip_suffix('\'')?;
                let inside = inside.strip_prefix(placeholder.head.as_str())?;
                (leaf.end - 1 - inside.len(), leaf.end - 1, Piece::Quoted)
            }
            LeafStyle::Plain => {
                inside.strip_prefix(placeholder.head.as_str())?;
                let piece = match placeholder.sort {
                    Sort::Day => Piece::Day,
                    _ if is_plain(inside) && placeholder.head.is_empty() => Piece::Plain,
                    _ => return None,
                };
                (leaf.start, leaf.end, piece)
            }
            LeafStyle::Other => return None,
        };
        if inside.contains('\n') || start < done {
            return None;
        }
        // A plain scalar ends with its line, and with nothing else.
        if leaf.style == LeafStyle::Plain && !matches!(text.as_bytes().get(end), None | Some(b'\n'))
        {
            return None;
        }
        pieces.push(Piece::Literal(text[done..start].to_owned()));
        pieces.push(piece);
        done = end;
    }
    pieces.push(Piece::Literal(text[done..].to_owned()));
    Some(pieces)
}

/// How long the inside of a scalar in single quotes is, at its beginning. Printable ASCII only, which no reader takes otherwise.
fn quoted(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        match bytes.get(at)? {
            b'\'' if bytes.get(at + 1) == Some(&b'\'') => at += 2,
            b'\'' => return Some(at),
            b' '..=b'~' => at += 1,
            _ => return None,
        }
    }
}

/// Whether a plain scalar of these letters is text wherever it stands.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last() != Some(&b' ')
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b" ._/-".contains(byte))
        && resolve(text).is_some_and(|node| node.as_text().is_some())
}

fn at<'a>(rule: &'a mut Node, path: &[usize]) -> Option<&'a mut Node> {
    path.iter().try_fold(rule, |node, at| match node {
        Node::List(items) => items.get_mut(*at),
        Node::Map(entries) => entries.get_mut(*at).map(|(_, node)| node),
        _ => None,
    })
}

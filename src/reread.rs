//! Reads what [`emit`](crate::emit) wrote, and nothing else: many times as fast as a reader of YAML.
//!
//! A document is taken apart line by line in the one form that the emitter has, and written again. Only where that gives the
//! same bytes is it taken, so nothing here has to know YAML: whatever is read is what the emitter writes for that rule, which every
//! reader of YAML reads as that rule. All else (other indentation, comments, anchors, another order) is left to a reader of
//! YAML.

use rayon::prelude::*;

use crate::emit;
use crate::node::Node;
use crate::rule::SigmaRule;

/// What stands between two documents.
const MARKER: &str = "---\n";
/// How deep a document may be nested.
const DEEPEST: usize = 32;
/// How many keys a map may have: whether one stands twice is asked of each.
const MOST_KEYS: usize = 64;
/// The longest key, in bytes. Readers of YAML look no further than 1024 characters for the colon.
const LONGEST_KEY: usize = 256;
/// Parts of a document that is more than a rule of its own.
const NO_RULE: [&str; 3] = ["action", "correlation", "filter"];

/// The rules in a text, in order; `None` where any of it is not as the emitter writes it.
///
/// # Examples
/// ```
/// use socdef_sigma::reread::rules;
///
/// assert!(rules("title: not as it is written here\n").is_none());
/// ```
pub fn rules(text: &str) -> Option<Vec<SigmaRule>> {
    let documents: Vec<&str> = documents(text).collect();
    documents
        .par_iter()
        .map(|document| rule(document))
        .collect()
}

/// The texts between the markers. A line that is a marker is never part of a document, since the emitter has no text of
/// several lines.
fn documents(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text.strip_prefix(MARKER).unwrap_or(text));
    std::iter::from_fn(move || {
        let text = rest?;
        let end = memchr::memmem::find(text.as_bytes(), b"\n---\n").map(|at| at + 1);
        rest = end.map(|end| &text[end + MARKER.len()..]);
        Some(&text[..end.unwrap_or(text.len())])
    })
}

/// The rule of a document; `None` where it is not as the emitter writes it.
fn rule(document: &str) -> Option<SigmaRule> {
    let mut lines = Lines { rest: document };
    let entries = lines.map(0, 0)?;
    if !lines.rest.is_empty() || entries.iter().any(|(name, _)| NO_RULE.contains(&&**name)) {
        return None;
    }
    let rule = SigmaRule::from_node(Node::Map(entries)).ok()?;
    let mut again = String::with_capacity(document.len());
    emit::document(&mut again, &rule);
    (again == document).then_some(rule)
}

/// What is left of a document.
struct Lines<'a> {
    rest: &'a str,
}

impl Lines<'_> {
    /// Whether the next line stands so far from the left, and is or is not an item of a list.
    fn is_at(&self, indent: usize, is_item: bool) -> bool {
        let spaces = self.rest.len() - self.rest.trim_start_matches(' ').len();
        let line = &self.rest[spaces..];
        spaces == indent
            && !line.is_empty()
            && is_item == (line.starts_with("- ") || line.starts_with("-\n"))
    }

    fn take(&mut self, text: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(())
    }

    fn map(&mut self, indent: usize, depth: usize) -> Option<Vec<(String, Node)>> {
        let mut entries = Vec::with_capacity(8);
        while self.is_at(indent, false) {
            self.rest = &self.rest[indent..];
            self.entry(&mut entries, indent, depth)?;
        }
        Some(entries)
    }

    /// A key and its value, where the line has begun already.
    fn entry(
        &mut self,
        entries: &mut Vec<(String, Node)>,
        indent: usize,
        depth: usize,
    ) -> Option<()> {
        let key = self.key()?;
        self.take(":")?;
        let node = self.value(indent, depth)?;
        // The last of two would count, and the emitter would write both.
        let stands_twice = entries.iter().any(|(name, _)| *name == key);
        (!stands_twice && entries.len() < MOST_KEYS).then(|| entries.push((key, node)))
    }

    /// What follows the colon of a key.
    fn value(&mut self, indent: usize, depth: usize) -> Option<Node> {
        if self.take(" ").is_some() {
            return self.leaf();
        }
        self.take("\n")?;
        self.block(indent + 2, depth + 1)
    }

    /// A list or map on lines of its own.
    fn block(&mut self, indent: usize, depth: usize) -> Option<Node> {
        if depth > DEEPEST {
            return None;
        }
        if self.is_at(indent, true) {
            return self.list(indent, depth).map(Node::List);
        }
        let entries = self.map(indent, depth)?;
        (!entries.is_empty()).then_some(Node::Map(entries))
    }

    fn list(&mut self, indent: usize, depth: usize) -> Option<Vec<Node>> {
        let mut items = Vec::new();
        while self.is_at(indent, true) {
            self.rest = &self.rest[indent + 1..];
            if self.take("\n").is_some() {
                items.push(self.block(indent + 2, depth + 1)?);
                continue;
            }
            self.take(" ")?;
            let Some((before, _)) = self.rest.split_once('\n') else {
                return None;
            };
            // A key, where a colon follows the first text of the line.
            let mut ahead = Lines { rest: before };
            let is_map = ahead.key().is_some() && ahead.rest.starts_with(':');
            items.push(match is_map {
                false => self.leaf()?,
                true if depth >= DEEPEST => return None,
                true => {
                    let mut entries = Vec::new();
                    self.entry(&mut entries, indent + 2, depth + 1)?;
                    while self.is_at(indent + 2, false) {
                        self.rest = &self.rest[indent + 2..];
                        self.entry(&mut entries, indent + 2, depth + 1)?;
                    }
                    Node::Map(entries)
                }
            });
        }
        Some(items)
    }

    /// A key. Where it has no quotes it ends at the first colon that ends a key.
    fn key(&mut self) -> Option<String> {
        let key = match self.rest.as_bytes().first()? {
            b'\'' => self.quoted()?,
            b'"' => self.escaped()?,
            _ => {
                let line = &self.rest
                    [..memchr::memchr(b'\n', self.rest.as_bytes()).unwrap_or(self.rest.len())];
                let end = memchr::memchr_iter(b':', line.as_bytes())
                    .find(|at| matches!(line.as_bytes().get(at + 1), None | Some(b' ')))?;
                self.rest = &self.rest[end..];
                line[..end].to_owned()
            }
        };
        (key.len() <= LONGEST_KEY).then_some(key)
    }

    /// The rest of a line: one value.
    fn leaf(&mut self) -> Option<Node> {
        let text = match self.rest.as_bytes().first()? {
            b'\'' => Some(self.quoted()?),
            b'"' => Some(self.escaped()?),
            _ => None,
        };
        if let Some(text) = text {
            self.take("\n")?;
            return Some(Node::Text(text));
        }
        let (line, rest) = self.rest.split_once('\n')?;
        self.rest = rest;
        Some(match line {
            "null" => Node::Null,
            "true" => Node::Bool(true),
            "false" => Node::Bool(false),
            "[]" => Node::List(Vec::new()),
            "{}" => Node::Map(Vec::new()),
            _ if line.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
                // A date, an id that begins with a digit, or `1 of …`; the emitter says whether it may stand so.
                line.parse().map_or_else(|_| Node::from(line), Node::Int)
            }
            _ => Node::from(line),
        })
    }

    /// A text in single quotes.
    fn quoted(&mut self) -> Option<String> {
        let text = &self.rest[1..];
        let mut from = 0;
        let mut found = String::new();
        loop {
            let at = from + memchr::memchr2(b'\'', b'\n', &text.as_bytes()[from..])?;
            found.push_str(&text[from..at]);
            if text.as_bytes()[at] == b'\n' {
                return None;
            }
            if text.as_bytes().get(at + 1) != Some(&b'\'') {
                self.rest = &text[at + 1..];
                return Some(found);
            }
            found.push('\'');
            from = at + 2;
        }
    }

    /// A text in double quotes.
    fn escaped(&mut self) -> Option<String> {
        let text = &self.rest[1..];
        let mut found = String::new();
        let mut chars = text.char_indices();
        loop {
            let c = match chars.next()? {
                (at, '"') => {
                    self.rest = &text[at + 1..];
                    return Some(found);
                }
                (_, '\n') => return None,
                (_, '\\') => match chars.next()?.1 {
                    c @ ('"' | '\\') => c,
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'x' => code(&mut chars, 2)?,
                    'u' => code(&mut chars, 4)?,
                    'U' => code(&mut chars, 8)?,
                    _ => return None,
                },
                (_, c) => c,
            };
            found.push(c);
        }
    }
}

/// The character with this number, of so many hexadecimal digits.
fn code(chars: &mut std::str::CharIndices<'_>, digits: usize) -> Option<char> {
    let number = (0..digits).try_fold(0, |number: u32, _| {
        Some(number << 4 | chars.next()?.1.to_digit(16)?)
    })?;
    char::from_u32(number)
}

#[cfg(test)]
mod tests;

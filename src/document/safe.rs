//! One document as PyYAML's `SafeLoader` reads it, and as every other reader does: what they take differently is an error.
//!
//! For documents of others that are handed on byte for byte. No tag but those of the core schema, no merge keys, keys that are text
//! and stand once, aliases that expand to no more than the document, moments and numbers that Python can make.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use granit_parser::{Event, Parser, ScalarStyle, options};
use regex::Regex;

use super::parse::{DEEPEST, size};
use super::scalar::{core, scalar};
use super::text::is_common;
use crate::rule::node::Node;

/// How many values the aliases of a document may add. pySigma 2 refuses more.
const MOST_ADDED: usize = 10_000;

/// The value of the only document of a text.
///
/// # Errors
/// One line that says what a reader would stumble over.
pub(crate) fn safe(text: &str) -> Result<Node, String> {
    if !is_common(text) {
        return Err("it has characters that readers of YAML take differently".to_owned());
    }
    let options = options! {
        emit_comments: false,
        block_scalar_eof_without_line_feed: true,
    };
    let mut builder = Builder {
        allowance: text.len().min(MOST_ADDED),
        ..Builder::default()
    };
    let mut documents = 0;
    let mut parser = Parser::new_from_str_with_options(text, options);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| error.info())?;
        match &event {
            Event::DocumentStart(..) => documents += 1,
            Event::Scalar(scalar, ScalarStyle::Plain, ..) => {
                // In brackets PyYAML takes it for a mark.
                if scalar.starts_with([':', '?']) {
                    return Err("a text without quotes begins with a mark".to_owned());
                }
                let rest = span.byte_range().and_then(|range| text.get(range.end..));
                no_bracket_behind_a_colon(rest.unwrap_or_default())?;
            }
            _ => {}
        }
        builder.take(event)?;
    }
    if builder.has_anchors && !NAMES.find_iter(text).all(|name| is_name(name.as_str())) {
        return Err("the name of an anchor is not one to every reader".to_owned());
    }
    match (documents, builder.root) {
        (1, Some(root)) => Ok(root),
        _ => Err("it is not one document".to_owned()),
    }
}

/// What may be an anchor or an alias, with its name up to what ends it.
static NAMES: LazyLock<Regex> = LazyLock::new(|| {
    #[expect(clippy::unwrap_used, reason = "the pattern does not change")]
    Regex::new(r"(?m)(?:^|[\s\[{,])[&*][^\s?:,\]}%@`]*").unwrap()
});

/// Whether PyYAML takes such a name: letters, digits, `-` and `_`.
fn is_name(found: &str) -> bool {
    let name = found.trim_start_matches(|c| c != '&' && c != '*').get(1..);
    name.is_some_and(|name| {
        !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    })
}

/// `{a:}`, `[a:,b]`: PyYAML wants a blank behind the colon of a plain key.
fn no_bracket_behind_a_colon(rest: &str) -> Result<(), String> {
    match rest.strip_prefix(':') {
        Some(behind) if behind.starts_with([',', '[', ']', '{', '}']) => {
            Err("a colon is followed by a bracket or a comma".to_owned())
        }
        _ => Ok(()),
    }
}

/// A list or a map that is not closed yet.
enum Open {
    List(Vec<Node>),
    Map {
        entries: Vec<(String, Node)>,
        names: HashSet<String>,
        key: Option<String>,
    },
}

#[derive(Default)]
struct Builder {
    root: Option<Node>,
    open: Vec<(Open, usize)>,
    anchors: HashMap<usize, Node>,
    /// How many more values its aliases may add.
    allowance: usize,
    has_anchors: bool,
}

impl Builder {
    fn take(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let node = scalar(&text, style, tag.as_deref())?;
                self.put(node, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                core(tag.as_deref(), "seq")?;
                self.begin(Open::List(Vec::new()), anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                core(tag.as_deref(), "map")?;
                let open = Open::Map {
                    entries: Vec::new(),
                    names: HashSet::new(),
                    key: None,
                };
                self.begin(open, anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some((open, anchor)) = self.open.pop() else {
                    return Ok(());
                };
                let node = match open {
                    Open::List(items) => Node::List(items),
                    Open::Map { entries, .. } => Node::Map(entries),
                };
                self.put(node, anchor)
            }
            Event::Alias(anchor) => {
                self.has_anchors = true;
                let node = self.anchors.get(&anchor).cloned();
                let node = node.ok_or("an alias refers to a node that contains it")?;
                let allowed = self.allowance.checked_sub(size(&node));
                self.allowance =
                    allowed.ok_or("its aliases expand to more than the document itself")?;
                self.put(node, 0)
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, open: Open, anchor: usize) -> Result<(), String> {
        if self.open.len() == DEEPEST {
            return Err(format!("it is nested deeper than {DEEPEST}"));
        }
        self.open.push((open, anchor));
        Ok(())
    }

    fn put(&mut self, node: Node, anchor: usize) -> Result<(), String> {
        if anchor != 0 {
            self.has_anchors = true;
            // Text that is anchored again and again is not held again and again.
            let allowed = self.allowance.checked_sub(size(&node));
            self.allowance = allowed.ok_or("its anchors hold more than the document itself")?;
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|(open, _)| open) {
            None => self.root = Some(node),
            Some(Open::List(items)) => items.push(node),
            Some(Open::Map {
                entries,
                names,
                key,
            }) => match (key.take(), node) {
                (None, Node::Text(name)) => {
                    if !names.insert(name.clone()) {
                        return Err(format!("the key `{name}` stands twice"));
                    }
                    *key = Some(name);
                }
                (None, other) => return Err(format!("a key is {}, not text", other.kind())),
                (Some(name), node) => entries.push((name, node)),
            },
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    // `tests/python/test_fetched_rules.py` compares with PyYAML itself.
    #[test]
    fn what_a_safe_loader_stumbles_over_is_an_error() {
        let long = "9".repeat(5000);
        let bomb = "a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b]\nd: [*c,*c,*c]\n";
        for text in [
            "x: !!python/object/apply:os.system ['id']\n",
            "x: !!python/name:os.system\n",
            "x: !local 1\n",
            "x: !<tag:other.example,2026:a> 1\n",
            "x: !!binary aGk=\n",
            "x: !!set {a, b}\n",
            "x: !!omap [a: 1]\n",
            "x: !!int a\n",
            "x: ! a\n",
            "1: a\n",
            "yes: a\n",
            "2026-05-17: a\n",
            "~: a\n",
            "? [a]\n: b\n",
            "? {a: b}\n: b\n",
            "<<: {a: b}\n",
            "a: {<<: {b: c}}\n",
            "a: =\n",
            "a: 1\na: 2\n",
            "a: &a [*a]\n",
            "a: &b. c\n",
            "a: &\u{e9} c\n",
            "a: *b\n",
            "a: 2026-02-30\n",
            "a: 0000-01-01\n",
            "a: 2026-05-17T25:00:00Z\n",
            "a: 2026-05-17 10:00:60\n",
            "a: 2026-05-17 10:00:00 +99\n",
            "a: 0x_\n",
            "a: 0b_\n",
            "a: \u{feff}\n",
            "a: \u{2028}\n",
            "a: \u{85}\n",
            "a: \u{7f}\n",
            "a: 1\n...\nb: 2\n",
            "a: [\n",
            "a: @b\n",
            "a: {b:}\n",
            "a: {b:,c: d}\n",
            "a: [b:[c]]\n",
            "a: [:b]\n",
            "a: [?b]\n",
            "a: `b\n",
            "",
            "# nothing\n",
            bomb,
            &format!("a: {long}\n"),
            &format!("a: {}1{}\n", "[".repeat(99), "]".repeat(99)),
        ] {
            assert!(safe(text).is_err(), "{text}: {:?}", safe(text));
        }
    }

    #[test]
    fn what_every_reader_takes_alike_is_read() {
        for text in [
            "a: !!str 1\n",
            "a: !!int 5\n",
            "a: !!bool yes\n",
            "a: !!seq [1]\nb: !!map {c: d}\n",
            "'1': a\n\"yes\": b\n",
            "a: &x {b: c}\nd: *x\n",
            "a: &id001 [b]\nd: [*id001,*id001]\nu: http://e.example/?a=1&b.c=2\n",
            "a: 2026-05-17\nb: 2026-05-17T10:00:00Z\nc: 2026-5-7 1:02:03.5 -05:00\n",
            "a: 1.5\nb: 0x1F\nc: 012\nd: 1:30\ne: -.inf\nf: 1_000\ng: -3\n",
            "a: |\n  b\n  !!python c\n",
            "a: '!!python/name:x'\n",
        ] {
            assert!(safe(text).is_ok(), "{text}: {:?}", safe(text));
        }
    }

    #[test]
    fn values_are_those_of_pyyaml() {
        let node = safe("a: no\nb: 12\nc: 1.5\nd: 2026-05-17\ne: 08\nf: -.nan\n").unwrap();
        let day = NaiveDate::from_ymd_opt(2026, 5, 17).unwrap();
        for (key, value) in [
            ("a", Node::Bool(false)),
            ("b", Node::Int(12)),
            ("c", Node::Float(1.5)),
            ("d", Node::Date(day)),
            ("e", Node::from("08")),
            ("f", Node::from("-.nan")),
        ] {
            assert_eq!(node.get(key), Some(&value), "{key}");
        }
    }
}

//! YAML to values, as PyYAML's `SafeLoader` makes them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, Span, Tag, options};

use super::body::{Body, Broken, Document};
use super::resolve::resolve;
use super::skeleton::{Leaf, LeafStyle, Skeleton};
use super::split::Piece;
use super::text::is_common;
use crate::rule::node::Node;

/// How deep a document may be nested.
pub(super) const DEEPEST: usize = 64;

/// The documents of a piece.
pub(super) fn documents<'a>(piece: &Piece<'a>) -> Result<Vec<Document<'a>>, Broken> {
    let options = options! {
        emit_comments: false,
        block_scalar_eof_without_line_feed: true,
    };
    let mut parser = Parser::new_from_str_with_options(piece.text, options);
    let is_common = is_common(piece.text);
    let mut documents = Vec::new();
    let builder_of = || Builder::new(is_common, piece.text.len());
    let mut builder = builder_of();
    let (mut start, mut line) = (0, piece.line);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| Broken {
            line: piece.line + error.marker().line().saturating_sub(1),
            what: error.info(),
        })?;
        match event {
            Event::DocumentStart(..) => {
                builder = builder_of();
                start = span.byte_range().map_or(0, |range| range.start);
                line = piece.line + span.start.line().saturating_sub(1);
            }
            Event::DocumentEnd => {
                let text = match piece.is_alone {
                    true => piece.text,
                    false => {
                        let end = span
                            .byte_range()
                            .map_or(piece.text.len(), |range| range.end);
                        piece.text.get(start..end).unwrap_or(piece.text)
                    }
                };
                let line = if piece.is_alone { piece.line } else { line };
                let builder = std::mem::replace(&mut builder, builder_of());
                builder.finish(text, line, piece.is_alone, &mut documents);
            }
            event => builder.take(event, span).map_err(|what| Broken {
                line: piece.line + span.start.line().saturating_sub(1),
                what,
            })?,
        }
    }
    Ok(documents)
}

/// A list or a map that is not closed yet.
enum Open {
    List(Vec<Node>),
    Map {
        entries: Vec<(String, Node)>,
        key: Option<String>,
        places: Places,
    },
}

/// Where the keys of a long map are: to look through it for each of them would take quadratic time.
#[derive(Default)]
struct Places(HashMap<String, usize>);

impl Places {
    /// A map of at most so many keys is looked through.
    const FEW: usize = 16;

    fn of(&mut self, name: &str, entries: &[(String, Node)]) -> Option<usize> {
        if entries.len() <= Places::FEW {
            return entries.iter().position(|(known, _)| known == name);
        }
        let left = self.0.len();
        self.0.extend(
            (left..)
                .zip(&entries[left..])
                .map(|(at, (known, _))| (known.clone(), at)),
        );
        self.0.get(name).copied()
    }
}

struct Builder {
    root: Option<Node>,
    open: Vec<(Open, usize)>,
    anchors: HashMap<usize, Node>,
    /// How many more values its aliases may add: no more than it has bytes.
    allowance: usize,
    /// Whether its values are not one for each scalar.
    is_twisted: bool,
    leaves: Vec<Leaf>,
    /// Whether it has a value that no node is.
    is_foreign: bool,
}

impl Builder {
    fn new(is_common: bool, allowance: usize) -> Builder {
        Builder {
            root: None,
            open: Vec::new(),
            anchors: HashMap::new(),
            allowance,
            is_twisted: false,
            leaves: Vec::new(),
            is_foreign: !is_common,
        }
    }

    fn finish<'a>(
        self,
        text: &'a str,
        line: usize,
        is_alone: bool,
        documents: &mut Vec<Document<'a>>,
    ) {
        let Some(root) = self.root else { return };
        match root {
            Node::Null => {}
            like if self.is_foreign => documents.push(Document {
                line,
                source: 0,
                body: Body::Foreign { text, like },
            }),
            Node::List(items) => documents.extend(items.into_iter().map(|item| Document {
                line,
                ..Document::of(item)
            })),
            rule => {
                let source = (is_alone && !self.is_twisted).then_some((text, &self.leaves[..]));
                let (skeleton, texts) = Skeleton::of(rule, source);
                documents.push(Document {
                    line,
                    source: 0,
                    body: Body::Value {
                        skeleton: Arc::new(skeleton),
                        texts: texts.into_iter().map(Cow::Owned).collect(),
                    },
                });
            }
        }
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_key = self.wants_key();
                let node = self.scalar(&text, style, tag.as_deref());
                if !is_key {
                    let range = span.byte_range().unwrap_or(0..0);
                    self.leaves.push(Leaf {
                        start: range.start,
                        end: range.end,
                        style: match style {
                            _ if tag.is_some() || anchor != 0 => LeafStyle::Other,
                            ScalarStyle::SingleQuoted => LeafStyle::Quoted,
                            ScalarStyle::Plain => LeafStyle::Plain,
                            _ => LeafStyle::Other,
                        },
                    });
                }
                self.put(node, anchor, Some(&text))
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.begin(Open::List(Vec::new()), anchor, tag.as_deref(), "seq")
            }
            Event::MappingStart(_, anchor, tag) => {
                let open = Open::Map {
                    entries: Vec::new(),
                    key: None,
                    places: Places::default(),
                };
                self.begin(open, anchor, tag.as_deref(), "map")
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some((open, anchor)) = self.open.pop() else {
                    return Ok(());
                };
                let node = match open {
                    Open::List(items) => Node::List(items),
                    Open::Map { entries, .. } => Node::Map(entries),
                };
                self.put(node, anchor, None)
            }
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned();
                let node = node.ok_or("an alias refers to a node that contains it")?;
                let allowed = self.allowance.checked_sub(size(&node));
                self.allowance =
                    allowed.ok_or("its aliases expand to more than the document itself")?;
                self.is_twisted = true;
                self.put(node, 0, None)
            }
            _ => Ok(()),
        }
    }

    fn begin(
        &mut self,
        open: Open,
        anchor: usize,
        tag: Option<&Tag>,
        plain: &str,
    ) -> Result<(), String> {
        if self.open.len() == DEEPEST {
            return Err(format!("it is nested deeper than {DEEPEST}"));
        }
        self.is_foreign |= tag.is_some_and(|tag| !tag.is_yaml_core_schema_tag(plain));
        self.open.push((open, anchor));
        Ok(())
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Node {
        let node = match (style, tag) {
            (_, Some(tag)) => tag.is_yaml_core_schema_tag("str").then(|| Node::from(text)),
            (ScalarStyle::Plain, None) => resolve(text),
            _ => Some(Node::from(text)),
        };
        self.is_foreign |= node.is_none();
        node.unwrap_or_else(|| Node::from(text))
    }

    fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some((Open::Map { key: None, .. }, _)))
    }

    /// Puts a value where it belongs; `text` is that of a scalar.
    fn put(&mut self, node: Node, anchor: usize, text: Option<&str>) -> Result<(), String> {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|(open, _)| open) {
            None => self.root = Some(node),
            Some(Open::List(items)) => items.push(node),
            Some(Open::Map {
                entries,
                key,
                places,
            }) => match key.take() {
                None => {
                    self.is_foreign |= node.as_text().is_none();
                    *key = Some(match node {
                        Node::Text(name) => name,
                        _ => text.unwrap_or_default().to_owned(),
                    });
                }
                // As in Python's dict: the place of the first, the value of the last.
                Some(name) => match places.of(&name, entries) {
                    Some(at) => {
                        self.is_twisted = true;
                        entries[at].1 = node;
                    }
                    None => entries.push((name, node)),
                },
            },
        }
        Ok(())
    }
}

/// How much a value is: a value for each in it, and for each so many bytes of text.
pub(super) fn size(node: &Node) -> usize {
    1 + match node {
        Node::Text(text) => text.len() / size_of::<Node>(),
        Node::List(items) => items.iter().map(size).sum(),
        Node::Map(entries) => entries.iter().map(|(_, node)| size(node)).sum(),
        _ => 0,
    }
}

//! Bounds on what a page may cost the parser: attributes of a tag, and elements inside each other.

use html5ever::interface::{Attribute, QualName};
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult};
use html5ever::tree_builder::TreeBuilder;
use html5ever::{LocalName, local_name, ns};

use super::bold::BOLD;
use super::tree::{Node, Tree};

/// The most elements that are open at once, by half of what browsers take: an end tag is looked for among all of them. Tags
/// further inside are passed over, their text is not.
const MAX_DEPTH: u32 = 256;

/// The most places in a tag at which an attribute may begin.
const MAX_ATTRIBUTES: u32 = 1024;

/// The parser's tree builder, with tokens changed on the way.
pub(super) struct Guard {
    pub(super) builder: TreeBuilder<Node, Tree>,
}

impl TokenSink for Guard {
    type Handle = Node;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<Node> {
        let token = match token {
            Token::TagToken(tag) => match self.tag(tag) {
                Some(tag) => Token::TagToken(tag),
                None => return TokenSinkResult::Continue,
            },
            token => token,
        };
        self.builder.process_token(token, line)
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder
            .adjusted_current_node_present_but_not_in_html_namespace()
    }
}

impl Guard {
    /// A tag as the tree builder gets it; `None` where it gets none.
    fn tag(&self, mut tag: Tag) -> Option<Tag> {
        let is_start = tag.kind == TagKind::StartTag;
        if is_start && self.builder.sink.depth() >= MAX_DEPTH && !is_raw(&tag.name) {
            self.builder.sink.part();
            return None;
        }
        // What formats text is opened again in every block behind it, as often as it was opened. To us it is a span.
        if is_formatting(&tag.name) {
            if is_start && matches!(&*tag.name, "b" | "strong") {
                let name = QualName::new(None, ns!(), LocalName::from(BOLD));
                let value = Default::default();
                tag.attrs.push(Attribute { name, value });
            }
            tag.name = local_name!("span");
        }
        Some(tag)
    }
}

/// The elements whose text is not markup: without their tag, it would be read as such.
fn is_raw(name: &LocalName) -> bool {
    matches!(
        &**name,
        "script"
            | "style"
            | "title"
            | "textarea"
            | "noscript"
            | "iframe"
            | "noembed"
            | "noframes"
            | "xmp"
            | "plaintext"
            | "br"
    )
}

/// The elements of the "list of active formatting elements" (HTML, section 13.2.4.3), and those that set a marker in it.
fn is_formatting(name: &LocalName) -> bool {
    matches!(
        &**name,
        "a" | "b"
            | "big"
            | "code"
            | "em"
            | "font"
            | "i"
            | "nobr"
            | "s"
            | "small"
            | "strike"
            | "strong"
            | "tt"
            | "u"
            | "applet"
            | "marquee"
            | "object"
    )
}

/// Ends a tag that has too many attributes: the parser compares each one with all before it.
///
/// A `>` inside of a quoted value, a script or a comment is a part of it, so that only a tag without end is cut.
#[derive(Debug, Default)]
pub(super) struct TagBound {
    /// The byte before was a `<`.
    opens: bool,
    /// The separator of attributes, since a tag began.
    parts: Option<u32>,
}

impl TagBound {
    pub(super) fn copy(&mut self, bytes: &[u8], to: &mut Vec<u8>) {
        to.reserve(bytes.len());
        for byte in bytes {
            let opened = std::mem::replace(&mut self.opens, *byte == b'<');
            match (byte, &mut self.parts) {
                (b'<' | b'>', parts) => *parts = None,
                (byte, parts) if opened && (byte.is_ascii_alphabetic() || *byte == b'/') => {
                    *parts = Some(0);
                }
                (b' ' | b'\t' | b'\n' | b'\r' | 0x0c | b'/' | b'"' | b'\'' | b'=', Some(count)) => {
                    *count += 1;
                    if *count > MAX_ATTRIBUTES {
                        to.push(b'>');
                        self.parts = None;
                    }
                }
                _ => {}
            }
            to.push(*byte);
        }
    }
}

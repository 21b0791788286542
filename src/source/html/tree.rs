//! What the parser's tree is to us: no tree, but the elements that are open, and what is visible in them.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use html5ever::interface::{
    Attribute, ElementFlags, ExpandedName, NodeOrText, QualName, QuirksMode, TreeSink,
};
use html5ever::tendril::StrTendril;
use html5ever::{LocalName, local_name, ns};

use super::page::{Page, Part};
use super::writer::Writer;

/// An element, or the document.
pub(super) type Node = Rc<Element>;

/// An element with what counts of it.
#[derive(Debug)]
pub(super) struct Element {
    name: QualName,
    part: Part,
    hidden: Cell<bool>,
    depth: Cell<u32>,
    /// The address that it links to.
    link: Option<StrTendril>,
    /// What a form shows in it.
    value: Option<StrTendril>,
}

/// The receiver of the parser's tree.
pub(super) struct Tree {
    document: Node,
    depth: Cell<u32>,
    writer: RefCell<Writer>,
}

impl Default for Tree {
    fn default() -> Tree {
        let name = QualName::new(None, ns!(html), local_name!(""));
        Tree {
            document: Rc::new(Element::new(name, &[])),
            depth: Cell::new(0),
            writer: RefCell::default(),
        }
    }
}

impl Tree {
    /// The number of elements that are open, as far as the parser has said: it does not say when it closes one.
    pub(super) fn depth(&self) -> u32 {
        self.depth.get()
    }

    /// Parts the text before from the text behind.
    pub(super) fn part(&self) {
        self.writer.borrow_mut().part();
    }

    /// The page, when all of it was read.
    pub(super) fn page(self) -> Page {
        self.writer.into_inner().finish()
    }

    fn text(&self, parent: &Node, text: &str, apart: bool) {
        self.depth.set(parent.depth.get());
        if parent.hidden.get() {
            return;
        }
        let mut writer = self.writer.borrow_mut();
        writer.back_to(parent.depth.get());
        if apart {
            writer.part();
        }
        writer.text(text);
        if apart {
            writer.part();
        }
    }

    fn open(&self, parent: &Node, child: &Node) {
        // The title is in the head, of which nothing else is shown.
        let is_title = child.part == Part::Title;
        let is_hidden = (parent.hidden.get() || child.hidden.get()) && !is_title;
        child.hidden.set(is_hidden);
        child.depth.set(parent.depth.get() + 1);
        self.depth.set(match is_void(&child.name.local) {
            true => parent.depth.get(),
            false => child.depth.get(),
        });
        let mut writer = self.writer.borrow_mut();
        if let Part::Meta { name, content } = &child.part {
            writer.meta(name, content);
        }
        if is_hidden {
            return;
        }
        writer.back_to(parent.depth.get());
        writer.open(&child.part, child.depth.get());
        if let Some(link) = &child.link {
            writer.link(link);
        }
        if let Some(value) = &child.value {
            writer.part();
            writer.text(value);
            writer.part();
        }
    }
}

impl Element {
    fn new(name: QualName, attrs: &[Attribute]) -> Element {
        let is_html = name.ns == ns!(html);
        let tag: &str = &name.local;
        let get = |wanted: &str| {
            attrs
                .iter()
                .find(|attr| &*attr.name.local == wanted)
                .map(|attr| &attr.value)
        };
        let link = match tag {
            "span" | "area" => get("href").cloned(),
            _ => None,
        };
        let shows = tag == "input"
            && get("type").is_none_or(|kind| matches!(&**kind, "" | "text" | "url" | "search"));
        Element {
            part: Part::of(is_html, tag, &|name| get(name).map(|value| &**value)),
            hidden: Cell::new(is_hidden(is_html, tag, &|name| {
                get(name).map(|value| &**value)
            })),
            depth: Cell::new(0),
            link,
            value: get("value").filter(|_| shows).cloned(),
            name,
        }
    }
}

/// Whether a browser does not show an element: by its kind (HTML, section 15.3.1), `hidden`, or its own style.
fn is_hidden<'a>(is_html: bool, tag: &str, get: &dyn Fn(&str) -> Option<&'a str>) -> bool {
    let by_kind = match is_html {
        true => matches!(
            tag,
            "head"
                | "script"
                | "style"
                | "template"
                | "noscript"
                | "iframe"
                | "noembed"
                | "noframes"
                | "datalist"
                | "rp"
                | "canvas"
                | "audio"
                | "video"
        ),
        false => matches!(
            tag,
            "script" | "style" | "title" | "desc" | "metadata" | "defs"
        ),
    };
    let by_style = |style: &str| {
        let style: String = style
            .chars()
            .take(4096)
            .filter(|c| !c.is_whitespace())
            .map(|c| c.to_ascii_lowercase())
            .collect();
        style.contains("display:none") || style.contains("visibility:hidden")
    };
    by_kind
        || (tag == "dialog" && get("open").is_none())
        || get("hidden").is_some()
        || get("style").is_some_and(by_style)
}

/// The elements that have no end, and are never open.
fn is_void(name: &LocalName) -> bool {
    matches!(
        &**name,
        "area"
            | "base"
            | "basefont"
            | "bgsound"
            | "br"
            | "col"
            | "embed"
            | "frame"
            | "hr"
            | "img"
            | "input"
            | "keygen"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
            | "image"
    )
}

impl TreeSink for Tree {
    type Handle = Node;
    type Output = Self;
    type ElemName<'a> = ExpandedName<'a>;

    fn finish(self) -> Self {
        self
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> Node {
        self.document.clone()
    }

    fn elem_name<'a>(&'a self, target: &'a Node) -> ExpandedName<'a> {
        target.name.expanded()
    }

    fn create_element(&self, name: QualName, attrs: Vec<Attribute>, _: ElementFlags) -> Node {
        Rc::new(Element::new(name, &attrs))
    }

    fn create_comment(&self, _: StrTendril) -> Node {
        self.document.clone()
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> Node {
        self.document.clone()
    }

    fn append(&self, parent: &Node, child: NodeOrText<Node>) {
        match child {
            // A comment is given as the document.
            NodeOrText::AppendNode(node) if Rc::ptr_eq(&node, &self.document) => {}
            NodeOrText::AppendNode(node) => self.open(parent, &node),
            NodeOrText::AppendText(text) => self.text(parent, &text, false),
        }
    }

    /// Text in a table but outside its cells is shown before the table.
    fn append_based_on_parent_node(&self, table: &Node, _: &Node, child: NodeOrText<Node>) {
        match child {
            NodeOrText::AppendNode(_) => self.append(table, child),
            NodeOrText::AppendText(text) => self.text(table, &text, true),
        }
    }

    fn append_before_sibling(&self, sibling: &Node, child: NodeOrText<Node>) {
        self.append_based_on_parent_node(sibling, sibling, child);
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    fn get_template_contents(&self, target: &Node) -> Node {
        target.clone()
    }

    fn same_node(&self, one: &Node, other: &Node) -> bool {
        Rc::ptr_eq(one, other)
    }

    fn set_quirks_mode(&self, _: QuirksMode) {}

    fn add_attrs_if_missing(&self, _: &Node, _: Vec<Attribute>) {}

    fn remove_from_parent(&self, _: &Node) {}

    fn reparent_children(&self, _: &Node, _: &Node) {}

    fn set_current_line(&self, line: u64) {
        self.writer.borrow_mut().line = u32::try_from(line).unwrap_or(u32::MAX);
    }
}

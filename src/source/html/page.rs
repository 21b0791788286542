//! The pieces of a page, in order.

use super::bold::is_bold;

/// The pieces of a page, whose texts stand one after the other in one string.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) pieces: Vec<Piece>,
    pub(super) title: Option<String>,
    pub(super) authors: Vec<String>,
    /// The address that the page gives as its own.
    pub(super) address: Option<String>,
    texts: String,
    pub(super) columns: Vec<String>,
}

/// A piece of a page: a heading, a paragraph, an item, a cell.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    pub(super) kind: Kind,
    pub(super) line: u32,
    /// In the navigation or the foot of the page.
    pub(super) apart: bool,
    start: u32,
    end: u32,
    /// One more than the index of the column's name.
    column: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A heading of this level, from 1.
    Heading(u8),
    /// A paragraph that is bold or ends in a colon: it says what follows.
    Lead,
    Prose,
    Item,
    Code,
    /// A cell; the first one of its row or not.
    Cell {
        first: bool,
    },
    /// The name of a column.
    Name,
    /// The address of a link.
    Link,
    /// Text that is longer than anything that is read at once.
    TooLong,
}

impl Page {
    pub(super) fn text(&self, piece: &Piece) -> &str {
        &self.texts[piece.start as usize..piece.end as usize]
    }

    /// The name of a cell's column.
    pub(super) fn column(&self, piece: &Piece) -> Option<&str> {
        let at = (piece.column as usize).checked_sub(1)?;
        self.columns.get(at).map(String::as_str)
    }

    pub(super) fn push(&mut self, kind: Kind, line: u32, apart: bool, column: u32, text: &str) {
        let start = self.texts.len() as u32;
        self.texts.push_str(text);
        let end = self.texts.len() as u32;
        self.pieces.push(Piece {
            kind,
            line,
            apart,
            start,
            end,
            column,
        });
    }
}

/// What an element does to the text in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// Nothing: text goes on through it.
    Inline,
    Bold,
    /// Text before, in and behind it stand apart.
    Block,
    Break,
    Title,
    Heading(u8),
    Item,
    /// White space and line ends count.
    Code,
    /// The navigation, or the foot of the page.
    Apart,
    Table,
    Row,
    Cell {
        is_name: bool,
        span: usize,
    },
    /// `<meta>` and `<link>` of the head.
    Meta {
        name: String,
        content: String,
    },
}

/// The most columns that a cell goes over (HTML, section 4.9.11).
pub(super) const MAX_SPAN: usize = 1000;

impl Part {
    pub(super) fn of<'a>(is_html: bool, tag: &str, get: &dyn Fn(&str) -> Option<&'a str>) -> Part {
        if !is_html {
            return match tag {
                "text" => Part::Block,
                _ => Part::Inline,
            };
        }
        match tag {
            "span" if is_bold(get) => Part::Bold,
            "br" | "hr" => Part::Break,
            "title" => Part::Title,
            "h1" => Part::Heading(1),
            "h2" => Part::Heading(2),
            "h3" => Part::Heading(3),
            "h4" => Part::Heading(4),
            "h5" => Part::Heading(5),
            "h6" => Part::Heading(6),
            "li" | "dt" | "dd" | "option" => Part::Item,
            "pre" | "listing" | "xmp" | "plaintext" | "textarea" => Part::Code,
            "nav" | "footer" => Part::Apart,
            "table" => Part::Table,
            "tr" => Part::Row,
            "td" | "th" => Part::Cell {
                is_name: tag == "th",
                span: get("colspan")
                    .and_then(|span| span.trim().parse().ok())
                    .unwrap_or(1)
                    .clamp(1, MAX_SPAN),
            },
            "meta" | "link" => {
                let name = get("name")
                    .or_else(|| get("property"))
                    .or_else(|| get("rel"));
                let content = get("content").or_else(|| get("href"));
                Part::Meta {
                    name: name.unwrap_or_default().to_ascii_lowercase(),
                    content: content.unwrap_or_default().chars().take(2048).collect(),
                }
            }
            "address" | "article" | "aside" | "blockquote" | "body" | "button" | "caption"
            | "center" | "details" | "dialog" | "dir" | "div" | "dl" | "fieldset"
            | "figcaption" | "figure" | "form" | "header" | "hgroup" | "html" | "legend"
            | "main" | "menu" | "ol" | "optgroup" | "p" | "search" | "section" | "select"
            | "summary" | "tbody" | "tfoot" | "thead" | "ul" => Part::Block,
            _ => Part::Inline,
        }
    }
}

//! Putting the pieces of a page together.

use super::page::{Kind, MAX_SPAN, Page, Part};
use crate::indicator::refang;
use crate::source::lines::MAX_LINE_BYTES;

/// An element that is open, and what it means for its text.
#[derive(Debug)]
enum Frame {
    Block,
    Bold,
    Title,
    Heading(u8),
    Item,
    Code,
    Apart,
    /// The names of its columns, by index; `None` before its first row.
    Table(Option<Vec<u32>>),
    Row {
        cells: Vec<Cell>,
        width: usize,
        bytes: usize,
    },
    Cell {
        is_name: bool,
        column: usize,
    },
}

/// A piece of a cell, while its row is read.
#[derive(Debug)]
struct Cell {
    text: String,
    line: u32,
    column: usize,
    is_name: bool,
}

/// Puts pieces together out of the parser's elements and texts.
#[derive(Debug, Default)]
pub(super) struct Writer {
    /// The line that the parser is at.
    pub(super) line: u32,
    page: Page,
    /// The frames that are open, each with the depth of its element.
    frames: Vec<(Frame, u32)>,
    text: String,
    /// The line at which the text begins.
    start: u32,
    /// White space was read, and no text behind it.
    space: bool,
    is_long: bool,
    /// Bytes of the text that are bold.
    bold: usize,
}

/// The longest name of a column, and paragraph that is taken for a heading, in bytes.
const MAX_LEAD: usize = 160;

impl Writer {
    pub(super) fn open(&mut self, part: &Part, depth: u32) {
        if !matches!(part, Part::Inline | Part::Bold | Part::Meta { .. }) {
            self.part();
        }
        let frame = match part {
            Part::Bold => Frame::Bold,
            Part::Title => Frame::Title,
            Part::Heading(level) => Frame::Heading(*level),
            Part::Item => Frame::Item,
            Part::Code => Frame::Code,
            Part::Apart => Frame::Apart,
            Part::Table => Frame::Table(None),
            Part::Row => Frame::Row {
                cells: Vec::new(),
                width: 0,
                bytes: 0,
            },
            Part::Cell { is_name, span } => {
                let is_name = *is_name;
                let mut column = 0;
                if let Some((Frame::Row { width, .. }, _)) = self
                    .frames
                    .iter_mut()
                    .rev()
                    .find(|(frame, _)| matches!(frame, Frame::Row { .. } | Frame::Table(_)))
                {
                    column = *width;
                    *width = (*width + span).min(MAX_SPAN);
                }
                Frame::Cell { is_name, column }
            }
            Part::Block => Frame::Block,
            Part::Inline | Part::Break | Part::Meta { .. } => return,
        };
        self.frames.push((frame, depth));
    }

    /// Ends the elements that are further inside than `depth`: whatever comes next stands in none of them.
    pub(super) fn back_to(&mut self, depth: u32) {
        while let Some((frame, at)) = self.frames.last()
            && *at > depth
        {
            if !matches!(frame, Frame::Bold) {
                self.part();
            }
            if let Some((Frame::Row { cells, .. }, _)) = self.frames.pop() {
                self.row(cells);
            }
        }
    }

    /// Takes text; white space is one space, but for code.
    pub(super) fn text(&mut self, text: &str) {
        if self.is_code() {
            let mut lines = text.split('\n');
            self.add(lines.next().unwrap_or_default());
            for line in lines {
                self.part();
                self.add(line);
            }
            return;
        }
        let is_space = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}' | '\u{a0}');
        let mut words = text.split(is_space);
        self.add(words.next().unwrap_or_default());
        for word in words {
            self.space = true;
            self.add(word);
        }
    }

    fn add(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.text.is_empty() {
            self.start = self.line;
        } else if self.space {
            self.text.push(' ');
        }
        self.space = false;
        if self.text.len() + text.len() > MAX_LINE_BYTES {
            self.is_long = true;
            self.text.clear();
        }
        if self.is_long {
            return;
        }
        if self
            .frames
            .iter()
            .any(|(frame, _)| matches!(frame, Frame::Bold))
        {
            self.bold += text.len();
        }
        self.text.push_str(text);
    }

    fn is_code(&self) -> bool {
        self.frames
            .iter()
            .any(|(frame, _)| matches!(frame, Frame::Code))
    }

    fn is_apart(&self) -> bool {
        self.frames
            .iter()
            .any(|(frame, _)| matches!(frame, Frame::Apart))
    }

    /// Ends the piece that is being read.
    pub(super) fn part(&mut self) {
        self.space = false;
        let bold = std::mem::take(&mut self.bold);
        let apart = self.is_apart();
        if std::mem::take(&mut self.is_long) {
            self.text.clear();
            let line = self.start;
            self.page.push(Kind::TooLong, line, apart, 0, "");
            return;
        }
        let text = std::mem::take(&mut self.text);
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        let mut kind = None;
        for (frame, _) in self.frames.iter_mut().rev() {
            match frame {
                Frame::Title => {
                    let title = self.page.title.get_or_insert_default();
                    if title.len() < MAX_LEAD {
                        title.extend(text.chars().take(MAX_LEAD));
                    }
                    return;
                }
                Frame::Heading(level) => {
                    kind = Some(Kind::Heading(*level));
                    break;
                }
                Frame::Item => kind = kind.or(Some(Kind::Item)),
                Frame::Code => kind = kind.or(Some(Kind::Code)),
                Frame::Cell { .. } | Frame::Table(_) => break,
                Frame::Row { .. } | Frame::Bold | Frame::Apart | Frame::Block => {}
            }
        }
        if !matches!(kind, Some(Kind::Heading(_))) && self.cell(text) {
            return;
        }
        let spaces = text.bytes().filter(|byte| *byte == b' ').count();
        let is_lead = text.len() <= MAX_LEAD
            && (bold + spaces >= text.len()
                || (text.ends_with(':') && !text.ends_with("::") && !text.contains("://")));
        let kind = kind.unwrap_or(match is_lead {
            true => Kind::Lead,
            false => Kind::Prose,
        });
        self.page.push(kind, self.start, apart, 0, text);
    }

    /// Gives text to the cell that is open; whether there is one.
    fn cell(&mut self, text: &str) -> bool {
        let mut inside = None;
        for (frame, _) in self.frames.iter_mut().rev() {
            match (frame, inside) {
                (Frame::Cell { is_name, column }, None) => inside = Some((*is_name, *column)),
                (Frame::Row { cells, bytes, .. }, Some((is_name, column))) => {
                    *bytes += text.len();
                    if *bytes <= MAX_LINE_BYTES {
                        cells.push(Cell {
                            text: text.to_owned(),
                            line: self.start,
                            column,
                            is_name,
                        });
                    } else {
                        self.page.push(Kind::TooLong, self.start, false, 0, "");
                    }
                    return true;
                }
                (Frame::Table(_), _) => return false,
                _ => {}
            }
        }
        false
    }

    /// The cells of a row that ended. The first row of a table, and every row of nothing but names, gives the columns their names.
    fn row(&mut self, cells: Vec<Cell>) {
        if cells.is_empty() {
            return;
        }
        let apart = self.is_apart();
        let names = cells.iter().filter(|cell| cell.is_name).count();
        let table = self
            .frames
            .iter_mut()
            .rev()
            .find_map(|(frame, _)| match frame {
                Frame::Table(columns) => Some(columns),
                _ => None,
            });
        let mut own = None;
        let known = table.unwrap_or(&mut own);
        let mixed = names > 0 && names < cells.len();
        let is_head = names == cells.len() || (known.is_none() && !mixed);
        let label = cells.first().filter(|cell| mixed && cell.is_name);
        let label = label.map(|cell| named(&mut self.page.columns, &cell.text));
        let columns = known.take().unwrap_or_default();
        let mut first = true;
        for cell in &cells {
            let column = match is_head || cell.is_name {
                true => 0,
                false => match columns.get(cell.column) {
                    Some(column) if *column > 0 => *column,
                    _ => label.unwrap_or(0),
                },
            };
            let kind = match names == cells.len() {
                true => Kind::Name,
                false => Kind::Cell { first },
            };
            self.page.push(kind, cell.line, apart, column, &cell.text);
            first = false;
        }
        *known = Some(match is_head {
            false => columns,
            true => {
                let width = cells.iter().map(|cell| cell.column + 1).max().unwrap_or(0);
                let mut columns = vec![0; width];
                for cell in cells.iter().rev() {
                    columns[cell.column] = named(&mut self.page.columns, &cell.text);
                }
                columns
            }
        });
    }

    /// Takes the address of a link: one that is defanged is a value, and one without a scheme leads to another page of the site.
    pub(super) fn link(&mut self, address: &str) {
        let address = address.trim();
        if address.is_empty() || address.starts_with('#') || address.len() > 2048 {
            return;
        }
        // Editors escape the brackets of a defanged address.
        let given = address
            .replace("%5B", "[")
            .replace("%5b", "[")
            .replace("%5D", "]")
            .replace("%5d", "]");
        let apart = self.is_apart();
        let is_link = ["http://", "https://", "ftp://", "mailto:"]
            .iter()
            .any(|scheme| {
                address
                    .get(..scheme.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
            });
        if refang(&given) != given {
            self.page.push(Kind::Item, self.line, apart, 0, &given);
        } else if is_link {
            self.page.push(Kind::Link, self.line, apart, 0, address);
        }
    }

    /// Takes what the head says about the page.
    pub(super) fn meta(&mut self, name: &str, content: &str) {
        let content = content.trim();
        if content.is_empty() {
            return;
        }
        match name {
            "author" | "og:site_name" if self.page.authors.len() < 8 => {
                self.page
                    .authors
                    .push(content.chars().take(MAX_LEAD).collect());
            }
            "canonical" | "og:url" if content.starts_with("http") => {
                self.page.address.get_or_insert_with(|| content.to_owned());
            }
            _ => {}
        }
    }

    pub(super) fn finish(mut self) -> Page {
        self.part();
        while let Some((frame, _)) = self.frames.pop() {
            if let Frame::Row { cells, .. } = frame {
                self.row(cells);
            }
        }
        self.page
    }
}

/// The number of a column's name.
fn named(columns: &mut Vec<String>, name: &str) -> u32 {
    let name: String = name.chars().take(MAX_LEAD).collect();
    columns.push(name);
    columns.len() as u32
}

//! The blocks of a document, line by line: headings, lists, tables, code, comments and prose, in Markdown, AsciiDoc,
//! reStructuredText and plain text at once, since a report may be a mixture of them.

#[cfg(test)]
mod tests;

use crate::extract::{self, LEAD, Topic, without_bullet};

/// What a line is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Line<'a> {
    /// A heading of this level, from 1.
    Heading(usize, &'a str),
    /// The underline that makes the line before it a heading of this level.
    Underline(usize),
    /// A field of the document's head: its name in lower case, and its value.
    Field(String, &'a str),
    /// Cells of a table, each with what the name of its column says.
    Cells(Vec<(&'a str, Option<Topic>)>),
    /// An item of a list.
    Item(&'a str),
    /// A line of prose.
    Prose(&'a str),
    /// A line of a block of code.
    Code(&'a str),
    /// The line below the names of a table's columns.
    Separator,
    /// A comment, a rule, or the edge of a block.
    Nothing,
}

/// What the lines before say about the next.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    /// Whether a line of dashes opens a block of code, as it does in AsciiDoc.
    pub(super) asciidoc: bool,
    started: bool,
    head: bool,
    comment: Option<&'static str>,
    fence: Option<(char, usize)>,
    table: Table,
    /// The length of the line before in characters, where it may turn out to be a heading.
    title: Option<usize>,
    /// The characters of the underlines so far: the first is of the highest level.
    underlines: Vec<char>,
}

#[derive(Debug, Default)]
struct Table {
    asciidoc: bool,
    columns: Vec<Topic>,
    last: Vec<Topic>,
}

/// How many columns of a table have a meaning of their own.
const MAX_COLUMNS: usize = 64;

impl Blocks {
    pub(super) fn new(asciidoc: bool) -> Blocks {
        Blocks {
            asciidoc,
            ..Blocks::default()
        }
    }

    /// What the next line is.
    pub(super) fn read<'a>(&mut self, line: &'a str) -> Line<'a> {
        let trimmed = line.trim();
        let first = !self.started && !trimmed.is_empty();
        self.started |= first;
        if let Some(end) = self.comment {
            if trimmed.contains(end) {
                self.comment = None;
            }
            return Line::Nothing;
        }
        if self.head {
            self.head = !matches!(trimmed, "---" | "...");
            return field(trimmed, ':');
        }
        if let Some((mark, length)) = self.fence {
            if run(trimmed, mark).is_some_and(|count| count >= length) {
                self.fence = None;
                return Line::Nothing;
            }
            return self.cells(trimmed).unwrap_or(Line::Code(trimmed));
        }
        if first && trimmed == "---" {
            self.head = true;
            return Line::Nothing;
        }
        let title = self.title.take();
        if trimmed.is_empty() {
            self.table.columns.clear();
            self.table.last.clear();
            return Line::Nothing;
        }
        if let Some(level) = title.and_then(|length| self.underline(trimmed, length)) {
            return Line::Underline(level);
        }
        if let Some(edge) = self.edge(trimmed) {
            return edge;
        }
        if let Some((level, text)) = heading(trimmed) {
            return Line::Heading(level, text);
        }
        if let Some(rest) = trimmed.strip_prefix(':').filter(|_| self.asciidoc)
            && let field @ Line::Field(..) = field(rest, ':')
        {
            return field;
        }
        if let Some(cells) = self.cells(trimmed) {
            return cells;
        }
        let text = without_bullet(trimmed);
        if text.len() == trimmed.len() {
            if line.starts_with("    ") || line.starts_with('\t') {
                return Line::Code(trimmed);
            }
            if let Some(lead) = lead(trimmed) {
                return Line::Heading(LEAD, lead);
            }
            self.title = Some(trimmed.chars().count());
            return Line::Prose(text);
        }
        Line::Item(text)
    }

    /// The edges of blocks, comments and rules.
    fn edge<'a>(&mut self, text: &str) -> Option<Line<'a>> {
        let dashes = run(text, '-').filter(|count| *count >= 4 && self.asciidoc);
        let dots = run(text, '.').filter(|count| *count >= 4);
        if let Some(ticks) = opening(text, '`').or_else(|| opening(text, '~')) {
            self.fence = Some(ticks);
        } else if let Some(count) = dashes {
            self.fence = Some(('-', count));
        } else if let Some(count) = dots.filter(|_| self.asciidoc) {
            self.fence = Some(('.', count));
        } else if self.asciidoc && text.starts_with("|===") {
            self.table = Table {
                asciidoc: !self.table.asciidoc,
                ..Table::default()
            };
        } else if let Some(rest) = text.strip_prefix("<!--") {
            self.comment = Some("-->").filter(|end| !rest.contains(end));
        } else if self.asciidoc && text == "////" {
            self.comment = Some("////");
        } else if self.asciidoc && text.starts_with("//") && !text.starts_with("///") {
        } else if !['-', '=', '*', '_', '+', '~', '#', '^', '.']
            .iter()
            .any(|mark| run(text, *mark).is_some_and(|n| n >= 3))
        {
            return None;
        }
        Some(Line::Nothing)
    }

    /// The level of the heading that this line underlines, where it does.
    fn underline(&mut self, text: &str, length: usize) -> Option<usize> {
        let mark = text
            .chars()
            .next()
            .filter(|c| matches!(c, '=' | '-' | '~' | '^' | '"'))?;
        let count = run(text, mark)?;
        // Markdown asks for any length, the others for about that of the title; below it a line of dashes is a block.
        let close = count.abs_diff(length) <= 3;
        if count < 3 || !(close || (!self.asciidoc && count >= length)) {
            return None;
        }
        if !self.underlines.contains(&mark) {
            self.underlines.push(mark);
        }
        self.underlines
            .iter()
            .position(|known| *known == mark)
            .map(|at| at + 1)
    }

    /// The cells of a line that has bars, or tabs, between them.
    fn cells<'a>(&mut self, text: &'a str) -> Option<Line<'a>> {
        let bar = text.contains('|');
        if !bar && !text.contains('\t') {
            return None;
        }
        // `* evil.example|443` is an item.
        if !text.starts_with('|') && !self.table.asciidoc && without_bullet(text).len() < text.len()
        {
            return None;
        }
        let inner = text.strip_prefix('|').unwrap_or(text);
        let inner = inner.strip_suffix('|').unwrap_or(inner);
        let cells: Vec<&str> = inner
            .split(if bar { '|' } else { '\t' })
            .map(str::trim)
            .collect();
        if bar
            && cells.iter().all(|cell| {
                cell.chars()
                    .all(|c| matches!(c, '-' | ':' | '=' | '+' | ' '))
            })
        {
            // The line below the names of the columns.
            self.table.columns = std::mem::take(&mut self.table.last);
            return Some(Line::Separator);
        }
        let topics: Vec<Topic> = cells
            .iter()
            .take(MAX_COLUMNS)
            .map(|cell| extract::topic(cell))
            .collect();
        let named = topics.iter().any(|topic| *topic != Topic::Unknown);
        let is_head = (self.table.asciidoc || !bar)
            && self.table.columns.is_empty()
            && named
            && cells.len() > 1;
        let columns = match is_head {
            // The first line of the table names its columns, and is not a line of its values.
            true => {
                self.table.columns.clone_from(&topics);
                &[][..]
            }
            false => &self.table.columns[..],
        };
        let told = columns.len() == cells.len();
        let cells = cells.into_iter().enumerate();
        let cells = cells
            .map(|(at, cell)| (cell, columns.get(at).copied().filter(|_| told)))
            .collect();
        self.table.last = topics;
        Some(Line::Cells(cells))
    }
}

/// How many characters a line has that is nothing but this one.
fn run(text: &str, mark: char) -> Option<usize> {
    (!text.is_empty() && text.chars().all(|c| c == mark)).then_some(text.len())
}

/// The mark and its number where a line opens a block of code: three of them or more, and perhaps a language.
fn opening(text: &str, mark: char) -> Option<(char, usize)> {
    let count = text.chars().take_while(|c| *c == mark).count();
    let rest = &text[count..];
    (count >= 3 && !rest.contains(mark)).then_some((mark, count))
}

/// `## text` and `== text`, with the level from the number of marks.
fn heading(text: &str) -> Option<(usize, &str)> {
    let mark = text.chars().next().filter(|c| matches!(c, '#' | '='))?;
    let level = text.chars().take_while(|c| *c == mark).count();
    let rest = &text[level..];
    (level <= 6 && rest.starts_with([' ', '\t'])).then(|| (level, rest.trim()))
}

/// A line in bold, a line that ends in a colon, or the bare word for references: it says what follows.
fn lead(text: &str) -> Option<&str> {
    const MAX: usize = 160;
    if text.len() > MAX {
        return None;
    }
    let bold = ["**", "__"]
        .iter()
        .find_map(|mark| text.strip_prefix(mark)?.strip_suffix(mark));
    let colon = || {
        text.strip_suffix(':')
            .filter(|rest| !rest.ends_with(':') && !rest.contains("://"))
    };
    bold.or_else(colon)
        .or_else(|| extract::is_references(text).then_some(text))
}

fn field(text: &str, mark: char) -> Line<'_> {
    match text.split_once(mark) {
        Some((name, value))
            if !name.is_empty()
                && name
                    .chars()
                    .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_')) =>
        {
            Line::Field(name.to_lowercase(), value.trim().trim_matches(['"', '\'']))
        }
        _ => Line::Nothing,
    }
}

//! Free text: reports in prose, Markdown, AsciiDoc or reStructuredText.
//!
//! Every indicator is found, with the line that it stands on:
//!
//! - **Addresses, hashes, URLs and CVE ids** wherever they stand. An address behind the word "version" or "build" is a
//!   version, forty digits behind the word "commit" are a commit, and a hash has to be a word of its own.
//! - **Names** that are defanged; that stand alone in a list, a table or a block of code below a heading or in a column of
//!   hosts; or whose suffix is a public one that is not a common ending of files (`names.rs`). A text that only looks like a name
//!   (`os.name`, `System.Net`, `time.sleep()`) is not one. Alone among indicators of any kind, `a.zip` is refused as a file's name.
//! - **E-mail addresses** that are defanged or stand alone in a list or table: one in a sentence is one to write to.
//! - **Links** (`links.rs`), and whatever is not defanged below "References", "Further reading", "Sources" or "Contact",
//!   are not indicators. The links become references of the document's indicators, where they are few enough to be about it.
//!
//! A defanged text that is not an indicator is refused; any other word is not reported. The title, the headings over a value,
//! a TLP label anywhere and the author's name are kept with each.

mod blocks;
mod markup;
#[cfg(test)]
mod tests;
pub(super) mod tlp;

use std::sync::Arc;

use super::entry::{self, Details, Queue, add};
use super::input::Input;
use super::lines::{self, RawLine, RawLines};
use super::{Blank, Found, Rejection, Stream};
use crate::error::Result;
use crate::extract::{self, Candidate, Outline, Setting, Topic};
use crate::location::Place;
use crate::reason::Reason;
use blocks::{Blocks, Line};

/// The endings of files that hold such text, without the dot.
pub(crate) const ENDINGS: [&str; 6] = ["adoc", "asc", "asciidoc", "markdown", "md", "rst"];

/// A document with more links than this is not a report on one thing: none of them is a reference of its indicators.
const MAX_REFERENCES: usize = 16;

/// How many sites of a document's links are remembered.
const MAX_SITES: usize = 256;

pub(crate) fn read(input: &Input) -> Result<Stream<'_>> {
    let document = Document::of(input)?;
    let mut lines = RawLines::new(input)?;
    let mut reading = Reading::new(input.name(), document);
    Ok(entry::drain(move |found| {
        let has_more = match lines.next().transpose()? {
            Some(line) => {
                reading.line(line);
                true
            }
            None => {
                reading.release();
                false
            }
        };
        found.append(reading.found());
        Ok(has_more)
    }))
}

/// What a first look at the whole document tells about every indicator in it.
#[derive(Debug, Default)]
struct Document {
    asciidoc: bool,
    details: Details,
    /// The sites that it links to.
    sites: Vec<String>,
}

impl Document {
    fn of(input: &Input) -> Result<Document> {
        let ending = input.extension().unwrap_or_default();
        let mut document = Document {
            asciidoc: ["adoc", "asciidoc", "asc"].contains(&ending.as_str()),
            ..Document::default()
        };
        let mut many = false;
        let mut blocks = Blocks::new(document.asciidoc);
        let mut references = Vec::new();
        let mut outline = Outline::default();
        for line in RawLines::new(input)? {
            let Ok(Ok(text)) = line?.bytes.map(String::from_utf8) else {
                continue;
            };
            let text = text.trim_end().trim_start_matches('\u{feff}');
            // AsciiDoc under another name: its title, or the edge of a table.
            blocks.asciidoc |= text.starts_with("= ") || text.starts_with("|===");
            document.tlp(text);
            match blocks.read(text) {
                Line::Field(name, value) => document.field(&name, value, &mut outline),
                Line::Heading(level, heading) => outline.enter(level, heading),
                _ => {}
            }
            let linked = extract::take_links(text);
            let bare = outline
                .setting(None, &[])
                .references
                .then(|| addresses(&linked.text));
            for address in linked
                .references
                .iter()
                .map(String::as_str)
                .chain(bare.into_iter().flatten())
            {
                document.site(address);
                many |= references.len() == MAX_REFERENCES;
                if !many {
                    add(&mut references, address);
                }
            }
        }
        document.asciidoc = blocks.asciidoc;
        document.details.source.article_title = outline.title;
        if !many {
            document.details.references = references;
        }
        Ok(document)
    }

    /// Remembers the site of a link.
    fn site(&mut self, address: &str) {
        let host = address.split_once("://").map_or("", |(_, rest)| rest);
        let host = host.split(['/', '?', '#', ':']).next().unwrap_or_default();
        if let Some(site) = extract::site(host).filter(|_| self.sites.len() < MAX_SITES) {
            add(&mut self.sites, site);
        }
    }

    fn field(&mut self, name: &str, value: &str, outline: &mut Outline) {
        match name {
            "title" => outline.enter(1, value),
            "author" | "organization" | "publisher" => add(&mut self.details.producers, value),
            "tlp" => {
                self.details.tlp_label(value);
            }
            _ => {}
        }
    }

    fn tlp(&mut self, line: &str) {
        tlp::labels(line, &mut |label| {
            self.details.tlp(label);
        });
    }
}

/// The addresses of web pages in a line that is below "References".
fn addresses(line: &str) -> impl Iterator<Item = &str> {
    let words = line.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '`' | '|'));
    words
        .filter(|word| word.starts_with("https://") || word.starts_with("http://"))
        .map(|word| word.trim_end_matches(['.', ',', ';', ')']))
}

/// A second reading of the document, line by line.
pub(super) struct Reading {
    name: Arc<str>,
    details: Details,
    sites: Vec<String>,
    blocks: Blocks,
    outline: Outline,
    /// A line that the next one may make a heading, and whether links were found in it.
    held: Option<(u64, String, bool)>,
    /// A row of a table in which nothing was found: the next line may make it the names of the columns.
    row: Option<(u64, String)>,
    /// The first line of a block of prose in which nothing was found so far.
    prose: Option<(u64, String)>,
    found: Queue,
}

impl Reading {
    fn new(name: &Arc<str>, document: Document) -> Reading {
        Reading {
            name: name.clone(),
            blocks: Blocks::new(document.asciidoc),
            details: document.details,
            sites: document.sites,
            outline: Outline::default(),
            held: None,
            row: None,
            prose: None,
            found: Queue::new(),
        }
    }

    /// A reading of a page whose pieces are known already.
    pub(super) fn of_page<'a>(
        name: &Arc<str>,
        details: Details,
        links: impl Iterator<Item = &'a str>,
    ) -> Reading {
        let title = details.source.article_title.clone();
        let mut document = Document {
            details,
            ..Document::default()
        };
        links.for_each(|link| document.site(link));
        let mut reading = Reading::new(name, document);
        reading.outline.title = title;
        reading
    }

    /// A heading of a page.
    pub(super) fn heading(&mut self, line: u64, level: usize, text: &str) {
        self.outline.enter(level, text);
        self.values(line, text, None, false);
    }

    /// A paragraph of a page that says what follows it.
    pub(super) fn lead(&mut self, line: u64, text: &str) {
        self.heading(line, extract::LEAD, text);
    }

    /// A paragraph, an item, a cell below the name of its column, or a line of code, of a page; `apart` in its navigation.
    pub(super) fn piece(
        &mut self,
        line: u64,
        text: &str,
        column: Option<&str>,
        code: bool,
        apart: bool,
    ) {
        let setting = self
            .outline
            .setting(column.map(extract::topic), &self.sites);
        let setting = Setting {
            code,
            references: setting.references || apart,
            ..setting
        };
        let found = extract::candidates(text, &setting);
        self.queue(line, found);
    }

    /// Finds that were not given yet.
    pub(super) fn found(&mut self) -> &mut Queue {
        &mut self.found
    }

    fn line(&mut self, line: RawLine) {
        let text = match lines::text(line.bytes) {
            Ok(text) => text,
            Err(reason) => {
                self.release();
                let rejection = Rejection::new(Place::line(&self.name, line.number), "", reason);
                self.found.push_back(Found::Rejection(rejection));
                return;
            }
        };
        let linked = extract::take_links(text.trim_end().trim_start_matches('\u{feff}'));
        let block = self.blocks.read(&linked.text);
        match (&block, self.row.take()) {
            (Line::Separator, _) | (_, None) => {}
            (_, Some((number, row))) => self.blank(number, &row),
        }
        let before = self.found.len();
        match block {
            Line::Heading(level, heading) => {
                self.release();
                self.outline.enter(level, heading);
                self.values(line.number, heading, None, false);
            }
            Line::Underline(level) => {
                if let Some((number, heading, _)) = self.held.take() {
                    self.outline.enter(level, &heading);
                    self.values(number, &heading, None, false);
                }
            }
            Line::Field(name, value) if name == "title" => self.outline.enter(1, value),
            Line::Cells(cells) => {
                self.release();
                let before = self.found.len();
                let is_head = cells.is_empty();
                for (cell, column) in cells {
                    self.values(line.number, cell, column, false);
                }
                if !is_head && self.found.len() == before && linked.references.is_empty() {
                    self.row = Some((line.number, linked.text.trim().to_owned()));
                }
            }
            Line::Item(item) => {
                self.release();
                let before = self.found.len();
                self.values(line.number, item, None, false);
                if self.found.len() == before && linked.references.is_empty() {
                    self.blank(line.number, item);
                }
            }
            Line::Prose(text) => {
                self.release_line();
                let linked = !linked.references.is_empty();
                self.held = Some((line.number, text.to_owned(), linked));
            }
            Line::Code(code) => {
                self.release();
                let before = self.found.len();
                self.values(line.number, code, None, true);
                if self.found.len() == before {
                    self.blank(line.number, code);
                }
            }
            Line::Field(..) | Line::Separator | Line::Nothing => self.release(),
        }
        self.links(line.number, linked.references);
        if self.found.len() > before {
            self.prose = None;
        }
    }

    /// Each link is left out for what it is.
    fn links(&mut self, line: u64, links: Vec<String>) {
        for link in links {
            let reason = match link.contains("://") {
                true => Reason::Reference,
                false => Reason::Contact,
            };
            let rejection = Rejection::new(Place::line(&self.name, line), &link, reason);
            self.found.push_back(Found::Rejection(rejection));
        }
    }

    /// Reads the line that was held, since it is not a heading, and ends the block of prose.
    fn release(&mut self) {
        self.release_line();
        if let Some((number, row)) = self.row.take() {
            self.blank(number, &row);
        }
        if let Some((number, text)) = self.prose.take() {
            self.blank(number, &text);
        }
    }

    fn release_line(&mut self) {
        if let Some((number, text, linked)) = self.held.take() {
            let before = self.found.len();
            self.values(number, &text, None, false);
            match linked || self.found.len() > before {
                true => self.prose = None,
                false if self.prose.is_none() => self.prose = Some((number, text)),
                false => {}
            }
        }
    }

    fn blank(&mut self, line: u64, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        let blank = Blank::new(Place::line(&self.name, line), text);
        self.found.push_back(Found::Blank(blank));
    }

    fn values(&mut self, line: u64, text: &str, column: Option<Topic>, code: bool) {
        let setting = Setting {
            code,
            asciidoc: self.blocks.asciidoc,
            ..self.outline.setting(column, &self.sites)
        };
        let found = match code {
            true => extract::candidates(text, &setting),
            false => extract::candidates(&markup::plain(text), &setting),
        };
        self.queue(line, found);
    }

    fn queue(&mut self, line: u64, found: Vec<Candidate>) {
        if found.is_empty() {
            return;
        }
        let place = Place::line(&self.name, line);
        self.details.context = self.outline.path().into_iter().collect();
        for candidate in found {
            entry::queue_candidate(&mut self.found, &place, candidate, |indicator| {
                self.details.give(indicator, None);
            });
        }
    }
}

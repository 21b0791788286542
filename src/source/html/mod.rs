//! Web pages: the visible text of HTML, as a browser lays it out, and the links of it.
//!
//! `html5ever`, which is Servo's parser, says what the elements are; [`tree`] keeps of them what is visible, [`page`] puts it
//! together as headings, paragraphs, items, rows of tables and lines of code, and [`guard`] bounds what a page may cost.
//! The pieces are read as in any other document.
//!
//! - Scripts, styles, templates, comments, `hidden` and `display: none` are not visible.
//! - Markup inside of a value joins: `<b>evil</b>[.]example` is one name. `<br>`, cells and blocks part.
//! - The addresses of links are references, and those to write to are contacts, unless they are defanged.

mod bold;
mod guard;
mod page;
#[cfg(test)]
mod tests;
mod tree;
mod writer;

use std::io::Read;

use html5ever::TokenizerResult;
use html5ever::buffer_queue::BufferQueue;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{Tokenizer, TokenizerOpts};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts};

use super::entry::{self, Details, add};
use super::input::{Input, unreadable};
use super::{Blank, Found, Rejection, Stream, text};
use crate::error::Result;
use crate::indicator::{Refusal, refang};
use crate::location::Place;
use crate::reason::Reason;
use guard::{Guard, TagBound};
use page::{Kind, Page, Piece};

/// The longest page, in bytes. It is read whole, since the parser cannot stop in the middle.
const MAX_PAGE_BYTES: usize = 32 << 20;

/// How much of a page is given to the parser at a time.
const CHUNK_BYTES: usize = 1 << 16;

/// A page with more links than this is not a report on one thing: none of them is a reference of its indicators.
const MAX_REFERENCES: usize = 16;

pub(crate) fn read(input: &Input) -> Result<Stream<'_>> {
    let (page, is_whole) = parsed(input)?;
    let details = details(&page);
    let links = page.pieces.iter().filter(|piece| piece.kind == Kind::Link);
    let links = links.map(|piece| page.text(piece));
    let mut reading = Reader {
        reading: text::Reading::of_page(input.name(), details, links),
        row: None,
    };
    if !is_whole {
        let refusal = Refusal::new(Reason::BrokenEntry)
            .detail(format!("a page longer than {} MiB", MAX_PAGE_BYTES >> 20));
        let place = Place::whole(input.name());
        let rejection = Rejection::new(place, "", refusal);
        reading
            .reading
            .found()
            .push_back(Found::Rejection(rejection));
    }
    let mut at = 0;
    Ok(entry::drain(move |found| {
        let piece = page.pieces.get(at);
        match piece {
            Some(piece) => reading.piece(&page, piece, input),
            None => reading.end_row(input),
        }
        at += 1;
        found.append(reading.reading.found());
        Ok(piece.is_some())
    }))
}

/// The pieces of a page; and whether that is all of it.
fn parsed(input: &Input) -> Result<(Page, bool)> {
    let builder = TreeBuilder::new(
        tree::Tree::default(),
        TreeBuilderOpts {
            scripting_enabled: true,
            ..TreeBuilderOpts::default()
        },
    );
    let tokenizer = Tokenizer::new(Guard { builder }, TokenizerOpts::default());
    let queue = BufferQueue::default();
    let mut reader = input.open()?;
    let mut bound = TagBound::default();
    let (mut bytes, mut rest) = (vec![0; CHUNK_BYTES], Vec::new());
    let mut total = 0;
    loop {
        let count = match reader.read(&mut bytes) {
            Ok(count) => count,
            Err(cause) if cause.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(cause) => return Err(unreadable(input.name(), cause)),
        };
        total += count;
        if count == 0 || total > MAX_PAGE_BYTES {
            break;
        }
        bound.copy(&bytes[..count], &mut rest);
        queue.push_back(StrTendril::from(&*whole_characters(&mut rest)));
        while let TokenizerResult::Script(_) = tokenizer.feed(&queue) {}
    }
    queue.push_back(StrTendril::from(&*String::from_utf8_lossy(&rest)));
    while let TokenizerResult::Script(_) = tokenizer.feed(&queue) {}
    tokenizer.end();
    Ok((tokenizer.sink.builder.sink.page(), total <= MAX_PAGE_BYTES))
}

/// The text of some bytes; what may be the beginning of a character stays. Bytes that are not UTF-8 are replaced: a page in another
/// encoding has its indicators in ASCII all the same.
fn whole_characters(bytes: &mut Vec<u8>) -> String {
    let end = bytes
        .iter()
        .rev()
        .take(3)
        .position(|byte| *byte >= 0xc0)
        .map_or(bytes.len(), |back| bytes.len() - 1 - back);
    let cut = match std::str::from_utf8(&bytes[end..]) {
        Err(error) if error.error_len().is_none() => end,
        _ => bytes.len(),
    };
    let rest = bytes.split_off(cut);
    let text = String::from_utf8_lossy(bytes).into_owned();
    *bytes = rest;
    text
}

/// What the head and the links of a page say about every indicator on it.
fn details(page: &Page) -> Details {
    let mut details = Details::default();
    details.source.article_title.clone_from(&page.title);
    details.source.article_url.clone_from(&page.address);
    for author in &page.authors {
        add(&mut details.producers, author);
    }
    let mut marked = String::new();
    for piece in &page.pieces {
        let text = page.text(piece);
        text::tlp::labels(text, &mut |label| {
            details.tlp(label);
        });
        let live = refang(text);
        if live != text {
            marked.push_str(&live);
            marked.push('\n');
        }
    }
    let links: Vec<&str> = page
        .pieces
        .iter()
        .filter(|piece| piece.kind == Kind::Link && !piece.apart)
        .map(|piece| page.text(piece))
        .filter(|link| link.starts_with("http"))
        .take(MAX_REFERENCES + 1)
        .collect();
    if links.len() <= MAX_REFERENCES {
        // A live link behind a defanged text is what the text warns of.
        let host = |link: &str| link.split('/').nth(2).unwrap_or_default().to_owned();
        for link in links
            .into_iter()
            .filter(|link| !marked.contains(&host(link)))
        {
            add(&mut details.references, link);
        }
    }
    details
}

/// From the pieces of a page to what is read out of them.
struct Reader {
    reading: text::Reading,
    /// The row of a table that is being read: its line, its text so far, and whether it gave something.
    row: Option<(u32, String, bool)>,
}

impl Reader {
    fn piece(&mut self, page: &Page, piece: &Piece, input: &Input) {
        if !matches!(piece.kind, Kind::Cell { first: false }) {
            self.end_row(input);
        }
        let (line, text) = (u64::from(piece.line), page.text(piece));
        let place = Place::line(input.name(), line);
        let before = self.reading.found().len();
        match piece.kind {
            Kind::Heading(level) => self.reading.heading(line, usize::from(level), text),
            Kind::Lead => self.reading.lead(line, text),
            Kind::Prose | Kind::Item | Kind::Name => {
                self.reading.piece(line, text, None, false, piece.apart)
            }
            Kind::Code => self.reading.piece(line, text, None, true, piece.apart),
            Kind::Cell { .. } => {
                let row = self
                    .row
                    .get_or_insert_with(|| (piece.line, String::new(), false));
                if row.1.len() < 400 {
                    row.1.push_str(text);
                    row.1.push_str(" | ");
                }
                let column = page.column(piece);
                self.reading.piece(line, text, column, false, piece.apart);
                row.2 |= self.reading.found().len() > before;
                return;
            }
            Kind::Link => {
                let reason = match text.starts_with("mailto:") {
                    true => Reason::Contact,
                    false => Reason::Reference,
                };
                let rejection = Rejection::new(place, text, reason);
                self.reading.found().push_back(Found::Rejection(rejection));
                return;
            }
            Kind::TooLong => {
                let rejection = Rejection::new(place, "", Reason::LineTooLong);
                self.reading.found().push_back(Found::Rejection(rejection));
                return;
            }
        }
        let is_heading = matches!(piece.kind, Kind::Heading(_) | Kind::Lead | Kind::Name);
        if !is_heading && self.reading.found().len() == before {
            let blank = Blank::new(place, text);
            self.reading.found().push_back(Found::Blank(blank));
        }
    }

    fn end_row(&mut self, input: &Input) {
        if let Some((line, text, false)) = self.row.take() {
            let place = Place::line(input.name(), u64::from(line));
            let blank = Blank::new(place, text.trim_end_matches(" | "));
            self.reading.found().push_back(Found::Blank(blank));
        }
    }
}

//! Cutting JSON of any size into elements that fit into memory.
//!
//! A feed is one long array. [`Elements`] walks over it byte by byte and gives each element's text on its own, so that
//! an element that is broken, too long or too deep costs that element and no other.

use std::io::{self, BufRead};

/// Where in the document the elements are.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Layout {
    /// `[element, …]`
    Array,
    /// `{"key": [element, …], …}`: the elements of the array under this key; everything else is a field.
    Under(&'static str),
    /// `element element …`: one a line, or simply one after the other.
    Records,
}

/// A piece of the document.
#[derive(Debug)]
pub(crate) enum Part {
    /// A field of the object around the array.
    Field { key: String, text: Vec<u8> },
    /// An element: its index from 0, the line it starts on, and its text.
    Element {
        index: u64,
        line: u64,
        text: Vec<u8>,
    },
    /// An element or field longer than the limit, which was passed over.
    TooLong { index: u64, line: u64 },
    /// The document does not go on as JSON does. Nothing follows.
    Broken {
        index: u64,
        line: u64,
        what: &'static str,
    },
}

/// An iterator over the parts of a document. Errors are those of reading.
pub(crate) struct Elements<R> {
    bytes: Bytes<R>,
    layout: Layout,
    limit: usize,
    index: u64,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    /// Inside the outer object, before a key.
    Object {
        first: bool,
    },
    /// Inside the array, before an element.
    Array {
        first: bool,
    },
    Records,
    Done,
}

impl<R: BufRead> Elements<R> {
    /// Reads a document laid out as `layout`, in which no element is longer than `limit` bytes.
    pub(crate) fn new(reader: R, layout: Layout, limit: usize) -> Self {
        Elements {
            bytes: Bytes { reader, line: 1 },
            layout,
            limit,
            index: 0,
            state: State::Start,
        }
    }

    /// What it reads from.
    #[cfg(feature = "fetch")]
    pub(crate) fn reader(&mut self) -> &mut R {
        &mut self.bytes.reader
    }

    fn broken(&mut self, what: &'static str) -> io::Result<Option<Part>> {
        self.state = State::Done;
        Ok(Some(Part::Broken {
            index: self.index,
            line: self.bytes.line,
            what,
        }))
    }

    fn advance(&mut self) -> io::Result<Option<Part>> {
        loop {
            match self.state {
                State::Done => return Ok(None),
                State::Start => {
                    self.bytes.skip_bom()?;
                    self.state = match (self.layout, self.bytes.peek_token()?) {
                        (Layout::Records, _) => State::Records,
                        (Layout::Array, Some(b'[')) => State::Array { first: true },
                        (Layout::Under(_), Some(b'{')) => State::Object { first: true },
                        _ => return self.broken("the document does not start as its format does"),
                    };
                    if self.state != State::Records {
                        self.bytes.bump()?;
                    }
                }
                State::Records => {
                    if self.bytes.peek_token()?.is_none() {
                        self.state = State::Done;
                        continue;
                    }
                    return self.element();
                }
                State::Array { first } => match (self.bytes.peek_token()?, first) {
                    (Some(b']'), _) => {
                        self.bytes.bump()?;
                        self.state = match self.layout {
                            Layout::Under(_) => State::Object { first: false },
                            _ => return self.end(),
                        };
                    }
                    (Some(b','), false) => {
                        self.bytes.bump()?;
                        return self.element();
                    }
                    (Some(_), true) => {
                        self.state = State::Array { first: false };
                        return self.element();
                    }
                    (Some(_), false) => {
                        return self.broken("a comma is missing between two elements");
                    }
                    (None, _) => return self.broken("the document ends in the middle of its list"),
                },
                State::Object { first } => match (self.bytes.peek_token()?, first) {
                    (Some(b'}'), _) => {
                        self.bytes.bump()?;
                        return self.end();
                    }
                    (Some(b','), false) => {
                        self.bytes.bump()?;
                        if let Some(part) = self.member()? {
                            return Ok(Some(part));
                        }
                    }
                    (Some(_), true) => {
                        if let Some(part) = self.member()? {
                            return Ok(Some(part));
                        }
                    }
                    (Some(_), false) => {
                        return self.broken("a comma is missing between two fields");
                    }
                    (None, _) => {
                        return self.broken("the document ends in the middle of its object");
                    }
                },
            }
        }
    }

    /// The end of the document: only white space may follow.
    fn end(&mut self) -> io::Result<Option<Part>> {
        self.state = State::Done;
        match self.bytes.peek_token()? {
            None => Ok(None),
            Some(_) => self.broken("something follows the end of the document"),
        }
    }

    fn element(&mut self) -> io::Result<Option<Part>> {
        self.bytes.peek_token()?;
        let (index, line) = (self.index, self.bytes.line);
        let part = match self.bytes.value(self.limit)? {
            Value::Text(text) => Part::Element { index, line, text },
            Value::TooLong => Part::TooLong { index, line },
            Value::Cut => return self.broken("the document ends in the middle of an element"),
            Value::Missing if matches!(self.layout, Layout::Records) => {
                // A stray byte between records: the rest of its line is one broken record.
                self.bytes.skip_line()?;
                Part::Element {
                    index,
                    line,
                    text: Vec::new(),
                }
            }
            Value::Missing => return self.broken("an element is missing"),
        };
        self.index += 1;
        Ok(Some(part))
    }

    /// A `"key": value` of the outer object; `None` where it opens the array.
    fn member(&mut self) -> io::Result<Option<Part>> {
        self.state = State::Object { first: false };
        let key = match self.bytes.peek_token()? {
            Some(b'"') => match self.bytes.value(1 << 10)? {
                Value::Text(text) => serde_json::from_slice::<String>(&text).unwrap_or_default(),
                _ => return self.broken("a key is too long"),
            },
            _ => return self.broken("a key is missing"),
        };
        if self.bytes.peek_token()? != Some(b':') {
            return self.broken("a colon is missing behind a key");
        }
        self.bytes.bump()?;
        let opening = self.bytes.peek_token()?;
        if opening == Some(b'[') && matches!(self.layout, Layout::Under(wanted) if wanted == key) {
            self.bytes.bump()?;
            self.state = State::Array { first: true };
            return Ok(None);
        }
        let (index, line) = (self.index, self.bytes.line);
        match self.bytes.value(self.limit)? {
            Value::Text(text) => Ok(Some(Part::Field { key, text })),
            Value::TooLong => Ok(Some(Part::TooLong { index, line })),
            Value::Cut => self.broken("the document ends in the middle of a field"),
            Value::Missing => self.broken("a value is missing behind a key"),
        }
    }
}

impl<R: BufRead> Iterator for Elements<R> {
    type Item = io::Result<Part>;

    fn next(&mut self) -> Option<io::Result<Part>> {
        let part = self.advance();
        if part.is_err() {
            self.state = State::Done;
        }
        part.transpose()
    }
}

/// The text of one value, as far as its brackets and quotes tell.
enum Value {
    Text(Vec<u8>),
    TooLong,
    Cut,
    Missing,
}

struct Bytes<R> {
    reader: R,
    line: u64,
}

impl<R: BufRead> Bytes<R> {
    fn skip_bom(&mut self) -> io::Result<()> {
        if self.reader.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
            self.reader.consume(3);
        }
        Ok(())
    }

    /// Skips white space and looks at what follows.
    fn peek_token(&mut self) -> io::Result<Option<u8>> {
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Ok(None);
            }
            let blank = buffer.len() - buffer.trim_ascii_start().len();
            let found = buffer.get(blank).copied();
            self.line += newlines(&buffer[..blank]);
            self.reader.consume(blank);
            if found.is_some() {
                return Ok(found);
            }
        }
    }

    fn bump(&mut self) -> io::Result<()> {
        self.reader.fill_buf()?;
        self.reader.consume(1);
        Ok(())
    }

    fn skip_line(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.reader.fill_buf()?;
            let (length, end) = match buffer.iter().position(|b| *b == b'\n') {
                Some(at) => (at + 1, true),
                None => (buffer.len(), buffer.is_empty()),
            };
            self.line += u64::from(length > 0 && end);
            self.reader.consume(length);
            if end {
                return Ok(());
            }
        }
    }

    /// Takes one value from here; its text is kept up to `limit` bytes.
    fn value(&mut self, limit: usize) -> io::Result<Value> {
        let mut text = Vec::new();
        let mut length = 0usize;
        let mut depth = 0u64;
        let mut string = false;
        let mut escaped = false;
        let mut scalar = false;
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Ok(match (scalar, length) {
                    (_, 0) => Value::Missing,
                    (true, _) => kept(text, length, limit),
                    (false, _) => Value::Cut,
                });
            }
            let mut used = 0;
            let mut done = false;
            while let Some(byte) = buffer.get(used) {
                used += 1;
                if escaped {
                    escaped = false;
                } else if string {
                    match byte {
                        b'\\' => escaped = true,
                        b'"' => {
                            string = false;
                            done = depth == 0;
                        }
                        // A string may be most of the document: to what can end it at once.
                        _ => {
                            let rest = buffer.get(used..).unwrap_or_default();
                            used += memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
                        }
                    }
                } else {
                    match byte {
                        b'"' if !scalar => string = true,
                        b'{' | b'[' if !scalar => depth += 1,
                        b'}' | b']' if depth > 0 => {
                            depth -= 1;
                            done = depth == 0;
                        }
                        // A scalar ends before what follows it.
                        b',' | b'}' | b']' | b':' | b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'{'
                        | b'['
                            if depth == 0 =>
                        {
                            used -= 1;
                            done = true;
                        }
                        _ => scalar |= depth == 0,
                    }
                }
                if done {
                    break;
                }
            }
            length += used;
            if length <= limit {
                text.extend_from_slice(&buffer[..used]);
            } else {
                text = Vec::new();
            }
            self.line += newlines(&buffer[..used]);
            self.reader.consume(used);
            if done {
                return Ok(match length {
                    0 => Value::Missing,
                    _ => kept(text, length, limit),
                });
            }
        }
    }
}

fn kept(text: Vec<u8>, length: usize, limit: usize) -> Value {
    match length <= limit {
        true => Value::Text(text),
        false => Value::TooLong,
    }
}

fn newlines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

#[cfg(test)]
mod tests;

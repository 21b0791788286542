//! XML as a stream of tokens, with bounds: on the size of one piece, and on the depth. No document type, so no entities.

use std::io::{self, BufRead, BufReader, Read};

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

/// The longest tag, text or comment, in bytes.
const MAX_PIECE_BYTES: usize = 1 << 20;

/// How deep elements may be nested. The terms' own documents nest fewer than twenty.
const MAX_DEPTH: usize = 128;

/// A piece of the document; names are without their prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Open(Element),
    Text(String),
    Close(String),
    /// The end of the document.
    End,
}

/// The opening tag of an element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    /// The line on which the tag ends, from 1.
    pub(super) line: u64,
}

impl Element {
    /// The value of an attribute; empty where it is not there.
    pub(super) fn attribute(&self, name: &str) -> &str {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }
}

/// Why the document cannot be read any further.
#[derive(Debug)]
pub(super) enum Fault {
    /// The input fails.
    Unreadable(io::Error),
    /// A document type, which could define entities, on this line.
    DocumentType { line: u64 },
    /// Not well-formed, or past a bound: the line, and what is wrong there.
    Broken { line: u64, what: String },
}

/// The tokens of a document.
pub(super) struct Tokens {
    reader: Reader<Bounded>,
    buffer: Vec<u8>,
    depth: usize,
}

impl Tokens {
    pub(super) fn new(input: BufReader<Box<dyn Read + Send>>) -> Tokens {
        let mut reader = Reader::from_reader(Bounded {
            input,
            line: 1,
            left: MAX_PIECE_BYTES,
        });
        reader.config_mut().expand_empty_elements = true;
        Tokens {
            reader,
            buffer: Vec::new(),
            depth: 0,
        }
    }

    /// The next token; comments and processing instructions are passed over.
    pub(super) fn next(&mut self) -> Result<Token, Fault> {
        loop {
            self.buffer.clear();
            self.reader.get_mut().left = MAX_PIECE_BYTES;
            let event = self.reader.read_event_into(&mut self.buffer);
            let line = self.reader.get_ref().line;
            let broken = |what: String| Fault::Broken { line, what };
            let event = match event {
                Ok(event) => event,
                Err(quick_xml::Error::Io(cause))
                    if cause.kind() == io::ErrorKind::QuotaExceeded =>
                {
                    return Err(broken(cause.to_string()));
                }
                Err(quick_xml::Error::Io(cause)) => {
                    return Err(Fault::Unreadable(io::Error::new(cause.kind(), cause)));
                }
                Err(error) => return Err(broken(error.to_string())),
            };
            let token = match event {
                Event::Start(tag) if self.depth == MAX_DEPTH => {
                    let what = format!("`{}` is nested deeper than {MAX_DEPTH}", tag.name().0);
                    return Err(broken(what));
                }
                Event::Start(tag) => {
                    self.depth += 1;
                    Token::Open(element(&tag, line).map_err(broken)?)
                }
                Event::End(tag) => {
                    self.depth = self.depth.saturating_sub(1);
                    Token::Close(tag.local_name().into_inner().to_owned())
                }
                Event::Text(text) => Token::Text(text.xml10_content().into_owned()),
                Event::CData(text) => Token::Text(text.xml10_content().into_owned()),
                Event::GeneralRef(name) => match resolved(&name) {
                    Some(text) => Token::Text(text),
                    None => {
                        return Err(broken(format!("the entity `&{};` is not defined", &*name)));
                    }
                },
                Event::DocType(_) => return Err(Fault::DocumentType { line }),
                Event::Eof if self.depth > 0 => {
                    return Err(broken("the document ends inside an element".to_owned()));
                }
                Event::Eof => Token::End,
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => continue,
            };
            return Ok(token);
        }
    }
}

fn element(tag: &BytesStart<'_>, line: u64) -> Result<Element, String> {
    let attributes = tag.attributes().map(|attribute| {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|error| error.to_string())?;
        let name = attribute.key.local_name().into_inner().to_owned();
        Ok((name, value.into_owned()))
    });
    Ok(Element {
        name: tag.local_name().into_inner().to_owned(),
        attributes: attributes.collect::<Result<_, String>>()?,
        line,
    })
}

/// What a reference stands for: one of the five entities that need no definition, or a character by its number.
fn resolved(reference: &quick_xml::events::BytesRef<'_>) -> Option<String> {
    if reference.is_char_ref() {
        return reference.resolve_char_ref().ok()?.map(String::from);
    }
    quick_xml::escape::resolve_predefined_entity(reference).map(str::to_owned)
}

/// Counts lines, and fails where one piece of the document is too large to hold.
struct Bounded {
    input: BufReader<Box<dyn Read + Send>>,
    line: u64,
    left: usize,
}

impl Read for Bounded {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let from = self.fill_buf()?;
        let count = from.len().min(into.len());
        into[..count].copy_from_slice(&from[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Bounded {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            let what = "a tag, text or comment is longer than 1 MiB";
            return Err(io::Error::new(io::ErrorKind::QuotaExceeded, what));
        }
        let buffer = self.input.fill_buf()?;
        Ok(&buffer[..buffer.len().min(self.left)])
    }

    fn consume(&mut self, count: usize) {
        let read = &self.input.buffer()[..count];
        self.line += read.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.left = self.left.saturating_sub(count);
        self.input.consume(count);
    }
}

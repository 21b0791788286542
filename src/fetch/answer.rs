//! The body of an answer as it comes: bounded, decompressed, and known to be whole at its end.

use std::cell::RefCell;
use std::io::{self, BufRead, BufReader, Read};
use std::time::Instant;

use chrono::{DateTime, Utc};
use flate2::read::MultiGzDecoder;
use reqwest::Version;
use reqwest::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, TRANSFER_ENCODING,
};

use super::client::{Client, Watch};
use super::failure::{Failure, network};
use super::refusal::clean;
use crate::error::{Error, ErrorKind};
use crate::indicator::parse_date;
use crate::wire::{DEFAULT_LIMIT, LAST_REMOVAL_HEADER, TOTAL_HEADER};

/// What an answer is asked to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    Yaml,
    Json,
}

impl Media {
    /// The value of the header `Accept`.
    pub(super) const fn accept(self) -> &'static str {
        match self {
            Media::Yaml => "application/yaml, text/yaml;q=0.9, application/x-yaml;q=0.8",
            Media::Json => "application/json",
        }
    }

    /// Checks the header `Content-Type` of an answer.
    pub(super) fn check(self, headers: &HeaderMap) -> Result<(), Error> {
        let given = content_type(headers);
        let essence = given
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        let good: &[&str] = match self {
            Media::Yaml => &[
                "application/yaml",
                "text/yaml",
                "application/x-yaml",
                "text/x-yaml",
            ],
            Media::Json => &["application/json"],
        };
        if good.contains(&essence.as_str()) {
            return Ok(());
        }
        let given = if given.is_empty() {
            "no type".to_owned()
        } else {
            format!("`{}`", clean(given))
        };
        let error = Error::new(
            ErrorKind::BadAnswer,
            format!("the answer is {given}, not `{}`", good[0]),
        );
        Err(match essence.as_str() {
            "text/html" => {
                error.hint("this is a web page, of a login or a proxy; check the base address")
            }
            _ => error,
        })
    }
}

pub(super) fn content_type(headers: &HeaderMap) -> &str {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// What the head of an answer says about its body.
#[derive(Debug, Clone)]
pub(super) struct Head {
    /// The address of the answer.
    pub(super) place: String,
    /// How many results the query has in all.
    pub(super) total: Option<u64>,
    /// When an indicator last left the list, where the server says so.
    pub(super) last_removal: Option<DateTime<Utc>>,
    /// Whether a body that is cut is noticed: it has a length, chunks or a checksum.
    pub(super) guarded: bool,
}

impl Head {
    pub(super) fn new(place: String, version: Version, headers: &HeaderMap) -> Result<Head, Error> {
        let gzip = is_gzip(headers)?;
        let total = headers
            .get(TOTAL_HEADER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let last_removal = headers
            .get(LAST_REMOVAL_HEADER)
            .and_then(|value| parse_date(value.to_str().ok()?.trim()));
        let framed = version >= Version::HTTP_2
            || headers.contains_key(CONTENT_LENGTH)
            || headers.contains_key(TRANSFER_ENCODING);
        Ok(Head {
            place,
            total,
            last_removal,
            guarded: framed || gzip,
        })
    }
}

fn is_gzip(headers: &HeaderMap) -> Result<bool, Error> {
    let encodings: Vec<_> = headers.get_all(CONTENT_ENCODING).iter().collect();
    match encodings[..] {
        [] => Ok(false),
        [one] if one.as_bytes().eq_ignore_ascii_case(b"identity") => Ok(false),
        [one]
            if one.as_bytes().eq_ignore_ascii_case(b"gzip")
                || one.as_bytes().eq_ignore_ascii_case(b"x-gzip") =>
        {
            Ok(true)
        }
        _ => Err(Error::new(
            ErrorKind::BadAnswer,
            "the answer has a content encoding that was not requested",
        )),
    }
}

/// How many bytes an answer may have for each result that was asked for, on average, and how many beside: the longest ones may stand in
/// an answer of few. A rule or a record has about a thousand.
const BYTES_FOR_EACH: u64 = 1 << 16;
const BYTES_BESIDE: u64 = 1 << 24;
/// What a result counts for at least, where bytes are counted: about what is held of it when it is very short.
const LEAST_COUNTED: u64 = 512;

/// How many results may come where `limit` were asked for. A server may know no limit and give its default.
fn most_results(limit: u64) -> u64 {
    limit.saturating_mul(2).max(DEFAULT_LIMIT)
}

/// Where the error is kept that reading met: `io::Error` would lose what it is.
pub(super) type Met = RefCell<Option<Failure>>;

/// The body. Reading ends with an error where the body is cut, broken, larger than `left`, or larger than what was asked for.
pub(super) struct Body<'r> {
    reader: BufReader<Bounded<'r>>,
    /// How many results were asked for, and how many came.
    limit: u64,
    results: u64,
    /// Everything counted beside the bytes that came.
    beside: u64,
}

impl<'r> Body<'r> {
    pub(super) fn new(
        client: &'r Client,
        watch: &'r mut Watch<'_>,
        response: reqwest::Response,
        started: Instant,
        left: &'r mut u64,
        met: &'r Met,
    ) -> Result<Body<'r>, Error> {
        let gzip = is_gzip(response.headers())?;
        let wire = Wire {
            client,
            watch,
            response,
            started,
            chunk: Vec::new(),
            at: 0,
            left: *left,
            met,
        };
        let reader: Box<dyn Read + 'r> = match gzip {
            true => Box::new(MultiGzDecoder::new(BufReader::new(wire))),
            false => Box::new(wire),
        };
        let bounded = Bounded {
            reader,
            left,
            asked: u64::MAX,
            met,
        };
        Ok(Body {
            reader: BufReader::with_capacity(1 << 16, bounded),
            limit: u64::MAX,
            results: 0,
            beside: 0,
        })
    }

    /// Says how many results were asked for, which bounds how many and how much may come.
    pub(super) fn asked_for(&mut self, limit: u64) {
        self.limit = limit;
        self.reader.get_mut().asked = limit
            .saturating_mul(BYTES_FOR_EACH)
            .saturating_add(BYTES_BESIDE);
    }

    /// Counts one result of this length.
    pub(super) fn result(&mut self, length: usize) -> Result<(), Error> {
        self.results += 1;
        if self.results > most_results(self.limit) {
            return Err(Error::new(
                ErrorKind::BadAnswer,
                format!(
                    "the server was asked for {} results and sends more than {}",
                    self.limit,
                    most_results(self.limit)
                ),
            ));
        }
        let more = LEAST_COUNTED.saturating_sub(length as u64);
        let bounded = self.reader.get_mut();
        let left = bounded.left.checked_sub(more).ok_or_else(too_much)?;
        *bounded.left = left;
        self.beside += more;
        Ok(())
    }

    /// Everything counted beside the bytes that came.
    pub(super) fn beside(&self) -> u64 {
        self.beside
    }
}

impl Read for Body<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer)
    }
}

impl BufRead for Body<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.reader.consume(amount);
    }
}

fn too_large() -> Failure {
    Failure::Final(too_much())
}

fn too_much() -> Error {
    Error::new(
        ErrorKind::BadAnswer,
        "the server sends more than is allowed",
    )
    .hint("narrow the query, or allow more with `--max-bytes`")
}

fn keep(met: &Met, failure: Failure) -> io::Error {
    met.borrow_mut().get_or_insert(failure);
    io::Error::other("the answer cannot be read")
}

/// The bytes as they are sent.
struct Wire<'r, 'w> {
    client: &'r Client,
    watch: &'r mut Watch<'w>,
    response: reqwest::Response,
    started: Instant,
    chunk: Vec<u8>,
    at: usize,
    left: u64,
    met: &'r Met,
}

impl Read for Wire<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.chunk.len() {
            let chunk = match self.client.wait(self.watch, self.response.chunk()) {
                Ok(Ok(Some(chunk))) => chunk,
                Ok(Ok(None)) => return Ok(0),
                Ok(Err(cause)) => {
                    return Err(keep(
                        self.met,
                        network(cause, &self.client.settings, self.started, true),
                    ));
                }
                Err(stopped) => return Err(keep(self.met, Failure::Final(stopped))),
            };
            // Compressed bytes count too: an endless row of empty members decompresses to nothing.
            self.left = match self.left.checked_sub(chunk.len() as u64) {
                Some(left) => left,
                None => return Err(keep(self.met, too_large())),
            };
            (self.chunk, self.at) = (chunk.to_vec(), 0);
        }
        let count = buffer.len().min(self.chunk.len() - self.at);
        buffer[..count].copy_from_slice(&self.chunk[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// The decompressed bytes, at most `left` of them, and at most `asked` in this answer.
struct Bounded<'r> {
    reader: Box<dyn Read + 'r>,
    left: &'r mut u64,
    asked: u64,
    met: &'r Met,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer).map_err(|cause| {
            let broken = Error::new(
                ErrorKind::BadAnswer,
                "the compression of the answer is broken or cut",
            )
            .because(cause);
            keep(self.met, Failure::Final(broken))
        })?;
        match self.left.checked_sub(count as u64) {
            Some(left) => *self.left = left,
            None => return Err(keep(self.met, too_large())),
        }
        match self.asked.checked_sub(count as u64) {
            Some(asked) => self.asked = asked,
            None => {
                let error = Error::new(
                    ErrorKind::BadAnswer,
                    "the answer is far longer than the results that were asked for",
                );
                return Err(keep(self.met, Failure::Final(error)));
            }
        }
        Ok(count)
    }
}

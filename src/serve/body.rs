//! The body of an answer, made while it is sent.
//!
//! A piece is made when the client has taken the one before: a slow client costs memory for one piece, whatever the answer's
//! size. Each piece is made in a turn of its own, so that an answer that waits for its reader is in nobody's way. All
//! pieces come from one state of the store.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use futures_util::stream;

use super::config::PlanFormat;
use super::state::{Context, State};
use super::store::{Reader, Row};
use super::turns::KeyTurns;
use crate::render::RenderSettings;
use crate::rule::emit;
use crate::wire::{Links, Meta, NO_RULES, Record, YAML, csv};

/// About how much is made at a time, in bytes.
const PIECE: usize = 64 << 10;

/// Writes rows in some format.
#[derive(Debug)]
pub(crate) enum Encoder {
    Json { head: Vec<u8>, tail: Vec<u8> },
    Csv,
    Txt,
    Sigma,
}

impl Encoder {
    pub(crate) fn json(meta: &Meta, links: &Links) -> Encoder {
        let text = |value: serde_json::Result<String>| value.unwrap_or_else(|_| "null".to_owned());
        let (meta, links) = (
            text(serde_json::to_string(meta)),
            text(serde_json::to_string(links)),
        );
        Encoder::Json {
            head: format!("{{\"meta\":{meta},\"data\":[").into_bytes(),
            tail: format!("],\"links\":{links}}}").into_bytes(),
        }
    }

    pub(crate) fn csv() -> Encoder {
        Encoder::Csv
    }

    pub(crate) fn txt() -> Encoder {
        Encoder::Txt
    }

    pub(crate) fn sigma() -> Encoder {
        Encoder::Sigma
    }

    pub(crate) fn content_type(format: PlanFormat) -> &'static str {
        match format {
            PlanFormat::Json => "application/json",
            PlanFormat::Csv => "text/csv; charset=utf-8",
            PlanFormat::Txt => "text/plain; charset=utf-8",
            PlanFormat::Sigma => YAML,
        }
    }

    fn head(&self, out: &mut Vec<u8>) {
        match self {
            Encoder::Json { head, .. } => out.extend_from_slice(head),
            Encoder::Csv => csv::header(out),
            Encoder::Txt | Encoder::Sigma => {}
        }
    }

    fn tail(&self, out: &mut Vec<u8>, empty: bool) {
        match self {
            Encoder::Json { tail, .. } => out.extend_from_slice(tail),
            Encoder::Sigma if empty => out.extend_from_slice(NO_RULES.as_bytes()),
            Encoder::Csv | Encoder::Txt | Encoder::Sigma => {}
        }
    }

    /// Writes one row. The error says why it cannot be written; nothing is written then.
    fn row(&self, out: &mut Vec<u8>, row: &Row, state: &State, first: bool) -> Result<(), String> {
        match self {
            Encoder::Json { .. } => {
                let json = serde_json::to_vec(&record(row)).map_err(|cause| cause.to_string())?;
                if !first {
                    out.push(b',');
                }
                out.extend_from_slice(&json);
            }
            Encoder::Csv => csv::row(out, &record(row)),
            Encoder::Txt => {
                out.extend_from_slice(row.indicator.ioc.to_string().as_bytes());
                out.push(b'\n');
            }
            Encoder::Sigma => {
                // A rule whose feed gives no date has the day on which the store first had it, and keeps it.
                let settings = RenderSettings {
                    now: row.added,
                    default_confidence: row.confidence,
                };
                let compiled = state
                    .compiler
                    .rule_with(&row.indicator, &settings)
                    .map_err(|error| error.to_string())?;
                if !first {
                    out.extend_from_slice(b"---\n");
                }
                out.extend_from_slice(emit::yaml(&compiled.rule).as_bytes());
            }
        }
        Ok(())
    }
}

/// The row as the API has it: the confidence is the one that `confidence` filters by.
fn record(row: &Row) -> Record {
    Record {
        confidence: Some(row.confidence),
        ..Record::from(&row.indicator)
    }
}

/// A body that is under way.
#[derive(Debug)]
pub(crate) struct Pages {
    /// Gone with the last row, so that the store is held no longer than it is read.
    reader: Option<Reader>,
    rows: std::vec::IntoIter<i64>,
    encoder: Encoder,
    state: State,
    context: Arc<Context>,
    written: u64,
    begun: Option<Vec<u8>>,
    turns: KeyTurns,
}

impl Pages {
    pub(crate) fn new(
        reader: Reader,
        rows: &[(i64, i64)],
        encoder: Encoder,
        state: State,
        context: Arc<Context>,
        turns: KeyTurns,
    ) -> Pages {
        let ids: Vec<i64> = rows.iter().map(|(id, _)| *id).collect();
        Pages {
            reader: Some(reader),
            rows: ids.into_iter(),
            encoder,
            state,
            context,
            written: 0,
            begun: None,
            turns,
        }
    }

    /// Makes the first piece.
    pub(crate) fn begin(&mut self) -> rusqlite::Result<()> {
        let mut out = Vec::with_capacity(4 << 10);
        self.encoder.head(&mut out);
        self.fill(&mut out)?;
        self.begun = Some(out);
        Ok(())
    }

    fn piece(&mut self) -> rusqlite::Result<Option<Vec<u8>>> {
        if let Some(begun) = self.begun.take() {
            return Ok(Some(begun));
        }
        if self.reader.is_none() {
            return Ok(None);
        }
        let mut out = Vec::with_capacity(PIECE + (4 << 10));
        self.fill(&mut out)?;
        Ok(Some(out))
    }

    /// Writes rows until there is a piece, or no row any more.
    fn fill(&mut self, out: &mut Vec<u8>) -> rusqlite::Result<()> {
        let Some(reader) = &self.reader else {
            return Ok(());
        };
        while out.len() < PIECE {
            let Some(id) = self.rows.next() else {
                self.encoder.tail(out, self.written == 0);
                self.reader = None;
                let written = self.written;
                self.context.learn(|known| known.results = Some(written));
                self.state.metrics.results.inc_by(written);
                return Ok(());
            };
            // One IOC that cannot be shown must not keep all the others from everybody.
            let written = match reader.row(id) {
                Ok(row) => self.encoder.row(out, &row, &self.state, self.written == 0),
                Err(cause @ rusqlite::Error::FromSqlConversionFailure(..)) => {
                    Err(cause.to_string())
                }
                Err(cause) => return Err(cause),
            };
            match written {
                Ok(()) => self.written += 1,
                Err(cause) => {
                    self.state.metrics.unreadable.inc();
                    self.context.learn(|known| {
                        known.cause = Some(format!("the IOC {id} was left out: {cause}"))
                    });
                }
            }
        }
        Ok(())
    }

    /// The body: in one piece where that is all of it, so that its length is known.
    pub(crate) fn body(mut self) -> Body {
        if self.reader.is_none() {
            return Body::from(self.begun.take().unwrap_or_default());
        }
        Body::from_stream(stream::try_unfold(self, |mut pages| async move {
            // The answer has begun: an error can only break it off.
            let context = pages.context.clone();
            let turn = pages.turns.turn().await;
            let turn = turn.map_err(|cause| failed(&context, cause))?;
            let made = tokio::task::spawn_blocking(move || {
                let piece = pages.piece();
                drop(turn);
                (pages, piece)
            });
            let (pages, piece) = made.await.map_err(|cause| failed(&context, cause))?;
            let piece = piece.map_err(|cause| failed(&context, cause))?;
            Ok::<_, std::io::Error>(piece.map(|piece| (Bytes::from(piece), pages)))
        }))
    }
}

fn failed(context: &Context, cause: impl std::fmt::Display) -> std::io::Error {
    let cause = cause.to_string();
    context.learn(|known| known.cause = Some(cause.clone()));
    std::io::Error::other(cause)
}

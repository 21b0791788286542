//! Converting a batch at a time: rules of files, and those of indicators while these are read.

use std::sync::mpsc::{self, Receiver};
use std::thread;

use super::batch_converter::BatchConverter;
use super::oracle::{Oracle, Queries};
use crate::compile::{Compiler, Stream, Tick};
use crate::document::{Document, Reader};
use crate::error::{Error, ErrorKind};
use crate::report::Report;
use crate::skeleton::Compiled;

/// How many batches of rules wait to be filled.
const AHEAD: usize = 2;

/// How many rules of a file are looked at together.
pub(crate) const BATCH: usize = 8192;

/// What ended a conversion.
#[derive(Debug)]
pub(crate) enum Stopped<E> {
    /// The oracle failed.
    Oracle(E),
    /// Something else did.
    Run(Error),
}

impl<E> From<Error> for Stopped<E> {
    fn from(error: Error) -> Stopped<E> {
        Stopped::Run(error)
    }
}

/// Converts the Sigma rules of these files, each its name and its bytes. `None` where a document is not a rule that stands
/// alone: then pySigma must read them all.
///
/// # Errors
/// [`ErrorKind::BrokenInput`] where a text is not YAML; what `tick` returns, and those of the oracle.
pub(crate) fn documents<O: Oracle>(
    converter: &mut BatchConverter,
    files: &[(&str, &[u8])],
    tick: &mut Tick<'_>,
    oracle: &mut O,
) -> Result<Option<Vec<Queries>>, Stopped<O::Error>> {
    let mut made = Vec::new();
    let mut count = 0;
    for (number, (name, bytes)) in files.iter().enumerate() {
        let Ok(text) = str::from_utf8(bytes) else {
            return Ok(None);
        };
        let mut reader = Reader::new(text);
        loop {
            let documents = reader.some(BATCH);
            let mut documents = documents.map_err(|broken| broken.error(name))?;
            if documents.is_empty() {
                break;
            }
            if !documents.iter().all(Document::stands_alone) {
                return Ok(None);
            }
            for document in &mut documents {
                document.source = number;
            }
            count += documents.len() as u64;
            let queries = converter.batch(&documents, oracle);
            made.push(queries.map_err(Stopped::Oracle)?);
            tick("converting", count)?;
        }
    }
    Ok(Some(made))
}

/// Reads indicators, compiles them, and converts their rules. Reading goes on while queries are filled.
///
/// # Errors
/// Those of [`Stream::run`], and those of the oracle, which come first.
pub(crate) fn indicators<O: Oracle + Send>(
    converter: &mut BatchConverter,
    stream: &Stream<'_>,
    report: &mut Report,
    tick: &mut Tick<'_>,
    oracle: &mut O,
) -> Result<Vec<Queries>, Stopped<O::Error>>
where
    O::Error: Send,
{
    let compiler = Compiler::new(stream.settings);
    let (sender, receiver) = mpsc::sync_channel::<Vec<Compiled>>(AHEAD);
    thread::scope(|scope| {
        let filling = scope.spawn(|| fill(converter, receiver, oracle));
        let read = stream.run(report, tick, &mut |indicators, report| {
            let rules = compiler.compiled(indicators, report);
            // Nobody receives it where the filling ended with an error.
            sender.send(rules).map_err(|_| stopped())
        });
        drop(sender);
        let made = match filling.join() {
            Ok(filled) => filled.map_err(Stopped::Oracle)?,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        read?;
        Ok(made)
    })
}

/// The queries of all batches, until there are no more.
fn fill<O: Oracle>(
    converter: &mut BatchConverter,
    batches: Receiver<Vec<Compiled>>,
    oracle: &mut O,
) -> Result<Vec<Queries>, O::Error> {
    let filled = batches
        .into_iter()
        .map(|rules| converter.batch(&rules, oracle));
    filled.collect()
}

fn stopped() -> Error {
    Error::new(ErrorKind::Interrupted, "stopped by the caller")
}

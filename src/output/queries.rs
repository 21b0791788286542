//! Queries to a file, or to standard output.

use std::io::Write;
use std::path::Path;

use super::write::{put, write_file, write_stdout};
use crate::error::Result;
use crate::query::Queries;

/// Writes queries with this separator between two of them. `false` where one of them is not text: then nothing is written.
///
/// # Errors
/// [`ErrorKind::UnwritableOutput`](crate::ErrorKind::UnwritableOutput) where the output cannot be written.
pub(crate) fn write_queries(
    made: &[Queries],
    output: Option<&Path>,
    separator: &str,
) -> Result<bool> {
    let all = || made.iter().flat_map(Queries::iter);
    // The first character says what a query is.
    if !all().all(|query| query.starts_with('t')) {
        return Ok(false);
    }
    let write = |writer: &mut dyn Write, path: &Path| {
        for (at, query) in all().enumerate() {
            let before = if at == 0 { "" } else { separator };
            put(writer, path, before.as_bytes())?;
            put(writer, path, &query.as_bytes()[1..])?;
        }
        put(writer, path, b"\n")
    };
    match output {
        Some(path) => write_file(path, |writer| write(writer, path))?,
        None => write_stdout(write)?,
    }
    Ok(true)
}

//! Workbooks of Excel 2007 and later: every sheet is a table, hidden ones too.
//!
//! Sheets are read by [calamine](https://docs.rs/calamine). The links that cells carry are not indicators; what the cells say is.

mod archive;
mod sheet;
#[cfg(test)]
mod tests;

use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use calamine::{Reader, SheetType};

use super::Stream;
use super::input::{Input, unreadable};
use super::table::{self, Columns};
use crate::error::{Error, ErrorKind, Result};
use crate::location::Place;
pub(crate) use archive::{Content, content};
use sheet::{Fault, Sheet, Workbook};

/// The bytes of a document that is an archive, as far as one is read.
pub(crate) fn bytes(input: &Input) -> Result<Arc<[u8]>> {
    let mut bytes = Vec::new();
    input
        .open()?
        .take(archive::MAX_PACKED + 1)
        .read_to_end(&mut bytes)
        .map_err(|cause| unreadable(input.name(), cause))?;
    if bytes.len() as u64 > archive::MAX_PACKED {
        let message = format!("it is longer than {} bytes", archive::MAX_PACKED);
        return Err(archive::too_much(input.name(), message));
    }
    Ok(Arc::from(bytes))
}

pub(crate) fn read(input: &Input) -> Result<Stream<'_>> {
    let bytes = bytes(input)?;
    archive::check(&bytes, input.name())?;
    let name = input.name().clone();
    let mut workbook = guarded(&name, || {
        Workbook::new(Cursor::new(bytes)).map_err(Fault::Damaged)
    })?;
    let sheets: Vec<String> = workbook
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| sheet.name.clone())
        .collect();
    Ok(Box::new(sheets.into_iter().flat_map(
        move |sheet| match rows(&mut workbook, &name, &sheet) {
            Ok(stream) => stream,
            Err(error) => Box::new(std::iter::once(Err(error))) as Stream<'static>,
        },
    )))
}

fn rows(workbook: &mut Workbook, name: &Arc<str>, sheet: &str) -> Result<Stream<'static>> {
    let read = guarded(name, || Sheet::read(workbook, sheet))?;
    let columns = Columns::learn(read.rows())?;
    let (name, sheet): (Arc<str>, Arc<str>) = (name.clone(), Arc::from(sheet));
    let place = move |row| Place::row(&name, &sheet, row);
    Ok(table::read(read.rows(), columns, place))
}

/// What calamine makes of untrusted bytes, with whatever goes wrong in it as an error.
fn guarded<T>(name: &str, work: impl FnOnce() -> std::result::Result<T, Fault>) -> Result<T> {
    let damaged = || {
        Error::new(ErrorKind::BrokenInput, "the workbook is damaged")
            .at(name)
            .hint("open it in a spreadsheet program and save it again")
    };
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(Fault::Damaged(cause))) => Err(damaged().because(cause)),
        Ok(Err(Fault::TooMuch)) => Err(archive::too_much(
            name,
            "a sheet has too many cells".to_owned(),
        )),
        Err(_) => Err(damaged()),
    }
}

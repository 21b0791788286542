//! The rows of one sheet.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::Arc;

use calamine::{DataRef, Xlsx, XlsxError};

use crate::error::Result;
use crate::source::lines::MAX_LINE_BYTES;
use crate::source::table::{MAX_COLUMNS, Record, Row, Rows};

/// The most cells of a sheet, with the empty ones that stand before the last of each row.
const MAX_CELLS: u64 = 64 << 20;

/// A workbook that is being read.
pub(super) type Workbook = Xlsx<Cursor<Arc<[u8]>>>;

/// Why a sheet is not read.
#[derive(Debug)]
pub(super) enum Fault {
    Damaged(XlsxError),
    TooMuch,
}

/// The rows of a sheet that have something in them.
#[derive(Debug, Clone, Default)]
pub(super) struct Sheet {
    rows: Arc<Vec<SheetRow>>,
}

#[derive(Debug, Default)]
struct SheetRow {
    /// Its number, from 1.
    number: u64,
    /// The cells that are not empty, each with the number of its column, in order.
    cells: Vec<(u32, Box<str>)>,
    /// The links that its cells carry.
    links: Vec<String>,
}

impl Sheet {
    pub(super) fn read(workbook: &mut Workbook, name: &str) -> std::result::Result<Sheet, Fault> {
        let mut links: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        for link in workbook
            .hyperlinks_by_sheet_name(name)
            .map_err(Fault::Damaged)?
        {
            if let Some(target) = link.target {
                links.entry(link.range.start.0).or_default().push(target);
            }
        }
        let mut rows: Vec<SheetRow> = Vec::new();
        let mut count: u64 = 0;
        let mut cells = workbook
            .worksheet_cells_reader(name)
            .map_err(Fault::Damaged)?;
        while let Some(cell) = cells.next_cell().map_err(Fault::Damaged)? {
            let (row, column) = cell.get_position();
            let Some(text) = text(cell.get_value()) else {
                continue;
            };
            let number = u64::from(row) + 1;
            if rows.last().is_none_or(|last| last.number != number) {
                rows.push(SheetRow {
                    number,
                    links: links.remove(&row).unwrap_or_default(),
                    ..SheetRow::default()
                });
            }
            if let Some(last) = rows.last_mut() {
                let before = last.cells.last().map_or(0, |(column, _)| *column);
                count += u64::from(column.saturating_sub(before)) + 1;
                last.cells.push((column, text));
            }
            if count > MAX_CELLS {
                return Err(Fault::TooMuch);
            }
        }
        // A link in an empty row is counted, too.
        rows.extend(links.into_iter().map(|(row, links)| SheetRow {
            number: u64::from(row) + 1,
            cells: Vec::new(),
            links,
        }));
        rows.sort_by_key(|row| row.number);
        for row in &mut rows {
            row.cells.sort_by_key(|(column, _)| *column);
        }
        Ok(Sheet {
            rows: Arc::new(rows),
        })
    }

    pub(super) fn rows(&self) -> SheetRows {
        SheetRows {
            sheet: self.clone(),
            at: 0,
            record: Record::default(),
        }
    }
}

/// What a cell says, as it is shown; `None` where it is empty or an error.
fn text(value: &DataRef<'_>) -> Option<Box<str>> {
    let text: String = match value {
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.clone()
        }
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        // A whole number has no point where it is shown.
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(truth) => truth.to_string(),
        DataRef::DateTime(date) => match date.as_datetime() {
            Some(moment) if date.is_datetime() => moment.format("%Y-%m-%dT%H:%M:%S").to_string(),
            _ => date.as_f64().to_string(),
        },
        DataRef::Error(_) | DataRef::Empty => return None,
    };
    (!text.trim().is_empty()).then(|| text.into_boxed_str())
}

/// The rows of a sheet, one after the other.
pub(super) struct SheetRows {
    sheet: Sheet,
    at: usize,
    record: Record,
}

impl Rows for SheetRows {
    fn next_row(&mut self) -> Result<Option<Row<'_>>> {
        let Some(row) = self.sheet.rows.get(self.at) else {
            return Ok(None);
        };
        self.at += 1;
        self.record.clear(row.number);
        let length: usize = row.cells.iter().map(|(_, text)| text.len()).sum();
        let width = row
            .cells
            .last()
            .map_or(0, |(column, _)| *column as usize + 1);
        if length > MAX_LINE_BYTES || width > MAX_COLUMNS {
            return Ok(Some(Row::TooLong(row.number)));
        }
        for (column, text) in &row.cells {
            self.record.push(*column as usize, text.as_bytes());
        }
        self.record.links.clone_from(&row.links);
        Ok(Some(Row::Record(&self.record)))
    }

    fn delimiter(&self) -> u8 {
        b'\t'
    }
}

//! The parts of a workbook: a zip archive, of which everything is unpacked once and counted before any of it is believed.

use std::io::{self, Cursor, Read};
use std::sync::Arc;

use zip::ZipArchive;

use crate::error::{Error, ErrorKind, Result};

/// The longest workbook, packed. It is held in memory.
pub(crate) const MAX_PACKED: u64 = 64 << 20;

/// So much may come out of any workbook, in bytes.
const FLOOR: u64 = 64 << 20;

/// Above the floor, so many bytes may come out for each one that went in, and never more than [`CEILING`].
const MAX_RATIO: u64 = 100;

/// The most that may come out of a workbook: what calamine keeps of it is memory.
const CEILING: u64 = 512 << 20;

/// The most parts.
const MAX_PARTS: usize = 10_000;

/// What a zip archive holds, by the names of its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// A workbook of Excel 2007 and later.
    Workbook,
    /// A workbook in Excel's binary form.
    BinaryWorkbook,
    /// Anything else.
    Other,
}

/// What an archive holds.
pub(crate) fn content(bytes: &Arc<[u8]>) -> Content {
    let Ok(archive) = ZipArchive::new(Cursor::new(bytes.clone())) else {
        return Content::Other;
    };
    let ends = |ending: &str| {
        archive.file_names().flatten().any(|name| {
            let name = name.replace('\\', "/").to_ascii_lowercase();
            name == ending || name.ends_with(&format!("/{ending}"))
        })
    };
    match () {
        () if ends("xl/workbook.xml") => Content::Workbook,
        () if ends("xl/workbook.bin") => Content::BinaryWorkbook,
        () => Content::Other,
    }
}

/// Unpacks every part of a workbook, keeps nothing, and refuses what is too much.
pub(super) fn check(bytes: &Arc<[u8]>, name: &str) -> Result<()> {
    let damaged = |cause: &dyn std::fmt::Display| {
        Error::new(ErrorKind::BrokenInput, "the workbook is damaged")
            .because(io::Error::other(cause.to_string()))
            .at(name)
            .hint("open it in a spreadsheet program and save it again")
    };
    let mut archive =
        ZipArchive::new(Cursor::new(bytes.clone())).map_err(|cause| damaged(&cause))?;
    if archive.len() > MAX_PARTS {
        return Err(too_much(
            name,
            format!("it has more than {MAX_PARTS} parts"),
        ));
    }
    let most = FLOOR
        .max((bytes.len() as u64).saturating_mul(MAX_RATIO))
        .min(CEILING);
    let mut total = 0;
    let mut buffer = vec![0; 1 << 16];
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(|cause| damaged(&cause))?;
        let mut counts = Counts::default();
        let mut length: u64 = 0;
        loop {
            let read = part.read(&mut buffer).map_err(|cause| damaged(&cause))?;
            if read == 0 {
                break;
            }
            length += read as u64;
            total += read as u64;
            if total > most {
                let message = format!("it unpacks to more than {most} bytes");
                return Err(too_much(name, message));
            }
            counts.look(&buffer[..read]);
        }
        // calamine makes room for as many strings as a part says that it has.
        if counts.highest() > length {
            return Err(too_much(
                name,
                "it says that it has more strings than bytes".into(),
            ));
        }
    }
    Ok(())
}

pub(super) fn too_much(name: &str, what: String) -> Error {
    Error::new(
        ErrorKind::BrokenInput,
        format!("the workbook is not read: {what}"),
    )
    .at(name)
    .hint("it may be a decompression bomb; save its sheets as CSV if you trust it")
}

/// The numbers behind `uniqueCount` in a part, which comes in pieces.
#[derive(Debug, Default)]
struct Counts {
    /// How much of the name was just seen.
    matched: usize,
    /// The digits behind it, and the characters before them.
    digits: Option<u64>,
    gap: usize,
    highest: u64,
}

impl Counts {
    const NAME: &[u8] = b"uniqueCount";

    fn look(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if self.matched == Self::NAME.len() {
                self.number(*byte);
                continue;
            }
            self.matched = match Self::NAME.get(self.matched) == Some(byte) {
                true => self.matched + 1,
                // No letter of the name but the first is a `u` that begins it again.
                false => usize::from(*byte == b'u'),
            };
        }
    }

    fn number(&mut self, byte: u8) {
        if byte.is_ascii_digit() {
            let digit = u64::from(byte - b'0');
            let number = self.digits.unwrap_or_default();
            self.digits = Some(number.saturating_mul(10).saturating_add(digit));
            return;
        }
        self.gap += 1;
        if self.digits.is_some() || self.gap > 64 {
            self.highest = self.highest();
            (self.matched, self.digits, self.gap) = (0, None, 0);
        }
    }

    fn highest(&self) -> u64 {
        self.highest.max(self.digits.unwrap_or_default())
    }
}

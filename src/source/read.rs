//! From an input to the reader for its format.

use super::ending;
use super::format::Format;
use super::found::Found;
use super::input::Input;
use super::options::{ReadOptions, Stream};
use super::{
    blocklist, csv, ecs, html, misp, openioc, otx, records, socdef, stix, text, txt, xlsx,
};
use crate::error::Result;

/// The format of an input, from its content first and its name second.
///
/// # Errors
/// [`crate::ErrorKind::UnreadableInput`] where the bytes cannot be read, [`crate::ErrorKind::UnknownFormat`] where no reader knows them.
///
/// ```
/// use socdef_sigma::source::{Format, Input, detect};
///
/// let feed = Input::from_bytes("feed", &b"ip,first seen,malware\n198.51.100.7,2026-05-17,example\n"[..]);
/// assert_eq!(detect(&feed)?, Format::Csv);
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
pub fn detect(input: &Input) -> Result<Format> {
    if let Some(format) = input.format.get() {
        return Ok(*format);
    }
    let format = super::detect::format(input)?;
    Ok(*input.format.get_or_init(|| format))
}

/// Opens an input with the reader for its format.
///
/// # Errors
/// [`crate::ErrorKind::UnreadableInput`] where the bytes cannot be read, [`crate::ErrorKind::UnknownFormat`] where no reader knows them.
///
/// ```
/// use socdef_sigma::source::{Found, Input, ReadOptions, read};
///
/// let feed = Input::from_bytes("feed.txt", &b"evil[.]example\n"[..]);
/// for found in read(&feed, &ReadOptions::default())? {
///     if let Found::Indicator(indicator) = found? {
///         assert_eq!(indicator.ioc.to_string(), "evil.example");
///     }
/// }
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
pub fn read<'a>(input: &'a Input, options: &ReadOptions) -> Result<Stream<'a>> {
    if let Some(note) = input.left_out() {
        return Ok(Box::new(std::iter::once(Ok(Found::Note(note)))));
    }
    let format = match options.format {
        Some(format) => format,
        None => detect(input)?,
    };
    let found = match format {
        Format::Socdef => socdef::read(input),
        Format::Csv => csv::read(input),
        Format::Txt => txt::read(input),
        Format::Stix => stix::read(input, options),
        Format::Misp => misp::read(input, options),
        // Publishers have the same feed in both forms.
        Format::AbuseCh | Format::Kev if !records::is_json(input)? => csv::read(input),
        Format::AbuseCh | Format::Kev | Format::Records => records::read(input),
        Format::Xlsx => xlsx::read(input),
        Format::Openioc => openioc::read(input),
        Format::Otx => otx::read(input),
        Format::Ecs => ecs::read(input),
        Format::Html => html::read(input),
        Format::Blocklist => blocklist::read(input),
        Format::Text => text::read(input),
    }?;
    Ok(Box::new(ending::Ending::of(input, found)))
}

//! Readers: from bytes to a stream of indicators. One file for each feed format.
//!
//! A new format is a file here with a `read` function, and a line in [`Format`]. A reader gives what it finds in
//! order, and never ends because of one bad entry: that is a [`Rejection`] with its place. Text that is plainly
//! not an indicator (a header, a comment, a column of file paths) is not reported at all.

mod blocklist;
mod choice;
mod csv;
mod ecs;
mod ending;
mod entry;
mod feed_folder;
mod html;
mod input;
mod json;
mod json_objects;
mod json_shape;
mod lines;
mod misp;
mod openioc;
mod otx;
mod packed;
mod plain_line;
mod record;
mod records;
mod sniff;
mod socdef;
mod stix;
mod stix_pattern;
mod table;
mod text;
mod txt;
mod type_name;
mod typed;
mod xlsx;

use std::fmt;
use std::str::FromStr;

pub(crate) use choice::{Choice, choice};
pub use input::Input;
#[cfg(feature = "sync")]
pub(crate) use input::unreadable;
#[cfg(feature = "fetch")]
pub(crate) use json::{Elements, Layout, Part};

use crate::error::Result;
use crate::extract::split;
use crate::indicator::{Indicator, Refusal};
use crate::place::Place;
use crate::reason::Reason;

/// A feed format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// The JSON list of the SOC Defenders API, and the same objects one a line.
    Socdef,
    /// Any CSV or TSV.
    Csv,
    /// One value a line.
    Txt,
    /// STIX 2.0 and 2.1 bundles.
    Stix,
    /// MISP events and lists of events.
    Misp,
    /// The exports of abuse.ch in CSV and JSON: URLhaus, Feodo Tracker, ThreatFox, MalwareBazaar, SSLBL.
    AbuseCh,
    /// CISA's catalogue of known exploited vulnerabilities in CSV and JSON.
    Kev,
    /// Lists of flat JSON objects whose fields are named as the columns of a table are.
    Records,
    /// Workbooks of Excel 2007 and later.
    Xlsx,
    /// OpenIOC 1.0 and 1.1.
    Openioc,
    /// Pulses of AlienVault OTX in JSON.
    Otx,
    /// Documents in the Elastic Common Schema, `threat.indicator.*`.
    Ecs,
    /// Web pages.
    Html,
    /// Block lists: `hosts` files, Adblock lists, dnsmasq, unbound, RPZ, BIND, and sets of firewalls.
    Blocklist,
    /// Free text: reports in prose, Markdown, AsciiDoc or reStructuredText.
    Text,
}

impl Format {
    /// Every format, in the order of the documentation.
    pub const ALL: [Format; 15] = [
        Format::Socdef,
        Format::Csv,
        Format::Txt,
        Format::Stix,
        Format::Misp,
        Format::AbuseCh,
        Format::Kev,
        Format::Records,
        Format::Xlsx,
        Format::Openioc,
        Format::Otx,
        Format::Ecs,
        Format::Html,
        Format::Blocklist,
        Format::Text,
    ];

    /// The name on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Format::Socdef => "socdef",
            Format::Csv => "csv",
            Format::Txt => "txt",
            Format::Stix => "stix",
            Format::Misp => "misp",
            Format::AbuseCh => "abusech",
            Format::Kev => "kev",
            Format::Records => "records",
            Format::Xlsx => "xlsx",
            Format::Openioc => "openioc",
            Format::Otx => "otx",
            Format::Ecs => "ecs",
            Format::Html => "html",
            Format::Blocklist => "blocklist",
            Format::Text => "text",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = String;

    /// Reads the exact name; the error is one line that lists the names.
    fn from_str(name: &str) -> std::result::Result<Self, String> {
        Format::ALL
            .into_iter()
            .find(|format| format.as_str() == name)
            .ok_or_else(|| {
                format!(
                    "`{name}` is not an input format; the formats are {}",
                    Format::ALL.map(Format::as_str).join(", ")
                )
            })
    }
}

/// What a reader finds, one thing after the other.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// An indicator, with its place.
    Indicator(Box<Indicator>),
    /// A value that is not an indicator, or that the feed itself does not mean for detection.
    Rejection(Rejection),
    /// Something that the user should know, and that costs no indicator.
    Note(Note),
    /// A record (a row, an object, a line, a block of prose) that gave no value.
    Blank(Blank),
}

/// A record that was read and gave no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blank {
    /// Where it stood.
    pub place: Place,
    /// What it says, shortened to 200 characters.
    pub text: String,
}

impl Blank {
    /// A record without values at `place`.
    pub fn new(place: Place, text: &str) -> Blank {
        Blank {
            place,
            text: shortened(text),
        }
    }
}

/// A value that was read and did not become an indicator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Where it stood.
    pub place: Place,
    /// The value as it stood there, shortened to 200 characters.
    pub value: String,
    /// Why.
    pub refusal: Refusal,
}

impl Rejection {
    /// A rejection of `value` at `place`.
    pub fn new(place: Place, value: &str, refusal: impl Into<Refusal>) -> Rejection {
        Rejection {
            place,
            value: shortened(value),
            refusal: refusal.into(),
        }
    }
}

/// The first 200 characters of a text.
fn shortened(text: &str) -> String {
    let mut shown: String = text.chars().take(200).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Refusal {
        Refusal::new(reason)
    }
}

/// Something that the user should know, and that costs no indicator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What it is about.
    pub kind: NoteKind,
    /// Where.
    pub place: Place,
    /// The part of the input that it is about.
    pub detail: String,
}

/// What a [`Note`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum NoteKind {
    /// A date that is invalid or ambiguous; the indicator goes without it.
    UnreadableDate,
    /// A network was given with bits behind its prefix; they are cleared.
    HostBits,
    /// A technique that the table of ATT&CK does not have; it is in `socdef`, and no tag.
    UnknownTechnique,
    /// An event that marks no attribute for detection; all are taken.
    NoDetectionFlags,
    /// An indicator without dates, which no choice of dates leaves out.
    Undated,
    /// An entry of a warninglist that cannot be used, so that it drops nothing.
    UnusableEntry,
    /// A JSON file in a folder of warninglists that is not a warninglist.
    NotAList,
    /// A template gave no valid rule for an indicator that has others.
    RuleLost,
    /// The part of an indicator that a log source shows is too common to look for; other log sources have rules.
    TooGeneric,
    /// A file that was given before, under this path or another one.
    SameFile,
    /// A link, a hidden file, the index of a feed, or a device, in a folder.
    NotRead,
    /// An input without records.
    NothingFound,
    /// An input with records, none of which gave a value.
    NothingRead,
    /// The format that an input was read as, and why, where that is not plain.
    ReadAs,
    /// A value that is beyond doubt of another type than its feed says.
    Retyped,
    /// An address whose numbers have leading zeros, which some programs read as octal.
    LeadingZeros,
    /// A range of addresses, or an address with a mask, that became networks.
    RangeRead,
}

impl NoteKind {
    /// Every kind.
    pub const ALL: [NoteKind; 17] = [
        NoteKind::UnreadableDate,
        NoteKind::HostBits,
        NoteKind::UnknownTechnique,
        NoteKind::NoDetectionFlags,
        NoteKind::Undated,
        NoteKind::UnusableEntry,
        NoteKind::NotAList,
        NoteKind::RuleLost,
        NoteKind::TooGeneric,
        NoteKind::SameFile,
        NoteKind::NotRead,
        NoteKind::NothingFound,
        NoteKind::NothingRead,
        NoteKind::ReadAs,
        NoteKind::Retyped,
        NoteKind::LeadingZeros,
        NoteKind::RangeRead,
    ];

    /// The stable code, as the report and the summary print it.
    pub const fn code(self) -> &'static str {
        match self {
            NoteKind::UnreadableDate => "unreadable_date",
            NoteKind::HostBits => "host_bits",
            NoteKind::UnknownTechnique => "unknown_technique",
            NoteKind::NoDetectionFlags => "no_detection_flags",
            NoteKind::Undated => "undated",
            NoteKind::UnusableEntry => "unusable_entry",
            NoteKind::NotAList => "not_a_list",
            NoteKind::RuleLost => "rule_lost",
            NoteKind::TooGeneric => "too_generic",
            NoteKind::SameFile => "same_file",
            NoteKind::NotRead => "not_read",
            NoteKind::NothingFound => "nothing_found",
            NoteKind::NothingRead => "nothing_read",
            NoteKind::ReadAs => "read_as",
            NoteKind::Retyped => "retyped",
            NoteKind::LeadingZeros => "leading_zeros",
            NoteKind::RangeRead => "range_read",
        }
    }

    /// What the code means, in a few lower-case words.
    pub const fn words(self) -> &'static str {
        match self {
            NoteKind::UnreadableDate => "a date is invalid or ambiguous and was left out",
            NoteKind::HostBits => "a network's host bits were cleared",
            NoteKind::UnknownTechnique => {
                "a technique is not in ATT&CK's current list, so it does not become a tag"
            }
            NoteKind::NoDetectionFlags => {
                "the event marks no attribute for detection, so all are taken"
            }
            NoteKind::Undated => "an indicator has no dates, so it passed the date filter",
            NoteKind::UnusableEntry => "an entry of a warninglist cannot be used and was left out",
            NoteKind::NotAList => {
                "a file in a folder of warninglists is not a warninglist and was left out"
            }
            NoteKind::RuleLost => {
                "a template did not give a valid rule for an indicator; other templates did"
            }
            NoteKind::TooGeneric => {
                "the part of an indicator that a log source shows is too common, so only other log sources have a rule"
            }
            NoteKind::SameFile => "a file that was given more than once is read once",
            NoteKind::NotRead => {
                "a link, a hidden file, the index of a feed or a special file in a folder was left out"
            }
            NoteKind::NothingFound => "an input has no records",
            NoteKind::NothingRead => "an input has records, but none of them gave a value",
            NoteKind::ReadAs => "the content has another format than the file name says",
            NoteKind::Retyped => "a value has another type than its feed says",
            NoteKind::LeadingZeros => "an address has leading zeros and was read as decimal",
            NoteKind::RangeRead => "a range of addresses became networks",
        }
    }
}

/// How to read.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReadOptions {
    /// The format; found from the content where it is not given.
    pub format: Option<Format>,
    /// Takes attributes that a MISP event does not mark for detection, too.
    pub all_attributes: bool,
}

/// A stream of what a reader finds. An error ends it: the input itself could not be read any further.
pub type Stream<'a> = Box<dyn Iterator<Item = Result<Found>> + Send + 'a>;

/// The format of an input, from its content first and its name second.
///
/// # Errors
/// [`crate::ErrorKind::UnreadableInput`] where the bytes cannot be read, [`crate::ErrorKind::UnknownFormat`] where no reader knows them.
pub fn detect(input: &Input) -> Result<Format> {
    if let Some(format) = input.format.get() {
        return Ok(*format);
    }
    let format = sniff::format(input)?;
    Ok(*input.format.get_or_init(|| format))
}

/// Opens an input with the reader for its format.
///
/// # Errors
/// [`crate::ErrorKind::UnreadableInput`] where the bytes cannot be read, [`crate::ErrorKind::UnknownFormat`] where no reader knows them.
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

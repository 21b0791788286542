//! What each column of a file holds, from its name and its first cells.

use std::borrow::Cow;

use super::names;
use super::rows::{Record, Row, Rows};
use crate::error::Result;
use crate::indicator::{EmailRole, Expect, Ioc, IocType, parse};
use crate::reason::Reason;
use crate::source::publisher::Publisher;
use crate::source::socdef::PRODUCER;
use crate::source::split;
use crate::source::type_name::{Declared, declared};

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Indicators to read so.
    Value(Expect, Option<EmailRole>),
    /// Indicators of the type that the type column of their record gives.
    Typed,
    /// Values that are not to be matched, for this reason.
    Refused(Reason),
    /// The types of the indicators.
    Type,
    Confidence,
    FirstSeen,
    /// A date of the record, which stands in for the date of the first sighting.
    Date,
    LastSeen,
    ValidUntil,
    Tags,
    /// Free text.
    Context,
    /// Addresses of reports. They are never indicators.
    Reference,
    /// Title or address of the article.
    Article,
    /// The feed's name.
    Feed,
    Category,
    Tlp,
    Industry,
    Port,
    Technique,
    Producer,
    Revoked,
    /// The name of a family of malware: a tag.
    Family,
    /// Who reported it to the publisher.
    Reporter,
    /// What its publisher says about it, under this name.
    Fact(&'static str),
    /// The parts of a catalogue of vulnerabilities.
    Vendor,
    Product,
    VulnerabilityName,
    DateAdded,
    DueDate,
    Ransomware,
    Weakness,
    /// Nothing of interest.
    Ignored,
    /// The name says nothing: the cells decide whether they are indicators.
    Unknown,
}

/// How many records are looked at, and how many bytes of cells at most.
const SAMPLE_RECORDS: usize = 1000;
const SAMPLE_BYTES: usize = 1 << 24;

/// The columns of the SOC Defenders API's own export.
const EXPORT: [&str; 10] = [
    "id",
    "type",
    "value",
    "confidence",
    "first_seen",
    "last_seen",
    "source_article",
    "source_feed",
    "category",
    "tags",
];

/// The columns of a file.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    /// The columns that are read, by index.
    roles: Vec<(usize, Role)>,
    /// Their names, where they have any.
    names: Vec<String>,
    /// Whether the names are the first record.
    has_header: bool,
    type_column: Option<usize>,
    /// Whether the file is the SOC Defenders API's own export.
    is_export: bool,
    /// Whose table it is, where its columns say so.
    pub(crate) publisher: Option<Publisher>,
}

/// What was seen of a column.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    /// Cells that are no placeholders.
    filled: usize,
    indicators: usize,
    type_names: usize,
}

impl Columns {
    /// Looks at the first records of a file.
    pub(crate) fn learn(mut rows: Rows<'_>) -> Result<Columns> {
        let mut comment: Option<String> = None;
        let mut first: Option<Vec<String>> = None;
        let mut seen: Vec<Seen> = Vec::new();
        let (mut records, mut bytes) = (0, 0);
        let delimiter = char::from(rows.delimiter());
        while let Some(row) = rows.next_row()? {
            match row {
                Row::Comment(text) if first.is_none() => comment = Some(text.to_owned()),
                Row::Record(record) => {
                    let cells = record.texts().map(Cow::into_owned);
                    if first.is_none() {
                        first = Some(cells.collect());
                        continue;
                    }
                    records += 1;
                    for (index, cell) in cells.enumerate() {
                        bytes += cell.len() + 1;
                        look(&mut seen, index, &cell);
                    }
                }
                Row::Comment(_) | Row::TooLong(_) => {}
            }
            if records >= SAMPLE_RECORDS || bytes >= SAMPLE_BYTES {
                break;
            }
        }
        let Some(first) = first else {
            return Ok(Columns::default());
        };
        // abuse.ch writes the names into the last comment before the data.
        let commented: Option<Vec<String>> = comment
            .map(|text| split_comment(&text, delimiter))
            .filter(|names| names.len() == first.len() && known(names) > 1);
        let is_header = commented.is_none() && is_header(&first, &seen);
        if !is_header {
            for (index, cell) in first.iter().enumerate() {
                look(&mut seen, index, cell);
            }
        }
        let names = match (commented, is_header) {
            (Some(names), _) => names,
            (None, true) => first,
            (None, false) => Vec::new(),
        };
        let mut columns = Columns::of(names, &seen);
        columns.has_header = is_header;
        Ok(columns)
    }

    fn of(names: Vec<String>, seen: &[Seen]) -> Columns {
        let publisher = Publisher::of(names.iter().map(String::as_str));
        let count = names.len().max(seen.len());
        let mut roles: Vec<Role> = (0..count)
            .map(|index| {
                names
                    .get(index)
                    .map_or(Role::Unknown, |name| role(publisher, name))
            })
            .collect();
        let seen = |index: usize| seen.get(index).copied().unwrap_or_default();
        for (index, role) in roles.iter_mut().enumerate() {
            if *role == Role::Unknown {
                let Seen {
                    filled,
                    indicators,
                    type_names,
                } = seen(index);
                *role = match filled {
                    0 => Role::Ignored,
                    _ if indicators * 2 >= filled => Role::Value(Expect::Any, None),
                    // Without names, a column of nothing but names of types is what it looks like.
                    _ if names.is_empty() && type_names == filled => Role::Type,
                    _ => Role::Ignored,
                };
            }
        }
        // The name of a file beside its hash is what the hash is of, as in MISP's `filename|sha256`.
        if roles.iter().any(|role| is_file_hash(*role)) {
            roles
                .iter_mut()
                .filter(|role| names_a_file(**role))
                .for_each(|role| *role = Role::Ignored);
        }
        let type_column = roles.iter().position(|role| *role == Role::Type);
        // Where no column's name says that the types are its own, the only column of indicators has them.
        if type_column.is_some() && !roles.contains(&Role::Typed) {
            let mut untyped = roles
                .iter_mut()
                .filter(|role| **role == Role::Value(Expect::Any, None));
            if let (Some(only), None) = (untyped.next(), untyped.next()) {
                *only = Role::Typed;
            }
        }
        Columns {
            roles: roles
                .into_iter()
                .enumerate()
                .filter(|(_, role)| !matches!(role, Role::Ignored | Role::Unknown))
                .collect(),
            type_column,
            publisher,
            has_header: false,
            is_export: names.len() == EXPORT.len()
                && names
                    .iter()
                    .zip(EXPORT)
                    .all(|(name, export)| name.eq_ignore_ascii_case(export)),
            names,
        }
    }

    /// The columns that are read, with their indexes.
    pub(crate) fn roles(&self) -> impl Iterator<Item = (usize, Role)> {
        self.roles.iter().copied()
    }

    /// The type that a record gives for its values; empty where it gives none.
    pub(crate) fn type_of<'a>(&self, record: &'a Record) -> Cow<'a, str> {
        self.type_column
            .and_then(|index| record.text(index))
            .unwrap_or_default()
    }

    /// Who published the file, where its columns say so.
    pub(crate) fn producer(&self) -> Option<&'static str> {
        match self.is_export {
            true => Some(PRODUCER),
            false => self.publisher.map(Publisher::producer),
        }
    }

    /// The name of a column, where it has one.
    pub(crate) fn name(&self, index: usize) -> Option<&str> {
        self.names.get(index).map(String::as_str)
    }

    /// Whether a record is the header. Files that were put together repeat it.
    pub(crate) fn is_header(&self, record: &Record) -> bool {
        self.has_header
            && self.names.len() == record.len()
            && record.texts().eq(self.names.iter().map(String::as_str))
    }
}

fn is_file_hash(role: Role) -> bool {
    match role {
        Role::Value(Expect::Hash, _) => true,
        Role::Value(Expect::Type(kind), _) => {
            [IocType::Md5, IocType::Sha1, IocType::Sha256].contains(&kind)
        }
        _ => false,
    }
}

fn names_a_file(role: Role) -> bool {
    matches!(role, Role::Value(Expect::Type(kind), _) if kind.plugin().names_a_file)
}

/// What a field of this name holds; `Role::Unknown` where its cells decide.
pub(crate) fn role(publisher: Option<Publisher>, name: &str) -> Role {
    publisher
        .and_then(|publisher| publisher.role(name))
        .unwrap_or_else(|| names::role(name))
}

fn look(seen: &mut Vec<Seen>, index: usize, cell: &str) {
    if seen.len() <= index {
        seen.resize(index + 1, Seen::default());
    }
    if split::is_placeholder(cell) {
        return;
    }
    seen[index].filled += 1;
    seen[index].indicators += usize::from(holds_indicators(cell));
    seen[index].type_names += usize::from(declared(cell) != Declared::Unknown);
}

/// Whether a cell is nothing but indicators.
pub(super) fn holds_indicators(cell: &str) -> bool {
    let values = split::values(cell, Expect::Any);
    !values.is_empty() && values.iter().all(|(_, parsed)| parsed.is_ok())
}

/// How many names are known ones.
pub(super) fn known(names: &[String]) -> usize {
    names
        .iter()
        .filter(|name| names::role(name) != Role::Unknown)
        .count()
}

/// Whether the first record names the columns, given what the other records hold.
fn is_header(first: &[String], seen: &[Seen]) -> bool {
    // `domain`, above more names of types, is the type of the first record.
    let of_types = |cell: &str, seen: &Seen| {
        seen.filled > 0 && seen.type_names == seen.filled && declared(cell) != Declared::Unknown
    };
    if first
        .iter()
        .zip(seen)
        .any(|(cell, seen)| of_types(cell, seen))
    {
        return false;
    }
    let mut indicators = 0;
    for cell in first {
        if holds_indicators(cell) {
            indicators += 1;
            // `dns.question.name` is a name of a column and of a domain; an address or a hash is the name of nothing.
            if !parse(cell).is_ok_and(|parsed| matches!(parsed.ioc, Ioc::Domain(_))) {
                return false;
            }
        }
    }
    let known = known(first);
    if known > 0 || indicators > 0 {
        // `value` and `type` are words of headers; `domain` may be one of data.
        let sure = first
            .iter()
            .any(|cell| matches!(names::role(cell), Role::Typed | Role::Type));
        return known > indicators || (sure && known == indicators);
    }
    // No name is known: it is a header if it has words where the others have indicators.
    first
        .iter()
        .zip(seen)
        .all(|(cell, seen)| seen.filled == 0 || seen.indicators * 2 < seen.filled || is_wordy(cell))
}

fn is_wordy(cell: &str) -> bool {
    cell.len() <= 64
        && !split::is_placeholder(cell)
        && cell.starts_with(char::is_alphabetic)
        && cell
            .chars()
            .all(|c| c.is_alphanumeric() || " _-/()#&'".contains(c))
}

/// The cells of a comment line, by the rules of any other line.
fn split_comment(text: &str, delimiter: char) -> Vec<String> {
    text.split(delimiter)
        .map(|cell| split::trim(cell).trim_matches('"').to_owned())
        .collect()
}

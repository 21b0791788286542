//! Whether the first record of a table names its columns.

use super::sample::Seen;
use crate::extract::split;
use crate::indicator::{Ioc, parse};
use crate::source::record::{self, Role, holds_indicators};
use crate::source::type_name::{Declared, declared};

/// How many names are known ones.
pub(crate) fn known(names: &[String]) -> usize {
    names
        .iter()
        .filter(|name| record::role(None, name) != Role::Unknown)
        .count()
}

/// Whether the first record names the columns, given what the other records hold.
pub(super) fn is_header(first: &[String], seen: &[Seen]) -> bool {
    // `domain`, above more names of types, is the type of the first record.
    let of_types = |cell: &str, seen: &Seen| {
        seen.filled > 0 && seen.kinds == seen.filled && declared(cell) != Declared::Unknown
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
        if record::has_sure_value(cell) {
            return false;
        }
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
            .any(|cell| matches!(record::role(None, cell), Role::Typed | Role::Type));
        return known > indicators || (sure && known == indicators);
    }
    // No name is known: it is a header if it has words where the others have indicators.
    if seen.is_empty() {
        return first.iter().all(|cell| is_wordy(cell));
    }
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

/// The cells of a comment line, by the rules of any other line. Zeek writes `fields` before the names.
pub(super) fn split_comment(text: &str, delimiter: char) -> Vec<String> {
    let text = match text.strip_prefix("fields") {
        Some(rest) if rest.starts_with(delimiter) => &rest[delimiter.len_utf8()..],
        _ => text,
    };
    text.split(delimiter)
        .map(|cell| split::trim(cell).trim_matches('"').to_owned())
        .collect()
}

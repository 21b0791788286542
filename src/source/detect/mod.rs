//! Which format an input is in, from its content first and its name second.

mod document;
mod markup;

use super::csv::{self, dialect};
use super::input::{HEAD_BYTES, Input, without_bom};
use super::json_shape::{JsonKind, Shape};
use super::{Format, blocklist, ecs, openioc, otx, records, text, xlsx};
use crate::error::{Error, ErrorKind, Result};

/// The format of an input. An empty one is a list of nothing.
///
/// # Errors
/// [`ErrorKind::UnknownFormat`] for binary data and for JSON of a form that no reader knows.
pub(crate) fn format(input: &Input) -> Result<Format> {
    let head = input.head(HEAD_BYTES)?;
    if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
        return Err(unknown(input, "the text is UTF-16")
            .hint("convert it first: `iconv -f utf-16 -t utf-8 FILE`"));
    }
    if let Some(format) = workbook(input, &head)? {
        return Ok(format);
    }
    if let Some(document) = document::of(&head) {
        return Err(unknown(input, document.what).hint(document.way));
    }
    let text = without_bom(&head).trim_ascii_start();
    let is_text = input
        .extension()
        .is_some_and(|ending| text::ENDINGS.contains(&ending.as_str()));
    if is_json(text) {
        if let Some(publisher) = records::publisher(text) {
            return Ok(publisher.format());
        }
        let shape = Shape::of(text);
        if otx::is_otx(&shape, text) {
            return Ok(Format::Otx);
        }
        if ecs::is_ecs(&shape, text) {
            return Ok(Format::Ecs);
        }
        let known = json(input, text);
        // `[[anchor]]`, `[{attribute}]`: AsciiDoc may open as JSON does.
        return if is_text {
            known.or(Ok(Format::Text))
        } else {
            known
        };
    }
    if markup::root(text).is_some_and(|root| openioc::ROOTS.contains(&root)) {
        return Ok(Format::Openioc);
    }
    let ending = input.extension();
    if markup::is_html(text, ending.as_deref(), is_text) {
        return Ok(Format::Html);
    }
    if markup::opens(text) {
        return Err(unknown(input, "the content is XML of an unknown kind").hint(formats()));
    }
    if is_text {
        return Ok(Format::Text);
    }
    if blocklist::syntax(&head, (head.len() as u64) < HEAD_BYTES).is_some() {
        return Ok(Format::Blocklist);
    }
    if let Some(what) = input.index_of_a_feed() {
        return Err(unknown(input, format!("the content is {what}")).hint(
            "give the folder of the feed, or the files of its events, which are named by their UUIDs",
        ));
    }
    let table = dialect::of(input, &head)
        .or_else(|| below_names(&head))
        .filter(|_| is_named_table(input) || !is_bulleted(&head));
    // One line below names in a comment is not a table by its looks.
    let publisher = csv::publisher(input, table.unwrap_or(b','))?;
    Ok(match (publisher, table) {
        (Some(publisher), _) => publisher.format(),
        (None, Some(_)) => Format::Csv,
        (None, None) => Format::Txt,
    })
}

/// The delimiter of a table whose values have commas of their own, by the names in its first line: plain words, as many as there are
/// cells in each line below.
fn below_names(head: &[u8]) -> Option<u8> {
    const LINES: usize = 100;
    let text = std::str::from_utf8(without_bom(head)).ok()?;
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let names: Vec<&str> = lines.next()?.split(',').map(str::trim).collect();
    let is_name = |name: &&str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b' ' | b'-'))
    };
    let below: Vec<&str> = lines.take(LINES).collect();
    let fits = |line: &&str| line.split(',').count() == names.len();
    // Only URLs have commas of their own.
    let has_urls = below.iter().any(|line| line.contains("://"));
    (names.len() > 1 && names.iter().all(is_name) && has_urls && below.iter().all(fits))
        .then_some(b',')
}

/// Whether the name of a file says that it is a table.
fn is_named_table(input: &Input) -> bool {
    input
        .extension()
        .is_some_and(|ending| matches!(ending.as_str(), "csv" | "tsv" | "tab" | "psv"))
}

/// Whether a third of the lines or more are items of a list: its commas part no columns.
fn is_bulleted(head: &[u8]) -> bool {
    let lines = head
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .filter(|line| !line.is_empty());
    let (mut all, mut items) = (0usize, 0usize);
    for line in lines {
        all += 1;
        let marked = |line: &str| crate::extract::without_bullet(line).len() < line.len();
        items += usize::from(std::str::from_utf8(line).is_ok_and(marked));
    }
    items * 3 >= all && items > 0
}

/// A workbook, by the names of its parts.
///
/// # Errors
/// [`ErrorKind::UnknownFormat`] for workbooks of other kinds and encrypted ones, with the way round.
fn workbook(input: &Input, head: &[u8]) -> Result<Option<Format>> {
    if head.starts_with(b"PK\x03\x04") {
        return match xlsx::content(&xlsx::bytes(input)?) {
            xlsx::Content::Workbook => Ok(Some(Format::Xlsx)),
            xlsx::Content::BinaryWorkbook => Err(unknown(
                input,
                "the content is a binary Excel workbook (.xlsb)",
            )
            .hint("save it as .xlsx, or each of its sheets as a CSV file")),
            xlsx::Content::Other => Ok(None),
        };
    }
    // What tells documents of the older Office apart may stand at their end.
    if head.starts_with(b"\xd0\xcf\x11\xe0")
        && let Some(document) = document::of(&xlsx::bytes(input)?)
    {
        return Err(unknown(input, document.what).hint(document.way));
    }
    Ok(None)
}

fn unknown(input: &Input, message: impl Into<String>) -> Error {
    Error::new(ErrorKind::UnknownFormat, message).at(input.name())
}

fn formats() -> String {
    format!(
        "name the format with `--input-format` if it is one of {}",
        Format::ALL.map(Format::as_str).join(", ")
    )
}

/// Whether the text opens as JSON does; a list of values may open with a bracket too: `[2001:db8::1]:443`, `[.]evil`.
fn is_json(text: &[u8]) -> bool {
    let Some((first, rest)) = text.split_first() else {
        return false;
    };
    let rest = rest.trim_ascii_start();
    match (first, rest.first()) {
        (b'{', Some(b'"' | b'}')) | (b'[', Some(b'{' | b'[' | b'"' | b']')) => true,
        (b'[', Some(b'-' | b'0'..=b'9' | b't' | b'f' | b'n')) => {
            let end = rest
                .iter()
                .position(|b| matches!(b, b',' | b']') || b.is_ascii_whitespace());
            // A number, `true`, `false` or `null`; an IPv6 address parses as neither.
            serde_json::from_slice::<serde_json::Value>(&rest[..end.unwrap_or(rest.len())]).is_ok()
        }
        _ => false,
    }
}

fn json(input: &Input, text: &[u8]) -> Result<Format> {
    let shape = &Shape::of(text);
    let root = |key: &str| shape.root(key);
    if root("catalogVersion").is_some() && root("vulnerabilities") == Some(&JsonKind::List) {
        return Ok(Format::Kev);
    }
    let stix_root = root("type").is_some_and(|sight| sight.is("bundle"))
        || root("objects") == Some(&JsonKind::List);
    if stix_root || shape.entries().any(is_stix_object) {
        return Ok(Format::Stix);
    }
    if ["Event", "response", "Attribute"]
        .iter()
        .any(|key| shape.has(key))
    {
        return Ok(Format::Misp);
    }
    let empty = shape.is_list && shape.is_empty();
    if root("data") == Some(&JsonKind::List) || shape.has("value") || shape.strings || empty {
        return Ok(Format::Socdef);
    }
    if records::has_values(text) {
        return Ok(Format::Records);
    }
    let keys = shape.names();
    let seen = match keys.is_empty() {
        true => "with no keys".to_owned(),
        false => format!("with the keys {}", keys.join(", ")),
    };
    Err(unknown(input, format!("no known feed format: JSON {seen}")).hint(formats()))
}

/// An object whose id is of its type: `indicator` and `indicator--<UUID>`.
fn is_stix_object(entry: &[(String, JsonKind)]) -> bool {
    let text = |wanted: &str| {
        entry.iter().find_map(|(key, sight)| match sight {
            JsonKind::Text(text) if key == wanted => Some(text.as_str()),
            _ => None,
        })
    };
    match (text("type"), text("id")) {
        (Some(kind), Some(id)) => id
            .strip_prefix(kind)
            .is_some_and(|rest| rest.starts_with("--")),
        _ => false,
    }
}

#[cfg(test)]
mod tests;

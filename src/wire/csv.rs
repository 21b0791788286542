//! The CSV export.

use chrono::{DateTime, SecondsFormat, Utc};

use super::{CSV_COLUMNS, Record};
use crate::formula::guarded;
use crate::hidden::is_hidden;

/// Appends the header.
pub(crate) fn header(out: &mut Vec<u8>) {
    line(out, &CSV_COLUMNS.map(str::to_owned));
}

/// Appends a row.
pub(crate) fn row(out: &mut Vec<u8>, record: &Record) {
    let time = |moment: Option<DateTime<Utc>>| {
        moment
            .map(|m| m.to_rfc3339_opts(SecondsFormat::AutoSi, true))
            .unwrap_or_default()
    };
    let source = &record.source;
    let article = source
        .article_url
        .as_ref()
        .or(source.article_title.as_ref());
    let text = |text: Option<&String>| parts(text.map_or("", String::as_str));
    let list = |items: &[String]| {
        let items: Vec<String> = items.iter().map(|item| parts(item)).collect();
        items.join(";")
    };
    line(
        out,
        &[
            cell(&record.id),
            cell(&record.kind),
            cell(&record.value),
            cell(record.confidence.map_or("", |level| level.as_str())),
            time(record.first_seen),
            time(record.last_seen),
            text(article),
            text(source.feed_name.as_ref()),
            text(source.category.as_ref()),
            list(&record.tags),
            text(record.tlp.as_ref()),
            list(&record.producers),
        ],
    );
}

/// A text as a cell: nothing that a spreadsheet calculates, a terminal acts on or a reader cannot see.
fn cell(text: &str) -> String {
    if !text.chars().any(is_hidden) {
        return guarded(text);
    }
    // White space between two words stays a blank.
    let blanks = text.replace(['\t', '\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'], " ");
    guarded(blanks.replace(is_hidden, "").trim())
}

/// The same for a text that is not compared with anything. A spreadsheet may cut at the semicolon, so what is between two of them is a
/// cell of its own.
fn parts(text: &str) -> String {
    match text.contains(';') {
        true => text.split(';').map(cell).collect::<Vec<_>>().join(";"),
        false => cell(text),
    }
}

/// A record by RFC 4180.
fn line(out: &mut Vec<u8>, cells: &[String]) {
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        if cell.contains([',', '"', '\n', '\r']) || cell.starts_with(' ') || cell.ends_with(' ') {
            out.push(b'"');
            out.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
            out.push(b'"');
        } else {
            out.extend_from_slice(cell.as_bytes());
        }
    }
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::{Indicator, parse};

    /// Texts that a spreadsheet, a terminal or a reader stumbles over.
    const HOSTILE: [&str; 16] = [
        "=cmd|'/C calc'!A0",
        "+1+1",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r\n=1",
        " =1",
        "'=1",
        "＝1",
        "\u{200b}=1",
        "\u{1b}[31m=1",
        "a\u{202e}b\u{2028}c",
        "a;=1;@b",
        ";=1",
        "a; \t+1;'-1",
        "\"=1\",=2",
    ];

    #[test]
    fn no_column_holds_a_formula_or_what_cannot_be_seen() {
        for text in HOSTILE {
            let mut record = Record::from(&Indicator::new(parse("198.51.100.7").unwrap()));
            let hostile = || text.to_owned();
            (record.id, record.kind, record.value) = (hostile(), hostile(), hostile());
            record.source.article_url = Some(hostile());
            record.source.feed_name = Some(hostile());
            record.source.category = Some(hostile());
            record.tags = vec![hostile(), hostile()];
            record.producers = vec![hostile(), hostile()];
            record.tlp = Some(hostile());
            let mut out = Vec::new();
            row(&mut out, &record);
            let written = String::from_utf8(out).unwrap();
            let whole = written.strip_suffix("\r\n").unwrap();
            assert!(!whole.contains(is_hidden), "{whole:?}");
            let mut rest = whole;
            let mut cells = Vec::new();
            while !rest.is_empty() {
                let (cell, behind) = match rest.strip_prefix('"') {
                    Some(quoted) => {
                        let end = quoted
                            .replace("\"\"", "xx")
                            .find('"')
                            .expect("a quote that closes");
                        (quoted[..end].replace("\"\"", "\""), &quoted[end + 1..])
                    }
                    None => {
                        let end = rest.find(',').unwrap_or(rest.len());
                        (rest[..end].to_owned(), &rest[end..])
                    }
                };
                cells.push(cell);
                rest = behind.strip_prefix(',').unwrap_or(behind);
            }
            assert_eq!(cells.len(), 12, "{whole}");
            // A value is compared with logs, so nothing is put into it.
            let texts = cells[6..].iter().flat_map(|cell| cell.split(';'));
            for cell in cells.iter().map(String::as_str).chain(texts) {
                let first = cell.trim_start().chars().next();
                assert!(
                    first.is_none_or(|c| !"=+-@＝＋－＠".contains(c)),
                    "{cell:?} in {whole:?}"
                );
            }
        }
    }

    #[test]
    fn ordinary_cells_stay_as_they_are() {
        for text in [
            "198.51.100.7",
            "a, b",
            "it's",
            "'quoted'",
            "c2",
            "",
            "a-b=c@d",
        ] {
            assert_eq!(cell(text), text);
            assert_eq!(parts(&format!("{text};{text}")), format!("{text};{text}"));
        }
    }
}

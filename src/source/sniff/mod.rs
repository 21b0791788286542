//! Which format an input is in, from its content first and its name second.

mod document;
mod markup;

use super::csv::{self, dialect};
use super::input::{HEAD_BYTES, Input, without_bom};
use super::json_shape::{Shape, Sight};
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
    if root("catalogVersion").is_some() && root("vulnerabilities") == Some(&Sight::List) {
        return Ok(Format::Kev);
    }
    let stix_root = root("type").is_some_and(|sight| sight.is("bundle"))
        || root("objects") == Some(&Sight::List);
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
    if root("data") == Some(&Sight::List) || shape.has("value") || shape.strings || empty {
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
fn is_stix_object(entry: &[(String, Sight)]) -> bool {
    let text = |wanted: &str| {
        entry.iter().find_map(|(key, sight)| match sight {
            Sight::Text(text) if key == wanted => Some(text.as_str()),
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
mod tests {
    use super::*;

    fn sniffed(name: &str, content: impl AsRef<[u8]>) -> String {
        // A real file, since bytes have no ending of a name.
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        let inputs = Input::from_path(&path).unwrap();
        match format(&inputs[0]) {
            Ok(format) => format.to_string(),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::UnknownFormat);
                assert!(error.hint_text().is_some());
                error.message().to_owned()
            }
        }
    }

    #[test]
    fn json_is_known_by_its_keys() {
        for (content, format) in [
            (r#"{"type": "bundle", "id": "bundle--1"}"#, "stix"),
            ("\u{feff}\r\n{\"objects\": []}", "stix"),
            (
                r#"{"type": "indicator", "id": "indicator--1", "value": 1}"#,
                "stix",
            ),
            (r#"[{"id": "indicator--1", "type": "indicator"}]"#, "stix"),
            (r#"{"Event": {"Attribute": []}}"#, "misp"),
            (r#"{"response": [{"Event": {}}]}"#, "misp"),
            (r#"[{"Event": {}}]"#, "misp"),
            (r#"{"Attribute": []}"#, "misp"),
            (r#"{"meta": {"value": 1}, "data": [{"id": 1}]}"#, "socdef"),
            (r#"[{"type": "ipv4", "value": "198.51.100.7"}]"#, "socdef"),
            (
                "{\"value\": \"a.example\"}\n{\"value\": \"b.example\"}\n",
                "socdef",
            ),
            (r#"["a.example", "b.example"]"#, "socdef"),
            ("[]", "socdef"),
            (
                r#"{"title": "KEV", "count": 2, "vulnerabilities": [{"value": 1}]}"#,
                "no known feed format: JSON with the keys title, count, vulnerabilities",
            ),
            (
                r#"{"data": {"value": 1}}"#,
                "no known feed format: JSON with the keys data",
            ),
            (
                r#"[{"name": "value"}]"#,
                "no known feed format: JSON with the keys name",
            ),
            ("[1, 2]", "no known feed format: JSON with no keys"),
        ] {
            assert_eq!(sniffed("feed.txt", content), format, "{content}");
        }
    }

    #[test]
    fn a_list_may_open_with_a_bracket() {
        for content in [
            "[2001:db8::1]:443\n[2001:db8::2]:443\n",
            "[.]evil.example\n",
            "[2001:db8::1]\n",
            "[198.51.100.7]\n",
        ] {
            assert_eq!(sniffed("feed.json", content), "txt", "{content}");
        }
    }

    #[test]
    fn what_is_no_text_is_refused() {
        assert_eq!(sniffed("a.txt", b"evil.example\0"), "the content is binary");
        assert_eq!(
            sniffed("a.txt", b"PK\x03\x04"),
            "the content is a ZIP archive"
        );
        let utf16 = |bytes: &[u8]| {
            assert_eq!(sniffed("a.csv", bytes), "the text is UTF-16");
        };
        utf16(b"\xff\xfee\0");
        utf16(b"\xfe\xff\0e");
        let xml = "<?xml version='1.0'?>\n<rss/>";
        assert_eq!(
            sniffed("a.md", xml),
            "the content is XML of an unknown kind"
        );
    }

    #[test]
    fn a_web_page_is_known_by_its_root_or_its_ending() {
        for (name, content) in [
            ("a.txt", "<!DOCTYPE html>\n<p>x"),
            ("a.md", "<!doctype HTML>\n<html>"),
            (
                "a.txt",
                "<?xml version='1.0'?>\n<html xmlns='http://www.w3.org/1999/xhtml'/>",
            ),
            ("a.txt", "<!-- saved -->\n<HTML>"),
            ("a.txt", "<table><tr><td>x"),
            ("a.txt", "<div class='x'>y"),
            ("a.html", "evil.example\n"),
            ("a.HTM", "Text <b>x</b>"),
        ] {
            assert_eq!(sniffed(name, content), "html", "{content}");
        }
        assert_eq!(sniffed("a.md", "<h1 align='center'>x</h1>\n"), "text");
        assert_eq!(sniffed("a.txt", "<evil.example>\n<bad.example>\n"), "txt");
        assert_eq!(sniffed("a.html", r#"{"Event": {"Attribute": []}}"#), "misp");
    }

    #[test]
    fn openioc_is_known_by_its_root() {
        for content in [
            "<?xml version='1.0'?>\n<!-- a <licence> -->\n<ioc xmlns='http://schemas.mandiant.com/2010/ioc'/>",
            "\u{feff}<OpenIOC>",
            "<!DOCTYPE ioc>\n<ioc/>",
        ] {
            assert_eq!(sniffed("a.xml", content), "openioc", "{content}");
        }
    }

    #[test]
    fn reports_are_known_by_their_ending_where_they_are_nothing_else() {
        let report = "# Report\n\n| Domain | Note |\n|---|---|\n| evil.example | a, b |\n";
        for name in ["a.md", "a.MARKDOWN", "a.adoc", "a.asciidoc", "a.rst"] {
            assert_eq!(sniffed(name, report), "text", "{name}");
            assert_eq!(sniffed(name, r#"{"Event": {"Attribute": []}}"#), "misp");
            assert_eq!(sniffed(name, "[[anchor]]\n= Report\n"), "text");
        }
        assert_eq!(
            sniffed("a.json", "[[anchor]]\n"),
            "no known feed format: JSON with no keys"
        );
        assert_eq!(sniffed("a.txt", "# Report\nevil.example\n"), "txt");
    }

    #[test]
    fn nothing_is_a_list_of_nothing() {
        assert_eq!(sniffed("a.txt", ""), "txt");
        assert_eq!(sniffed("a.json", "\u{feff} \r\n\t"), "txt");
    }

    #[test]
    fn csv_is_known_by_its_columns() {
        for content in [
            "value,entity_type\nevil.example,hostname\n",
            "sep=;\na;b\n",
            "# a comment\n\nvalue;type\nevil.example;domain\n",
            "evil.example\tseen in May\nbad.example\tseen in June\n",
            "198.51.100.7,443,high\n198.51.100.8,80,low\n",
            "\"SHA256\", \"File\"\n\"a\", \"b\"\n",
            "value,description\nevil.example,\"one, two\nthree, four\"\nbad.example,\n",
            "evil.example|domain\nbad.example|domain\n",
            "evil.example,bad.example\n",
        ] {
            assert_eq!(sniffed("feed.txt", content), "csv", "{content}");
        }
    }

    #[test]
    fn a_list_with_notes_and_commas_is_no_csv() {
        for content in [
            "evil.example\nbad.example\n",
            "5.63.151.0/24 # scanners, of rapid7\n13.249.87.0/24 # a scanner, too\n",
            "evil.example ; seen\nbad.example ; seen\n",
            "http://evil.example/a,b\nhttp://evil.example/c,d\n",
            "http://evil.example/a,b,c\nhttp://evil.example/c\nhttp://bad.example/a,b\n",
            "We saw evil.example, and more.\nThen it stopped, they say.\n",
            "evil.example, seen in May 2024\n",
        ] {
            assert_eq!(sniffed("feed.txt", content), "txt", "{content}");
        }
    }

    #[test]
    fn the_ending_breaks_ties() {
        let alone = "Malicious name\nevil.example\nbad.example\n";
        assert_eq!(sniffed("feed.txt", alone), "txt");
        assert_eq!(sniffed("feed.csv", alone), "csv");
        let nothing = "a,b\nc,d\n";
        assert_eq!(sniffed("feed.txt", nothing), "txt");
        assert_eq!(sniffed("feed.tsv", nothing), "csv");
        let urls = "http://evil.example/a,b,c\nhttp://evil.example/c\nhttp://bad.example/a\n";
        assert_eq!(sniffed("feed.csv", urls), "txt");
    }
}

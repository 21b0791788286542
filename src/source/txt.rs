//! One value a line.
//!
//! `#` and `;` open comments, and a note may follow a value. A line that ends in a colon, or that is the name of a type, is a heading;
//! what stands under a heading of something else (`File Names:`, `Observed commands:`) is not read.

use super::entry::{self, Queue};
use super::input::Input;
use super::lines::RawLines;
use super::split;
use super::type_name::{Declared, declared};
use super::{Found, Rejection, Stream};
use crate::error::Result;
use crate::indicator::{Expect, Parsed, Refusal, parse_as, refang};
use crate::place::Place;
use crate::reason::Reason;

pub(crate) fn read(input: &Input) -> Result<Stream<'_>> {
    let mut lines = RawLines::new(input)?;
    let name = input.name().clone();
    let mut section = Section::Indicators;
    let mut waiting = Queue::new();
    Ok(Box::new(std::iter::from_fn(move || {
        loop {
            if let Some(found) = waiting.pop_front() {
                return Some(Ok(found));
            }
            let line = match lines.next()? {
                Ok(line) => line,
                Err(error) => return Some(Err(error)),
            };
            let place = Place::line(&name, line.number);
            let text = line
                .bytes
                .and_then(|bytes| String::from_utf8(bytes).map_err(|_| Reason::NotUtf8));
            match text {
                Ok(text) => values_of_line(&text, &place, &mut section, &mut waiting),
                Err(reason) => {
                    waiting.push_back(Found::Rejection(Rejection::new(place, "", reason)));
                }
            }
        }
    })))
}

/// What the lines under the last heading hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Indicators,
    Other,
}

/// Words of headings under which no line is an indicator.
const OTHER_HEADINGS: [&str; 16] = [
    "file name",
    "filename",
    "file path",
    "filepath",
    "path",
    "command",
    "mutex",
    "registry",
    "user agent",
    "user-agent",
    "bitcoin",
    "btc",
    "wallet",
    "reference",
    "process",
    "yara",
];

fn values_of_line(text: &str, place: &Place, section: &mut Section, found: &mut Queue) {
    let text = without_comment(text);
    if text.is_empty() {
        return;
    }
    if let Some(next) = heading(text) {
        *section = next;
        return;
    }
    if *section == Section::Other {
        return;
    }
    let text = without_sinkhole(text);
    if let Some(list) = list(text) {
        for (value, parsed) in list {
            entry::queue(found, place, value, parsed, |_| {});
        }
        return;
    }
    entry::queue(found, place, text, first_value(text), |_| {});
}

/// A line of a `hosts` file without the address that it sends the name to: it is no indicator, the name is.
fn without_sinkhole(text: &str) -> &str {
    const SINKHOLES: [&str; 4] = ["0.0.0.0", "127.0.0.1", "::", "::1"];
    match text.split_once(char::is_whitespace) {
        Some((address, rest)) if SINKHOLES.contains(&address) => rest.trim_start(),
        _ => text,
    }
}

/// The values of a line that is a list of them: `evil.example, bad.example`.
///
/// White space alone makes no list: what follows a value behind it is a note, and a note may name an innocent site.
fn list(text: &str) -> Option<Vec<(&str, std::result::Result<Parsed, Refusal>)>> {
    memchr::memchr3(b',', b';', b'|', text.as_bytes())?;
    let separated = text.split([',', ';', '|']).map(split::trim);
    if separated
        .filter(|part| !part.is_empty())
        .any(|part| part.contains(char::is_whitespace))
    {
        return None;
    }
    let values = split::values(text, Expect::Any);
    // What looks like nothing is a note: `198.51.100.7|scanner`.
    let is_note = |refusal: &Refusal| refusal.reason == Reason::UnknownType;
    let noted = values
        .iter()
        .any(|(_, parsed)| parsed.as_ref().is_err_and(is_note));
    (values.len() > 1 && !noted).then_some(values)
}

/// A line without white space around it and without a comment: `#` or `;` at its start or behind a space.
fn without_comment(text: &str) -> &str {
    let text = split::trim(text);
    if text.starts_with(['#', ';']) || text.starts_with("//") {
        return "";
    }
    let comment = memchr::memchr2_iter(b'#', b';', text.as_bytes())
        .find(|at| text[..*at].ends_with(char::is_whitespace));
    text[..comment.unwrap_or(text.len())].trim_end()
}

/// The section that a line opens, where the line is a heading: it ends in a colon, or is nothing but the name of a type.
/// Two colons are the end of an address: `2001:db8::`.
fn heading(text: &str) -> Option<Section> {
    let name = match text.strip_suffix(':') {
        Some(name) if name.ends_with(':') => return None,
        Some(name) => name,
        None if is_type_name(text) => text,
        None => return None,
    };
    let lower = name.to_lowercase();
    let other = OTHER_HEADINGS.iter().any(|word| lower.contains(word));
    Some(if other {
        Section::Other
    } else {
        Section::Indicators
    })
}

fn is_type_name(text: &str) -> bool {
    const COLUMN_NAMES: [&str; 6] = [
        "value",
        "indicator",
        "indicators",
        "ioc",
        "iocs",
        "observable",
    ];
    // `host.name` is the name of a host.
    !text.contains('.')
        && (declared(text) != Declared::Unknown
            || COLUMN_NAMES
                .iter()
                .any(|name| name.eq_ignore_ascii_case(text)))
}

/// The value of a line: the whole line, or else what stands before its first white space, comma, semicolon or bar.
fn first_value(text: &str) -> std::result::Result<Parsed, Refusal> {
    let ends = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|');
    let whole = parse_as(Expect::Any, text);
    if !text.contains(ends) || (whole.is_ok() && !text.contains(char::is_whitespace)) {
        return whole;
    }
    // Spaces around a bracketed dot are part of the value, not its end; so the live text goes first. As it was written
    // comes second: the brackets of `archive[.]zip` say that it is no file.
    let live = refang(text);
    for spelling in [&*live, text] {
        let before_space = spelling.split_whitespace().next();
        let before_mark = spelling.split(ends).find(|part| !part.is_empty());
        for first in [before_space, before_mark].into_iter().flatten() {
            match parse_as(Expect::Any, first.trim_end_matches(ends)) {
                Ok(parsed) => return Ok(parsed),
                // A technique with its name behind it is one all the same.
                Err(refusal) if refusal.reason == Reason::Technique => return Err(refusal),
                Err(_) => {}
            }
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(text: &str) -> Vec<String> {
        let input = Input::from_bytes("list.txt", text.as_bytes());
        read(&input)
            .unwrap()
            .map(|found| match found.unwrap() {
                Found::Indicator(indicator) => {
                    format!("{} {}", indicator.ioc.ioc_type(), indicator.ioc)
                }
                Found::Rejection(rejection) => {
                    format!("{} {}", rejection.refusal.reason.code(), rejection.value)
                }
                Found::Note(note) => format!("note {}", note.kind.code()),
                Found::Blank(blank) => format!("blank {}", blank.text),
            })
            .collect()
    }

    #[test]
    fn values_comments_notes_and_headings() {
        assert_eq!(
            found(
                "\u{feff}# a comment\r\nDomains:\r\n\r\nevil[.]example ; seen\r\nSHA256\r\n198.51.100.0/24 # scanner\r\n198.51.100.9/24\r\nevil [.] example  a note\r\nhttp://evil.example/a#b\r\n; no\r\n"
            ),
            [
                "domain evil.example",
                "ipv4 198.51.100.0/24",
                "note host_bits",
                "ipv4 198.51.100.0/24",
                "domain evil.example",
                "url http://evil.example/a"
            ]
        );
    }

    #[test]
    fn a_comment_begins_behind_any_white_space() {
        assert_eq!(
            found(
                "a.example\u{a0}# b\nb.example\t;b\nhttp://c.example/#d;e #f # g\nd.example\u{3000};"
            ),
            [
                "domain a.example",
                "domain b.example",
                "url http://c.example/",
                "domain d.example"
            ]
        );
    }

    #[test]
    fn a_dotted_name_is_no_heading() {
        assert_eq!(
            found("host.name\nHost Name\nurl.link\nevil.example"),
            ["domain host.name", "domain url.link", "domain evil.example"]
        );
    }

    #[test]
    fn what_stands_under_a_heading_of_something_else_is_not_read() {
        assert_eq!(
            found("evil.example\nFile Names:\nAppdata.zip\nAD_intel\nDomains:\nbad.example"),
            ["domain evil.example", "domain bad.example"]
        );
    }

    #[test]
    fn what_is_no_indicator_is_refused_with_its_line() {
        assert_eq!(
            found("Appdata.zip\n/a.php\nnot an indicator"),
            [
                "file_name Appdata.zip",
                "no_host /a.php",
                "unknown_type not an indicator"
            ]
        );
        let input = Input::from_bytes("list.txt", &b"evil.example\n\xff\xfe\n"[..]);
        let last = read(&input).unwrap().last().unwrap().unwrap();
        let Found::Rejection(rejection) = last else {
            panic!("{last:?}")
        };
        assert_eq!(
            (rejection.refusal.reason, rejection.place.to_string()),
            (Reason::NotUtf8, "list.txt:2".to_owned())
        );
    }

    #[test]
    fn a_line_of_any_length_costs_itself_only() {
        let text = format!("{}\nevil.example\n", "a".repeat((1 << 20) + 1));
        assert_eq!(found(&text), ["line_too_long ", "domain evil.example"]);
    }

    #[test]
    fn a_line_may_be_a_list() {
        assert_eq!(
            found(
                "evil.example, bad.example\n198.51.100.7;198.51.100.999\nhttp://evil.example/a,b"
            ),
            [
                "domain evil.example",
                "domain bad.example",
                "ipv4 198.51.100.7",
                "invalid_address 198.51.100.999",
                "url http://evil.example/a,b"
            ]
        );
    }

    #[test]
    fn what_follows_a_value_is_a_note_and_no_value() {
        assert_eq!(
            found(
                "evil.example https://vendor.example/report\nhttp://evil.example/a,b seen, often\nbad.example;old\n198.51.100.7|scanner\nT1071.001 Web Protocols"
            ),
            [
                "domain evil.example",
                "url http://evil.example/a,b",
                "domain bad.example",
                "ipv4 198.51.100.7",
                "technique T1071.001 Web Protocols"
            ]
        );
    }

    #[test]
    fn a_hosts_file_is_a_list_of_names() {
        assert_eq!(
            found("0.0.0.0 evil.example\n127.0.0.1\tbad.example # seen\n0.0.0.0"),
            ["domain evil.example", "domain bad.example", "ipv4 0.0.0.0"]
        );
    }

    #[test]
    fn a_defanged_value_with_a_note_is_a_defanged_value() {
        assert_eq!(
            found("archive[.]zip\narchive[.]zip seen in May"),
            ["domain archive.zip", "domain archive.zip"]
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(bytes in any::<Vec<u8>>(), text in "([a-c,;|#: \n\r\t\\[\\].]|a\\.example|198\\.51\\.100\\.7){0,40}") {
            for content in [&bytes[..], text.as_bytes()] {
                let input = Input::from_bytes("list.txt", content);
                let _ = crate::source::detect(&input);
                prop_assert!(read(&input).unwrap().all(|found| found.is_ok()));
            }
        }
    }
}

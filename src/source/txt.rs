//! A list: one value a line, mostly.
//!
//! `#` and `;` open comments. A line that ends in a colon, or that is a word for a type, is a heading. Any other line decides for
//! itself ([`crate::extract::line`]): bullets, labels, dates and quotes around a value are not part of it, and a line may hold several.

use super::blocklist;
use super::entry::{self, Queue};
use super::input::Input;
use super::lines;
use super::plain_line;
use super::{Found, Rejection, Stream};
use crate::error::Result;
use crate::extract::Outline;
use crate::location::Place;

pub(crate) fn read(input: &Input) -> Result<Stream<'_>> {
    let mut outline = Outline::default();
    entry::each_line(input, move |line, found| {
        let place = Place::line(input.name(), line.number);
        match lines::text(line.bytes) {
            Ok(text) => read_line(&text, &place, &mut outline, found),
            Err(reason) => found.push_back(Found::Rejection(Rejection::new(place, "", reason))),
        }
    })
}

/// Reads one line of a list, below the headings before it.
pub(crate) fn read_line(line: &str, place: &Place, outline: &mut Outline, found: &mut Queue) {
    let text = plain_line::without_comment(line);
    match blocklist::line(text) {
        Some(rule) => blocklist::queue(rule, text, place, found),
        None => plain_line::read(text, place, outline, found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reason::Reason;
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
    fn a_heading_changes_trust_and_never_whether_a_line_is_read() {
        assert_eq!(
            found("evil.example\nFile Names:\nAppdata.zip\nAD_intel\nDomains:\nbad.example"),
            [
                "domain evil.example",
                "file_in_prose Appdata.zip",
                "blank AD_intel",
                "domain bad.example"
            ]
        );
        assert_eq!(
            found(
                "Command and Control Servers:\n198.51.100.201\nWallet drainer domains:\nz3.evil-one.net\nReferences\nhttps://blog.vendor.example/x\nhxxp://evil.example/a\nAllow list:\ngood.example"
            ),
            [
                "ipv4 198.51.100.201",
                "domain z3.evil-one.net",
                "reference https://blog.vendor.example/x",
                "url http://evil.example/a",
                "benign good.example"
            ]
        );
    }

    #[test]
    fn bullets_labels_dates_and_quotes_are_no_part_of_a_value() {
        for line in [
            "- evil.example",
            "• evil.example",
            "1. evil.example",
            "\"evil.example\"",
            "'evil.example',",
            "<evil.example>",
            "C2: evil.example",
            "2024-01-01 evil.example",
            "[+] Domain: `evil.example`",
            "evil.example.",
            "(evil.example)",
            "* **evil.example** - C2 server",
        ] {
            assert_eq!(found(line), ["domain evil.example"], "{line}");
        }
    }

    #[test]
    fn every_value_of_a_line_counts() {
        for (line, expected) in [
            (
                "a.example 198.51.100.8",
                &["domain a.example", "ipv4 198.51.100.8"][..],
            ),
            (
                "a.example -> 198.51.100.8",
                &["domain a.example", "ipv4 198.51.100.8"],
            ),
            (
                "198.51.100.8 (a.example)",
                &["ipv4 198.51.100.8", "domain a.example"],
            ),
            (
                "198.51.100.5 - 198.51.100.6",
                &["note range_read", "ipv4 198.51.100.5", "ipv4 198.51.100.6"],
            ),
            (
                "203.0.113.0 /26",
                &["note range_read", "ipv4 203.0.113.0/26"],
            ),
            (
                "198.51.100.7 scanner of vendor.com",
                &["ipv4 198.51.100.7", "reference vendor.com"],
            ),
            (
                "0.0.0.0 a.example b.example",
                &["domain a.example", "domain b.example"],
            ),
        ] {
            assert_eq!(found(line), expected, "{line}");
        }
    }

    #[test]
    fn what_is_no_indicator_is_refused_with_its_line() {
        assert_eq!(
            found("Appdata.zip\n/a.php\nnot an indicator"),
            [
                "file_name Appdata.zip",
                "no_host /a.php",
                "blank not an indicator"
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
    fn a_few_words_are_a_heading_by_their_last_one() {
        assert_eq!(
            found("domain evil\nIP addresses\nSHA256 hashes\nMalicious domains"),
            ["blank domain evil"]
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
    fn what_follows_a_value_may_be_a_note() {
        assert_eq!(
            found(
                "evil.example https://vendor.example/report\nhttp://evil.example/a,b seen, often\nbad.example;old\n198.51.100.7|scanner\nT1071.001 Web Protocols"
            ),
            [
                "domain evil.example",
                "reference https://vendor.example/report",
                "url http://evil.example/a,b",
                "domain bad.example",
                "ipv4 198.51.100.7",
                "technique T1071.001"
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

use super::*;
use crate::indicator::Tlp;
use crate::source::{Format, detect};
use proptest::prelude::*;

const PULSE: &str = r#"{
  "id": "1", "name": "A loader", "author_name": "researcher", "tlp": "green", "created": "2026-05-01T10:00:00",
  "adversary": "Group One", "tags": ["loader", "c2"], "malware_families": [{"id": "LoaderX", "display_name": "LoaderX"}],
  "attack_ids": [{"id": "T1059.001", "name": "PowerShell"}], "references": ["https://vendor.example/report", "notes.txt"],
  "industries": ["Finance"],
  "indicators": [
    {"id": 1, "indicator": "198.51.100.7", "type": "IPv4", "created": "2026-05-02T10:00:00", "is_active": 1, "role": "command_and_control", "expiration": "2026-06-01T00:00:00"},
    {"id": 2, "indicator": "evil-one.net", "type": "domain", "is_active": 0},
    {"id": 3, "indicator": "www.evil-two.net", "type": "hostname"},
    {"id": 4, "indicator": "http://evil-two.net/a", "type": "URL"},
    {"id": 5, "indicator": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "type": "FileHash-SHA256"},
    {"id": 6, "indicator": "0123456789abcdef0123456789abcdef01234567", "type": "FileHash-PEHASH"},
    {"id": 7, "indicator": "0123456789abcdef0123456789abcdef", "type": "FileHash-IMPHASH"},
    {"id": 8, "indicator": "rule x {}", "type": "YARA"},
    {"id": 9, "indicator": "CVE-2021-44228", "type": "CVE"},
    {"id": 10, "indicator": "203.0.113.0/24", "type": "CIDR"},
    {"id": 11, "indicator": "203.0.113.9", "type": "domain"},
    {"id": 12, "indicator": "good-one.net", "type": "domain", "validation": [{"source": "whitelist", "message": "x"}]},
    {"id": 13, "indicator": "x", "type": "Tea"},
    7,
    {"id": 14}
  ]}"#;

fn found(text: &str) -> Vec<Found> {
    let input = Input::from_bytes("pulse", text.as_bytes());
    assert_eq!(detect(&input).unwrap(), Format::Otx, "{text}");
    read(&input).unwrap().map(|found| found.unwrap()).collect()
}

fn told(found: &[Found]) -> Vec<String> {
    found
        .iter()
        .map(|found| match found {
            Found::Indicator(indicator) => indicator.ioc.to_string(),
            Found::Rejection(rejection) => {
                format!("{} {}", rejection.refusal.reason.code(), rejection.value)
            }
            Found::Note(note) => format!("note {}", note.kind.code()),
            Found::Blank(_) => "blank".to_owned(),
        })
        .collect()
}

#[test]
fn a_pulse_gives_its_indicators_by_their_types() {
    let found = found(PULSE);
    assert_eq!(
        told(&found),
        [
            "198.51.100.7",
            "expired evil-one.net",
            "www.evil-two.net",
            "http://evil-two.net/a",
            "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "unsupported_type 0123456789abcdef0123456789abcdef01234567",
            "0123456789abcdef0123456789abcdef",
            "unsupported_type rule x {}",
            "CVE-2021-44228",
            "203.0.113.0/24",
            "note retyped",
            "203.0.113.9",
            "not_for_detection good-one.net",
            "unsupported_type x",
            "broken_entry 7",
            "blank",
        ]
    );
    let Found::Indicator(first) = &found[0] else {
        panic!("{found:?}")
    };
    let date = |text: &str| crate::indicator::parse_date(text);
    assert_eq!(first.first_seen, date("2026-05-02T10:00:00Z"));
    assert_eq!(first.valid_until, date("2026-06-01T00:00:00Z"));
    assert_eq!(first.tlp, Some(Tlp::Green));
    assert_eq!(first.producers, ["researcher"]);
    assert_eq!(
        first.tags,
        [
            "loader",
            "c2",
            "LoaderX",
            "Group One",
            "command_and_control"
        ]
    );
    assert_eq!(first.mitre_techniques, ["T1059.001"]);
    assert_eq!(first.references, ["https://vendor.example/report"]);
    assert_eq!(first.sources[0].article_title.as_deref(), Some("A loader"));
    assert_eq!(
        first.place.as_ref().unwrap().to_string(),
        "pulse: indicators[0]"
    );
}

#[test]
fn pulses_come_in_lists_and_answers() {
    let expected = told(&found(PULSE));
    let line = PULSE.replace('\n', " ");
    for text in [
        format!("[{PULSE}]"),
        format!(r#"{{"count": 1, "next": null, "results": [{PULSE}]}}"#),
        format!("{line}\n"),
        format!("\u{feff}{PULSE}"),
    ] {
        assert_eq!(told(&found(&text)), expected, "{text}");
    }
    let twice = found(&format!("{line}\n{line}\n"));
    assert_eq!(twice.len(), 2 * expected.len());
    // The answer that has the indicators alone.
    let alone = r#"{"results": [{"id": 1, "indicator": "evil-one.net", "type": "domain", "created": "2026-05-02"}, {"id": 2, "indicator": "198.51.100.7", "type": "IPv4"}], "count": 2}"#;
    assert_eq!(told(&found(alone)), ["evil-one.net", "198.51.100.7"]);
    let empty = r#"{"name": "a", "revision": 1, "indicators": []}"#;
    assert_eq!(told(&found(empty)), ["blank"]);
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_harm(bytes in any::<Vec<u8>>(), text in "(\\{|\\}|\\[|\\]|,|:|\"indicators\"|\"results\"|\"indicator\"|\"type\"|\"IPv4\"|\"name\"|\"a\"|1|null){0,40}") {
        for content in [&bytes[..], text.as_bytes()] {
            let input = Input::from_bytes("pulse", content);
            let _ = detect(&input);
            prop_assert!(read(&input).unwrap().all(|found| found.is_ok()));
        }
    }
}

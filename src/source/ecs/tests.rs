use super::*;
use crate::indicator::{Confidence, Tlp};
use crate::source::{Format, detect};
use proptest::prelude::*;

fn found(text: &str) -> Vec<Found> {
    let input = Input::from_bytes("feed", text.as_bytes());
    assert_eq!(detect(&input).unwrap(), Format::Ecs, "{text}");
    read(&input).unwrap().map(|found| found.unwrap()).collect()
}

fn told(text: &str) -> Vec<String> {
    found(text)
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

const HASH: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

#[test]
fn every_spelling_of_the_keys_means_the_same() {
    for text in [
        r#"{"threat": {"indicator": {"type": "ipv4-addr", "ip": "198.51.100.7"}}}"#,
        r#"{"threat.indicator": {"ip": "198.51.100.7"}}"#,
        r#"{"threat.indicator.ip": "198.51.100.7"}"#,
        r#"{"threat": {"indicator.ip": ["198.51.100.7"]}}"#,
        r#"{"threatintel": {"indicator": {"ip": "198.51.100.7"}}}"#,
        r#"{"threatintel.indicator.ip": "198.51.100.7"}"#,
        r#"{"_index": "x", "_source": {"threat": {"indicator": {"ip": "198.51.100.7"}}}}"#,
        r#"{"fields": {"threat.indicator.ip": ["198.51.100.7"]}}"#,
        r#"[{"threat": {"indicator": {"ip": "198.51.100.7"}}}]"#,
        r#"{"took": 1, "hits": {"total": 1, "hits": [{"_source": {"threat": {"indicator": {"ip": "198.51.100.7"}}}}]}}"#,
        "{\"threat\": {\"feed\": {\"name\": \"x\"}, \"indicator\": [{\"ip\": \"198.51.100.7\"}]}}\n",
    ] {
        assert_eq!(told(text), ["198.51.100.7"], "{text}");
    }
    let bulk = "{\"index\": {\"_index\": \"x\"}}\n{\"threat.indicator.ip\": \"198.51.100.7\"}\n";
    assert_eq!(told(bulk), ["198.51.100.7"]);
}

#[test]
fn every_field_of_values() {
    let of = |inner: &str| told(&format!(r#"{{"threat": {{"indicator": {inner}}}}}"#));
    assert_eq!(
        of(
            r#"{"type": "url", "url": {"full": "http://evil-one.net/a", "original": "http://evil-one.net/a", "domain": "evil-one.net"}}"#
        ),
        ["http://evil-one.net/a"]
    );
    assert_eq!(
        of(r#"{"url": {"domain": "evil-one.net"}}"#),
        ["evil-one.net"]
    );
    assert_eq!(of(r#"{"domain": "evil-one.net"}"#), ["evil-one.net"]);
    assert_eq!(
        of(&format!(
            r#"{{"file": {{"name": "a.exe", "hash": {{"sha256": "{HASH}", "md5": "0123456789abcdef0123456789abcdef", "ssdeep": "3:a:b"}}}}}}"#
        )),
        [
            "0123456789abcdef0123456789abcdef",
            HASH,
            "unsupported_type 3:a:b"
        ]
    );
    assert_eq!(
        of(r#"{"email": {"address": "a@evil-one.net"}}"#),
        ["a@evil-one.net"]
    );
    assert_eq!(
        of(
            r#"{"x509": {"serial_number": "1F", "hash": {"sha1": "0123456789abcdef0123456789abcdef01234567"}}}"#
        ),
        [
            "unsupported_type 1F",
            "unsupported_type 0123456789abcdef0123456789abcdef01234567"
        ]
    );
    assert_eq!(
        of(r#"{"as": {"number": 64496}}"#),
        ["unsupported_type 64496"]
    );
    assert_eq!(
        of(r#"{"type": "domain-name", "name": "evil-one.net"}"#),
        ["evil-one.net"]
    );
    // Elastic's own: an address in the field of URLs.
    assert_eq!(
        of(r#"{"url": {"original": "198.51.100.7"}}"#),
        ["note retyped", "198.51.100.7"]
    );
    assert_eq!(
        of(r#"{"type": "mutex", "name": "x"}"#),
        ["unsupported_type x"]
    );
    assert_eq!(of(r#"{"type": "ipv4-addr"}"#), ["blank"]);
    assert_eq!(
        told(
            r#"{"threat": {"indicator": {"ip": "198.51.100.7"}}, "misp": {"attribute": {"decayed": true}}}"#
        ),
        ["expired 198.51.100.7"]
    );
}

#[test]
fn what_a_document_says_about_its_value() {
    let text = r#"{"threat": {"feed": {"name": "Feed One"}, "software": {"name": "LoaderX"}, "technique": {"id": ["T1071"]},
        "indicator": {"ip": "198.51.100.7", "port": 8443, "confidence": "High", "marking": {"tlp": "AMBER"}, "provider": "vendor",
        "reference": "https://vendor.example/1", "description": "seen", "first_seen": "2026-05-01T00:00:00.000Z", "last_seen": "2026-05-02T00:00:00Z"}},
        "tags": ["forwarded", "threatintel-otx", "c2"]}"#;
    let found = found(text);
    let Found::Indicator(indicator) = &found[0] else {
        panic!("{found:?}")
    };
    let date = |text: &str| crate::indicator::parse_date(text);
    assert_eq!(indicator.confidence, Some(Confidence::High));
    assert_eq!(indicator.tlp, Some(Tlp::Amber));
    assert_eq!(indicator.producers, ["vendor"]);
    assert_eq!(indicator.references, ["https://vendor.example/1"]);
    assert_eq!(indicator.context, ["seen"]);
    assert_eq!(indicator.tags, ["LoaderX", "c2"]);
    assert_eq!(indicator.mitre_techniques, ["T1071"]);
    assert_eq!(indicator.ports, [8443]);
    assert_eq!(indicator.first_seen, date("2026-05-01T00:00:00Z"));
    assert_eq!(indicator.last_seen, date("2026-05-02T00:00:00Z"));
    assert_eq!(indicator.sources[0].feed_name.as_deref(), Some("Feed One"));
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_harm(bytes in any::<Vec<u8>>(), text in "(\\{|\\}|\\[|\\]|,|:|\"threat\"|\"indicator\"|\"ip\"|\"threat.indicator.ip\"|\"hits\"|\"_source\"|\"198.51.100.7\"|1|null|\n){0,40}") {
        for content in [&bytes[..], text.as_bytes()] {
            let input = Input::from_bytes("feed", content);
            let _ = detect(&input);
            prop_assert!(read(&input).unwrap().all(|found| found.is_ok()));
        }
    }
}

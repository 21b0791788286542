//! The reader of MISP on real events.
//!
//! The counts were taken from the files themselves, by their attributes' `type` and `category`:
//! Crutch has 20 attributes: 4 `sha1`, 4 `domain`, 1 `url`; 7 `filename`, 3 `text`, and 1 `link`, which is a reference.
//! Zebrocy has 32: 5 each of `filename|md5`, `filename|sha1` and `filename|sha256`, 7 `email-dst`, 4 `email-src`, 1 `url`;
//! 4 `text`, and 1 `url` in `External analysis`, which is the report, are none. No `to_ids` is true in either.

use std::collections::BTreeMap;
use std::path::Path;

use socdef_sigma::Indicator;
use socdef_sigma::indicator::EmailRole;
use socdef_sigma::reason::Reason;
use socdef_sigma::source::{Format, Found, Input, Note, NoteKind, ReadOptions, Rejection, read};

fn event(name: &str, all_attributes: bool) -> (Vec<Indicator>, Vec<Rejection>, Vec<Note>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/misp")
        .join(name);
    let input = Input::from_bytes(name, std::fs::read(path).unwrap());
    let options = ReadOptions {
        format: Some(Format::Misp),
        all_attributes,
    };
    let (mut indicators, mut rejections, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    for found in read(&input, &options).unwrap() {
        match found.unwrap() {
            Found::Indicator(indicator) => indicators.push(*indicator),
            Found::Rejection(rejection) => rejections.push(rejection),
            Found::Note(note) => notes.push(note),
            Found::Blank(_) => {}
        }
    }
    (indicators, rejections, notes)
}

fn types(indicators: &[Indicator]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for indicator in indicators {
        *counts.entry(indicator.ioc.ioc_type().as_str()).or_default() += 1;
    }
    counts
}

#[test]
fn turla_crutch() {
    let (indicators, rejections, notes) = event("misp-turla-crutch.json", false);
    // The report itself.
    assert!(
        matches!(&rejections[..], [one] if one.refusal.reason == Reason::Reference),
        "{rejections:?}"
    );
    assert_eq!(
        types(&indicators),
        BTreeMap::from([("domain", 4), ("filepath", 7), ("sha1", 4), ("url", 1)])
    );
    let [note] = &notes[..] else {
        panic!("{notes:?}")
    };
    assert_eq!(note.kind, NoteKind::NoDetectionFlags);
    assert_eq!(
        note.place.to_string(),
        "misp-turla-crutch.json: response[0]"
    );

    let domain = indicators
        .iter()
        .find(|indicator| indicator.ioc.to_string() == "hotspot.accesscam.org")
        .unwrap();
    assert_eq!(domain.producers, ["ESET"]);
    assert_eq!(domain.context, ["Recovery C&C"]);
    assert_eq!(domain.tags, ["misp-galaxy:threat-actor=\"Turla Group\""]);
    assert_eq!(
        domain.first_seen.unwrap().to_rfc3339(),
        "2020-11-30T00:00:00+00:00"
    );
    let report = "https://www.welivesecurity.com/2020/12/02/turla-crutch-keeping-back-door-open";
    assert_eq!(domain.references, [report]);
    assert_eq!(domain.sources[0].article_url.as_deref(), Some(report));
    assert_eq!(
        domain.sources[0].article_title.as_deref(),
        Some("Turla Crutch: Keeping the “back door” open")
    );
    let place = domain.place.as_ref().unwrap().to_string();
    assert_eq!(
        place,
        "misp-turla-crutch.json: response[0].Event.Attribute[14]"
    );
}

#[test]
fn zebrocy() {
    let (indicators, rejections, notes) = event("misp-zebrocy.json", false);
    // The report itself.
    assert!(
        matches!(&rejections[..], [one] if one.refusal.reason == Reason::Reference),
        "{rejections:?}"
    );
    assert_eq!(notes.len(), 1);
    assert_eq!(
        types(&indicators),
        BTreeMap::from([
            ("email", 11),
            ("md5", 5),
            ("sha1", 5),
            ("sha256", 5),
            ("url", 1)
        ])
    );
    let role = |role| {
        indicators
            .iter()
            .filter(|indicator| indicator.email_role == Some(role))
            .count()
    };
    assert_eq!(
        (role(EmailRole::Recipient), role(EmailRole::Sender)),
        (7, 4)
    );
    let report = "https://www.welivesecurity.com/2018/11/20/sednit-whats-going-zebrocy/";
    assert!(
        indicators
            .iter()
            .all(|indicator| indicator.references == [report])
    );
    let urls: Vec<_> = indicators
        .iter()
        .map(|indicator| indicator.ioc.to_string())
        .filter(|value| value.contains("://"))
        .collect();
    assert_eq!(
        urls,
        ["http://45.124.132.127/company-device-support/values/correlate-sec.php"]
    );

    let (all, rejections, notes) = event("misp-zebrocy.json", true);
    assert_eq!((all.len(), rejections.len(), notes.len()), (27, 1, 0));
}

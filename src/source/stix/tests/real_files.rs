//! Published feeds, counted by hand: with `grep -o` over the lines of `"pattern"`, object path by object path.

use std::path::Path;

use super::*;

/// The finds in a published feed.
fn feed(name: &str) -> Vec<Found> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/stix");
    let input = Input::from_path(&folder.join(name)).unwrap().remove(0);
    read(&input, &ReadOptions::default())
        .unwrap()
        .map(|found| found.unwrap())
        .collect()
}

/// How often each type and each reason is there, sorted by name.
fn counts(found: &[Found]) -> Vec<(String, usize)> {
    let mut counts = std::collections::BTreeMap::new();
    for found in found {
        let name = match found {
            Found::Indicator(indicator) => indicator.ioc.ioc_type().as_str(),
            Found::Rejection(rejection) => rejection.refusal.reason.code(),
            Found::Note(note) => note.kind.code(),
            Found::Blank(_) => "blank",
        };
        *counts.entry(name.to_owned()).or_insert(0) += 1;
    }
    counts.into_iter().collect()
}

fn expected(counts: &[(&str, usize)]) -> Vec<(String, usize)> {
    counts
        .iter()
        .map(|(name, count)| ((*name).to_owned(), *count))
        .collect()
}

fn indicators(found: &[Found]) -> Vec<&Indicator> {
    found
        .iter()
        .filter_map(|found| match found {
            Found::Indicator(indicator) => Some(&**indicator),
            _ => None,
        })
        .collect()
}

#[test]
fn oasis_c2_address() {
    let found = feed("oasis-indicator-for-c2-ip-address.json");
    let [one] = indicators(&found)[..] else {
        panic!("{found:?}")
    };
    assert_eq!(one.ioc.to_string(), "10.0.0.0");
    assert_eq!(one.first_seen, parse_date("2014-05-08T09:00:00Z"));
    assert_eq!(one.context, ["Test description C2 channel."]);
    assert_eq!(one.tags, ["malicious-activity"]);
}

#[test]
fn oasis_malicious_mail() {
    let found = feed("oasis-malicious-email-indicator-with-attachment.json");
    // Two patterns, both with MATCHES.
    assert_eq!(counts(&found), expected(&[("pattern_not_supported", 2)]));
}

#[test]
fn oasis_poison_ivy() {
    let found = feed("oasis-poisonivy.json");
    // 25 patterns with 67 values: 25 names, one of which is `domain autuo.xicp.net`, 40 addresses, 2 file names.
    assert_eq!(
        counts(&found),
        expected(&[
            ("domain", 24),
            ("filename", 2),
            ("invalid_domain", 1),
            ("ipv4", 40)
        ])
    );
    let broken = lines(&found)
        .into_iter()
        .find(|line| line.starts_with("invalid_domain"));
    assert!(
        broken
            .unwrap()
            .starts_with("invalid_domain domain autuo.xicp.net @ ")
    );
    // The report is FireEye's and refers to all 25 indicators; they have no author of their own.
    for one in indicators(&found) {
        assert_eq!(one.producers, ["FireEye, Inc."]);
        let title = one.sources[0].article_title.as_deref();
        assert_eq!(
            title,
            Some("Poison Ivy: Assessing Damage and Extracting Intelligence")
        );
        assert_eq!(one.tags, ["malicious-activity", "attribution"]);
    }
}

#[test]
fn unit42_latrodectus() {
    let found = feed("unit42-latrodectus.json");
    assert_eq!(
        counts(&found),
        expected(&[("domain", 5), ("ipv4", 1), ("sha256", 7), ("url", 11)])
    );
    let indicators = indicators(&found);
    // The report refers to 23 of the 24 objects: not to the first of the four that have one and the same URL.
    let without: Vec<_> = indicators
        .iter()
        .filter(|one| one.sources.is_empty())
        .collect();
    assert_eq!(without.len(), 1);
    assert_eq!(
        without[0].place.as_ref().unwrap().path().unwrap(),
        "objects[8].pattern"
    );
    assert_eq!(
        indicators[0].sources[0].article_url.as_deref(),
        Some(
            "https://www.linkedin.com/posts/unit42_latrodectus-lummastealer-unit42threatintel-activity-7172007697196810240-gBxT/"
        )
    );
    assert_eq!(
        indicators[0].context,
        ["JavaScript (.js) file for Latrodectus infection seen on 2024-03-07."]
    );
    assert_eq!(indicators[23].ioc.to_string(), "95.164.3.17");
}

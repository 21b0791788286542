//! Published feeds, counted by hand: with `grep -o` over the lines of `"pattern"`, object path by object path.

use std::path::{Path, PathBuf};

use super::*;

/// A file among the tests' data, else beside the project: in `$SOCDEF_SHARED`, else in `../shared`.
fn file(name: &str) -> Option<PathBuf> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared =
        std::env::var_os("SOCDEF_SHARED").map_or_else(|| project.join("../shared"), PathBuf::from);
    [project.join("tests/data/stix"), shared.join("feeds/stix")]
        .into_iter()
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// What is found in a published feed, which a test skips where it is not there.
fn feed(name: &str) -> Option<Vec<Found>> {
    let Some(path) = file(name) else {
        // The harness shows it with `--nocapture`, and where the test fails.
        #[allow(clippy::print_stderr)]
        {
            eprintln!("skipped: no shared/feeds/stix/{name}");
        }
        return None;
    };
    let input = Input::from_path(&path).unwrap().remove(0);
    Some(
        read(&input, &ReadOptions::default())
            .unwrap()
            .map(|found| found.unwrap())
            .collect(),
    )
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
    let Some(found) = feed("oasis-indicator-for-c2-ip-address.json") else {
        return;
    };
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
    let Some(found) = feed("oasis-malicious-email-indicator-with-attachment.json") else {
        return;
    };
    // Two patterns, both with MATCHES.
    assert_eq!(counts(&found), expected(&[("pattern_not_supported", 2)]));
}

#[test]
fn oasis_poison_ivy() {
    let Some(found) = feed("oasis-poisonivy.json") else {
        return;
    };
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
    let Some(found) = feed("unit42-latrodectus.json") else {
        return;
    };
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

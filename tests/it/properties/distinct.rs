//! Two indicators never share an id or a title, and an id never changes.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::Config;
use socdef_sigma::IocType;
use socdef_sigma::indicator::{Expect, Indicator, parse, parse_as};
use socdef_sigma::rule::SigmaRule;
use uuid::Uuid;

use super::{compile, config};

proptest! {
    // Each case is a few hundred rules.
    #![proptest_config(Config { cases: 12, ..config() })]

    /// Values out of few letters, so that near misses are many.
    #[test]
    fn different_indicators_never_share_id_or_title(
        targets in prop::collection::vec("/[a%20/?.\\\\ \u{a0}]{0,4}", 20),
        long in prop::collection::vec("/a{120}[ab]{1,3}", 5),
        hosts in prop::collection::vec("[ab][.][ab][.]example(:8080)?", 3),
    ) {
        let mut rules: BTreeMap<String, SigmaRule> = BTreeMap::new();
        for host in &hosts {
            for scheme in ["http", "https", "ftp"] {
                for target in targets.iter().chain(&long) {
                    let text = format!("{scheme}://{host}{target}");
                    let parsed = parse_as(Expect::Type(IocType::Url), &text).unwrap();
                    let value = parsed.ioc.to_string();
                    rules.insert(value, compile(&Indicator::new(parsed)));
                }
            }
        }
        distinct(&rules);
    }
}

/// No two rules share an id or a title.
fn distinct(rules: &BTreeMap<String, SigmaRule>) {
    let mut ids: BTreeMap<Uuid, &str> = BTreeMap::new();
    let mut titles: BTreeMap<&str, &str> = BTreeMap::new();
    for (value, rule) in rules {
        if let Some(other) = ids.insert(rule.id, value) {
            panic!("{value:?} and {other:?} share the id {}", rule.id);
        }
        if let Some(other) = titles.insert(&rule.title, value) {
            panic!("{value:?} and {other:?} share the title {:?}", rule.title);
        }
    }
}

#[test]
fn indicators_of_different_types_never_share_id_or_title() {
    let values = [
        "198.51.100.7",
        "198.51.100.7/31",
        "http://198.51.100.7/",
        "https://198.51.100.7/",
        "2001:db8::7",
        "2001:db8::7/127",
        "http://[2001:db8::7]/",
        "evil.example",
        "http://evil.example/",
        "evil@evil.example",
        "EVIL@evil.example",
        "00000000000000000000000000000001",
        "0000000000000000000000000000000000000001",
        "0000000000000000000000000000000000000000000000000000000000000001",
        "CVE-2017-1188",
        "CVE-2017-11880",
    ];
    let rules: BTreeMap<String, SigmaRule> = values
        .iter()
        .map(|value| {
            (
                (*value).to_owned(),
                compile(&Indicator::new(parse(value).unwrap())),
            )
        })
        .collect();
    assert_eq!(rules.len(), values.len());
    distinct(&rules);
}

/// The id is the documented one, so that it never changes: UUIDv5 of `type:value` in the project's namespace.
#[test]
fn an_id_is_what_its_documentation_says() {
    let namespace = Uuid::new_v5(&Uuid::NAMESPACE_DNS, b"socdef-sigma");
    for (value, name) in [
        ("203.0.113.42", "ipv4:203.0.113.42"),
        ("hxxp://EVIL[.]example", "url:http://evil.example/"),
        ("https://evil.example", "url:https://evil.example/"),
        (
            "D41D8CD98F00B204E9800998ECF8427F",
            "md5:d41d8cd98f00b204e9800998ecf8427f",
        ),
    ] {
        let rule = compile(&Indicator::new(parse(value).unwrap()));
        assert_eq!(
            rule.id,
            Uuid::new_v5(&namespace, name.as_bytes()),
            "{value}"
        );
    }
    let sample = compile(&Indicator::new(parse("203.0.113.42").unwrap()));
    assert_eq!(
        sample.id.to_string(),
        "a9602613-34cd-5022-8c59-a9322f69bed9"
    );
}

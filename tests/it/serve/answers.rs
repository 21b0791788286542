//! What is answered: parameters and formats.

use std::collections::HashSet;

use chrono::{Duration, SecondsFormat};
use socdef_sigma::Indicator;
use socdef_sigma::indicator::{Confidence, Source};
use socdef_sigma::rule::SigmaRule;

use super::client::{Reply, Shelf, addresses, indicator, now};

const IOCS: &str = "/api/v1/iocs";
const SIGMA: &str = "/api/v1/iocs/sigma";

/// One of each type.
pub(super) const VALUES: [&str; 9] = [
    "198.51.100.7",
    "2001:db8::1",
    "evil.example",
    "http://evil.example/a.php?id=1*x",
    "d41d8cd98f00b204e9800998ecf8427e",
    "a010d5449d29a1916827fdb443e3c84c405cb2a5",
    "68872cc22fbdf0c2f69c32ac878ba9a7b7cf61fe5dd0e3da200131b8b23438e7",
    "CVE-2017-1188",
    "a@evil.example",
];

pub(super) fn mixed() -> Shelf {
    let shelf = Shelf::new();
    let mut all: Vec<Indicator> = VALUES.iter().map(|value| indicator(value)).collect();
    all[0].confidence = Some(Confidence::High);
    all[1].confidence = Some(Confidence::Low);
    all[0].industries.push("energy".to_owned());
    all[2]
        .industries
        .extend(["energy".to_owned(), "water".to_owned()]);
    shelf.put(&all);
    shelf
}

pub(super) fn rules(reply: &Reply) -> Vec<SigmaRule> {
    assert_eq!(reply.status, 200, "{}", reply.text());
    let rule =
        |text: &str| SigmaRule::from_yaml(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    reply.text().split("---\n").map(rule).collect()
}

#[test]
fn every_parameter_chooses() {
    let shelf = mixed();
    let server = shelf.serve("");
    for (index, kind) in [
        "ipv4", "ipv6", "domain", "url", "md5", "sha1", "sha256", "cve", "email",
    ]
    .into_iter()
    .enumerate()
    {
        let list = server.get(&format!("{IOCS}?type={kind}"));
        assert_eq!(list.values(), [VALUES[index]]);
        let json = list.json();
        let rules = rules(&server.get(&format!("{SIGMA}?type={kind}")));
        assert_eq!(rules.len(), 1);
        assert_eq!(json["data"][0]["id"], rules[0].id.to_string());
        assert_eq!(json["meta"]["filters"]["type"], kind);
    }
    assert_eq!(
        server.get(&format!("{IOCS}?confidence=high")).values(),
        [VALUES[0]]
    );
    assert_eq!(
        server.get(&format!("{IOCS}?confidence=low")).values(),
        [VALUES[1]]
    );
    // What no feed rates is of the default confidence, in the list as in the filter.
    let medium = server.get(&format!("{IOCS}?confidence=medium"));
    assert_eq!(medium.values().len(), 7);
    assert_eq!(medium.json()["data"][0]["confidence"], "medium");
    assert_eq!(
        server.get(&format!("{IOCS}?industry=energy")).values(),
        [VALUES[0], VALUES[2]]
    );
    assert_eq!(
        server
            .get(&format!(
                "{IOCS}?industry=energy&type=domain&confidence=medium"
            ))
            .values(),
        [VALUES[2]]
    );
    assert!(
        server
            .get(&format!("{IOCS}?industry=dams"))
            .values()
            .is_empty()
    );
    assert_eq!(
        server.get(&format!("{IOCS}?limit=2&offset=3")).values(),
        VALUES[3..5]
    );
    assert!(
        server
            .get(&format!("{IOCS}?offset=9223372036854775807"))
            .values()
            .is_empty()
    );
    for since in [
        "2000-01-01",
        "0163-01-16",
        "0163-01-16T20:12:00.224394Z",
        "2000-01-01T00:00:00Z",
        "2000-01-01T00:00:00+02:00",
        "2000-01-01T00:00:00%2B02:00",
    ] {
        assert_eq!(
            server.get(&format!("{IOCS}?since={since}")).values().len(),
            9,
            "{since}"
        );
    }
    let later = (now() + Duration::seconds(60)).to_rfc3339_opts(SecondsFormat::Secs, true);
    assert!(
        server
            .get(&format!("{IOCS}?since={later}"))
            .values()
            .is_empty()
    );
}

#[test]
fn every_parameter_is_checked() {
    let shelf = mixed();
    let server = shelf.serve("");
    for path in [IOCS, SIGMA] {
        for (query, parameter) in [
            ("limit=0", "limit"),
            ("limit=10001", "limit"),
            ("limit=-1", "limit"),
            ("limit=%2B5", "limit"),
            ("limit=", "limit"),
            ("limit=ten", "limit"),
            ("limit=99999999999999999999", "limit"),
            ("offset=-1", "offset"),
            ("offset=9223372036854775808", "offset"),
            ("type=ip", "type"),
            ("type=IPv4", "type"),
            ("type=mitre-attack", "type"),
            ("confidence=none", "confidence"),
            ("industry=gaming", "industry"),
            ("since=yesterday", "since"),
            ("since=", "since"),
            ("typo=1", "typo"),
            ("type=ipv4&type=ipv6", "type"),
            ("type=%FF", "type"),
        ] {
            let reply = server.get(&format!("{path}?{query}"));
            assert_eq!(
                (reply.status, &*reply.code()),
                (400, "invalid_parameter"),
                "{query}"
            );
            let details = reply.json()["error"]["details"].clone();
            assert_eq!(details["parameter"], parameter, "{query}");
            assert!(!details["allowed"].as_str().unwrap().is_empty());
        }
    }
    assert_eq!(
        server.get(&format!("{IOCS}?format=xml")).code(),
        "invalid_parameter"
    );
    assert_eq!(
        server.get(&format!("{SIGMA}?format=json")).code(),
        "invalid_parameter"
    );
    let long = server.get(&format!("{IOCS}?{}=1", "x".repeat(500)));
    assert!(long.message().len() < 250, "{}", long.message());
}

#[test]
fn rules_are_a_stream_of_documents() {
    let shelf = Shelf::new();
    shelf.put(&addresses(1200));
    let server = shelf.serve("");
    let reply = server.get(&format!("{SIGMA}?limit=10000"));
    assert_eq!(reply.header("content-type"), Some("application/yaml"));
    assert_eq!(reply.header("transfer-encoding"), Some("chunked"));
    assert_eq!(reply.number("x-total-count"), 1200);
    assert!(reply.whole && reply.text().ends_with('\n') && !reply.text().starts_with("---"));
    let ids: HashSet<_> = rules(&reply).iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), 1200);
    // A client can walk.
    let mut walked = Vec::new();
    loop {
        let page = server.get(&format!("{SIGMA}?limit=500&offset={}", walked.len()));
        if page.text() == "# no rules\n" {
            break;
        }
        walked.extend(rules(&page).into_iter().map(|rule| rule.id));
    }
    assert_eq!(
        walked,
        rules(&reply).iter().map(|rule| rule.id).collect::<Vec<_>>()
    );
    let default = server.get(SIGMA);
    assert_eq!(rules(&default).len(), 100);
    assert_eq!(
        default.header("link"),
        Some("</api/v1/iocs/sigma?limit=100&offset=100>; rel=\"next\"")
    );
}

#[test]
fn a_rule_without_a_date_has_that_of_its_arrival_and_keeps_it() {
    let shelf = Shelf::new();
    shelf.put_at(
        "a",
        &[indicator("198.51.100.7")],
        now() - Duration::days(40),
    );
    let mut low = indicator("198.51.100.8");
    low.first_seen = socdef_sigma::indicator::parse_date("2023-04-05");
    shelf.put_at("a", &[low], now());
    let server = shelf.serve("");
    let rules = rules(&server.get(SIGMA));
    let day = (now() - Duration::days(40)).date_naive();
    assert_eq!(rules[0].date, Some(day));
    assert_eq!(rules[1].date.unwrap().to_string(), "2023-04-05");
    assert_eq!(server.get(SIGMA).body, server.get(SIGMA).body);
}

#[test]
fn nothing_found_is_a_comment() {
    let shelf = Shelf::new();
    let server = shelf.serve("");
    let reply = server.get(&format!("{SIGMA}?type=cve"));
    assert_eq!((reply.status, reply.text()), (200, "# no rules\n"));
    assert_eq!(reply.number("x-total-count"), 0);
    let list = server.get(IOCS);
    assert!(list.values().is_empty());
    assert_eq!(list.json()["links"]["next"], serde_json::Value::Null);
    assert_eq!(server.get(&format!("{IOCS}?format=txt")).text(), "");
}

#[test]
fn the_list_has_the_forms_of_the_api() {
    let shelf = Shelf::new();
    let mut one = indicator("198.51.100.7:443");
    one.tags = vec!["c2".into(), "a,b".into()];
    one.context.push("seen \"often\"".into());
    one.tlp = Some(socdef_sigma::Tlp::Green);
    one.producers = vec!["ESET".into(), "CERT, X".into()];
    one.mitre_techniques.push("T1071".into());
    one.first_seen = socdef_sigma::indicator::parse_date("2024-12-08T14:30:00Z");
    one.sources.push(Source {
        feed_name: Some("The Feed, daily".into()),
        article_url: Some("https://news.example/1".into()),
        category: Some("news".into()),
        ..Source::default()
    });
    shelf.put(&[one, indicator("evil.example"), indicator("other.example")]);
    let server = shelf.serve("source: My SOC");
    let reply = server.get(&format!("{IOCS}?limit=2&type=domain"));
    assert_eq!(reply.header("content-type"), Some("application/json"));
    let list: socdef_sigma::wire::List = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(
        (list.meta.total, list.meta.limit, list.meta.offset),
        (2, 2, 0)
    );
    assert_eq!(
        (list.meta.feed_version.as_str(), list.meta.source.as_str()),
        ("1.0", "My SOC")
    );
    let first = server.get(&format!("{IOCS}?limit=1")).json();
    assert_eq!(first["links"]["self"], "/api/v1/iocs?limit=1");
    assert_eq!(first["links"]["next"], "/api/v1/iocs?limit=1&offset=1");
    let record = &first["data"][0];
    assert_eq!(record["first_seen"], "2024-12-08T14:30:00Z");
    assert_eq!(record["last_seen"], serde_json::Value::Null);
    assert_eq!(record["source"]["category"], "news");
    assert_eq!(record["ports"], serde_json::json!([443]));
    // Along the links to the end.
    let (mut next, mut walked) = (Some("/api/v1/iocs?limit=1".to_owned()), Vec::new());
    while let Some(link) = next {
        let page = server.get(&link);
        walked.extend(page.values());
        next = page.json()["links"]["next"].as_str().map(str::to_owned);
    }
    assert_eq!(walked, ["198.51.100.7", "evil.example", "other.example"]);

    let csv = server.get(&format!("{IOCS}?format=csv"));
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
    let lines: Vec<_> = csv.text().split("\r\n").collect();
    assert_eq!(
        lines[0],
        "id,type,value,confidence,first_seen,last_seen,source_article,source_feed,category,tags,tlp,producers"
    );
    assert!(
        lines[1].ends_with(",ipv4,198.51.100.7,medium,2024-12-08T14:30:00Z,,https://news.example/1,\"The Feed, daily\",news,\"c2;a,b\",green,\"ESET;CERT, X\""),
        "{}", lines[1]
    );
    // Our own reader has all of it back, and the API's columns alone as before.
    let again = |text: String| {
        let input = socdef_sigma::source::Input::from_bytes("iocs.csv", text.into_bytes());
        let options = socdef_sigma::source::ReadOptions::default();
        let found = socdef_sigma::source::read(&input, &options).unwrap();
        let mut found = found.filter_map(|found| match found.unwrap() {
            socdef_sigma::source::Found::Indicator(indicator) => Some(*indicator),
            _ => None,
        });
        found.next().unwrap()
    };
    let read = again(csv.text().to_owned());
    assert_eq!(read.producers, ["ESET", "CERT, X"]);
    assert_eq!(read.tlp, Some(socdef_sigma::Tlp::Green));
    let old = csv
        .text()
        .replace(",tlp,producers", "")
        .replace(",green,\"ESET;CERT, X\"", "");
    let read = again(old.replace(",,\r\n", "\r\n"));
    assert_eq!(
        (read.producers, read.tlp),
        (vec!["SOC Defenders".to_owned()], None)
    );
    let txt = server.get(&format!("{IOCS}?format=txt"));
    assert_eq!(
        txt.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    assert_eq!(txt.text(), "198.51.100.7\nevil.example\nother.example\n");
    assert_eq!(txt.header("x-content-type-options"), Some("nosniff"));
}

use super::*;
use crate::indicator::{
    Confidence, EmailRole, Indicator, IocType, Source, Vulnerability, parse, parse_date,
};
use crate::source::{Found, Input, ReadOptions, read};

#[test]
fn a_record_reads_back_as_its_indicator() {
    let mut indicator = Indicator::new(parse("a@evil.example").expect("an address"));
    indicator.confidence = Some(Confidence::High);
    indicator.producers = vec!["ESET".to_owned(), "Volexity".to_owned()];
    indicator.references = vec!["https://example.com/report".to_owned()];
    indicator.email_role = Some(EmailRole::Recipient);
    indicator.tags = vec!["c2".to_owned()];
    indicator.mitre_techniques = vec!["T1566".to_owned()];
    indicator.industries = vec!["energy".to_owned()];
    indicator.sources = vec![Source {
        feed_name: Some("A feed".to_owned()),
        ..Source::default()
    }];
    reads_back(indicator);
    let mut known = Indicator::new(parse("CVE-2026-12345").expect("a CVE"));
    known.producers = vec!["CISA".to_owned()];
    known.vulnerability = Some(Vulnerability {
        product: Some("Product".to_owned()),
        due_date: "2026-05-22".parse().ok(),
        ransomware: true,
        ..Vulnerability::default()
    });
    reads_back(known);
}

fn reads_back(mut indicator: Indicator) {
    let list =
        serde_json::json!({"meta": {"source": "a server"}, "data": [Record::from(&indicator)]});
    let input = Input::from_bytes("list.json", list.to_string().as_bytes());
    let found: Vec<_> = read(&input, &ReadOptions::default())
        .expect("a list")
        .collect();
    let [Ok(Found::Indicator(again))] = found.as_slice() else {
        panic!("{found:?}")
    };
    indicator.place = again.place.clone();
    assert_eq!(**again, indicator);
}

#[test]
fn a_query_says_what_is_wrong_with_it() {
    let read = |pairs: &[(&str, &str)]| {
        Query::read(pairs.iter().copied(), true).map_err(|error| error.to_string())
    };
    for (pairs, part) in [
        (
            &[("limit", "0")][..],
            "`limit` must be a number from 1 to 10000",
        ),
        (&[("limit", "10001")], "`limit` must be"),
        (&[("limit", "-1")], "`limit` must be"),
        (&[("type", "IPV4")], "`type` must be one of ipv4"),
        (
            &[("confidence", "High")],
            "`confidence` must be one of low, medium, high",
        ),
        (&[("since", "yesterday")], "`since` must be an ISO 8601"),
        (
            &[("industry", "gaming")],
            "`industry` must be one of chemical",
        ),
        (&[("offset", "-1")], "`offset` must be a number from 0"),
        (
            &[("format", "xml")],
            "`format` must be one of json, csv, txt",
        ),
        (&[("typo", "x")], "`typo` must be one of type"),
        (
            &[("type", "ipv4"), ("type", "ipv6")],
            "`type` must be given once",
        ),
    ] {
        let error = read(pairs).unwrap_err();
        assert!(error.contains(part), "{pairs:?}: {error}");
    }
    assert!(Query::read([("format", "csv")], false).is_err());
}

#[test]
fn a_query_reads_back_from_its_pairs() {
    let query = Query {
        ioc_type: Some(IocType::Url),
        since: parse_date("2024-05-06T07:08:09.5Z"),
        confidence: Some(Confidence::Low),
        industry: Some("energy".to_owned()),
        limit: Some(10_000),
        offset: 7,
        format: ListFormat::Txt,
    };
    let pairs = query.pairs();
    let borrowed = pairs.iter().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(Query::read(borrowed, true).unwrap(), query);
}

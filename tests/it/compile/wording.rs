//! Wording.

use super::*;

/// Author, references, title up to the value, and the end of the description.
fn wording(rule: &SigmaRule) -> (&str, Vec<&str>, &str, &str) {
    let description = rule.description.as_deref().unwrap();
    let by = description.find("identified by ").unwrap();
    (
        rule.author.as_deref().unwrap(),
        rule.references.iter().map(String::as_str).collect(),
        rule.title.rsplit_once(' ').unwrap().0,
        &description[by..],
    )
}

#[test]
fn a_rule_names_the_producer_of_its_feed() {
    let entry = json!({"type": "ipv4", "value": "198.51.100.7", "source": {"feed_name": "F", "article_url": "https://a.example/r"}});
    let own = run(&[api("f.json", std::slice::from_ref(&entry))]);
    assert_eq!(
        wording(own.only()),
        (
            "SOC Defenders",
            vec!["https://a.example/r", "https://socdefenders.ai"],
            "SOC Defenders - Malicious IPv4 Indicator",
            "identified by SOC Defenders threat intelligence."
        )
    );
    // A producer that was named by the user stands in for the feed's: when reading, or when compiling.
    let named = (
        "ESET",
        vec!["https://a.example/r"],
        "ESET - Malicious IPv4 Indicator",
        "identified by ESET threat intelligence.",
    );
    let compiling = Settings {
        producer: Some("ESET".to_owned()),
        ..settings()
    };
    let late = Run::of(
        &intake(&[api("f.json", std::slice::from_ref(&entry))]),
        &compiling,
    );
    assert_eq!(wording(late.only()), named);
    let mut reading = Intake::new(usize::MAX);
    reading.set_producer(Some("ESET".to_owned()));
    read_into(&mut reading, &[api("f.json", &[entry])]);
    let early = Run::of(&reading, &settings());
    assert_eq!(wording(early.only()), named);
}

#[test]
fn without_a_producer_nobody_is_named() {
    let run = run(&[list("list.txt", "198.51.100.7\n")]);
    assert_eq!(
        wording(run.only()),
        (
            "socdef-sigma",
            vec![],
            "Threat Intelligence - Malicious IPv4 Indicator",
            "identified by threat intelligence."
        )
    );
    assert!(!emit::yaml(run.only()).contains("SOC Defenders"));
}

#[test]
fn two_producers_are_both_authors() {
    let entry = json!({"type": "ipv4", "value": "198.51.100.7"});
    let mut both = Intake::new(usize::MAX);
    both.set_producer(Some("ESET".to_owned()));
    read_into(&mut both, &[api("one.json", std::slice::from_ref(&entry))]);
    both.set_producer(None);
    read_into(&mut both, &[api("two.json", &[entry])]);
    let run = Run::of(&both, &settings());
    assert_eq!(
        wording(run.only()),
        (
            "ESET, SOC Defenders",
            vec!["https://socdefenders.ai"],
            "ESET - Malicious IPv4 Indicator",
            "identified by ESET threat intelligence."
        )
    );
}

#[test]
fn references_are_links_and_each_stands_once() {
    let entries: Vec<Json> = [
        "https://b.example/2",
        "https://a.example/1",
        "https://b.example/2",
        "no link",
        "javascript:alert(1)",
        "https://c.example/a b",
        "https://attack.mitre.org/techniques/T1071/",
        "https://c.example/\"quoted\"",
        "ftp://c.example/",
        "https://",
    ]
    .into_iter()
    .map(|link| json!({"type": "ipv4", "value": "198.51.100.7", "source": {"article_url": link}}))
    .collect();
    let run = run(&[api("f.json", &entries)]);
    assert_eq!(
        run.only().references,
        [
            "https://b.example/2",
            "https://a.example/1",
            "https://socdefenders.ai"
        ]
    );
    // What is no link is not lost.
    assert_eq!(
        plain(socdef(run.only()))["sources"]
            .as_array()
            .unwrap()
            .len(),
        9
    );
}

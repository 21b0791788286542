//! Choices.

use super::*;

/// Six indicators that differ in everything that can be chosen by.
fn assorted() -> Intake {
    intake(&[api(
        "f.json",
        &[
            json!({"value": "198.51.100.1", "type": "ipv4", "confidence": "low", "first_seen": "2026-01-01",
                   "last_seen": "2026-03-01", "tlp": "clear", "industries": ["energy"]}),
            json!({"value": "198.51.100.2", "type": "ipv4", "confidence": "medium", "first_seen": "2026-02-01",
                   "tlp": "amber", "industries": ["water", "energy"]}),
            json!({"value": "c.example", "type": "domain", "confidence": "high", "last_seen": "2026-03-15T12:00:00Z",
                   "tlp": "red", "industries": ["finance"]}),
            json!({"value": "d.example", "type": "domain"}),
            json!({"value": "http://e.example/", "type": "url", "first_seen": "2026-04-01", "tlp": "amber+strict"}),
            json!({"value": "10.0.0.1", "type": "ipv4", "confidence": "high", "last_seen": "2026-03-01"}),
        ],
    )])
}

/// What a choice keeps, by the first letter or last digit of the values, and why it leaves out the others.
fn chosen(change: impl FnOnce(&mut Settings)) -> (String, BTreeMap<&'static str, u64>) {
    let mut settings = settings();
    change(&mut settings);
    let run = Run::of(&assorted(), &settings);
    let letter = |value: &str| match value {
        "198.51.100.1" => '1',
        "198.51.100.2" => '2',
        "10.0.0.1" => 'p',
        "http://e.example/" => 'e',
        value => value.chars().next().unwrap(),
    };
    let mut reasons = run.reasons();
    // The guard comes first: what must never alert is not a matter of taste.
    let private = reasons.remove("private_address");
    assert_eq!(private, settings.guard.then_some(1));
    (run.values().into_iter().map(letter).collect(), reasons)
}

#[test]
fn choices_keep_what_was_asked_for_and_say_why_the_rest_is_left_out() {
    let one = |reason: &'static str, count: u64| BTreeMap::from([(reason, count)]);
    assert_eq!(chosen(|_| {}), ("12cde".to_owned(), BTreeMap::new()));
    // Types.
    assert_eq!(
        chosen(|s| s.types = vec![IocType::Ipv4]),
        ("12".to_owned(), one("type_not_selected", 3))
    );
    assert_eq!(
        chosen(|s| s.types = vec![IocType::Url, IocType::Domain]),
        ("cde".to_owned(), one("type_not_selected", 2))
    );
    // Dates: the last one counts, else the first; both ends are inside.
    assert_eq!(
        chosen(|s| s.since = Some(at("2026-03-01"))),
        ("1cde".to_owned(), one("outside_dates", 1))
    );
    assert_eq!(
        chosen(|s| s.since = Some(at("2026-03-01T00:00:01Z"))),
        ("cde".to_owned(), one("outside_dates", 2))
    );
    assert_eq!(
        chosen(|s| s.until = Some(at("2026-03-01"))),
        ("12d".to_owned(), one("outside_dates", 2))
    );
    assert_eq!(
        chosen(|s| (s.since, s.until) = (Some(at("2026-03-01")), Some(at("2026-03-31")))),
        ("1cd".to_owned(), one("outside_dates", 2))
    );
    // Confidence: exactly, or at least; the default stands in where none is stated.
    assert_eq!(
        chosen(|s| s.confidence = Some(Confidence::Low)),
        ("1".to_owned(), one("confidence_not_selected", 4))
    );
    assert_eq!(
        chosen(|s| s.confidence = Some(Confidence::Medium)),
        ("2de".to_owned(), one("confidence_not_selected", 2))
    );
    assert_eq!(
        chosen(|s| s.min_confidence = Some(Confidence::Medium)),
        ("2cde".to_owned(), one("confidence_not_selected", 1))
    );
    assert_eq!(
        chosen(|s| {
            s.min_confidence = Some(Confidence::High);
            s.default_confidence = Confidence::High;
        }),
        ("cde".to_owned(), one("confidence_not_selected", 2))
    );
    // Industry.
    assert_eq!(
        chosen(|s| s.industry = Some("energy".to_owned())),
        ("12".to_owned(), one("industry_not_selected", 3))
    );
    assert_eq!(
        chosen(|s| s.industry = Some("financial-services".to_owned())),
        ("c".to_owned(), one("industry_not_selected", 4))
    );
    // TLP: no label passes.
    assert_eq!(
        chosen(|s| s.max_tlp = Some(Tlp::Clear)),
        ("1d".to_owned(), one("tlp_too_strict", 3))
    );
    assert_eq!(
        chosen(|s| s.max_tlp = Some(Tlp::Amber)),
        ("12d".to_owned(), one("tlp_too_strict", 2))
    );
    assert_eq!(
        chosen(|s| s.max_tlp = Some(Tlp::AmberStrict)),
        ("12de".to_owned(), one("tlp_too_strict", 1))
    );
    assert_eq!(chosen(|s| s.max_tlp = Some(Tlp::Red)).0, "12cde");
    // Limit: of those that are kept, the first ones.
    assert_eq!(
        chosen(|s| s.limit = Some(2)),
        ("12".to_owned(), one("over_limit", 3))
    );
    assert_eq!(
        chosen(|s| s.limit = Some(0)),
        (String::new(), one("over_limit", 5))
    );
    assert_eq!(chosen(|s| s.limit = Some(5)).0, "12cde");
    assert_eq!(
        chosen(|s| (s.limit, s.types) = (Some(1), vec![IocType::Domain])),
        (
            "c".to_owned(),
            BTreeMap::from([("over_limit", 1), ("type_not_selected", 3)])
        )
    );
    // Without the guard the private address is one like the others.
    assert_eq!(chosen(|s| s.guard = false).0, "12cdep");
    assert_eq!(
        chosen(|s| (s.guard, s.types) = (false, vec![IocType::Domain])),
        ("cd".to_owned(), one("type_not_selected", 4))
    );
}

#[test]
fn a_private_address_is_private_even_where_it_was_not_asked_for() {
    let settings = Settings {
        types: vec![IocType::Domain],
        ..settings()
    };
    let run = Run::of(&assorted(), &settings);
    assert_eq!(run.reasons()["private_address"], 1);
    let entry = run
        .report
        .entries()
        .iter()
        .find(|entry| entry.value == "10.0.0.1")
        .unwrap();
    assert_eq!(entry.place.as_ref().unwrap().to_string(), "f.json:6");
}

#[test]
fn what_has_no_date_passes_a_choice_of_dates_and_is_noted() {
    let dated = Settings {
        since: Some(at("2026-05-01")),
        ..settings()
    };
    let run = Run::of(&assorted(), &dated);
    assert_eq!(run.values(), ["d.example"]);
    assert_eq!(
        run.notes(),
        [("undated", "d.example".to_owned(), "f.json:4".to_owned())]
    );
    assert_eq!(Run::of(&assorted(), &settings()).notes(), []);
}

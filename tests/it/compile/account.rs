//! The account.

use super::*;

#[test]
fn every_value_is_counted_once_and_has_an_entry_with_its_place() {
    let run = run(&[
        list(
            "list.txt",
            "# a comment\n\nevil.example\nEVIL.example\n10.0.0.1\n10.0.0.1:80\nAppdata.zip\nco.uk\n",
        ),
        api(
            "feed.json",
            &[
                json!({"type": "mitre-attack", "value": "T1071"}),
                json!({"type": "ipv4", "value": "an address"}),
                json!({"no": "value"}),
                json!({"type": "md5", "value": "D41D8CD98F00B204E9800998ECF8427E"}),
            ],
        ),
    ]);
    let counts = run.report.counts();
    assert_eq!(
        (
            counts.read,
            counts.kept,
            counts.merged,
            counts.dropped,
            counts.refused,
            counts.rules
        ),
        (10, 1, 2, 4, 3, 1)
    );
    let entries: Vec<(String, &str, &str)> = run
        .report
        .entries()
        .iter()
        .map(|entry| {
            let place = entry.place.as_ref().unwrap().to_string();
            let reason = entry.refusal.reason;
            (place, reason.outcome().as_str(), reason.code())
        })
        .collect();
    // In the order in which they were decided: what is dropped is judged when all is merged.
    let expected = [
        ("list.txt:4", "merged", "duplicate"),
        ("list.txt:6", "merged", "duplicate"),
        ("list.txt:7", "refused", "file_name"),
        ("feed.json:1", "dropped", "technique"),
        ("feed.json:2", "refused", "invalid_address"),
        ("feed.json:3", "refused", "broken_entry"),
        ("list.txt:5", "dropped", "private_address"),
        ("list.txt:8", "dropped", "public_suffix"),
        ("feed.json:4", "dropped", "empty_file"),
    ];
    let expected: Vec<(String, &str, &str)> = expected.map(|(a, b, c)| (a.to_owned(), b, c)).into();
    assert_eq!(entries, expected);
    let json = run.report.json();
    assert_eq!(
        json["counts"],
        json!({"read": 10, "kept": 1, "merged": 2, "dropped": 4, "refused": 3, "rules": 1})
    );
    assert_eq!(json["entries"][0]["file"], "list.txt");
    assert_eq!(json["entries"][0]["line"], 4);
    assert_eq!(json["entries"][0]["value"], "evil.example");
    assert_eq!(
        json["rules"],
        json!([{"type": "domain", "log_source": "dns_query/windows", "rules": 1}])
    );
}

#[test]
fn an_address_that_ends_in_colons_is_no_heading() {
    let run = run(&[list("list.txt", "Addresses:\n2001:db8::\n")]);
    assert_eq!(run.values(), ["2001:db8::"]);
}

#[test]
fn counts_stay_exact_where_entries_are_limited() {
    let mut intake = Intake::new(2);
    read_into(
        &mut intake,
        &[list(
            "list.txt",
            "10.0.0.1\n10.0.0.2\n10.0.0.3\n10.0.0.3\nevil.example\n",
        )],
    );
    let (_, report) = intake.select(&settings());
    assert_eq!(report.entries().len(), 2);
    assert_eq!(
        (
            report.counts().read,
            report.counts().dropped,
            report.counts().merged
        ),
        (5, 3, 1)
    );
    assert_eq!(report.reasons().map(|(_, count)| count).sum::<u64>(), 4);
}

#[test]
fn the_same_intake_can_be_selected_from_twice() {
    let intake = intake(&[list("list.txt", "evil.example\n10.0.0.1\n")]);
    let one = Run::of(&intake, &settings());
    let unguarded = Settings {
        guard: false,
        ..settings()
    };
    assert_eq!(
        Run::of(&intake, &unguarded).values(),
        ["evil.example", "10.0.0.1"]
    );
    assert_eq!(Run::of(&intake, &settings()).rules, one.rules);
}

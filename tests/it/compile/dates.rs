//! Dates and now.

use super::*;

#[test]
fn a_rule_is_dated_by_its_feed_else_by_now() {
    let dates = |first: Json, last: Json| {
        let rule = rule(
            json!({"type": "domain", "value": "evil.example", "first_seen": first, "last_seen": last}),
        );
        (day(rule.date).unwrap(), day(rule.modified))
    };
    let on = |date: &str| (date.to_owned(), None);
    assert_eq!(dates(json!(null), json!(null)), on("2026-05-17"));
    assert_eq!(dates(json!("2026-01-02"), json!(null)), on("2026-01-02"));
    assert_eq!(
        dates(json!("2026-01-02T01:00:00Z"), json!("2026-01-02T23:00:00Z")),
        on("2026-01-02")
    );
    assert_eq!(
        dates(json!("2026-01-02"), json!("2026-01-03")),
        ("2026-01-02".to_owned(), Some("2026-01-03".to_owned()))
    );
    // Seen again before it was seen first: nothing was modified.
    assert_eq!(
        dates(json!("2026-01-02"), json!("2026-01-01")),
        on("2026-01-02")
    );
    assert_eq!(dates(json!(null), json!("2026-01-03")), on("2026-01-03"));
    // Days are those of UTC.
    assert_eq!(
        dates(json!("2026-01-02T00:30:00+02:00"), json!(null)),
        on("2026-01-01")
    );
    // A date with two readings is none, and is reported.
    assert_eq!(dates(json!("3/4/2026"), json!(null)), on("2026-05-17"));
    assert_eq!(dates(json!("3/18/2026"), json!(null)), on("2026-03-18"));
}

#[test]
fn now_is_one_value_for_the_whole_run() {
    let intake = intake(&[api(
        "f.json",
        &[
            json!({"value": "a.example", "type": "domain"}),
            json!({"value": "b.example", "type": "domain"}),
            json!({"value": "c.example", "type": "domain", "valid_until": "2020-01-01"}),
        ],
    )]);
    let run = Run::of(&intake, &Settings::new(at("2019-12-31T23:59:59Z")));
    assert_eq!(run.rules.len(), 3);
    assert!(
        run.rules
            .iter()
            .all(|(_, rule)| day(rule.date).as_deref() == Some("2019-12-31"))
    );
    // And nothing else of the run looks at the clock: the rules are the same to the byte.
    let again = Run::of(&intake, &Settings::new(at("2019-12-31T23:59:59Z")));
    assert_eq!(run.rules, again.rules);
}

/// `SOURCE_DATE_EPOCH` is read in processes of its own: this one's environment is shared by all tests.
#[test]
fn now_is_source_date_epoch_where_it_is_set() {
    const ASKED: &str = "SOCDEF_TEST_PRINTS_NOW";
    if std::env::var_os(ASKED).is_some() {
        match Settings::now_from_environment() {
            Ok(now) => println!("now is {}", now.to_rfc3339()),
            Err(error) => println!("error[{}]: {}", error.kind().code(), error.message()),
        }
        return;
    }
    let ask = |epoch: Option<&str>| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([
            "--exact",
            "compile::dates::now_is_source_date_epoch_where_it_is_set",
            "--nocapture",
        ]);
        command.env(ASKED, "1").env_remove("SOURCE_DATE_EPOCH");
        command.envs(epoch.map(|epoch| ("SOURCE_DATE_EPOCH", epoch)));
        let output = command.output().unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        // The harness writes the test's name on the same line.
        let at = text
            .find("now is ")
            .or_else(|| text.find("error["))
            .unwrap();
        text[at..].lines().next().unwrap().to_owned()
    };
    assert_eq!(ask(Some("1779012345")), "now is 2026-05-17T10:05:45+00:00");
    assert_eq!(ask(Some("0")), "now is 1970-01-01T00:00:00+00:00");
    for bad in ["", "tomorrow", "1.5", "99999999999999999999"] {
        let told = ask(Some(bad));
        assert_eq!(
            told,
            format!("error[bad_usage]: `SOURCE_DATE_EPOCH={bad}` is not a number of seconds")
        );
    }
    let clock = ask(None);
    let now = clock
        .strip_prefix("now is ")
        .unwrap()
        .parse::<DateTime<Utc>>()
        .unwrap();
    assert!((Utc::now() - now).num_minutes().abs() < 5, "{clock}");
}

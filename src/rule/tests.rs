use super::*;

const RULE: &str = "title: T\nid: 8f0e9a52-0c5e-5d5c-9d55-8b6a0a0f6c10\nlogsource: {category: proxy}\ndetection: {selection: {a: b}, condition: selection}\n";

fn with(line: &str) -> Result<SigmaRule, String> {
    SigmaRule::from_yaml(&format!("{RULE}{line}\n"))
}

#[test]
fn an_error_is_one_line_whatever_it_quotes() {
    assert_eq!(
        with("date: \"2026\\nlevel: high\"").unwrap_err(),
        "`date: 2026 level: high` is not a date of the form YYYY-MM-DD"
    );
}

#[test]
fn a_rule_is_read_with_its_custom_fields() {
    let rule = with("socdef: {type: ipv4}\nlevel: high").unwrap();
    assert_eq!(rule.level, Some(Level::High));
    assert_eq!(
        rule.custom,
        [(
            "socdef".to_owned(),
            Node::Map(vec![("type".to_owned(), "ipv4".into())])
        )]
    );
}

#[test]
fn what_is_no_rule_says_which_field() {
    for (line, message) in [
        (
            "level: urgent",
            "`level: urgent` is not one of informational, low, medium, high, critical",
        ),
        ("status: new", "`status: new` is not one of"),
        ("tags: [attack]", "`attack` is not a tag"),
        (
            "tags: [attack.t1, attack.t1]",
            "`tags` has `attack.t1` twice",
        ),
        ("date: 17.5.2026", "is not a date of the form YYYY-MM-DD"),
        (
            "date: '2026-05-17'\nmodified: '2026-05-17'",
            "is not later than",
        ),
        ("references: no-list", "must be a list of text"),
    ] {
        let error = with(line).unwrap_err();
        assert!(error.contains(message), "{line}: {error}");
    }
    for (text, message) in [
        ("- a", "a rule is a map"),
        ("title: T", "the rule has no `detection`"),
        (
            "title: T\ndetection: {selection: {a: b}}",
            "`detection` has no `condition`",
        ),
        (
            "title: T\ndetection: {condition: selection}",
            "`detection` has no selection",
        ),
        (
            "title: T\ndetection: {selection: {a: []}, condition: selection}",
            "the selection `selection` is empty",
        ),
        (
            "title: T\nid: x\ndetection: {selection: {a: b}, condition: selection}",
            "`id: x` is not a UUID",
        ),
    ] {
        let error = SigmaRule::from_yaml(text).unwrap_err();
        assert!(error.contains(message), "{text}: {error}");
    }
}

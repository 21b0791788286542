use proptest::prelude::*;

use super::*;

const RULE: &str = "\
title: 'T'
id: 8f0e9a52-0c5e-5d5c-9d55-8b6a0a0f6c10
references:
  - https://vendor.example/report
date: 2026-05-17
logsource:
  category: proxy
detection:
  selection:
    - c-uri|contains:
        - 'it''s'
        - \"two\\nlines, \\x85 and \\u2028\"
      'n:': 5
    - x: null
  condition: 1 of sel*
level: high
socdef:
  list:
    -
      - 'a'
    - b: []
  stated: false
";

fn read(text: &str) -> Option<Vec<SigmaRule>> {
    rules(text)
}

#[test]
fn what_the_emitter_wrote_is_read_as_a_reader_of_yaml_reads_it() {
    let expected = SigmaRule::from_yaml(RULE).unwrap();
    assert_eq!(read(RULE), Some(vec![expected.clone()]));
    for text in [
        format!("{RULE}---\n{RULE}"),
        format!("---\n{RULE}---\n{RULE}"),
    ] {
        assert_eq!(read(&text), Some(vec![expected.clone(); 2]), "{text}");
    }
}

#[test]
fn what_it_did_not_write_is_left_to_a_reader_of_yaml() {
    let changes = [
        ("title: 'T'", "title: T"),
        ("title: 'T'", "title: &a 'T'"),
        ("title: 'T'", "title: 'T' # a comment"),
        ("title: 'T'\n", "\ntitle: 'T'\n"),
        ("title: 'T'\n", "title: 'T'\r\n"),
        ("title: 'T'\n", "title: 'T\n  more'\n"),
        ("title: 'T'\n", ""),
        ("title", "'title'"),
        ("  category: proxy", "   category: proxy"),
        ("  category: proxy", "  category: proxy\n  category: dns"),
        ("- x: null", "- x: null\n      x: null"),
        ("- x: null", "- x: ~"),
        ("- x: null", "- x: yes"),
        ("- x: null", "- x: 1.5"),
        ("'n:': 5", "'n:': 05"),
        ("'n:': 5", "'n:': +5"),
        ("'n:': 5", "'n:': 0x5"),
        ("'n:': 5", "n:: 5"),
        ("'it''s'", "'it'"),
        ("\\x85", "\\N"),
        ("\\x85", "\u{85}"),
        ("level: high\n", "level: high\nlevel: high\n"),
        ("level: high\n", ""),
        ("level: high\n", "level: high\nfilter:\n  rules: 'any'\n"),
        ("level: high\n", "level: high\n<<: {a: 1}\n"),
        ("socdef:\n", "socdef:\n  day: 2026-05-17\n"),
        ("  stated: false\n", "  stated: false"),
        ("  stated: false\n", "  stated: false\n...\n"),
        ("  stated: false\n", "  stated: false\n---\n"),
    ];
    for (from, to) in changes {
        let text = RULE.replacen(from, to, 1);
        assert_ne!(text, RULE, "{from}");
        // Some of it is dropped by the change, and what is left is a rule as it is written here.
        let is_fine = matches!(from, "'it''s'") || to.is_empty() && from.starts_with("level");
        assert_eq!(read(&text).is_some(), is_fine, "{text}");
    }
    assert_eq!(read(""), None);
}

#[test]
fn what_is_nested_without_end_is_left_alone() {
    let lists: String = (0..100_000)
        .map(|depth| format!("{:1$}-\n", "", depth % 90))
        .collect();
    let maps: String = (0..500)
        .map(|depth| format!("{:1$}a:\n", "", depth * 2))
        .collect();
    let items = format!("socdef:\n  {}", "- a: ".repeat(10_000));
    for deep in [lists, maps, items] {
        assert_eq!(read(&format!("{RULE}{deep}")), None);
    }
}

fn node() -> impl Strategy<Value = Node> {
    let text = "[ -~]{0,12}|[a-z: '\"#\\-\\\\\n\t\u{85}\u{2028}é]{0,8}|1 of [a-z]*|yes|null|12";
    let leaf = prop_oneof![
        text.prop_map(Node::Text),
        any::<bool>().prop_map(Node::Bool),
        any::<i64>().prop_map(Node::Int),
        Just(Node::Null),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        let entries = prop::collection::btree_map(text, inner.clone(), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Node::List),
            entries.prop_map(|entries| Node::Map(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_rule_comes_back(
        title in "[ -~]{1,40}",
        selection in node(),
        custom in node(),
        texts in prop::collection::btree_set("[ -~é\n]{1,20}", 0..4),
    ) {
        let mut rule = SigmaRule::from_yaml(RULE).unwrap();
        rule.title = title;
        rule.detection[0].1 = Node::List(vec![selection, Node::from("x")]);
        rule.custom[0].1 = custom;
        rule.falsepositives = texts.into_iter().collect();
        // A selection that no rule may have is no rule when it is read, by either reader.
        let text = emit::yaml(&rule);
        let expected = SigmaRule::from_yaml(&text).ok();
        prop_assert_eq!(&read(&text).map(|mut rules| rules.remove(0)), &expected, "{}", text);
        if let Some(read) = expected {
            prop_assert_eq!(read, rule);
        }
    }

    #[test]
    fn whatever_is_read_is_what_a_reader_of_yaml_reads(at in 0..RULE.len(), until in 0..RULE.len(), more in "[-a-z:'\" \n]{0,5}") {
        let (Some(head), Some(tail)) = (RULE.get(..at), RULE.get(until..)) else { return Ok(()) };
        let text = format!("{head}{more}{tail}");
        if let Some(rules) = read(&text) && rules.len() == 1 {
            prop_assert_eq!(SigmaRule::from_yaml(&text), Ok(rules[0].clone()), "{}", text);
        }
    }
}

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::rule::node::Node;

fn values(text: &str) -> Vec<Node> {
    let mut reader = Reader::new(text);
    let mut all = Vec::new();
    loop {
        let documents = reader.some(3).unwrap();
        if documents.is_empty() {
            return all;
        }
        all.extend(documents.iter().map(|document| document.value().unwrap()));
    }
}

/// The same without skeletons: each document by a reader of its own.
fn alone(text: &str) -> Vec<Node> {
    split::pieces(text)
        .iter()
        .flat_map(|piece| values(piece.text))
        .collect()
}

fn skeletons(text: &str) -> usize {
    let mut reader = Reader::new(text);
    let documents = reader.some(usize::MAX).unwrap();
    let all: std::collections::HashSet<*const Skeleton> = documents
        .iter()
        .map(|document| match &document.body {
            Body::Value { skeleton, .. } => Arc::as_ptr(skeleton),
            Body::Foreign { .. } => panic!("{document:?}"),
        })
        .collect();
    all.len()
}

fn rule(title: &str, id: &str, literal: &str) -> String {
    format!(
        "title: '{title}'\nid: {id}\ndate: 2026-05-17\nlogsource:\n  category: dns_query\ndetection:\n  selection:\n    \
         QueryName: '{literal}'\n  condition: selection\nlevel: high\n"
    )
}

const IDS: [&str; 2] = [
    "8f0e9a52-0c5e-5d5c-9d55-8b6a0a0f6c10",
    "0c5e9a52-8f0e-5d5c-9d55-8b6a0a0f6c10",
];

#[test]
fn rules_of_a_kind_share_a_form() {
    let text = [
        rule("One", IDS[0], "evil.example"),
        rule("Two", IDS[1], r"it''s \\ \*.example"),
        rule("Three", IDS[1], "*.wild.example"),
    ]
    .join("---\n");
    // A wildcard is not a text of a placeholder, so the third is of another kind.
    assert_eq!(skeletons(&text), 2);
    assert_eq!(values(&text), alone(&text));
    let literal = |at: usize| -> Node {
        let rule = values(&text).remove(at);
        rule.get("detection")
            .unwrap()
            .get("selection")
            .unwrap()
            .get("QueryName")
            .unwrap()
            .clone()
    };
    assert_eq!(literal(1), Node::from(r"it's \\ \*.example"));
}

#[test]
fn hashes_keep_the_name_before_them() {
    let md5 = |fill: &str| format!("MD5={}", fill.repeat(16));
    let text = [
        rule("One", IDS[0], &md5("0a")),
        rule("Two", IDS[1], &md5("f3")),
    ]
    .join("---\n");
    assert_eq!(skeletons(&text), 1);
    let mut reader = Reader::new(&text);
    let documents = reader.some(9).unwrap();
    let Body::Value { texts, .. } = &documents[1].body else {
        panic!()
    };
    assert!(texts.iter().any(|text| *text == "f3".repeat(16)));
    assert_eq!(values(&text), alone(&text));
}

#[test]
fn broken_text_is_refused_with_its_line() {
    let deep = format!("a: {}{}", "[".repeat(80), "]".repeat(80));
    let bomb = "a: &a [x, x, x, x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a]\nc: [*b, *b, *b, *b, *b]\n";
    for (text, line, what) in [
        ("a: 1\n---\nb: 'open\n", 3, ""),
        ("a: 1\n---\n{b: [}\n", 3, ""),
        (&deep, 1, "it is nested deeper than 64"),
        (
            bomb,
            3,
            "its aliases expand to more than the document itself",
        ),
        (
            "a: &a [*a]\n",
            1,
            "an alias refers to a node that contains it",
        ),
        ("a: *b\n", 1, ""),
    ] {
        let mut reader = Reader::new(text);
        let broken = reader
            .some(usize::MAX)
            .and_then(|_| reader.some(9))
            .unwrap_err();
        assert!(broken.line >= line, "{text} {broken:?}");
        assert!(
            broken.what.contains(what) && !broken.what.is_empty(),
            "{broken:?}"
        );
        assert!(!broken.what.contains('\n'), "{broken:?}");
    }
}

#[test]
fn what_has_no_value_here_is_given_as_its_text() {
    for text in [
        "a: 2026-05-17T10:00:00Z\n",
        "a: !!binary aGk=\n",
        "1: a\n",
        "a: 0x1F\n",
        "<<: {b: c}\n",
        "a: b\tc\n",
        "on: a\n",
    ] {
        let mut reader = Reader::new(text);
        let documents = reader.some(9).unwrap();
        assert_eq!(documents[0].value(), Err(text));
    }
}

#[test]
fn which_rules_stand_alone() {
    for (text, stands) in [
        ("title: a\ndetection: {condition: b}\n", true),
        ("title: a\n", false),
        ("title: a\ndetection: {}\ncorrelation: {}\n", false),
        ("action: global\ndetection: {}\n", false),
        ("[1]\n", false),
        ("detection: {a: 0x1F}\n", true),
        ("detection: {a: 0x1F}\nfilter: {}\n", false),
    ] {
        let mut reader = Reader::new(text);
        assert_eq!(reader.some(9).unwrap()[0].stands_alone(), stands, "{text}");
    }
}

/// Of a map of any length: the place of the first, the value of the last.
#[test]
fn a_key_of_a_long_map_that_stands_twice() {
    for length in [15, 16, 17, 18, 100] {
        let lines: String = (0..length).map(|i| format!("  k{i}: {i}\n")).collect();
        for again in [0, length / 2, length - 1] {
            let text = format!("a:\n{lines}  k{again}: x\n  new: y\n  k{again}: z\n");
            let mut wanted: Vec<(String, Node)> = (0..length)
                .map(|i| (format!("k{i}"), Node::Int(i)))
                .collect();
            wanted[usize::try_from(again).unwrap()].1 = "z".into();
            wanted.push(("new".to_owned(), "y".into()));
            assert_eq!(values(&text)[0].get("a"), Some(&Node::Map(wanted)));
        }
    }
}

#[test]
fn aliases_within_bounds_and_keys_that_stand_twice() {
    assert_eq!(
        values("a: &x [1, 2]\nb: *x\n")[0].get("b"),
        Some(&Node::List(vec![Node::Int(1), Node::Int(2)]))
    );
    let twice = &values("detection:\n  a: 'x'\n  a: 'y'\ntitle: 'T'\n")[0];
    assert_eq!(
        twice.get("detection"),
        Some(&Node::Map(vec![("a".to_owned(), Node::from("y"))]))
    );
    let many = ["title: 'T'\ntitle: 'U'\ndetection: {}\n"; 3].join("---\n");
    assert_eq!(values(&many), alone(&many));
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-z0-9.*?\\\\=' -]{0,12}",
        1 => "[ -~]{0,20}",
        1 => Just("SHA256=".to_owned() + &"ab".repeat(32)),
    ]
}

proptest! {
    /// Whatever the texts are, a document that fits a skeleton is what a parser makes of it.
    #[test]
    fn by_forms_as_by_the_parser(
        rules in proptest::collection::vec((piece(), 0..2_usize, piece(), 0..4_usize), 1..12),
    ) {
        let text: Vec<String> = rules
            .iter()
            .map(|(title, id, literal, style)| {
                let quoted = |text: &str| text.replace('\'', "''");
                let plain: String = literal.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '.').collect();
                let rule = rule(&quoted(title), IDS[*id], &quoted(literal));
                match style {
                    0 => rule.replace("level: high", "status: test\nlevel: high"),
                    1 => rule.replace(&format!("QueryName: '{}'", quoted(literal)), &format!("QueryName: a{plain}")),
                    2 => rule.replace("date: 2026-05-17", &format!("date: 2026-05-{:02}", 1 + title.len() % 28)),
                    _ => rule,
                }
            })
            .collect();
        let text = text.join("---\n");
        prop_assert_eq!(values(&text), alone(&text));
    }
}

//! Any rule at all, not only those of the templates.

use chrono::NaiveDate;
use proptest::prelude::*;
use proptest::sample::select;
use socdef_sigma::rule::emit;
use socdef_sigma::rule::node::Node;
use socdef_sigma::rule::{Level, LogSource, SigmaRule};
use uuid::Uuid;

use super::config;
use super::incoming::text;

fn node() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        4 => text().prop_map(Node::Text),
        1 => any::<i64>().prop_map(Node::Int),
        1 => (-1_000_000i32..1_000_000).prop_map(|n| Node::Float(f64::from(n) / 64.0)),
        1 => any::<bool>().prop_map(Node::Bool),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Node::List),
            prop::collection::btree_map(text(), inner, 1..4)
                .prop_map(|map| Node::Map(map.into_iter().collect())),
        ]
    })
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::btree_set(text(), 0..4).prop_map(|set| set.into_iter().collect())
}

/// Keys with a meaning of their own: no selection and no custom field is called so.
const KEYS: [&str; 16] = [
    "title",
    "id",
    "status",
    "description",
    "references",
    "author",
    "date",
    "modified",
    "tags",
    "logsource",
    "detection",
    "condition",
    "fields",
    "falsepositives",
    "level",
    "<<",
];

fn named() -> impl Strategy<Value = Vec<(String, Node)>> {
    let name = text().prop_filter("a key of its own", |name| !KEYS.contains(&name.as_str()));
    prop::collection::btree_map(name, node(), 1..4).prop_map(|map| map.into_iter().collect())
}

fn any_rule() -> impl Strategy<Value = SigmaRule> {
    let part = || prop::option::of("[a-z_]{1,12}");
    let tags = prop::collection::btree_set("[a-z0-9_-]{1,8}\\.[a-z0-9._-]{1,12}", 0..3);
    let day = |days: i32| NaiveDate::from_num_days_from_ce_opt(days).unwrap();
    let dates = prop::option::of((730_000i32..740_000, prop::option::of(1i32..400)));
    let head = (
        text(),
        any::<u128>(),
        prop::option::of(text()),
        texts(),
        prop::option::of(text()),
    );
    let middle = (
        dates,
        tags,
        "[a-z_]{1,12}",
        part(),
        part(),
        prop::option::of(text()),
    );
    let tail = (
        named(),
        text(),
        texts(),
        texts(),
        prop::option::of(select(&Level::ALL[..])),
        named(),
    );
    (head, middle, tail).prop_map(move |(head, middle, tail)| {
        let (title, id, description, references, author) = head;
        let (dates, tags, category, product, service, definition) = middle;
        let (detection, condition, fields, falsepositives, level, custom) = tail;
        SigmaRule {
            title: format!("{title}x").chars().take(256).collect(),
            id: Uuid::from_u128(id),
            status: Some("experimental".to_owned()),
            description,
            references,
            author,
            date: dates.map(|(first, _)| day(first)),
            modified: dates.and_then(|(first, later)| Some(day(first + later?))),
            tags: tags.into_iter().collect(),
            logsource: LogSource {
                category: Some(category),
                product,
                service,
                definition,
            },
            detection,
            condition,
            fields,
            falsepositives,
            level,
            custom,
        }
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_rule_reads_back_as_itself(rule in any_rule()) {
        let yaml = emit::yaml(&rule);
        let again = SigmaRule::from_yaml(&yaml);
        prop_assert_eq!(again.as_ref(), Ok(&rule), "{}", yaml);
        prop_assert_eq!(emit::yaml(&again.unwrap()), yaml);
    }
}

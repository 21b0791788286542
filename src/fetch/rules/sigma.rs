//! What pySigma asks of a rule beside what Sigma does: `SigmaRule.from_yaml` refuses the whole file for one rule that lacks it.
//!
//! Source: `sigma/rule/` and `sigma/modifiers.py` of pySigma 1.5 and 2.0.

use chrono::Datelike;
use ipnet::IpNet;
use uuid::Uuid;

use super::regex;
use crate::rule::node::Node;

type Checked = Result<(), String>;

/// Checks the value of a rule's document.
///
/// # Errors
/// One line that says what pySigma refuses.
pub(super) fn check(rule: &Node) -> Checked {
    for name in [
        "title",
        "id",
        "name",
        "taxonomy",
        "status",
        "level",
        "author",
        "description",
        "license",
    ] {
        match rule.get(name) {
            None | Some(Node::Null) => {}
            Some(Node::Text(text)) if !text.is_empty() || !matches!(name, "name" | "taxonomy") => {}
            Some(_) => return Err(format!("`{name}` must be text")),
        }
    }
    for name in [
        "references",
        "tags",
        "fields",
        "falsepositives",
        "scope",
        "related",
    ] {
        match rule.get(name) {
            None | Some(Node::Null | Node::List(_)) => {}
            _ => return Err(format!("`{name}` must be a list")),
        }
    }
    for name in ["date", "modified"] {
        match rule.get(name) {
            None | Some(Node::Null | Node::Date(_)) => {}
            Some(Node::Text(text)) if is_day(text) => {}
            Some(_) => return Err(format!("`{name}` is not a date from 1000 to 3999")),
        }
    }
    let related = rule.get("related").map(items).unwrap_or_default();
    if !related.iter().all(is_related) {
        return Err("`related` must be a list of ids and types".to_owned());
    }
    let Some(Node::Map(detection)) = rule.get("detection") else {
        return Err("`detection` must be a map".to_owned());
    };
    detection
        .iter()
        .filter(|(name, _)| name != "condition")
        .try_for_each(|(_, node)| selection(node))
}

fn is_day(text: &str) -> bool {
    let day = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d");
    text.len() == 10 && day.is_ok_and(|day| (1000..4000).contains(&day.year()))
}

fn items(node: &Node) -> &[Node] {
    match node {
        Node::List(items) => items,
        _ => &[],
    }
}

fn is_related(item: &Node) -> bool {
    const TYPES: [&str; 6] = [
        "correlation",
        "derived",
        "merged",
        "obsolete",
        "renamed",
        "similar",
    ];
    let text = |name| item.get(name).and_then(Node::as_text);
    text("id").is_some_and(|id| Uuid::parse_str(id).is_ok())
        && text("type").is_some_and(|kind| TYPES.contains(&kind))
}

fn selection(node: &Node) -> Checked {
    match node {
        Node::Map(entries) => entries.iter().try_for_each(|(key, node)| item(key, node)),
        Node::List(items) if items.iter().any(|item| !is_value(item)) => {
            items.iter().try_for_each(selection)
        }
        node => item("", node),
    }
}

fn is_value(node: &Node) -> bool {
    !matches!(node, Node::List(_) | Node::Map(_))
}

/// A field with its modifiers, and its values.
fn item(key: &str, node: &Node) -> Checked {
    let values = match node {
        Node::List(items) => &items[..],
        node => std::slice::from_ref(node),
    };
    let mut names = key.split('|');
    let has_field = names.next().is_some_and(|field| !field.is_empty());
    let modifiers: Vec<&str> = names.collect();
    for value in values {
        if !is_value(value) || matches!(value, Node::Date(_)) {
            return Err(format!("`{key}` holds {}", value.kind()));
        }
        if modifiers.contains(&"re") && value.as_text().is_none() {
            return Err(format!("`{key}` is {}, not text", value.kind()));
        }
        let mut chain = Chain::of(value);
        for (at, name) in modifiers.iter().enumerate() {
            chain = chain.with(name, value, at == 0, has_field).ok_or_else(|| {
                format!("the modifier `{name}` of `{key}` does not take this value")
            })?;
        }
    }
    Ok(())
}

/// What a value has become by the modifiers so far.
#[derive(Clone, Copy, PartialEq)]
enum Chain {
    Text {
        has_wildcard: bool,
    },
    Regex,
    Field,
    Number,
    Other,
    /// What no further modifier of values takes.
    End,
}

impl Chain {
    fn of(value: &Node) -> Chain {
        match value {
            Node::Text(text) => Chain::Text {
                has_wildcard: has_wildcard(text),
            },
            Node::Int(_) => Chain::Number,
            Node::Float(number) if number.is_finite() => Chain::Number,
            _ => Chain::Other,
        }
    }

    /// What it is behind a modifier; `None` where pySigma refuses that.
    fn with(self, modifier: &str, value: &Node, is_first: bool, has_field: bool) -> Option<Chain> {
        let text = value.as_text().unwrap_or_default();
        Some(match (modifier, self) {
            ("all" | "neq", any) => any,
            ("contains" | "startswith" | "endswith", Chain::Text { .. }) => {
                Chain::Text { has_wildcard: true }
            }
            ("contains" | "startswith" | "endswith", Chain::Field) => self,
            ("contains" | "startswith" | "endswith", Chain::Regex)
                if regex::flagged(text).is_none() =>
            {
                self
            }
            (
                "base64" | "base64offset",
                Chain::Text {
                    has_wildcard: false,
                },
            ) => self,
            // Written in UTF-16 and read as UTF-8, which other text is not.
            ("wide" | "utf16" | "utf16be", Chain::Text { .. }) if text.is_ascii() => self,
            ("windash" | "cased", Chain::Text { .. }) => self,
            ("expand", Chain::Text { .. } | Chain::Regex) => self,
            (
                "fieldref",
                Chain::Text {
                    has_wildcard: false,
                },
            ) => Chain::Field,
            ("re", Chain::Text { .. }) if is_first && regex::is_one(text) => Chain::Regex,
            ("i" | "ignorecase" | "m" | "multiline" | "s" | "dotall", Chain::Regex) => self,
            ("cidr", Chain::Text { .. }) if is_first && is_network(text) => Chain::End,
            ("lt" | "lte" | "gt" | "gte", Chain::Number) => Chain::End,
            ("minute" | "hour" | "day" | "week" | "month" | "year", Chain::Number) => Chain::End,
            ("exists", Chain::Other) if is_first && has_field && matches!(value, Node::Bool(_)) => {
                Chain::End
            }
            _ => return None,
        })
    }
}

/// Whether a text of Sigma has a wildcard that no backslash takes the meaning from.
fn has_wildcard(text: &str) -> bool {
    let mut escaped = false;
    text.chars().any(|c| {
        let is_wildcard = !escaped && matches!(c, '*' | '?');
        escaped = c == '\\' && !escaped;
        is_wildcard
    })
}

/// Whether Python's `ip_network` takes it: no bit behind the prefix is set.
fn is_network(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok()
        || text
            .parse::<IpNet>()
            .is_ok_and(|network| network == network.trunc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::safe;

    fn rule(more: &str, selection: &str) -> Checked {
        check(&safe(&format!(
            "title: a\nid: 00000000-0000-4000-8000-000000000001\n{more}detection:\n  selection:\n    {selection}\n  condition: selection\n"
        ))?)
    }

    // `tests/python/test_fetched_rules.py` compares with pySigma itself.
    #[test]
    fn what_pysigma_takes_is_kept() {
        for selection in [
            "a: b",
            "a: [b, 1, null, yes, 1.5]",
            "a|contains|all: [b, c]",
            "a|re: '^x.*y$'",
            "a|re|i|contains: 'x|y'",
            "a|cidr: 10.0.0.0/8",
            "a|cidr: [2001:db8::/32, 10.0.0.1]",
            "a|base64offset|contains: b",
            "a|wide|base64offset|contains: b",
            "a|windash|contains: -x",
            "a|gte: 5",
            "a|exists: true",
            "a|fieldref: b",
            "a|expand: '%x%'",
            "a|cased: B",
            "- a\n    - b",
            "- a: b\n    - c: d",
        ] {
            assert_eq!(rule("", selection), Ok(()), "{selection}");
        }
        let more = "date: 2026-05-17\nmodified: '2026-05-18'\nname: x\nscope: [a]\nlicense: MIT\nrelated: [{id: 00000000-0000-4000-8000-000000000002, type: similar}]\n";
        assert_eq!(rule(more, "a: b"), Ok(()));
    }

    #[test]
    fn what_pysigma_refuses_is_left_out() {
        for selection in [
            "a|unknown: b",
            "a|: b",
            "a: {b: c}",
            "a: [{b: c}]",
            "a: 2026-05-17",
            "a|contains: 5",
            "a|re: '('",
            "a|re: 5",
            "a|re: ''",
            "a|contains|re: b",
            "a|re|contains: '(?i)b'",
            "a|contains|base64: b",
            "a|base64: b*",
            "a|cidr: 10.0.0.1/8",
            "a|cidr: x",
            "a|lt: b",
            "a|exists: b",
            "'|exists': true",
            "a|wide: ü",
            "a|i: b",
            "a|fieldref: b*",
        ] {
            assert!(rule("", selection).is_err(), "{selection}");
        }
        for more in [
            "name: ''\n",
            "name: 5\n",
            "taxonomy: [a]\n",
            "license: 1\n",
            "scope: a\n",
            "related: a\n",
            "related: [a]\n",
            "related: [{id: x, type: similar}]\n",
            "date: '0999-01-01'\n",
            "date: yesterday\n",
            "author: 2026-05-17\n",
            "references: a\n",
        ] {
            assert!(rule(more, "a: b").is_err(), "{more}");
        }
    }
}

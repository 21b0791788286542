//! What Sigma's JSON schema of detection rules asks for beyond what [`SigmaRule`] holds by its types.
//!
//! Source: Sigma specification, `sigma-detection-rule-schema.json`, V2.0.0 (2024-08-08). The tests hold these checks to that file.

use crate::rule::SigmaRule;
use crate::rule::node::Node;

/// The field, what is wrong with it, and what to write instead.
pub(super) type Wrong = (String, String, String);

const MAX_DESCRIPTION: usize = 65_535;

/// The fields that the schema knows and [`SigmaRule`] keeps as they are: text, at most so long.
const TEXTS: [(&str, usize); 3] = [("name", 256), ("taxonomy", 256), ("license", usize::MAX)];

pub(super) fn check(rule: &SigmaRule) -> Result<(), Wrong> {
    let wrong = |field: &str, message: String, instead: &str| {
        Err((field.to_owned(), message, instead.to_owned()))
    };
    let description = rule.description.as_deref().unwrap_or_default();
    if description.chars().count() > MAX_DESCRIPTION {
        let message = format!("`description` has more than {MAX_DESCRIPTION} characters");
        return wrong("description", message, "write a sentence");
    }
    if let Some(text) = rule
        .falsepositives
        .iter()
        .find(|text| text.chars().count() < 2)
    {
        let message = format!("`falsepositives` has `{text}`, which is too short");
        return wrong("falsepositives", message, "write `- Unknown`");
    }
    for (name, selection) in &rule.detection {
        if !is_selection(selection) {
            let message =
                format!("the selection `{name}` is neither a map nor a list of maps or texts");
            return wrong(
                "detection",
                message,
                "write `field: {{ value|sigma }}` below it",
            );
        }
    }
    for (name, node) in &rule.custom {
        let limit = TEXTS.iter().find(|(text, _)| text == name);
        let fits = match (name.as_str(), limit) {
            (_, Some((_, most))) => node
                .as_text()
                .is_some_and(|text| text.chars().count() <= *most),
            ("related", _) => is_list(node, is_relation),
            ("scope", _) => is_list(node, |item| {
                item.as_text().is_some_and(|text| text.chars().count() >= 2)
            }),
            _ => true,
        };
        if !fits {
            let message = format!("`{name}` does not match Sigma's schema");
            return wrong(
                name,
                message,
                "leave it out, or write it as the Sigma specification shows",
            );
        }
    }
    Ok(())
}

fn is_list(node: &Node, fits: impl Fn(&Node) -> bool) -> bool {
    matches!(node, Node::List(items) if items.iter().all(fits))
}

fn is_selection(node: &Node) -> bool {
    match node {
        Node::Map(_) => true,
        Node::List(_) => is_list(node, |item| {
            matches!(item, Node::Text(_) | Node::Int(_) | Node::Map(_))
        }),
        _ => false,
    }
}

fn is_relation(node: &Node) -> bool {
    let text = |key| node.get(key).and_then(Node::as_text);
    text("id").is_some_and(|id| uuid::Uuid::parse_str(id).is_ok())
        && text("type").is_some_and(|kind| {
            ["derived", "obsolete", "merged", "renamed", "similar"].contains(&kind)
        })
}

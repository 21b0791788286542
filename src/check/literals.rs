//! The detection for texts that are syntax to YAML, Jinja or Sigma: its structure stays, and each literal is a form, escaped.

use std::collections::HashSet;

use super::finding::{broken, key_line, settings};
use super::scenes::Scene;
use crate::indicator::Indicator;
use crate::registry::{DerivedValue, DerivedValues};
use crate::render;
use crate::rule::SigmaRule;
use crate::rule::escape::sigma_escape;
use crate::rule::node::Node;
use crate::template::{Finding, Template};

/// Texts that are syntax to YAML, Jinja, Sigma or a careless template.
pub(super) const HOSTILE: [&str; 34] = [
    "'",
    "\"",
    "''",
    "it's \"both\"",
    "\\",
    "\\\\*\\?",
    "*",
    "?",
    "*x*",
    "{{ 7*7 }}",
    "{% raw %}",
    "{# gone #}",
    "a: b",
    "a #b",
    "- a",
    "? a",
    ": a",
    "&anchor",
    "*alias",
    "!!python/object:os.system",
    "<<",
    "---",
    "...",
    "%YAML 1.1",
    "no",
    "null",
    "1e3",
    "0x10",
    "2026-05-17",
    "x\ncondition: not selection",
    "'\n  condition: not selection\n#",
    "]}, condition: not selection, x: [{",
    "\u{a0}\u{3000}\u{1F600}\t\r",
    "</script>&amp;`$(id)`",
];

/// Two texts that stand in no template, with letters of both cases.
const PLAIN: [&str; 2] = ["PlainFormOne", "OtherFormTwo"];

pub(super) fn findings(template: &Template, scenes: &[Scene]) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for (at, scene) in scenes.iter().enumerate() {
        // Once the texts are replaced, values with the same flags are the same.
        let alike = format!("{:?}", replaced(&template.derived(&scene.indicator), ""));
        if !seen.insert((alike, scene.indicator.producers.len())) {
            continue;
        }
        // Another indicator with the same derived values: a text that changes then is not one of them.
        let other = &scenes[(at + scenes.len() / 2 + 1) % scenes.len()].indicator;
        if let Err(finding) = one(template, &scene.indicator, other) {
            found.push(finding);
        }
    }
    found
}

fn one(template: &Template, indicator: &Indicator, other: &Indicator) -> Result<(), Finding> {
    let with = |of: &Indicator, text: &str| {
        let derived = replaced(&template.derived(indicator), text);
        render::rule_of(template, of, &derived, &settings())
            .map_err(|error| broken(template, &error))
    };
    let plain = with(indicator, PLAIN[0])?;
    let ours = literals(&plain);
    if !ours.iter().any(|literal| literal.contains(PLAIN[0])) {
        return Err(Finding::new(
            key_line(template, "detection"),
            "the detection contains no form of the value, so it is the same for every indicator",
            format!(
                "place one of {}: `field: {{{{ value|sigma }}}}`",
                names(template, indicator)
            ),
        ));
    }
    for (of, text) in [(other, PLAIN[0]), (indicator, PLAIN[1])] {
        let same = with(of, text)?;
        let theirs = literals(&same);
        let expected = |literal: &String| literal.replace(PLAIN[0], text);
        let differ = ours
            .iter()
            .zip(&theirs)
            .find(|(one, two)| expected(one) != **two);
        if let Some((literal, _)) = differ {
            return Err(Finding::new(
                line_of(template, indicator, literal),
                "a literal of the detection is not a form of the value, or a filter changed it",
                format!(
                    "place one of {} as it is, with `|sigma` as the only filter",
                    names(template, indicator)
                ),
            ));
        }
        if shape(&plain) != shape(&same) {
            return Err(structure(template));
        }
    }
    for hostile in HOSTILE {
        let rule = with(indicator, hostile).map_err(|finding| Finding {
            message: format!(
                "a value with `{}` breaks it: {}",
                hostile.escape_default(),
                finding.message
            ),
            ..finding
        })?;
        if shape(&rule) != shape(&plain) {
            return Err(structure(template));
        }
        for (literal, got) in ours.iter().zip(literals(&rule)) {
            let escaped = sigma_escape(hostile);
            if literal.replace(PLAIN[0], &escaped) != got {
                let twice = literal.replace(PLAIN[0], &sigma_escape(&escaped)) == got;
                return Err(Finding::new(
                    line_of(template, indicator, literal),
                    match twice {
                        true => "a value in the detection is escaped twice",
                        false => {
                            "a value in the detection is not escaped: its `*`, `?` and `\\` are wildcards"
                        }
                    },
                    "write `{{ value|sigma }}`, with `|sigma` once, directly after the form",
                ));
            }
        }
    }
    Ok(())
}

fn structure(template: &Template) -> Finding {
    Finding::new(
        key_line(template, "detection"),
        "the structure of the detection depends on the text of the value",
        "branch on flags such as `network` only, and write the fields and the condition out",
    )
}

fn names(template: &Template, indicator: &Indicator) -> String {
    let derived = template.derived(indicator);
    let texts = derived.iter().filter(|(name, form)| {
        !matches!(form, DerivedValue::Flag(_)) && !matches!(*name, "display" | "tag")
    });
    texts
        .map(|(name, _)| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The line of the template that gives a literal of the detection.
fn line_of(template: &Template, indicator: &Indicator, literal: &str) -> usize {
    let values = render::Values::of(template, indicator, &settings());
    let derived = replaced(&values.derived, PLAIN[0]);
    let values = values.with_derived(derived);
    let context = render::whole_context(template, indicator, &values, &settings());
    let quoted = serde_json::Value::from(literal).to_string();
    template
        .lines(&context)
        .into_iter()
        .skip_while(|(_, line)| !line.starts_with("detection:"))
        .find(|(_, line)| {
            line.contains(&quoted) || line.trim_end().ends_with(&format!(": {literal}"))
        })
        .map_or_else(|| key_line(template, "detection"), |(line, _)| line)
}

/// The derived values with every text replaced. A tag is not a literal of the detection, and is checked as a tag.
fn replaced(real: &DerivedValues, text: &str) -> DerivedValues {
    let mut derived = DerivedValues::new();
    for (name, form) in real.iter() {
        derived = match form {
            DerivedValue::Text(real) if name == "tag" => derived.text(name, real),
            DerivedValue::Text(_) => derived.text(name, text),
            // Different from each other, as the real ones are.
            DerivedValue::Texts(all) => {
                derived.texts(name, (0..all.len()).map(|at| format!("{text}{at}")))
            }
            DerivedValue::Flag(flag) => derived.flag(name, *flag),
        };
    }
    derived
}

fn literals(rule: &SigmaRule) -> Vec<String> {
    let mut all = Vec::new();
    for (_, selection) in &rule.detection {
        selection.each_text(&mut |text| all.push(text.to_owned()));
    }
    all
}

/// The structure of a detection without its texts: keys, lists and their lengths, and the condition.
fn shape(rule: &SigmaRule) -> (String, String) {
    let selections = Node::Map(rule.detection.clone());
    (of(&selections), rule.condition.clone())
}

fn of(node: &Node) -> String {
    match node {
        Node::List(items) => format!("[{}]", items.iter().map(of).collect::<Vec<_>>().join(",")),
        Node::Map(entries) => {
            let parts = entries
                .iter()
                .map(|(key, node)| format!("{key:?}:{}", of(node)));
            format!("{{{}}}", parts.collect::<Vec<_>>().join(","))
        }
        Node::Text(_) => "text".to_owned(),
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    /// The tests have one list of hostile texts: what is tried on a user's template is in it.
    #[test]
    fn each_hostile_text_is_one_of_the_tests() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hostile.json");
        let lists: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let texts = lists["texts"].as_array().unwrap();
        for text in super::HOSTILE {
            assert!(texts.iter().any(|one| one == text), "{text:?}");
        }
    }
}

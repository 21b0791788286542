//! The title is of one indicator and one template alone: a SIEM keys saved searches by it.

use std::collections::HashMap;
use std::sync::Arc;

use super::finding::{key_line, settings};
use super::scenes::Scene;
use crate::render;
use crate::template::{Catalog, Finding, Template};

pub(super) fn findings(
    template: &Arc<Template>,
    scenes: &[Scene],
    among: &Catalog,
) -> Vec<Finding> {
    let title = |template: &Template, scene: &Scene| {
        let rule = render::rule(template, &scene.indicator, &settings()).ok()?;
        Some(rule.title)
    };
    let found = |message: String, instead: &str| {
        vec![Finding::new(key_line(template, "title"), message, instead)]
    };
    let mut seen = HashMap::new();
    for scene in scenes {
        let Some(ours) = title(template, scene) else {
            continue;
        };
        let ioc = &scene.indicator.ioc;
        if seen
            .insert(ours.clone(), ioc)
            .is_some_and(|other| other != ioc)
        {
            return found(
                "two indicators get the same title".to_owned(),
                "write `title: {{ rule_title(\"What It Is\") }}`, which ends in the value",
            );
        }
        let others = among.iter().filter(|other| {
            other.ioc_type() == template.ioc_type() && other.name() != template.name()
        });
        for other in others {
            if title(other, scene).as_ref() == Some(&ours) {
                return found(
                    format!(
                        "the title is the same as that of `{}` for the same indicator",
                        other.name()
                    ),
                    "name the log source in it: `{{ rule_title(\"Malicious Indicator in Acme Logs\") }}`",
                );
            }
        }
    }
    Vec::new()
}

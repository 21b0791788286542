//! One indicator and one template give one rule. The reference path: every rule in full.
//!
//! render → typed rule → canonical YAML: [`rule`] is the first two steps, [`emit::yaml`](crate::rule::emit::yaml) the third.

mod origin;
mod values;

use minijinja::Value;
use minijinja::value::Serde;
use uuid::Uuid;

pub(crate) use origin::producers;
use origin::{author, intelligence, references, socdef};
pub use values::RenderSettings;
pub(crate) use values::Values;

use crate::attack;
use crate::error::{Error, ErrorKind, Result};
use crate::indicator::{Confidence, Indicator};
use crate::registry::{DerivedValue, DerivedValues};
use crate::rule::{LogSource, SigmaRule};
use crate::template::Template;

/// Renders the rule of an indicator and parses it.
///
/// # Errors
/// [`ErrorKind::BrokenTemplate`] where the template does not render or what it gives is not a Sigma rule.
pub fn rule(
    template: &Template,
    indicator: &Indicator,
    settings: &RenderSettings,
) -> Result<SigmaRule> {
    rule_of(template, indicator, &template.derived(indicator), settings)
}

/// The same, with these derived values in place of the indicator's own.
///
/// # Errors
/// As [`rule`].
pub(crate) fn rule_of(
    template: &Template,
    indicator: &Indicator,
    derived: &DerivedValues,
    settings: &RenderSettings,
) -> Result<SigmaRule> {
    let values = Values::of(template, indicator, settings).with_derived(derived.clone());
    let context = whole_context(template, indicator, &values, settings);
    let text = template.render(context.clone())?;
    read(template, values.id, &text).map_err(|message| no_rule(template, &context, &text, &message))
}

/// The context of an indicator with these values.
pub(crate) fn whole_context(
    template: &Template,
    indicator: &Indicator,
    values: &Values,
    settings: &RenderSettings,
) -> Value {
    let confidence = indicator.confidence.unwrap_or(settings.default_confidence);
    context(template, indicator, confidence, values)
}

/// Parses what a template gave for the rule with this id.
pub(crate) fn parsed(template: &Template, id: Uuid, text: &str) -> Result<SigmaRule> {
    read(template, id, text).map_err(|message| invalid(&message).at(template.place()))
}

fn read(template: &Template, id: Uuid, text: &str) -> std::result::Result<SigmaRule, String> {
    SigmaRule::from_yaml(text).and_then(|rule| same(template, id, rule))
}

fn invalid(message: &str) -> Error {
    Error::new(
        ErrorKind::BrokenTemplate,
        format!("the template does not give a valid rule: {message}"),
    )
}

/// The error for a template's text that is not a rule, with the line of the template where that is known.
fn no_rule(template: &Template, context: &Value, text: &str, message: &str) -> Error {
    let message = match text.lines().filter(|line| is_fence(line)).count() {
        _ if text.trim().is_empty() => "it is empty",
        0 => message,
        _ => "it is more than one document; a template gives one rule",
    };
    let error = invalid(message);
    let told = match text.lines().any(is_fence) {
        true => template
            .lines(context)
            .into_iter()
            .find(|(_, line)| is_fence(line)),
        false => template.line_of(context, message),
    };
    match told {
        Some((line, rendered)) => {
            let shown: String = rendered.trim().chars().take(120).collect();
            error
                .at(format_args!("{}:{line}", template.place()))
                .because(format!("it gives the line `{shown}`"))
        }
        None => error.at(template.place()),
    }
}

fn is_fence(line: &str) -> bool {
    line == "---" || line.starts_with("--- ")
}

/// A rule has the id that its indicator and its template give it, and reads the log source that it was chosen by.
fn same(template: &Template, id: Uuid, rule: SigmaRule) -> std::result::Result<SigmaRule, String> {
    if rule.id != id {
        return Err(format!(
            "`id: {}` is not the rule's own: write `id: {{{{ id }}}}`",
            rule.id
        ));
    }
    if rule.logsource != *template.logsource() {
        return Err(format!(
            "it reads `{}`, but the template is for `{}`",
            rule.logsource.label(),
            template.logsource().label()
        ));
    }
    Ok(rule)
}

/// Everything that a template may use, by name.
pub(crate) fn context(
    template: &Template,
    indicator: &Indicator,
    confidence: Confidence,
    values: &Values,
) -> Value {
    let producers = producers(indicator);
    let producer = producers.first().cloned();
    let mut context: Vec<(&str, Value)> = vec![
        ("id", values.id.to_string().into()),
        ("short_id", values.short_id.as_str().into()),
        ("date", values.date.as_str().into()),
        (
            "modified",
            values
                .modified
                .as_deref()
                .map_or(Value::from(false), Value::from),
        ),
        ("level", confidence.as_str().into()),
        ("author", author(&producers).into()),
        ("references", references(indicator).into()),
        (
            "technique_tags",
            attack::tags(&indicator.mitre_techniques).into(),
        ),
        ("intelligence", intelligence(producer.as_deref()).into()),
        (
            "producer",
            producer
                .unwrap_or_else(|| "Threat Intelligence".to_owned())
                .into(),
        ),
        ("logsource", logsource(template.logsource())),
        ("type_title", template.ioc_type().plugin().title.into()),
        (
            "socdef",
            Value::from(Serde(socdef(indicator, confidence, values))),
        ),
    ];
    for (name, form) in values.derived.iter() {
        let value = match form {
            DerivedValue::Text(text) => Value::from(text),
            DerivedValue::Texts(texts) => Value::from(texts),
            DerivedValue::Flag(flag) => Value::from(*flag),
        };
        context.push((name, value));
    }
    context.push(("display", values.display.as_str().into()));
    Value::from_pairs(context)
}

fn logsource(source: &LogSource) -> Value {
    Value::from_pairs(source.parts().collect::<Vec<_>>())
}

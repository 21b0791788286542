//! One indicator and one template give one rule. The reference path: every rule in full.
//!
//! render → typed rule → canonical YAML: [`rule`] is the first two steps, [`emit::yaml`](crate::emit::yaml) the third.

use chrono::{DateTime, SecondsFormat, Utc};
use minijinja::Value;
use minijinja::value::Serde;
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use crate::attack;
use crate::error::{Error, ErrorKind, Result};
use crate::indicator::{Confidence, Indicator, Source};
use crate::registry::{Form, Forms};
use crate::rule::{LogSource, SigmaRule};
use crate::template::Template;

/// The producer of the service that this project was made for, and its address.
pub(crate) const SOC_DEFENDERS: &str = "SOC Defenders";
const SOC_DEFENDERS_URL: &str = "https://socdefenders.ai";

/// What every rule of a run has in common.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RenderSettings {
    /// The date of rules whose feed has none. One value for the whole run.
    pub now: DateTime<Utc>,
    /// The confidence of indicators whose feed states none.
    pub default_confidence: Confidence,
}

/// Renders the rule of an indicator and parses it.
///
/// # Errors
/// [`ErrorKind::BrokenTemplate`] where the template does not render or what it gives is not a Sigma rule.
pub fn rule(
    template: &Template,
    indicator: &Indicator,
    settings: &RenderSettings,
) -> Result<SigmaRule> {
    rule_of(template, indicator, &template.forms(indicator), settings)
}

/// The same, with these forms in place of the indicator's own.
///
/// # Errors
/// As [`rule`].
pub(crate) fn rule_of(
    template: &Template,
    indicator: &Indicator,
    forms: &Forms,
    settings: &RenderSettings,
) -> Result<SigmaRule> {
    let values = Values::of(template, indicator, settings).with_forms(forms.clone());
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

/// The difference between the rules of two indicators with the same metadata: every text that comes from the value
/// or from a date.
#[derive(Debug, Clone)]
pub(crate) struct Values {
    /// The rule's id.
    pub(crate) id: Uuid,
    /// The value as titles have it.
    pub(crate) display: String,
    /// The first characters of the id, for titles in which the value is cut.
    pub(crate) short_id: String,
    /// `date` of the rule.
    pub(crate) date: String,
    /// `modified` of the rule.
    pub(crate) modified: Option<String>,
    /// The canonical value.
    pub(crate) value: String,
    /// The spellings that say more.
    pub(crate) originals: Vec<String>,
    /// The moments in `socdef`, in its order.
    pub(crate) moments: [Option<String>; 3],
    /// The derived forms.
    pub(crate) forms: Forms,
}

impl Values {
    /// The texts of an indicator in the rule of a template.
    pub(crate) fn of(
        template: &Template,
        indicator: &Indicator,
        settings: &RenderSettings,
    ) -> Values {
        let value = indicator.ioc.to_string();
        let id = template.id_of(indicator.ioc.ioc_type(), &value);
        let (date, modified) = dates(indicator, settings);
        let forms = template.forms(indicator);
        let display = display(&forms, &value);
        let moment = |moment: Option<DateTime<Utc>>| {
            moment.map(|m| m.to_rfc3339_opts(SecondsFormat::AutoSi, true))
        };
        Values {
            id,
            display,
            short_id: short_id(id),
            date,
            modified,
            value,
            originals: indicator.originals.clone(),
            moments: [
                moment(indicator.first_seen),
                moment(indicator.last_seen),
                moment(indicator.valid_until),
            ],
            forms,
        }
    }

    /// The same with other forms.
    pub(crate) fn with_forms(self, forms: Forms) -> Values {
        Values {
            display: display(&forms, &self.value),
            forms,
            ..self
        }
    }
}

fn display(forms: &Forms, value: &str) -> String {
    match forms.get("display") {
        Some(Form::Text(text)) => text.clone(),
        _ => value.to_owned(),
    }
}

fn short_id(id: Uuid) -> String {
    let mut buffer = Uuid::encode_buffer();
    id.simple().encode_upper(&mut buffer)[..8].to_owned()
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
    for (name, form) in values.forms.iter() {
        let value = match form {
            Form::Text(text) => Value::from(text),
            Form::Texts(texts) => Value::from(texts),
            Form::Flag(flag) => Value::from(*flag),
        };
        context.push((name, value));
    }
    context.push(("display", values.display.as_str().into()));
    Value::from_pairs(context)
}

fn logsource(source: &LogSource) -> Value {
    Value::from_pairs(source.parts().collect::<Vec<_>>())
}

/// The rule's `date` and, where the feed saw the indicator again on a later day, `modified`.
fn dates(indicator: &Indicator, settings: &RenderSettings) -> (String, Option<String>) {
    let day = |moment: DateTime<Utc>| moment.date_naive();
    let first = indicator
        .first_seen
        .or(indicator.last_seen)
        .unwrap_or(settings.now);
    let modified = indicator
        .last_seen
        .map(day)
        .filter(|last| *last > day(first));
    // The form of ISO 8601 is that of Sigma.
    (
        day(first).to_string(),
        modified.map(|last| last.to_string()),
    )
}

/// The names of the producers, without those that are blank.
pub(crate) fn producers(indicator: &Indicator) -> Vec<String> {
    let names = indicator.producers.iter().map(|name| clean_name(name));
    names.filter(|name| !name.is_empty()).collect()
}

fn author(producers: &[String]) -> String {
    match producers.is_empty() {
        true => "socdef-sigma".to_owned(),
        false => producers.join(", "),
    }
}

fn intelligence(producer: Option<&str>) -> String {
    match producer {
        Some(name) => format!("{name} threat intelligence"),
        None => "threat intelligence".to_owned(),
    }
}

/// A name on one line, without what would read as a link, and short enough for a title.
fn clean_name(name: &str) -> String {
    let words: Vec<&str> = name
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    words
        .join(" ")
        .replace("://", " ")
        .chars()
        .take(60)
        .collect::<String>()
        .trim_end()
        .to_owned()
}

/// The articles, then the producer.
fn references(indicator: &Indicator) -> Vec<String> {
    let articles = indicator
        .sources
        .iter()
        .filter_map(|source| source.article_url.as_ref());
    let producer = indicator
        .producers
        .iter()
        .any(|name| name == SOC_DEFENDERS)
        .then(|| SOC_DEFENDERS_URL.to_owned());
    let mut links: Vec<String> = Vec::new();
    for link in articles
        .chain(&indicator.references)
        .cloned()
        .chain(producer)
    {
        if is_link(&link) && !links.contains(&link) {
            links.push(link);
        }
    }
    links
}

/// Whether a reference is an address that a reader of the rule can open, and nothing beside it. ATT&CK's pages are left
/// out: a technique is a tag, and SigmaHQ's validators refuse the link.
fn is_link(text: &str) -> bool {
    if text.contains("://attack.mitre.org") {
        return false;
    }
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        rest.len() > 3 && rest.len() < 2048 && rest.starts_with(char::is_alphanumeric)
    }) && !text
        .chars()
        .any(|c| c.is_whitespace() || c.is_control() || "\"'<>`".contains(c))
}

/// What Sigma has no field for. Absent parts are left out.
fn socdef(indicator: &Indicator, confidence: Confidence, values: &Values) -> Json {
    let mut map = Map::new();
    let mut put = |name: &str, value: Json| {
        let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if !empty {
            map.insert(name.to_owned(), value);
        }
    };
    put("type", json!(indicator.ioc.ioc_type().as_str()));
    put("value", json!(values.value));
    put("original", json!(values.originals));
    put("confidence", json!(confidence.as_str()));
    if indicator.confidence.is_none() {
        put("confidence_stated", json!(false));
    }
    for (name, moment) in ["first_seen", "last_seen", "valid_until"]
        .into_iter()
        .zip(&values.moments)
    {
        put(name, json!(moment));
    }
    put(
        "context",
        match indicator.context.as_slice() {
            [] => Json::Null,
            texts => json!(texts.join("; ")),
        },
    );
    put("tags", json!(indicator.tags));
    put("mitre_techniques", json!(indicator.mitre_techniques));
    put("industries", json!(indicator.industries));
    put("ports", json!(indicator.ports));
    put("vulnerability", json!(indicator.vulnerability));
    put("tlp", json!(indicator.tlp.map(|tlp| tlp.as_str())));
    put(
        "sources",
        indicator
            .sources
            .iter()
            .map(source)
            .filter(|map| map.as_object().is_some_and(|map| !map.is_empty()))
            .collect(),
    );
    Json::Object(map)
}

fn source(source: &Source) -> Json {
    Json::Object(
        source
            .parts()
            .map(|(name, part)| (name.to_owned(), json!(part)))
            .collect(),
    )
}

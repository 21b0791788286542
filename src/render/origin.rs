//! Who says it, and all that Sigma has no field for.

use serde_json::{Map, Value as Json, json};

use super::values::{OWN_MOMENTS, Values};
use crate::hidden::is_hidden;
use crate::indicator::{Confidence, Indicator, Source};

/// The producer of the service that this project was made for, and its address.
const SOC_DEFENDERS: &str = "SOC Defenders";
const SOC_DEFENDERS_URL: &str = "https://socdefenders.ai";

/// The names of the producers, without those that are blank.
pub(crate) fn producers(indicator: &Indicator) -> Vec<String> {
    let names = indicator.producers.iter().map(|name| clean_name(name));
    names.filter(|name| !name.is_empty()).collect()
}

pub(super) fn author(producers: &[String]) -> String {
    match producers.is_empty() {
        true => "socdef-sigma".to_owned(),
        false => producers.join(", "),
    }
}

pub(super) fn intelligence(producer: Option<&str>) -> String {
    match producer {
        Some(name) => format!("{name} threat intelligence"),
        None => "threat intelligence".to_owned(),
    }
}

/// A name on one line, without what would read as a link or cannot be seen, and short enough for a title.
fn clean_name(name: &str) -> String {
    // What separates words does so; the rest of what cannot be seen stands within one.
    let is_gap =
        |c: char| c.is_whitespace() || c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let name = name.replace(|c| is_hidden(c) && !is_gap(c), "");
    let words: Vec<&str> = name.split(is_gap).filter(|word| !word.is_empty()).collect();
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
pub(super) fn references(indicator: &Indicator) -> Vec<String> {
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
        .any(|c| c.is_whitespace() || is_hidden(c) || "\"'<>`".contains(c))
}

/// What Sigma has no field for. Absent parts are left out.
pub(super) fn socdef(indicator: &Indicator, confidence: Confidence, values: &Values) -> Json {
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
            .zip(values.moments[OWN_MOMENTS..].chunks(2))
            .map(|(one, moments)| source(one, moments))
            .filter(|map| map.as_object().is_some_and(|map| !map.is_empty()))
            .collect(),
    );
    Json::Object(map)
}

/// A source with who stands behind it and what they state; its moments are the first and the last sighting.
fn source(source: &Source, moments: &[Option<String>]) -> Json {
    let mut map = Map::new();
    let mut put = |name: &str, part: Option<&str>| {
        if let Some(part) = part {
            map.insert(name.to_owned(), json!(part));
        }
    };
    put("producer", source.producer.as_deref());
    for (name, part) in source.parts() {
        put(name, Some(part));
    }
    put("confidence", source.confidence.map(|level| level.as_str()));
    put("tlp", source.tlp.map(|tlp| tlp.as_str()));
    for (name, moment) in ["first_seen", "last_seen"].into_iter().zip(moments) {
        put(name, moment.as_deref());
    }
    Json::Object(map)
}

//! Indicators in the Elastic Common Schema: `threat.indicator.*`, as Elastic's threat intelligence integrations write it, and
//! Filebeat's older `threatintel.indicator.*`. One document a line, a list of them, or the answer of a search.
//!
//! Source of the fields: the reference of ECS, "Threat Fields", and the exported fields of Filebeat's module `threatintel`. Keys
//! may be objects inside each other, dotted, or both at once.

#[cfg(test)]
mod tests;

use indexmap::IndexSet;
use serde_json::{Map, Value};

use super::entry::{Details, Queue, add};
use super::input::{HEAD_BYTES, Input, without_bom};
use super::json::Layout;
use super::json_objects::{self, text, texts};
use super::json_shape::Shape;
use super::record::{is_true, lone_confidence};
use super::{Blank, Found, Rejection, Stream, typed};
use crate::IocType;
use crate::error::Result;
use crate::indicator::{EmailRole, Expect, Indicator};
use crate::location::Place;
use crate::reason::Reason;

/// The longest document, in bytes; the answer of a search is one.
const MAX_ENTRY_BYTES: usize = 16 << 20;

/// The names that the fields of an indicator begin with.
const PREFIXES: [&str; 2] = ["threat.indicator", "threatintel.indicator"];

/// Tags that say how a document came into the index.
const OF_THE_WAY: [&str; 3] = [
    "forwarded",
    "preserve_original_event",
    "preserve_duplicate_custom_fields",
];

/// Whether a document is of this schema, by the keys of its first objects and what stands behind them.
pub(crate) fn is_ecs(shape: &Shape, text: &[u8]) -> bool {
    let has = |wanted: &[u8]| memchr::memmem::find(text, wanted).is_some();
    let dotted = |key: &str| PREFIXES.iter().any(|prefix| key.starts_with(prefix));
    let nested = |key: &str| matches!(key, "threat" | "threatintel");
    let outer = |key: &str| matches!(key, "hits" | "_source" | "fields");
    shape.entries().flatten().any(|(key, _)| {
        dotted(key)
            || (nested(key) && has(b"\"indicator"))
            || (outer(key)
                && (PREFIXES.iter().any(|prefix| has(prefix.as_bytes()))
                    || (has(b"\"threat") && has(b"\"indicator"))))
    })
}

pub(crate) fn read(input: &Input) -> Result<Stream<'_>> {
    let head = input.head(HEAD_BYTES)?;
    let head = without_bom(&head).trim_ascii_start();
    let layout = match head.first() {
        Some(b'[') => Layout::Array,
        _ => Layout::Records,
    };
    json_objects::read(input, layout, MAX_ENTRY_BYTES, |object, place, found| {
        let hits = object.get("hits").and_then(|hits| hits.get("hits"));
        match hits.and_then(Value::as_array) {
            Some(hits) => {
                for (index, hit) in hits.iter().enumerate() {
                    let place = Place::element(&place.input, &"hits.hits".into(), index as u64);
                    match hit {
                        Value::Object(hit) => document(hit, &place, found),
                        other => blank(other, &place, found),
                    }
                }
            }
            // A line of a bulk request says what is done with the next one.
            None if is_action(object) => {}
            None => document(object, place, found),
        }
    })
}

fn is_action(object: &Map<String, Value>) -> bool {
    object.len() == 1
        && ["index", "create", "update", "delete"]
            .iter()
            .any(|action| object.get(*action).is_some_and(Value::is_object))
}

fn blank(value: &Value, place: &Place, found: &mut Queue) {
    let shown: String = value.to_string().chars().take(1000).collect();
    found.push_back(Found::Blank(Blank::new(place.clone(), &shown)));
}

/// The fields of a document by their dotted names.
struct Fields<'a>(Vec<(String, &'a Value)>);

impl<'a> Fields<'a> {
    fn of(document: &'a Map<String, Value>) -> Fields<'a> {
        let mut fields = Fields(Vec::new());
        for (key, value) in document {
            match (key.as_str(), value) {
                ("_source" | "fields", Value::Object(inner)) => fields.object("", inner),
                _ => fields.add(key.clone(), value),
            }
        }
        fields
    }

    fn object(&mut self, path: &str, object: &'a Map<String, Value>) {
        for (key, value) in object {
            let name = match path.is_empty() {
                true => key.clone(),
                false => format!("{path}.{key}"),
            };
            self.add(name, value);
        }
    }

    fn add(&mut self, name: String, value: &'a Value) {
        match value {
            Value::Object(object) => self.object(&name, object),
            Value::Array(items) if items.iter().any(Value::is_object) => {
                for item in items {
                    self.add(name.clone(), item);
                }
            }
            _ => self.0.push((name, value)),
        }
    }

    /// What a field of the indicator holds; of a field in several places, all.
    fn indicator(&self, name: &str) -> Vec<String> {
        let of = |key: &str| {
            PREFIXES.iter().any(|prefix| {
                key.strip_prefix(prefix)
                    .and_then(|rest| rest.strip_prefix('.'))
                    == Some(name)
            })
        };
        self.all(of)
    }

    fn named(&self, name: &str) -> Vec<String> {
        self.all(|key| key == name)
    }

    fn all(&self, is: impl Fn(&str) -> bool) -> Vec<String> {
        let fields = self.0.iter().filter(|(key, _)| is(key));
        let all: IndexSet<String> = fields
            .flat_map(|(_, value)| texts(value))
            .filter(|text| !text.is_empty())
            .collect();
        all.into_iter().collect()
    }
}

/// Reads one document.
fn document(object: &Map<String, Value>, place: &Place, found: &mut Queue) {
    let fields = Fields::of(object);
    let mut details = describe(&fields);
    details.queue_notes(found, place);
    let before = found.len();
    let is_over = |(key, value): &(String, &Value)| {
        key.ends_with(".decayed") && text(value).is_some_and(|text| is_true(&text))
    };
    values(
        &fields,
        place,
        fields.0.iter().any(is_over),
        &details,
        found,
    );
    if found.len() == before {
        blank(&Value::Object(object.clone()), place, found);
    }
}

/// Queues the values of a document.
fn values(fields: &Fields<'_>, place: &Place, is_over: bool, details: &Details, found: &mut Queue) {
    let before = found.len();
    let give = |found: &mut Queue, value: &str, expect: Expect| {
        if is_over {
            let rejection = Rejection::new(place.clone(), value, Reason::Expired);
            found.push_back(Found::Rejection(rejection));
            return;
        }
        typed::queue_as(found, place, value, expect, |indicator| {
            details.give(indicator, None);
        });
    };
    for address in fields.indicator("ip") {
        give(found, &address, Expect::Address);
    }
    let mut urls = fields.indicator("url.full");
    if urls.is_empty() {
        urls = fields.indicator("url.original");
    }
    for url in &urls {
        give(found, url, Expect::Type(IocType::Url));
    }
    let mut hosts = fields.indicator("domain");
    // Beside a URL it is a part of it.
    if urls.is_empty() {
        hosts.extend(fields.indicator("url.domain"));
    }
    for host in hosts {
        give(found, &host, Expect::Host);
    }
    for (name, kind) in [
        ("file.hash.md5", IocType::Md5),
        ("file.hash.sha1", IocType::Sha1),
        ("file.hash.sha256", IocType::Sha256),
        ("email.address", IocType::Email),
    ] {
        for value in fields.indicator(name) {
            give(found, &value, Expect::Type(kind));
        }
    }
    let complete =
        |indicator: &mut Indicator, role: Option<EmailRole>| details.give(indicator, role);
    for (name, kind) in [
        ("file.hash.sha512", "sha512"),
        ("file.hash.sha384", "sha384"),
        ("file.hash.ssdeep", "ssdeep"),
        ("file.hash.tlsh", "tlsh"),
        ("file.pe.imphash", "imphash"),
        ("file.hash.imphash", "imphash"),
        ("registry.key", "registry key"),
        ("x509.serial_number", "x509-serial-number"),
        ("x509.hash.sha1", "x509-fingerprint-sha1"),
        ("x509.hash.sha256", "x509-fingerprint-sha256"),
        ("x509.hash.md5", "x509-fingerprint-md5"),
        ("tls.client.ja3", "ja3"),
        ("tls.server.ja3s", "ja3s"),
    ] {
        for value in fields.indicator(name) {
            typed::queue(found, place, &value, kind, complete);
        }
    }
    if found.len() > before {
        return;
    }
    // A file's name stands beside its hash; alone it is what there is. The name of an indicator is its value.
    let kind = fields
        .indicator("type")
        .into_iter()
        .next()
        .unwrap_or_default();
    for (name, kind) in [
        ("file.name", "filename"),
        ("file.path", "filepath"),
        ("as.number", "asn"),
        ("name", &*kind),
    ] {
        for value in fields.indicator(name) {
            typed::queue(found, place, &value, kind, complete);
        }
        if found.len() > before {
            return;
        }
    }
}

/// What a document says about its values.
fn describe(fields: &Fields<'_>) -> Details {
    let one = |name: &str| fields.indicator(name).into_iter().next();
    let mut details = Details::default();
    if let Some(text) = one("confidence") {
        details.confidence("confidence", &text, lone_confidence(&text));
    }
    let mut date = |name: &str| one(name).and_then(|text| details.date(name, &text));
    let (first, last) = (date("first_seen"), date("last_seen"));
    details.first_seen = first;
    details.last_seen = last;
    for label in fields.indicator("marking.tlp") {
        details.tlp_label(&label);
    }
    for label in fields.indicator("marking.tlp_version") {
        details.tlp(&label);
    }
    for name in fields.indicator("provider") {
        add(&mut details.producers, &name);
    }
    details.source.feed_name = fields.named("threat.feed.name").into_iter().next();
    for link in fields
        .indicator("reference")
        .into_iter()
        .chain(fields.named("threat.feed.reference"))
    {
        add(&mut details.references, &link);
    }
    for words in fields.indicator("description") {
        let words: String = words.chars().take(2000).collect();
        add(&mut details.context, &words);
    }
    for name in ["threat.software.name", "threat.group.name", "tags"] {
        for tag in fields.named(name) {
            if !OF_THE_WAY.contains(&tag.as_str()) && !tag.starts_with("threatintel") {
                details.tag(&tag);
            }
        }
    }
    for id in fields
        .named("threat.technique.id")
        .into_iter()
        .chain(fields.named("threat.technique.subtechnique.id"))
    {
        details.technique(&id);
    }
    for port in fields.indicator("port") {
        details.port(&port);
    }
    details
}

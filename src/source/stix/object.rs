//! The objects that are read, with the properties that count.
//!
//! Every property is taken as any JSON and looked at later: a label that is a number, or a date that is a list, does
//! not lose the indicator.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::indicator::{Confidence, parse::is_technique};
use crate::source::record::{Unreadable, lone_confidence};

/// The most tags, references and the like that are kept of one indicator object.
pub(super) const MAX_ITEMS: usize = 64;

/// An entry that cannot be read.
#[derive(Debug)]
pub(super) struct Broken {
    /// The beginning of its text.
    pub(super) value: String,
    /// The error in it.
    pub(super) what: String,
}

/// Reads one object; the error names the entry by its first characters.
pub(super) fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, Broken> {
    serde_json::from_slice(text).map_err(|error| Broken {
        value: beginning(text),
        what: error.to_string(),
    })
}

pub(super) fn beginning(text: &[u8]) -> String {
    String::from_utf8_lossy(&text[..text.len().min(300)]).into_owned()
}

macro_rules! objects {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident,)* })*) => {
        $($(#[$meta])*
        #[derive(Debug, Default, Deserialize)]
        #[serde(default)]
        pub(super) struct $name { $($(#[$field_meta])* pub(super) $field: Value,)* }

        impl $name {
            pub(super) fn parse(text: &[u8]) -> Result<Self, Broken> {
                parse(text)
            }
        })*
    };
}

objects! {
    /// What every object has (STIX 2.1, section 3.2).
    Head {
        #[serde(rename = "type")]
        kind,
        id,
        modified,
    }
    /// STIX 2.1, section 4.7.
    IndicatorObject {
        id,
        modified,
        created_by_ref,
        name,
        description,
        pattern,
        pattern_type,
        valid_from,
        valid_until,
        confidence,
        revoked,
        labels,
        indicator_types,
        kill_chain_phases,
        external_references,
        object_marking_refs,
    }
    /// STIX 2.1, section 4.5.
    IdentityObject { name, }
    /// STIX 2.1, section 7.2.1.
    MarkingObject {
        name,
        definition,
        extensions,
        #[serde(rename = "x_opencti_definition")]
        opencti,
    }
    /// STIX 2.1, section 4.1.
    TechniqueObject { external_references, }
    /// STIX 2.1, section 5.1.
    RelationshipObject { relationship_type, source_ref, target_ref, revoked, }
    /// STIX 2.1, section 4.15.
    ReportObject { name, created_by_ref, external_references, object_refs, revoked, }
    /// STIX 2.1, section 5.2.
    SightingObject { sighting_of_ref, first_seen, last_seen, count, revoked, }
}

impl IndicatorObject {
    /// The stated confidence; the text of one that cannot be read.
    pub(super) fn confidence(&self) -> Result<Option<Confidence>, String> {
        let stated = match &self.confidence {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => String::new(),
        };
        let read = lone_confidence(&stated).map_err(|Unreadable| stated);
        // MISP's export has the statement among the labels.
        let labelled = || self.labels().filter_map(Confidence::from_misp_tag).max();
        match read {
            Ok(None) => Ok(labelled()),
            Err(text) => labelled().map(Some).ok_or(text),
            level => level,
        }
    }

    pub(super) fn revoked(&self) -> bool {
        is_true(&self.revoked)
    }

    /// `indicator_types` (2.1) and `labels` (the same in 2.0, free words in 2.1).
    pub(super) fn labels(&self) -> impl Iterator<Item = &str> {
        texts(&self.indicator_types).chain(texts(&self.labels))
    }

    pub(super) fn markings(&self) -> impl Iterator<Item = &str> {
        texts(&self.object_marking_refs)
    }

    /// The name of the kill chain, and of the phase.
    pub(super) fn phases(&self) -> impl Iterator<Item = (&str, &str)> {
        let phases = self.kill_chain_phases.as_array().into_iter().flatten();
        phases.filter_map(|phase| {
            Some((
                text(phase.get("kill_chain_name")?)?,
                text(phase.get("phase_name")?)?,
            ))
        })
    }

    pub(super) fn references(&self) -> impl Iterator<Item = Reference<'_>> {
        references(&self.external_references)
    }

    /// A text without the white space around it, cut to `most` characters; `None` where nothing is left.
    pub(super) fn words(&self, value: &Value, most: usize) -> Option<String> {
        text(value).map(|words| shorten(words, most))
    }
}

/// An external reference (STIX 2.1, section 2.5).
#[derive(Clone, Copy)]
pub(super) struct Reference<'a>(&'a Value);

impl<'a> Reference<'a> {
    pub(super) fn url(self) -> Option<&'a str> {
        text(self.0.get("url")?)
    }

    /// The id of an ATT&CK technique, from `mitre-attack`, `mitre-mobile-attack` or `mitre-ics-attack`.
    pub(super) fn technique(self) -> Option<String> {
        let source = text(self.0.get("source_name")?)?;
        let id = text(self.0.get("external_id")?)?;
        let attack = source.starts_with("mitre") && source.ends_with("attack");
        (attack && is_technique(id)).then(|| id.to_ascii_uppercase())
    }
}

pub(super) fn references(list: &Value) -> impl Iterator<Item = Reference<'_>> {
    list.as_array().into_iter().flatten().map(Reference)
}

/// A text with something in it, without the white space around it.
pub(super) fn text(value: &Value) -> Option<&str> {
    value
        .as_str()
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

/// The texts of a list; of a single text, that one.
pub(super) fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let list = value.as_array().map(Vec::as_slice);
    let items = list.unwrap_or_else(|| std::slice::from_ref(value));
    items.iter().filter_map(text)
}

pub(super) fn is_true(value: &Value) -> bool {
    value.as_bool() == Some(true)
}

/// The first `most` characters; `…` where there are more.
pub(super) fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

/// An address of the web that can stand in a rule as it is.
pub(super) fn http_url(url: &str) -> Option<&str> {
    let lower = url.get(..8).map(str::to_ascii_lowercase)?;
    let http = lower.starts_with("http://") || lower == "https://";
    let plain = url.len() <= 2048 && !url.contains(|c: char| c.is_whitespace() || c.is_control());
    (http && plain).then_some(url)
}

/// Adds what is not in the list yet, while there is room.
pub(super) fn push_new<T: PartialEq>(list: &mut Vec<T>, item: T, most: usize) {
    if list.len() < most && !list.contains(&item) {
        list.push(item);
    }
}

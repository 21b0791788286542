//! The typed Sigma rule: what a template must give, and what is written.
//!
//! Source of the fields and their limits: the Sigma specification 2.1.0 and its JSON schema of detection rules.

pub mod emit;
pub mod escape;
mod level;
pub mod node;
mod read;
#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use uuid::Uuid;

use crate::rule::node::Node;
pub use level::Level;

/// A Sigma detection rule, its fields in the order in which they are written.
#[derive(Debug, Clone, PartialEq)]
pub struct SigmaRule {
    /// What the rule detects, at most 256 characters.
    pub title: String,
    /// The id; the same for the same indicator, for ever.
    pub id: Uuid,
    /// `experimental`, `test`, `stable`, `deprecated` or `unsupported`.
    pub status: Option<String>,
    /// A sentence about what it detects.
    pub description: Option<String>,
    /// Where to read about it; no duplicates.
    pub references: Vec<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// Since when it exists.
    pub date: Option<NaiveDate>,
    /// When it last changed; later than `date`.
    pub modified: Option<NaiveDate>,
    /// Tags in namespaces, such as `attack.t1071`; no duplicates.
    pub tags: Vec<String>,
    /// The log source.
    pub logsource: LogSource,
    /// The selections by name, in order. None is empty.
    pub detection: Vec<(String, Node)>,
    /// How the selections combine.
    pub condition: String,
    /// The fields that an analyst wants to see.
    pub fields: Vec<String>,
    /// What else may fire it.
    pub falsepositives: Vec<String>,
    /// How urgent a match is.
    pub level: Option<Level>,
    /// Fields that Sigma does not define, such as `socdef`; pySigma keeps them as custom attributes.
    pub custom: Vec<(String, Node)>,
}

/// Which logs a rule reads. At least one part is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct LogSource {
    /// A group of products, such as `proxy`.
    pub category: Option<String>,
    /// A product, such as `windows`.
    pub product: Option<String>,
    /// A part of a product's logs, such as `exchange`.
    pub service: Option<String>,
    /// The settings that are needed to get the logs.
    pub definition: Option<String>,
}

impl LogSource {
    /// The parts that are there, by name.
    pub fn parts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("category", &self.category),
            ("product", &self.product),
            ("service", &self.service),
            ("definition", &self.definition),
        ]
        .into_iter()
        .filter_map(|(name, part)| Some((name, part.as_deref()?)))
    }

    /// The parts that are there, in a line: `network_connection/windows`, `m365/exchange`.
    pub fn label(&self) -> String {
        [&self.category, &self.product, &self.service]
            .into_iter()
            .flatten()
            .cloned()
            .collect::<Vec<_>>()
            .join("/")
    }
}

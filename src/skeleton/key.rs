//! The class of an indicator: everything that reaches its rule besides the placeholders.
//!
//! Two indicators of one class differ in nothing but texts that stand in placeholders, so one skeleton serves both. The list is
//! complete by construction: an indicator is taken apart field by field, and a new field does not compile until its side
//! is named here.

use std::hash::{BuildHasher, Hash};

use crate::indicator::{Confidence, Indicator, Source, Tlp, Vulnerability};
use crate::registry::DerivedValue;
use crate::render::Values;

/// What of an indicator is the same in every rule of a skeleton.
#[derive(PartialEq, Hash)]
pub(super) struct SkeletonKey<'a> {
    template: &'a str,
    confidence: Confidence,
    is_stated: bool,
    producers: &'a [String],
    sources: Vec<Feed<'a>>,
    references: &'a [String],
    context: &'a [String],
    tags: &'a [String],
    mitre_techniques: &'a [String],
    industries: &'a [String],
    ports: &'a [u16],
    tlp: Option<Tlp>,
    vulnerability: Option<&'a Vulnerability>,
    is_modified: bool,
    originals: usize,
    moments: Vec<bool>,
    derived: Vec<(&'static str, Kind)>,
}

/// A source without its moments.
#[derive(PartialEq, Hash)]
struct Feed<'a> {
    parts: [&'a Option<String>; 6],
    confidence: Option<Confidence>,
    tlp: Option<Tlp>,
}

impl<'a> From<&'a Source> for Feed<'a> {
    fn from(source: &'a Source) -> Feed<'a> {
        let Source {
            feed_name,
            article_title,
            article_url,
            category,
            origin,
            producer,
            confidence,
            tlp,
            // In `Values`.
            first_seen: _,
            last_seen: _,
        } = source;
        Feed {
            parts: [
                feed_name,
                article_title,
                article_url,
                category,
                origin,
                producer,
            ],
            confidence: *confidence,
            tlp: *tlp,
        }
    }
}

/// A derived value without its texts.
#[derive(PartialEq, Hash)]
enum Kind {
    Text,
    Texts(usize),
    Flag(bool),
}

impl<'a> SkeletonKey<'a> {
    /// The class of an indicator in a template, by the template's name.
    pub(super) fn of(
        template: &'a str,
        indicator: &'a Indicator,
        default_confidence: Confidence,
        values: &'a Values,
    ) -> SkeletonKey<'a> {
        let Indicator {
            // In `Values`, and so in placeholders or in the parts of them below.
            ioc: _,
            continues: _,
            first_seen: _,
            last_seen: _,
            valid_until: _,
            originals: _,
            // In the derived values.
            email_role: _,
            // In no rule.
            revoked: _,
            place: _,
            left_out: _,
            confidence,
            producers,
            sources,
            references,
            context,
            tags,
            mitre_techniques,
            industries,
            ports,
            tlp,
            vulnerability,
        } = indicator;
        let Values {
            id: _,
            display: _,
            short_id: _,
            date: _,
            value: _,
            modified,
            originals,
            moments,
            derived,
        } = values;
        SkeletonKey {
            template,
            confidence: confidence.unwrap_or(default_confidence),
            is_stated: confidence.is_some(),
            producers,
            sources: sources.iter().map(Feed::from).collect(),
            references,
            context,
            tags,
            mitre_techniques,
            industries,
            ports,
            tlp: *tlp,
            vulnerability: vulnerability.as_ref(),
            is_modified: modified.is_some(),
            originals: originals.len(),
            moments: moments.iter().map(Option::is_some).collect(),
            derived: derived
                .iter()
                .map(|(name, form)| (name, Kind::of(form)))
                .collect(),
        }
    }

    /// A number that is the same for the same class and hasher.
    pub(super) fn digest(&self, hasher: &impl BuildHasher) -> u64 {
        hasher.hash_one(self)
    }
}

impl Kind {
    fn of(form: &DerivedValue) -> Kind {
        match form {
            DerivedValue::Text(_) => Kind::Text,
            DerivedValue::Texts(texts) => Kind::Texts(texts.len()),
            DerivedValue::Flag(flag) => Kind::Flag(*flag),
        }
    }
}

//! The skeletons of a run, derived as they are needed.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use super::RuleSkeleton;
use super::derive::derive;
use super::key::SkeletonKey;
use crate::error::Result;
use crate::indicator::{Confidence, Indicator};
use crate::render::{self, RenderSettings, Values};
use crate::rule::emit;
use crate::rule::{Level, SigmaRule};
use crate::template::Template;

/// How many classes are remembered. A feed with more has few indicators in each, and forgetting costs time only.
const CLASSES: usize = 4096;

/// The skeletons of a run. Shared by the threads that compile.
#[derive(Debug, Default)]
pub struct Skeletons {
    hasher: foldhash::quality::RandomState,
    known: RwLock<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// The classes seen once: most feeds that say something else of every indicator never say it twice.
    once: HashSet<u64>,
    skeletons: HashMap<u64, Vec<Entry>>,
}

/// A class, by an indicator of it, and its skeleton; `None` where its rules are rendered in full.
#[derive(Debug)]
struct Entry {
    template: Arc<str>,
    like: Indicator,
    values: Values,
    default_confidence: Confidence,
    skeleton: Option<Arc<RuleSkeleton>>,
}

/// A rule before it is text.
// Almost all are shaped, and a box for each would cost more than the room.
#[allow(clippy::large_enum_variant)]
#[derive(Debug)]
pub(crate) enum Compiled {
    /// A skeleton, and what to fill it with.
    Shaped(Arc<RuleSkeleton>, Values),
    /// The rule in full.
    Full(Box<SigmaRule>),
}

impl Compiled {
    /// The level of the rule.
    pub(crate) fn level(&self) -> Option<Level> {
        match self {
            Compiled::Shaped(skeleton, _) => skeleton.rule().level(),
            Compiled::Full(rule) => rule.level,
        }
    }

    /// The tags of the rule.
    pub(crate) fn tags(&self) -> Cow<'_, [String]> {
        match self {
            Compiled::Shaped(skeleton, values) => skeleton.rule().tags(values),
            Compiled::Full(rule) => Cow::Borrowed(&rule.tags),
        }
    }
}

/// The knowledge about a class.
enum Found {
    New,
    SeenOnce,
    Known(Option<Arc<RuleSkeleton>>),
}

impl Skeletons {
    /// Appends the YAML document of an indicator's rule: by its skeleton where there is one, else rendered in full.
    ///
    /// # Errors
    /// Those of [`render::rule`].
    pub fn yaml(
        &self,
        template: &Template,
        indicator: &Indicator,
        settings: &RenderSettings,
        out: &mut String,
    ) -> Result<()> {
        match self.compiled(template, indicator, settings)? {
            Compiled::Shaped(skeleton, values) => skeleton.fill(&values, out),
            Compiled::Full(rule) => emit::document(out, &rule),
        }
        Ok(())
    }

    /// An indicator's rule: the skeleton and the values where there is one, else rendered in full.
    ///
    /// # Errors
    /// Those of [`render::rule`].
    pub(crate) fn compiled(
        &self,
        template: &Template,
        indicator: &Indicator,
        settings: &RenderSettings,
    ) -> Result<Compiled> {
        let values = Values::of(template, indicator, settings);
        let class = SkeletonKey::of(
            template.name(),
            indicator,
            settings.default_confidence,
            &values,
        );
        let digest = class.digest(&self.hasher);
        let found = self.find(digest, &class);
        if let Found::Known(Some(skeleton)) = found {
            return Ok(Compiled::Shaped(skeleton, values));
        }
        let rule = render::rule(template, indicator, settings)?;
        match found {
            Found::Known(_) => {}
            Found::New => self.remember(|known| {
                known.once.insert(digest);
            }),
            Found::SeenOnce => {
                let full = emit::yaml(&rule);
                let skeleton = proven(template, indicator, settings, &values, &full);
                let entry = Entry {
                    skeleton: skeleton.clone(),
                    template: template.name().clone(),
                    like: indicator.clone(),
                    values: values.clone(),
                    default_confidence: settings.default_confidence,
                };
                self.remember(|known| known.skeletons.entry(digest).or_default().push(entry));
                if let Some(skeleton) = skeleton {
                    return Ok(Compiled::Shaped(skeleton, values));
                }
            }
        }
        Ok(Compiled::Full(Box::new(rule)))
    }

    /// The rule of an indicator by the skeleton of its class, if that is known by now.
    pub(crate) fn known(
        &self,
        template: &Template,
        indicator: &Indicator,
        settings: &RenderSettings,
    ) -> Option<Compiled> {
        let values = Values::of(template, indicator, settings);
        let confidence = settings.default_confidence;
        let class = SkeletonKey::of(template.name(), indicator, confidence, &values);
        match self.find(class.digest(&self.hasher), &class) {
            Found::Known(Some(skeleton)) => Some(Compiled::Shaped(skeleton, values)),
            _ => None,
        }
    }

    fn find(&self, digest: u64, class: &SkeletonKey<'_>) -> Found {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let entries = known.skeletons.get(&digest).map_or(&[][..], Vec::as_slice);
        match entries.iter().find(|entry| entry.class() == *class) {
            Some(entry) => Found::Known(entry.skeleton.clone()),
            None if known.once.contains(&digest) => Found::SeenOnce,
            None => Found::New,
        }
    }

    fn remember(&self, change: impl FnOnce(&mut Known)) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.once.len() >= CLASSES * 16 {
            known.once.clear();
        }
        if known.skeletons.len() >= CLASSES {
            known.skeletons.clear();
        }
        change(&mut known);
    }
}

impl Entry {
    fn class(&self) -> SkeletonKey<'_> {
        SkeletonKey::of(
            &self.template,
            &self.like,
            self.default_confidence,
            &self.values,
        )
    }
}

/// The skeleton, if filling it gives what the full render gave.
fn proven(
    template: &Template,
    indicator: &Indicator,
    settings: &RenderSettings,
    values: &Values,
    full: &str,
) -> Option<Arc<RuleSkeleton>> {
    let confidence = indicator.confidence.unwrap_or(settings.default_confidence);
    let skeleton = derive(template, indicator, confidence, values).ok()?;
    let mut filled = String::with_capacity(full.len());
    skeleton.fill(values, &mut filled);
    (filled == full).then(|| Arc::new(skeleton))
}

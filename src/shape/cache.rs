//! The shapes of a run, derived as they are needed.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use super::RuleShape;
use super::class::Class;
use super::derive::derive;
use crate::emit;
use crate::error::Result;
use crate::indicator::{Confidence, Indicator};
use crate::render::{self, RenderSettings, Values};
use crate::rule::{Level, SigmaRule};
use crate::template::Template;

/// How many classes are remembered. A feed with more has few indicators in each, and forgetting costs time only.
const CLASSES: usize = 4096;

/// The shapes of a run. Shared by the threads that compile.
#[derive(Debug, Default)]
pub struct Shapes {
    hasher: foldhash::quality::RandomState,
    known: RwLock<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// The classes seen once: most feeds that say something else of every indicator never say it twice.
    once: HashSet<u64>,
    shapes: HashMap<u64, Vec<Entry>>,
}

/// A class, by an indicator of it, and its shape; `None` where its rules are rendered in full.
#[derive(Debug)]
struct Entry {
    template: Arc<str>,
    like: Indicator,
    values: Values,
    default_confidence: Confidence,
    shape: Option<Arc<RuleShape>>,
}

/// A rule before it is text.
// Almost all are shaped, and a box for each would cost more than the room.
#[allow(clippy::large_enum_variant)]
#[derive(Debug)]
pub(crate) enum Compiled {
    /// A shape, and what to fill it with.
    Shaped(Arc<RuleShape>, Values),
    /// The rule in full.
    Full(Box<SigmaRule>),
}

impl Compiled {
    /// The level of the rule.
    pub(crate) fn level(&self) -> Option<Level> {
        match self {
            Compiled::Shaped(shape, _) => shape.rule().level(),
            Compiled::Full(rule) => rule.level,
        }
    }

    /// The tags of the rule.
    pub(crate) fn tags(&self) -> Cow<'_, [String]> {
        match self {
            Compiled::Shaped(shape, values) => shape.rule().tags(values),
            Compiled::Full(rule) => Cow::Borrowed(&rule.tags),
        }
    }
}

/// The knowledge about a class.
enum Found {
    New,
    SeenOnce,
    Known(Option<Arc<RuleShape>>),
}

impl Shapes {
    /// Appends the YAML document of an indicator's rule: by its shape where there is one, else rendered in full.
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
            Compiled::Shaped(shape, values) => shape.fill(&values, out),
            Compiled::Full(rule) => emit::document(out, &rule),
        }
        Ok(())
    }

    /// An indicator's rule: the shape and the values where there is one, else rendered in full.
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
        let class = Class::of(
            template.name(),
            indicator,
            settings.default_confidence,
            &values,
        );
        let digest = class.digest(&self.hasher);
        let found = self.find(digest, &class);
        if let Found::Known(Some(shape)) = found {
            return Ok(Compiled::Shaped(shape, values));
        }
        let rule = render::rule(template, indicator, settings)?;
        match found {
            Found::Known(_) => {}
            Found::New => self.remember(|known| {
                known.once.insert(digest);
            }),
            Found::SeenOnce => {
                let full = emit::yaml(&rule);
                let shape = proven(template, indicator, settings, &values, &full);
                let entry = Entry {
                    shape: shape.clone(),
                    template: template.name().clone(),
                    like: indicator.clone(),
                    values: values.clone(),
                    default_confidence: settings.default_confidence,
                };
                self.remember(|known| known.shapes.entry(digest).or_default().push(entry));
                if let Some(shape) = shape {
                    return Ok(Compiled::Shaped(shape, values));
                }
            }
        }
        Ok(Compiled::Full(Box::new(rule)))
    }

    /// The rule of an indicator by the shape of its class, if that is known by now.
    pub(crate) fn known(
        &self,
        template: &Template,
        indicator: &Indicator,
        settings: &RenderSettings,
    ) -> Option<Compiled> {
        let values = Values::of(template, indicator, settings);
        let confidence = settings.default_confidence;
        let class = Class::of(template.name(), indicator, confidence, &values);
        match self.find(class.digest(&self.hasher), &class) {
            Found::Known(Some(shape)) => Some(Compiled::Shaped(shape, values)),
            _ => None,
        }
    }

    fn find(&self, digest: u64, class: &Class<'_>) -> Found {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let entries = known.shapes.get(&digest).map_or(&[][..], Vec::as_slice);
        match entries.iter().find(|entry| entry.class() == *class) {
            Some(entry) => Found::Known(entry.shape.clone()),
            None if known.once.contains(&digest) => Found::SeenOnce,
            None => Found::New,
        }
    }

    fn remember(&self, change: impl FnOnce(&mut Known)) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.once.len() >= CLASSES * 16 {
            known.once.clear();
        }
        if known.shapes.len() >= CLASSES {
            known.shapes.clear();
        }
        change(&mut known);
    }
}

impl Entry {
    fn class(&self) -> Class<'_> {
        Class::of(
            &self.template,
            &self.like,
            self.default_confidence,
            &self.values,
        )
    }
}

/// The shape, if filling it gives what the full render gave.
fn proven(
    template: &Template,
    indicator: &Indicator,
    settings: &RenderSettings,
    values: &Values,
    full: &str,
) -> Option<Arc<RuleShape>> {
    let confidence = indicator.confidence.unwrap_or(settings.default_confidence);
    let shape = derive(template, indicator, confidence, values).ok()?;
    let mut filled = String::with_capacity(full.len());
    shape.fill(values, &mut filled);
    (filled == full).then(|| Arc::new(shape))
}

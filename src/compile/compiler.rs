//! Rules of one indicator.

use std::sync::Arc;

use super::lost::fail;
use super::settings::Settings;
use crate::error::{Error, ErrorKind, Result};
use crate::indicator::Indicator;
use crate::render::{self, RenderSettings};
use crate::report::Report;
use crate::rule::SigmaRule;
use crate::skeleton::Skeletons;
use crate::template::{Selection, Template};

/// A rule with the name of the template that gave it.
#[derive(Debug, Clone, PartialEq)]
pub struct CompiledRule {
    /// The rule.
    pub rule: SigmaRule,
    /// The template's name.
    pub template: Arc<str>,
}

/// Makes rules of indicators: one for each log source that was asked for.
#[derive(Debug)]
pub struct Compiler {
    pub(super) templates: Arc<Selection>,
    pub(super) settings: RenderSettings,
    pub(super) skeletons: Skeletons,
}

impl Compiler {
    /// A compiler with the templates of these settings.
    pub fn new(settings: &Settings) -> Compiler {
        Compiler {
            templates: settings.templates.clone(),
            settings: RenderSettings {
                now: settings.now,
                default_confidence: settings.default_confidence,
            },
            skeletons: Skeletons::default(),
        }
    }

    /// The rules of an indicator, the primary log source's first; an error in the place of each whose template fails.
    pub fn rules(&self, indicator: &Indicator) -> impl Iterator<Item = Result<CompiledRule>> {
        self.templates
            .of_indicator(indicator)
            .map(|template| compiled(template, indicator, &self.settings))
    }

    /// The first of an indicator's rules, with a date and a default confidence of its own.
    ///
    /// # Errors
    /// [`ErrorKind::BrokenTemplate`] where no template takes the indicator or the template gives no valid rule.
    pub fn rule_with(
        &self,
        indicator: &Indicator,
        settings: &RenderSettings,
    ) -> Result<CompiledRule> {
        match self.templates.of_indicator(indicator).next() {
            Some(template) => compiled(template, indicator, settings),
            None => Err(Error::new(
                ErrorKind::BrokenTemplate,
                format!("no template takes the type `{}`", indicator.ioc.ioc_type()),
            )),
        }
    }

    /// The first of an indicator's rules.
    ///
    /// # Errors
    /// As [`Compiler::rule_with`].
    pub fn rule(&self, indicator: &Indicator) -> Result<CompiledRule> {
        self.rule_with(indicator, &self.settings)
    }

    /// The rules of one indicator that was kept, counted in the report. It counts as refused where all of its templates failed; where
    /// some did, the others' rules stand and there is a note for each that failed.
    pub fn counted(&self, indicator: &Indicator, report: &mut Report) -> Vec<CompiledRule> {
        let mut rules = Vec::with_capacity(1);
        let mut errors = Vec::new();
        for rule in self.rules(indicator) {
            match rule {
                Ok(compiled) => rules.push(compiled),
                Err(error) => errors.push(error.one_line()),
            }
        }
        for compiled in &rules {
            report.rule(
                indicator.ioc.ioc_type().as_str(),
                compiled.rule.logsource.label(),
            );
        }
        if !errors.is_empty() {
            fail(indicator, &errors, !rules.is_empty(), report);
        }
        rules
    }
}

fn compiled(
    template: &Template,
    indicator: &Indicator,
    settings: &RenderSettings,
) -> Result<CompiledRule> {
    Ok(CompiledRule {
        rule: render::rule(template, indicator, settings)?,
        template: template.name().clone(),
    })
}

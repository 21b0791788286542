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
///
/// ```
/// use socdef_sigma::compile::{CompiledRule, Compiler, Settings};
/// use socdef_sigma::{Indicator, indicator::parse};
///
/// let indicator = Indicator::new(parse("198.51.100.7").unwrap());
/// let CompiledRule { rule, template } = Compiler::new(&Settings::new(chrono::Utc::now())).rule(&indicator)?;
/// assert_eq!(&*template, "ipv4/network_connection_windows");
/// assert!(rule.title.contains("198.51.100.7"));
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CompiledRule {
    /// The rule.
    pub rule: SigmaRule,
    /// The template's name.
    pub template: Arc<str>,
}

/// Makes rules of indicators: one for each log source that was asked for.
///
/// ```
/// use socdef_sigma::compile::{Compiler, Settings};
/// use socdef_sigma::{Indicator, indicator::parse};
///
/// let compiler = Compiler::new(&Settings::new(chrono::Utc::now()));
/// let compiled = compiler.rule(&Indicator::new(parse("evil[.]example").unwrap()))?;
/// assert_eq!(compiled.rule.logsource.label(), "dns_query/windows");
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
#[derive(Debug)]
pub struct Compiler {
    pub(super) templates: Arc<Selection>,
    pub(super) settings: RenderSettings,
    pub(super) skeletons: Skeletons,
}

impl Compiler {
    /// A compiler with the templates of these settings.
    ///
    /// ```
    /// use socdef_sigma::compile::{Compiler, Settings};
    /// use socdef_sigma::template::{Catalog, Selection};
    /// use socdef_sigma::{Indicator, indicator::parse};
    ///
    /// let mut settings = Settings::new(chrono::Utc::now());
    /// settings.templates = Selection::of(Catalog::registered(), &["zeek".to_owned()])?.into();
    /// let compiled = Compiler::new(&settings).rule(&Indicator::new(parse("198.51.100.7").unwrap()))?;
    /// assert_eq!(compiled.rule.logsource.product.as_deref(), Some("zeek"));
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
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
    ///
    /// ```
    /// use socdef_sigma::compile::{Compiler, Settings};
    /// use socdef_sigma::template::{Catalog, Selection};
    /// use socdef_sigma::{Indicator, indicator::parse};
    ///
    /// let mut settings = Settings::new(chrono::Utc::now());
    /// settings.templates = Selection::of(Catalog::registered(), &["firewall".to_owned(), "zeek".to_owned()])?.into();
    /// let compiler = Compiler::new(&settings);
    /// let rules: Vec<_> = compiler.rules(&Indicator::new(parse("198.51.100.7").unwrap())).collect();
    /// assert!(rules.len() == 2 && rules.iter().all(Result::is_ok));
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn rules(&self, indicator: &Indicator) -> impl Iterator<Item = Result<CompiledRule>> {
        self.templates
            .of_indicator(indicator)
            .map(|template| compiled(template, indicator, &self.settings))
    }

    /// The first of an indicator's rules, with a date and a default confidence of its own.
    ///
    /// # Errors
    /// [`ErrorKind::BrokenTemplate`] where no template takes the indicator or the template gives no valid rule.
    ///
    /// ```
    /// use socdef_sigma::compile::{Compiler, Settings};
    /// use socdef_sigma::render::RenderSettings;
    /// use socdef_sigma::rule::Level;
    /// use socdef_sigma::{Confidence, Indicator, indicator::parse};
    ///
    /// let now = chrono::Utc::now();
    /// let compiler = Compiler::new(&Settings::new(now));
    /// let indicator = Indicator::new(parse("evil[.]example").unwrap());
    /// let sure = RenderSettings { now, default_confidence: Confidence::High };
    /// let rule = compiler.rule_with(&indicator, &sure)?.rule;
    /// assert!(rule.level > compiler.rule(&indicator)?.rule.level);
    /// assert_eq!(rule.level, Some(Level::High));
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
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
    ///
    /// ```
    /// use socdef_sigma::compile::{Compiler, Settings};
    /// use socdef_sigma::{Indicator, indicator::parse};
    ///
    /// let compiler = Compiler::new(&Settings::new(chrono::Utc::now()));
    /// let compiled = compiler.rule(&Indicator::new(parse("CVE-2017-0144").unwrap()))?;
    /// assert!(compiled.rule.title.contains("CVE-2017-0144"));
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn rule(&self, indicator: &Indicator) -> Result<CompiledRule> {
        self.rule_with(indicator, &self.settings)
    }

    /// The rules of one indicator that was kept, counted in the report. It counts as refused where all of its templates failed; where
    /// some did, the others' rules stand and there is a note for each that failed.
    ///
    /// ```
    /// use socdef_sigma::compile::{Compiler, Settings};
    /// use socdef_sigma::report::Report;
    /// use socdef_sigma::{Indicator, indicator::parse};
    ///
    /// let compiler = Compiler::new(&Settings::new(chrono::Utc::now()));
    /// let mut report = Report::new(8);
    /// let rules = compiler.counted(&Indicator::new(parse("198.51.100.7").unwrap()), &mut report);
    /// assert_eq!((rules.len(), report.counts().rules), (1, 1));
    /// ```
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

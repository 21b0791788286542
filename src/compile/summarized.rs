//! Rules that are only counted, many at a time: by skeletons, on all cores, in the order of the indicators.

use std::borrow::Borrow;

use rayon::prelude::*;

use super::compiler::Compiler;
use super::lost::fail;
use crate::indicator::Indicator;
use crate::render;
use crate::report::Report;
use crate::summary::{Seen, Summary};

/// How many indicators one thread takes at a time.
const SHARE: usize = 512;

/// What one thread counted.
struct Share {
    summary: Summary,
    /// How many rules each of the chosen templates gave.
    made: Vec<u64>,
    /// Indicators of which templates gave no rule: which, why, and whether others gave one.
    failed: Vec<(usize, Vec<String>, bool)>,
}

impl Compiler {
    /// Counts the rules of these indicators in the summary, and in the report as [`Compiler::documents`] does.
    ///
    /// ```
    /// use socdef_sigma::compile::{Compiler, Settings};
    /// use socdef_sigma::report::Report;
    /// use socdef_sigma::summary::Summary;
    /// use socdef_sigma::{Indicator, indicator::parse};
    ///
    /// let indicators = ["198.51.100.7", "evil.example"].map(|value| Indicator::new(parse(value).unwrap()));
    /// let (mut report, mut summary) = (Report::new(8), Summary::default());
    /// Compiler::new(&Settings::new(chrono::Utc::now())).summarize(&indicators, &mut report, &mut summary);
    /// assert_eq!(summary.rules(), 2);
    /// ```
    pub fn summarize<I: Borrow<Indicator> + Sync>(
        &self,
        batch: &[I],
        report: &mut Report,
        summary: &mut Summary,
    ) {
        let labels: Vec<String> = self
            .templates
            .iter()
            .map(|template| template.logsource().label())
            .collect();
        let shares: Vec<Share> = batch
            .par_chunks(SHARE)
            .map(|indicators| self.count(indicators, &labels))
            .collect();
        for (share, indicators) in shares.into_iter().zip(batch.chunks(SHARE)) {
            for (template, count) in self.templates.iter().zip(&share.made) {
                report.rules_made(template, *count);
            }
            for (at, errors, has_others) in &share.failed {
                fail(indicators[*at].borrow(), errors, *has_others, report);
            }
            summary.absorb(share.summary);
        }
    }

    fn count<I: Borrow<Indicator>>(&self, indicators: &[I], labels: &[String]) -> Share {
        let mut share = Share {
            summary: Summary::default(),
            made: vec![0; labels.len()],
            failed: Vec::new(),
        };
        for (at, indicator) in indicators.iter().enumerate() {
            let indicator = indicator.borrow();
            let (rules, errors) = self.compiled_one(indicator);
            let mut producers = render::producers(indicator);
            producers.sort_unstable();
            producers.dedup();
            for (template, rule) in &rules {
                share.made[*template] += 1;
                share.summary.add(Seen {
                    ioc_type: indicator.ioc.ioc_type(),
                    log_source: &labels[*template],
                    level: rule.level(),
                    tags: &rule.tags(),
                    producers: &producers,
                });
            }
            if !errors.is_empty() {
                share.failed.push((at, errors, !rules.is_empty()));
            }
        }
        share
    }
}

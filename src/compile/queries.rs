//! Rules that are to become queries, many at a time: by skeletons, on all cores, in the order of the indicators.

use std::borrow::Borrow;

use rayon::prelude::*;

use super::compiler::Compiler;
use super::lost::fail;
use crate::indicator::Indicator;
use crate::report::Report;
use crate::skeleton::Compiled;

/// The rules of one indicator, with the place of each one's template, and what failed.
pub(super) type Rules = (Vec<(usize, Compiled)>, Vec<String>);

impl Compiler {
    /// The rules of these indicators, counted as [`Compiler::counted`] does.
    pub(crate) fn compiled<I: Borrow<Indicator> + Sync>(
        &self,
        indicators: &[I],
        report: &mut Report,
    ) -> Vec<Compiled> {
        let all: Vec<Rules> = indicators
            .par_iter()
            .with_min_len(128)
            .map(|indicator| self.compiled_one(indicator.borrow()))
            .collect();
        let mut made = vec![0; self.templates.iter().count()];
        let mut rules = Vec::with_capacity(all.len());
        for ((compiled, errors), indicator) in all.into_iter().zip(indicators) {
            if !errors.is_empty() {
                fail(indicator.borrow(), &errors, !compiled.is_empty(), report);
            }
            for (template, rule) in compiled {
                made[template] += 1;
                rules.push(match rule {
                    // The first of its class: those after it may have given it a skeleton, and then it is one more of the kind.
                    Compiled::Full(_) => {
                        let template = self.templates.iter().nth(template);
                        let shaped = template.and_then(|template| {
                            self.skeletons
                                .known(template, indicator.borrow(), &self.settings)
                        });
                        shaped.unwrap_or(rule)
                    }
                    shaped => shaped,
                });
            }
        }
        for (template, count) in self.templates.iter().zip(&made) {
            report.rules_made(template, *count);
        }
        rules
    }

    /// The rules of one indicator that was kept.
    pub(super) fn compiled_one(&self, indicator: &Indicator) -> Rules {
        let mut rules = Vec::with_capacity(1);
        let mut errors = Vec::new();
        for (at, template) in self.templates.iter().enumerate() {
            if !(template.takes(indicator) && template.finds(indicator)) {
                continue;
            }
            match self.skeletons.compiled(template, indicator, &self.settings) {
                Ok(compiled) => rules.push((at, compiled)),
                Err(error) => errors.push(error.one_line()),
            }
        }
        (rules, errors)
    }
}

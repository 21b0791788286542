//! Rules as text, many at a time: by skeletons, on all cores, in the order of the indicators.

use std::borrow::Borrow;

use rayon::prelude::*;

use super::compiler::Compiler;
use super::lost::fail;
use crate::indicator::Indicator;
use crate::report::Report;

/// How many indicators one thread takes at a time.
const SHARE: usize = 128;

/// The text before every document but the first.
///
/// ```
/// use socdef_sigma::compile::MARKER;
/// assert_eq!(["a: 1\n", "b: 2\n"].join(MARKER), "a: 1\n---\nb: 2\n");
/// ```
pub const MARKER: &str = "---\n";

/// What one thread made.
struct Share {
    /// The documents, a marker before each.
    text: String,
    /// How many rules each of the chosen templates gave.
    made: Vec<u64>,
    failed: Vec<Failed>,
}

/// An indicator of which a template gave no rule.
struct Failed {
    at: usize,
    errors: Vec<String>,
    has_others: bool,
}

impl Compiler {
    /// Appends the documents of these indicators' rules, a marker before each, and counts them as
    /// [`Compiler::counted`] does.
    ///
    /// ```
    /// use socdef_sigma::compile::{Compiler, MARKER, Settings};
    /// use socdef_sigma::report::Report;
    /// use socdef_sigma::{Indicator, indicator::parse};
    ///
    /// let indicators = ["198.51.100.7", "198.51.100.8"].map(|value| Indicator::new(parse(value).unwrap()));
    /// let (mut report, mut text) = (Report::new(8), String::new());
    /// Compiler::new(&Settings::new(chrono::Utc::now())).documents(&indicators, &mut report, &mut text);
    /// assert_eq!(text.matches(MARKER).count(), 2);
    /// assert_eq!(report.counts().rules, 2);
    /// ```
    pub fn documents<I: Borrow<Indicator> + Sync>(
        &self,
        batch: &[I],
        report: &mut Report,
        out: &mut String,
    ) {
        let shares: Vec<Share> = batch
            .par_chunks(SHARE)
            .map(|indicators| self.share(indicators))
            .collect();
        for (share, indicators) in shares.iter().zip(batch.chunks(SHARE)) {
            out.push_str(&share.text);
            for (template, count) in self.templates.iter().zip(&share.made) {
                report.rules_made(template, *count);
            }
            for failed in &share.failed {
                let indicator = indicators[failed.at].borrow();
                fail(indicator, &failed.errors, failed.has_others, report);
            }
        }
    }

    fn share<I: Borrow<Indicator>>(&self, indicators: &[I]) -> Share {
        let mut share = Share {
            text: String::with_capacity(indicators.len() * 1024),
            made: vec![0; self.templates.iter().count()],
            failed: Vec::new(),
        };
        for (at, indicator) in indicators.iter().enumerate() {
            let indicator = indicator.borrow();
            let mut errors = Vec::new();
            let mut has_others = false;
            for (template, made) in self.templates.iter().zip(&mut share.made) {
                if !(template.takes(indicator) && template.finds(indicator)) {
                    continue;
                }
                let before = share.text.len();
                share.text.push_str(MARKER);
                match self
                    .skeletons
                    .yaml(template, indicator, &self.settings, &mut share.text)
                {
                    Ok(()) => {
                        *made += 1;
                        has_others = true;
                    }
                    Err(error) => {
                        share.text.truncate(before);
                        errors.push(error.one_line());
                    }
                }
            }
            if !errors.is_empty() {
                share.failed.push(Failed {
                    at,
                    errors,
                    has_others,
                });
            }
        }
        share
    }
}

//! Rule skeletons: a template compiled once, and filled as often as there are indicators.
//!
//! The rules that one template makes of indicators of which a feed says the same differ in a few places: the value and its
//! derived values, the title, the id, the dates. All else is the *skeleton*. It is derived, not written: the template is
//! rendered with a marker in each of these places, the result is parsed and checked as every rule is, and written through the
//! same emitter, which leaves a placeholder wherever a marker stands in a text. Filling copies literals and writes texts
//! through the emitter's own encoder, so a filled skeleton is a full render byte for byte.
//!
//! What makes this sound: a template may do nothing with a value but place it (`placeable`), two derivations with different markers
//! must agree, and the first fill is compared with the full render. A template that does more has no skeleton, and
//! is rendered in full: slow is allowed, wrong is not. Whatever else reaches the text is the *class* of an indicator
//! (`key`), and a skeleton serves its own class only, so nothing leaks from one rule into another.

mod cache;
mod derive;
mod key;
mod placeable;
mod placeholder;
#[cfg_attr(not(feature = "python"), allow(dead_code))]
mod placeholder_rule;

use crate::render::Values;
use crate::rule::emit::{self, Style};
use placeholder::Placeholder;

pub(crate) use cache::Compiled;
pub use cache::Skeletons;
pub use derive::why_no_skeleton;
pub(crate) use placeholder_rule::PlaceholderRule;

/// The text of a rule with typed placeholders.
#[derive(Debug)]
pub(crate) struct RuleSkeleton {
    parts: Vec<Part>,
    /// The same as a typed rule with markers.
    rule: PlaceholderRule,
}

/// A part of a skeleton.
#[derive(Debug, PartialEq)]
enum Part {
    /// Text that is the same in every rule.
    Literal(String),
    /// A text of the rule in which something differs.
    Scalar(Vec<Piece>, Style),
}

/// A part of a text.
#[derive(Debug, PartialEq)]
enum Piece {
    Literal(String),
    Placeholder(Placeholder),
}

impl RuleSkeleton {
    /// The rule with markers, to be converted with the texts of many indicators.
    #[cfg_attr(not(feature = "python"), allow(dead_code))]
    pub(crate) fn rule(&self) -> &PlaceholderRule {
        &self.rule
    }

    /// Appends the rule with these values.
    pub(crate) fn fill(&self, values: &Values, out: &mut String) {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(literal) => out.push_str(literal),
                Part::Scalar(pieces, style) => {
                    text.clear();
                    for piece in pieces {
                        match piece {
                            Piece::Literal(literal) => text.push_str(literal),
                            Piece::Placeholder(placeholder) => placeholder.fill(values, &mut text),
                        }
                    }
                    emit::scalar(out, &text, *style);
                }
            }
        }
    }
}

//! STIX patterns: from `[domain-name:value = 'evil.example']` to the values in it.
//!
//! The language is that of STIX 2.1, section 9 (STIX 2.0, part 5); [`lexer`] cuts it into tokens, [`grammar`] builds
//! the tree, and [`meaning`] takes the values out. A rule can say "this value", and no more than that, so:
//!
//! - `OR` joins alternatives: each is judged on its own.
//! - `AND` of equalities gives each of the values, as a feed's list would. Beside a value, equalities on
//!   anything else (`file:name`, `network-traffic:protocols[*]`) are left out; a port is kept beside the value.
//! - `NOT`, `!=`, `LIKE`, `MATCHES`, `<`, `>`, `EXISTS`, `ISSUPERSET` and `FOLLOWEDBY` never give a value. Under `OR`
//!   that branch alone is refused. Under `AND` the whole group is: the producer said "this, but not with that", and a
//!   rule for the value alone would fire where the producer's would not.
//! - The qualifiers `WITHIN`, `REPEATS` and `START … STOP` say when and how often the producer looks. The value is
//!   the producer's all the same, so they are read over.

mod grammar;
mod lexer;
mod meaning;
#[cfg(test)]
mod tests;

use crate::indicator::{EmailRole, Expect, Refusal};
use crate::reason::Reason;

/// The longest pattern that is read, in bytes: some 20,000 hashes.
pub(crate) const MAX_PATTERN_BYTES: usize = 1 << 20;

/// How deep parentheses may be nested. The grammar and what walks over its tree recurse no deeper.
pub(crate) const MAX_DEPTH: usize = 64;

/// How many ports are kept beside one value.
pub(crate) const MAX_PORTS: usize = 32;

/// What a pattern says about one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reading {
    /// A value to match.
    Value(Value),
    /// A part of the pattern that gives no value: its text, or the value that is of no type of ours.
    Refused { text: String, refusal: Refusal },
}

/// A value to match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value {
    /// What its object path says that it is.
    pub(crate) expect: Expect,
    /// The part that an e-mail address played, where its object path says so.
    pub(crate) role: Option<EmailRole>,
    /// The value as the pattern has it, without quotes and escapes.
    pub(crate) text: String,
    /// The ports that stand beside it.
    pub(crate) ports: Vec<u16>,
}

/// The values of a pattern in their order. A pattern that cannot be read is one refusal with the pattern as its text.
pub(crate) fn readings(pattern: &str) -> Vec<Reading> {
    let refused = |refusal| {
        vec![Reading::Refused {
            text: pattern.trim().to_owned(),
            refusal,
        }]
    };
    if pattern.trim().is_empty() {
        return refused(Refusal::new(Reason::Empty));
    }
    if pattern.len() > MAX_PATTERN_BYTES {
        return refused(
            Refusal::new(Reason::PatternNotSupported).detail("the pattern is longer than 1 MiB"),
        );
    }
    match grammar::parse(pattern) {
        Ok(tree) => meaning::readings(&tree),
        Err(fault) => refused(fault.refusal()),
    }
}

/// Why a pattern cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fault {
    /// It is not of the language: the byte, and what is wrong there.
    Broken { at: usize, what: &'static str },
    /// It is, but deeper than [`MAX_DEPTH`].
    TooDeep,
}

impl Fault {
    fn refusal(&self) -> Refusal {
        match self {
            Fault::Broken { at, what } => Refusal::new(Reason::BrokenEntry)
                .detail(format!("{what} at byte {at} of the pattern")),
            Fault::TooDeep => Refusal::new(Reason::PatternNotSupported)
                .detail(format!("parentheses nested deeper than {MAX_DEPTH}")),
        }
    }
}

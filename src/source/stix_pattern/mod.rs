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

mod fault;
mod grammar;
mod lexer;
mod meaning;
mod reading;
#[cfg(test)]
mod tests;

pub(crate) use reading::{Reading, Value};

use crate::indicator::Refusal;
use crate::reason::Reason;

/// The longest pattern that is read, in bytes: some 20,000 hashes.
pub(crate) const MAX_PATTERN_BYTES: usize = 1 << 20;

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

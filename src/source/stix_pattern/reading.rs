//! What a pattern says about one value.

use crate::indicator::{EmailRole, Expect, Refusal};

/// How many ports are kept beside one value.
pub(crate) const MAX_PORTS: usize = 32;

/// A value, or why there is none.
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

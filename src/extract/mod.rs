//! The recogniser: from a text to the indicators in it, with what is left out and why. The same for every format.
//!
//! A format decides structure (records, fields, blocks) and hands over pieces of text: a line of a list ([`line()`]), a piece of a
//! document ([`candidates()`]). The text around a piece (heading, column, label, sentence) is its [`Setting`]: it changes
//! how far a value is trusted, and never whether it is looked at.
//!
//! Of a *sure* type are addresses, URLs with a scheme, defanged names and addresses, hashes alone and CVE ids. Each of them is a
//! candidate wherever it stands: an indicator, or dropped or refused with a reason. Names that are not defanged, and e-mail
//! addresses, have to look like indicators where they stand (`names.rs`).

mod lead;
mod line;
mod links;
mod names;
mod outline;
mod ports;
mod ranges;
mod services;
mod setting;
mod spans;
pub(crate) mod split;
mod values;
mod words;

pub(crate) use lead::without_bullet;
pub(crate) use line::{Line, line};
pub(crate) use links::take as take_links;
pub(crate) use outline::{LEAD, Outline, is_references, topic};
pub(crate) use services::site;
pub(crate) use setting::{Setting, Topic};
pub(crate) use values::candidates;

use crate::indicator::{Parsed, Refusal};
use crate::reason::Reason;

/// Something in a text that may be an indicator.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Candidate {
    /// The text of the value, in its live form.
    pub(crate) value: String,
    /// The indicator, or why the value is not one.
    pub(crate) parsed: Result<Parsed, Refusal>,
    /// The networks of a range behind its first one.
    pub(crate) more: Vec<Parsed>,
    /// Ports that stand beside it.
    pub(crate) ports: Vec<u16>,
    /// Whether it is a range of addresses, or an address with a mask.
    pub(crate) is_range: bool,
}

impl Candidate {
    pub(crate) fn new(value: impl Into<String>, parsed: Result<Parsed, Refusal>) -> Candidate {
        Candidate {
            value: value.into(),
            parsed,
            more: Vec::new(),
            ports: Vec::new(),
            is_range: false,
        }
    }

    /// Left out, for this reason.
    pub(crate) fn without(value: impl Into<String>, reason: Reason) -> Candidate {
        Candidate::new(value, Err(Refusal::new(reason)))
    }
}

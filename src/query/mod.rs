//! Query skeletons: a class of rules converted once, and filled for every rule of the class.
//!
//! What pySigma makes of two rules that differ in a few texts differs in those texts only, each encoded as its backend encodes
//! text. So a rule with *probe values* in place of the texts is converted, the probe values are found in its queries, and what became of
//! their special characters is learned ([`learn`]). Nothing is known about any backend beforehand.
//!
//! What makes this sound is that it is proved on the way, for each class, and given up where it does not hold:
//!
//! - two rules of probe values with other markers and lengths must give the same skeleton, and one converted again the same query;
//! - a class is what the encoding may depend on: all of the rule besides the texts, and of each text what it is, the set of its special
//!   characters, and those at its ends ([`class`]);
//! - before a class is filled, some of its real rules are converted both ways and compared, the longest and the shortest among
//!   them; and later any that is longer or shorter than those, or has two characters next to each other that none had;
//! - at the end a random sample of all that was filled is converted too. A difference sends its class through pySigma, and
//!   the run restarts.
//!
//! Whatever does not prove right goes through pySigma rule by rule: slow is allowed, wrong is not.

mod batch_converter;
mod case;
mod char_profile;
mod class_cache;
mod compiled;
mod documents;
#[cfg(debug_assertions)]
mod fuzzed;
mod learn;
mod oracle;
mod probe_value;
mod prove;
mod rule_input;
#[cfg(feature = "python")]
pub(crate) mod stream;

// For tests and fuzzers: they are built with assertions, and the wheel is not.
#[cfg(debug_assertions)]
pub use fuzzed::fuzz_learner;

#[cfg(feature = "python")]
pub(crate) use batch_converter::BatchConverter;
#[cfg(feature = "python")]
pub(crate) use oracle::{Answer, Oracle, Queries};
#[cfg(feature = "python")]
pub(crate) use rule_input::{Given, Value};

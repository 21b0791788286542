//! The whole way: inputs → merged indicators → guard and filters → rules.
//!
//! [`Intake`] reads and merges, [`select`](Intake::select) judges, [`Compiler`] renders one rule at a time.

mod batch;
mod compiler;
mod explain;
mod intake;
mod lost;
#[cfg_attr(not(feature = "python"), allow(dead_code))]
mod queries;
#[cfg_attr(not(feature = "python"), allow(dead_code))]
mod run;
mod select;
mod settings;
mod sightings;
mod stream;
mod summarized;

pub use batch::MARKER;
pub use compiler::{CompiledRule, Compiler};
pub use explain::{Explained, Record, Statement, explain, explain_in};
pub use intake::Intake;
#[cfg_attr(not(feature = "python"), allow(unused_imports))]
pub(crate) use run::{Indicators, Made, Run, rules};
pub use settings::Settings;
pub use stream::{Stream, Take, Tick};

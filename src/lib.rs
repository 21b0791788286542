//! A compiler from indicators of compromise to Sigma detection rules.
//!
//! ```text
//! source ──► Indicator ──► guard ──► template plugin ──► rule ──► Sigma YAML
//! ```
//!
//! One direction, no way back: each stage is a module that knows only the ones before it.

pub mod attack;
pub mod compile;
pub mod emit;
pub mod error;
#[cfg(feature = "fetch")]
pub mod fetch;
pub mod guard;
pub mod indicator;
pub mod node;
pub mod output;
pub mod place;
pub mod reason;
pub mod registry;
pub mod render;
pub mod report;
pub mod rule;
#[cfg(feature = "serve")]
pub mod serve;
pub mod source;
#[cfg(feature = "sync")]
pub mod sync;
pub mod template;

pub mod wire;

mod plugins;
#[cfg(feature = "python")]
mod python;

pub use error::{Error, ErrorKind, Result};
pub use indicator::{Confidence, Indicator, Ioc, IocType, Sector, Tlp};
pub use reason::{Outcome, Reason};

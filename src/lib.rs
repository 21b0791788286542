//! A compiler from indicators of compromise to Sigma detection rules.
//!
//! ```text
//! source ──► Indicator ──► guard ──► template plugin ──► rule ──► Sigma YAML
//! ```
//!
//! One direction, no way back: each stage is a module that knows only the ones before it. [`compile`] is the whole way;
//! [`serve`] and [`fetch`] are the two ends of the endpoint, with [`wire`] between them; [`sync`] keeps rules up to date.
//!
//! ```
//! use socdef_sigma::compile::{Compiler, Intake, Settings};
//! use socdef_sigma::source::{Input, ReadOptions};
//! use socdef_sigma::rule::emit;
//!
//! # fn main() -> socdef_sigma::Result<()> {
//! let feed = Input::from_bytes("feed.txt", &b"evil[.]example\n10.0.0.1\n"[..]);
//! let mut intake = Intake::new(usize::MAX);
//! intake.read(&feed, &ReadOptions::default(), &mut |_| Ok(()))?;
//! let settings = Settings::new(chrono::Utc::now());
//! let (kept, report) = intake.select(&settings);
//! let compiler = Compiler::new(&settings);
//! let yaml = emit::yaml(&compiler.rule(&kept[0])?.rule);
//! assert!(yaml.contains("QueryName|endswith: '.evil.example'"));
//! assert_eq!(report.counts().dropped, 1); // 10.0.0.1 is on every network
//! # Ok(())
//! # }
//! ```

mod attack;
pub mod check;
mod coded;
pub mod compile;
mod derived;
pub mod document;
pub mod error;
mod extract;
#[cfg(feature = "fetch")]
pub mod fetch;
mod formula;
mod guard;
mod hidden;
pub mod indicator;
pub mod lists;
pub mod location;
// It writes for the client, for `sync` and for Python.
#[cfg_attr(not(all(feature = "fetch", feature = "sync")), allow(dead_code))]
pub mod output;
pub mod reason;
pub mod registry;
pub mod render;
pub mod replace;
pub mod report;
pub mod rule;
#[cfg(feature = "serve")]
pub mod serve;
pub mod skeleton;
pub mod source;
pub mod summary;
#[cfg(feature = "sync")]
pub mod sync;
pub mod template;
mod types;
// Its paths and headers are for the two ends of the endpoint.
#[cfg_attr(
    not(all(feature = "fetch", feature = "serve")),
    allow(dead_code, unused_imports)
)]
pub mod wire;

#[cfg(feature = "python")]
mod python;
/// The Python module, for one of your own that holds more types and templates: see `examples/custom-plugin/python/`.
#[cfg(feature = "python")]
pub use python::_core;
// Only Python has backends to ask.
#[cfg_attr(not(feature = "python"), allow(dead_code))]
mod query;
#[cfg(debug_assertions)]
#[doc(hidden)]
pub use query::fuzz_learner;

pub use error::{Error, ErrorKind, Result};
pub use indicator::{Confidence, Indicator, Ioc, IocType, Sector, Tlp};
pub use reason::{Outcome, Reason};

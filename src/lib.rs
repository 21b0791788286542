//! A compiler from indicators of compromise to Sigma detection rules.
//!
//! ```text
//! source ──► Indicator ──► guard ──► template plugin ──► rule ──► Sigma YAML
//! ```
//!
//! One direction, no way back: each stage is a module that knows only the ones before it.

pub mod error;
pub mod indicator;
pub mod place;
pub mod reason;
pub mod source;

pub use error::{Error, ErrorKind, Result};
pub use indicator::{Confidence, Indicator, Ioc, IocType, Sector, Tlp};
pub use reason::{Outcome, Reason};

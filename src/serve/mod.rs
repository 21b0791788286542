//! The endpoint: a store of indicators, and the HTTP server that answers from it.
//!
//! ```text
//! feeds ──► ingest ──► store (SQLite) ──► Sigma rules, JSON list, CSV, TXT over HTTP
//! ```
//!
//! [`ingest()`] writes the store, [`start`] serves it; they are different processes, and each may come and go
//! while the other works. The contract of the API is in [`wire`](crate::wire).

mod access;
mod answer;
mod body;
mod config;
mod descriptors;
mod feed;
pub mod ingest;
pub mod keys;
mod listen;
mod lock;
mod log;
mod metrics;
mod middleware;
mod options;
mod room;
mod routes;
mod run;
mod running;
mod stall;
mod start;
mod state;
mod store;
mod strangers;
mod turns;
mod usage;

pub use config::{Config, Limits, Plan, PlanFormat, Timeouts};
pub use ingest::ingest;
pub use listen::Tls;
pub use log::{Log, LogFormat};
pub use options::Options;
pub use routes::openapi::document as openapi;
pub use run::run;
pub use running::Running;
pub use start::start;
pub use store::{Changes, Store};

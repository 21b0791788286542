//! The tests of the crate from outside, in one binary: each binary costs the linking of everything.
//!
//! `cargo test --test it golden::` runs those of one file. Beside it stand the binaries that need a process of their own.

// Helpers of tests may do what tests may, and print.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr
)]

mod check;
mod compile;
mod detection;
mod drop_ins;
#[cfg(all(feature = "fetch", feature = "serve"))]
mod endpoint;
mod examples;
#[cfg(feature = "fetch")]
mod fetch;
mod fuzz_corpus;
mod golden;
mod hostile;
mod intake;
mod licences;
mod list_run;
mod lists;
mod lists_files;
mod lists_properties;
mod log_sources;
mod new_type;
mod other_types;
mod properties;
mod registry;
#[cfg(feature = "serve")]
mod serve;
mod source_misp;
mod stream;
mod summary;

/// Whether slow proofs are to try everything, as they do at night; by day they try a share of it.
fn is_full() -> bool {
    std::env::var_os("SOCDEF_FULL").is_some()
}

//! The way in, by what must come out of it.
//!
//! `cases.toml` is a table of inputs and of what an analyst expects of each. The other modules ask for what holds of any input.

// Helpers of tests are no tests to clippy: they may stop at the first surprise too, and print.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr
)]

mod cases;
mod documents;
mod read;
mod same;
mod scanned;
mod scanner;

//! The way in, by what must come out of it.
//!
//! `cases.toml` is a table of inputs and of what an analyst expects of each. The other modules ask for what holds of any input.

mod cases;
mod documents;
mod read;
mod same;
mod scanned;
mod scanner;
mod unknown_marks;

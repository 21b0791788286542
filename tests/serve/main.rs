//! The endpoint: real servers on loopback, real stores in temporary folders, a client that sees every byte.

// What goes wrong in a helper of a test is to end it.
#![allow(clippy::unwrap_used)]

mod access;
mod answers;
mod client;
mod hard;
mod kill;
mod scan;
mod store;
mod times;

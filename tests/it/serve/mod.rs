//! The endpoint: real servers on loopback, real stores in temporary folders, a client that sees every byte.

mod access;
mod answers;
mod client;
mod hard;
mod scan;
mod store;
mod times;

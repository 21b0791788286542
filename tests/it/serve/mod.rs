//! The endpoint: real servers on loopback, real stores in temporary folders, a client that sees every byte.

mod access;
mod answers;
mod client;
mod fair;
mod hard;
mod http;
mod rates;
mod removals;
mod replaced;
mod scan;
mod secrets;
mod store;
mod times;

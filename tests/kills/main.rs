//! What is left when a process is killed. A test binary of its own, and one test at a time: a child holds every open lock for
//! the moment between its birth and its program's start, which would be in the way of other tests.

#![cfg(all(feature = "serve", feature = "sync"))]
// Helpers of tests may do what tests may.
#![allow(clippy::unwrap_used)]

#[path = "../it/serve/client.rs"]
#[allow(dead_code)]
mod client;
mod ingest;
mod sync;
#[path = "../sync/run.rs"]
#[allow(dead_code)]
mod sync_run;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// How often a process is killed; `SOCDEF_KILLS` says another number.
fn kills(usual: usize) -> usize {
    std::env::var("SOCDEF_KILLS").map_or(usual, |count| count.parse().unwrap())
}

static ONE: Mutex<()> = Mutex::new(());

/// Waits until no other test runs. A test that failed is over.
fn one_at_a_time() -> MutexGuard<'static, ()> {
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

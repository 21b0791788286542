//! What all requests share, and what is known of one.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use chrono::Utc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::Dispatch;

use super::answer::Refusal;
use super::config::Config;
use super::keys::hex;
use super::metrics::Metrics;
use super::store::{Reader, Readers};
use super::usage::{QuotaState, Strangers, Usage};
use crate::compile::{Compiler, Settings};
use crate::error::Result;

/// What all requests share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) readers: Readers,
    pub(crate) compiler: Compiler,
    pub(crate) usage: Usage,
    pub(crate) strangers: Strangers,
    pub(crate) metrics: Metrics,
    /// One permit for each answer from the feed that is under way.
    pub(crate) permits: Arc<Semaphore>,
    /// The log.
    pub(crate) log: Dispatch,
    stopping: AtomicBool,
}

pub(crate) type State = Arc<Shared>;

impl Shared {
    pub(crate) fn open(db: &std::path::Path, config: Config, log: Dispatch) -> Result<State> {
        let now = Utc::now();
        Ok(Arc::new(Shared {
            readers: Readers::open(db)?,
            compiler: Compiler::new(&Settings::new(now)),
            usage: Usage::open(db, now)?,
            strangers: Strangers::new(config.limits.anonymous_requests_per_minute),
            metrics: Metrics::new(),
            permits: Arc::new(Semaphore::new(config.limits.concurrent_requests)),
            stopping: AtomicBool::new(false),
            log,
            config,
        }))
    }

    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Writes to the log.
    pub(crate) fn logged(&self, write: impl FnOnce()) {
        tracing::dispatcher::with_default(&self.log, write);
    }

    /// Works with the store on a thread that may wait for it.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(Reader) -> rusqlite::Result<T> + Send + 'static,
    ) -> std::result::Result<T, Refusal> {
        let readers = self.readers.clone();
        let result = tokio::task::spawn_blocking(move || work(readers.reader()?)).await;
        result
            .map_err(Refusal::internal)?
            .map_err(Refusal::internal)
    }
}

/// The facts of one request.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) id: String,
    pub(crate) peer: IpAddr,
    pub(crate) started: Instant,
    known: Mutex<Known>,
}

/// What the handlers find out about a request, for its headers and its line in the log.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    pub(crate) key: Option<String>,
    pub(crate) plan: Option<String>,
    pub(crate) standing: Option<QuotaState>,
    pub(crate) query: Option<String>,
    pub(crate) results: Option<u64>,
    pub(crate) cause: Option<String>,
}

impl Context {
    pub(crate) fn new(peer: SocketAddr) -> Context {
        // Without random numbers the id is the same for all; the answer is still given.
        let random = super::keys::random::<12>().unwrap_or_default();
        Context {
            id: format!("req_{}", hex(&random)),
            peer: peer.ip().to_canonical(),
            started: Instant::now(),
            known: Mutex::new(Known::default()),
        }
    }

    pub(crate) fn known(&self) -> Known {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn learn(&self, learn: impl FnOnce(&mut Known)) {
        learn(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// The place among the answers that are under way at once; held until the answer ends.
pub(crate) type Permit = Arc<OwnedSemaphorePermit>;

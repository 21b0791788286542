//! What all requests share, and what is known of one.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use chrono::Utc;
use tokio::sync::Semaphore;
use tracing::Dispatch;

use super::answer::Refusal;
use super::config::Config;
use super::keys::hex;
use super::lock::ServerLock;
use super::metrics::Metrics;
use super::room::Place;
use super::store::{OpenStore, ReadError, Reader, Readers};
use super::strangers::Strangers;
use super::turns::{Turn, Turns};
use super::usage::{QuotaState, Usage};
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
    /// Whose turn it is to have a piece of an answer made.
    pub(crate) turns: Turns,
    /// The log.
    pub(crate) log: Dispatch,
    /// A permit for each short look into the store: a key, a count. No more than there are connections to it at hand.
    looks: Semaphore,
    lock: ServerLock,
    stopping: AtomicBool,
}

/// How many short looks into the store there are at once.
const LOOKS: usize = 8;

pub(crate) type State = Arc<Shared>;

impl Shared {
    pub(crate) fn open(db: &std::path::Path, config: Config, log: Dispatch) -> Result<State> {
        let now = Utc::now();
        let readers = Readers::open(db)?;
        let limits = &config.limits;
        let turns = Turns::new(
            limits.concurrent_requests,
            limits.requests_per_key(),
            limits.answers_per_key,
        );
        Ok(Arc::new(Shared {
            lock: ServerLock::take(db)?,
            readers,
            compiler: Compiler::new(&Settings::new(now)),
            usage: Usage::open(db, now)?,
            strangers: Strangers::new(config.limits.anonymous_requests_per_minute),
            metrics: Metrics::new(),
            turns,
            looks: Semaphore::new(LOOKS),
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

    /// Looks something up in the store that is at the path now, and gives the store with it.
    pub(crate) async fn look<T: Send + 'static>(
        self: &Arc<Shared>,
        work: impl FnOnce(&Reader) -> rusqlite::Result<T> + Send + 'static,
    ) -> std::result::Result<(OpenStore, T), Refusal> {
        let _one = self.looks.acquire().await.map_err(Refusal::internal)?;
        let shared = self.clone();
        let looked = move || {
            let store = shared.readers.store(|| shared.lock.renew())?;
            let found = work(&store.reader()?)?;
            Ok((store, found))
        };
        finished(tokio::task::spawn_blocking(looked).await)
    }

    /// Works with a store on a thread that may wait for it. The turn ends with the work.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        store: OpenStore,
        turn: Turn,
        work: impl FnOnce(Reader) -> rusqlite::Result<T> + Send + 'static,
    ) -> std::result::Result<T, Refusal> {
        let read = move || {
            let _turn = turn;
            Ok(work(store.reader()?)?)
        };
        finished(tokio::task::spawn_blocking(read).await)
    }
}

fn finished<T>(
    result: std::result::Result<std::result::Result<T, ReadError>, tokio::task::JoinError>,
) -> std::result::Result<T, Refusal> {
    match result.map_err(Refusal::internal)? {
        Ok(found) => Ok(found),
        Err(ReadError::Failed(cause)) => Err(Refusal::internal(cause)),
        Err(ReadError::Replaced(cause)) => Err(Refusal::store_unavailable(cause)),
    }
}

/// The facts of one request.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) id: String,
    pub(crate) peer: IpAddr,
    pub(crate) started: Instant,
    /// The connection that it came by.
    pub(crate) place: Arc<Place>,
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
    pub(crate) fn new(peer: SocketAddr, place: Arc<Place>) -> Context {
        // Without random numbers the id is the same for all; the answer is still given.
        let random = super::keys::random::<12>().unwrap_or_default();
        Context {
            id: format!("req_{}", hex(&random)),
            peer: peer.ip().to_canonical(),
            started: Instant::now(),
            place,
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

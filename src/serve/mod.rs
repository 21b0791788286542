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
mod room;
mod routes;
mod stall;
mod state;
mod store;
mod strangers;
mod turns;
mod usage;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::watch;

pub use config::{Config, Limits, Plan, PlanFormat, Timeouts};
pub use ingest::ingest;
pub use listen::Tls;
pub use log::{Log, LogFormat};
pub use routes::openapi::document as openapi;
pub use store::{Changes, Store};

use crate::error::{Error, ErrorKind, Result};
use crate::wire::METRICS_PATH;
use room::Room;
use state::{Shared, State};

/// What a server needs to know.
///
/// ```
/// use socdef_sigma::serve::{Config, Options};
///
/// let mut config = Config::default();
/// config.limits.connections = 64;
/// let options = Options { listen: "127.0.0.1:8080".to_owned(), config, ..Options::new("feed.db") };
/// assert!(!options.insecure_http);
/// ```
#[derive(Debug, Clone)]
pub struct Options {
    /// The store.
    pub db: PathBuf,
    /// The address and port, such as `127.0.0.1:8080`; port 0 takes a free one.
    pub listen: String,
    /// The address and port at which `/metrics` answers, without a key; nowhere without.
    pub metrics_bind: Option<String>,
    /// The certificate and its key; plain HTTP without.
    pub tls: Option<Tls>,
    /// Whether plain HTTP may be spoken on an address that is not of this machine.
    pub insecure_http: bool,
    /// Plans, limits and times.
    pub config: Config,
    /// Where the log goes; nowhere without.
    pub log: Option<Log>,
}

impl Options {
    /// A server for a store on a free port of this machine, without a log.
    ///
    /// ```
    /// use socdef_sigma::serve::Options;
    /// assert_eq!(Options::new("feed.db").listen, "127.0.0.1:0");
    /// ```
    pub fn new(db: impl Into<PathBuf>) -> Options {
        Options {
            db: db.into(),
            listen: "127.0.0.1:0".to_owned(),
            metrics_bind: None,
            tls: None,
            insecure_http: false,
            config: Config::default(),
            log: None,
        }
    }
}

/// A server that runs on threads of its own. Dropping it stops it.
///
/// ```
/// use socdef_sigma::serve::{Options, Store, start};
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let db = folder.path().join("feed.db");
/// # Store::open(&db)?;
/// let running = start(Options::new(&db))?;
/// assert_eq!(running.url(), format!("http://{}", running.address()));
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    metrics: Option<SocketAddr>,
    secure: bool,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<std::io::Result<()>>>,
    ended: Mutex<Receiver<()>>,
}

/// Starts a server; when this returns, it takes connections.
///
/// # Errors
/// [`ErrorKind::BrokenStore`] where there is no store; [`ErrorKind::Busy`] where another server has it; [`ErrorKind::CannotListen`] where the address cannot be used;
/// [`ErrorKind::BadUsage`] where plain HTTP would be seen by others; [`ErrorKind::UnreadableInput`] for the PEM files.
///
/// ```
/// use socdef_sigma::ErrorKind;
/// use socdef_sigma::serve::{Options, Store, start};
///
/// let folder = tempfile::tempdir().unwrap();
/// let db = folder.path().join("feed.db");
/// assert_eq!(start(Options::new(&db)).unwrap_err().kind(), ErrorKind::BrokenStore);
/// Store::open(&db)?; // made where there is none
/// let running = start(Options::new(&db))?;
/// assert!(std::net::TcpStream::connect(running.address()).is_ok());
/// running.shutdown()?;
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
pub fn start(options: Options) -> Result<Running> {
    let secure = options.tls.is_some();
    let tls = options.tls.as_ref().map(Tls::acceptor).transpose()?;
    let log = log::Log::dispatch(options.log.as_ref());
    let mut config = options.config;
    let wanted = config.limits.connections;
    let connections = descriptors::connections(wanted);
    config.limits.connections = connections;
    // Faults of the addresses are reported before the store is taken.
    let listener = listen::bind(&options.listen, secure, options.insecure_http)?;
    let of_metrics = options.metrics_bind.as_deref();
    let of_metrics = of_metrics
        .map(|bind| listen::bind_metrics(bind, options.insecure_http))
        .transpose()?;
    let state = Shared::open(&options.db, config, log)?;
    let cannot = |cause: std::io::Error| {
        Error::new(ErrorKind::CannotListen, "cannot start the server")
            .at(&options.listen)
            .because(cause)
    };
    let address = listener.local_addr().map_err(cannot)?;
    let metrics = of_metrics.as_ref().map(std::net::TcpListener::local_addr);
    let metrics = metrics.transpose().map_err(cannot)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .thread_name("socdef-serve")
        .enable_io()
        .enable_time()
        .build()
        .map_err(cannot)?;
    let (stop, stopped) = watch::channel(false);
    let (end, ended) = channel();
    let run = move || {
        let _end = end;
        let url = self::url(secure, address);
        let metrics =
            metrics.map(|address| format!("{}{}", self::url(false, address), METRICS_PATH));
        state.logged(|| {
            tracing::info!(url, metrics, "listening");
            if connections < wanted {
                tracing::warn!(
                    connections,
                    wanted,
                    "the limit of open files leaves room for fewer connections"
                );
            }
        });
        let result = runtime.block_on(serve(listener, tls, of_metrics, state.clone(), stopped));
        // A thread that still reads the store must not keep the process.
        runtime.shutdown_timeout(Duration::from_secs(1));
        state.logged(|| tracing::info!("stopped"));
        result
    };
    let thread = std::thread::Builder::new()
        .name("socdef-serve".to_owned())
        .spawn(run)
        .map_err(cannot)?;
    Ok(Running {
        address,
        metrics,
        secure,
        stop,
        thread: Some(thread),
        ended: Mutex::new(ended),
    })
}

/// The connections of those that read the counters.
const METRICS_CONNECTIONS: usize = 16;

async fn serve(
    listener: std::net::TcpListener,
    tls: Option<tokio_rustls::TlsAcceptor>,
    of_metrics: Option<std::net::TcpListener>,
    state: State,
    stopped: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let writer = tokio::spawn(count(state.clone(), stopped.clone()));
    let counters = of_metrics.map(|listener| {
        let (router, room) = (
            routes::metrics(state.clone()),
            Room::new(METRICS_CONNECTIONS),
        );
        tokio::spawn(listen::serve(
            listener,
            None,
            router,
            room,
            state.clone(),
            stopped.clone(),
        ))
    });
    let router = routes::router(state.clone());
    let room = Room::new(state.config.limits.connections);
    let result = listen::serve(listener, tls, router, room, state.clone(), stopped).await;
    if let Some(counters) = counters {
        counters.abort();
    }
    writer.abort();
    write_counts(state).await;
    result
}

/// Writes down what the keys have used, several times a second.
async fn count(state: State, mut stopped: watch::Receiver<bool>) {
    let mut told = false;
    loop {
        tokio::select! {
            () = tokio::time::sleep(usage::PERIOD) => {}
            _ = stopped.wait_for(|stop| *stop), if !told => {
                state.stop();
                told = true;
            }
        }
        write_counts(state.clone()).await;
    }
}

async fn write_counts(state: State) {
    let shared = state.clone();
    let written = tokio::task::spawn_blocking(move || shared.usage.write(chrono::Utc::now())).await;
    if let Ok(Err(error)) = written {
        let cause = error.causes().join(": ");
        state.logged(|| tracing::warn!(cause, "cannot write the request counts of the keys"));
    }
}

fn url(secure: bool, address: SocketAddr) -> String {
    format!("{}://{address}", if secure { "https" } else { "http" })
}

impl Running {
    /// The address with the port that was taken.
    ///
    /// ```
    /// use socdef_sigma::serve::{Options, Store, start};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let db = folder.path().join("feed.db");
    /// # Store::open(&db)?;
    /// let running = start(Options::new(&db))?;
    /// assert!(running.address().ip().is_loopback() && running.address().port() > 0);
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address at which `/metrics` answers, where it does.
    ///
    /// ```
    /// use socdef_sigma::serve::{Options, Store, start};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let db = folder.path().join("feed.db");
    /// # Store::open(&db)?;
    /// assert_eq!(start(Options::new(&db))?.metrics_address(), None);
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics
    }

    /// The base URL.
    ///
    /// ```
    /// use socdef_sigma::serve::{Options, Store, start};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let db = folder.path().join("feed.db");
    /// # Store::open(&db)?;
    /// let running = start(Options::new(&db))?;
    /// assert!(running.url().starts_with("http://127.0.0.1:"));
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn url(&self) -> String {
        url(self.secure, self.address)
    }

    /// Waits for the server to end, at most so long, and says whether it has.
    ///
    /// ```
    /// use std::time::Duration;
    /// use socdef_sigma::serve::{Options, Store, start};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let db = folder.path().join("feed.db");
    /// # Store::open(&db)?;
    /// let running = start(Options::new(&db))?;
    /// assert!(!running.wait(Duration::ZERO));
    /// running.stop();
    /// assert!(running.wait(Duration::from_secs(30)));
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn wait(&self, time: Duration) -> bool {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        !matches!(ended.recv_timeout(time), Err(RecvTimeoutError::Timeout))
    }

    /// Tells the server to stop: no new connections, and answers that are under way are finished.
    ///
    /// ```
    /// use socdef_sigma::serve::{Options, Store, start};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let db = folder.path().join("feed.db");
    /// # Store::open(&db)?;
    /// let running = start(Options::new(&db))?;
    /// running.stop();
    /// running.shutdown()?;
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn stop(&self) {
        let _ = self.stop.send(true);
    }

    /// Stops the server and waits until it has.
    ///
    /// # Errors
    /// [`ErrorKind::CannotListen`] where it had ended by itself.
    ///
    /// ```
    /// use socdef_sigma::serve::{Options, Store, start};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let db = folder.path().join("feed.db");
    /// # Store::open(&db)?;
    /// let running = start(Options::new(&db))?;
    /// let address = running.address();
    /// running.shutdown()?;
    /// assert!(std::net::TcpStream::connect(address).is_err());
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn shutdown(mut self) -> Result<()> {
        self.stop();
        self.join()
    }

    /// Lets go of a server that was asked to stop, without waiting for it.
    ///
    /// ```
    /// use socdef_sigma::serve::{Options, Store, start};
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let db = folder.path().join("feed.db");
    /// # Store::open(&db)?;
    /// let running = start(Options::new(&db))?;
    /// running.stop();
    /// running.abandon();
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn abandon(mut self) {
        self.stop();
        self.thread = None;
    }

    fn join(&mut self) -> Result<()> {
        let failed = |cause: std::io::Error| {
            Error::new(ErrorKind::CannotListen, "the server failed")
                .at(self.address)
                .because(cause)
        };
        match self.thread.take().map(JoinHandle::join) {
            None | Some(Ok(Ok(()))) => Ok(()),
            Some(Ok(Err(cause))) => Err(failed(cause)),
            Some(Err(_)) => Err(failed(std::io::Error::other("a thread panicked"))),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
        let _ = self.join();
    }
}

/// Serves until SIGTERM or SIGINT (Ctrl-C) stops the process. `ready` gets the running server.
///
/// # Errors
/// Those of [`start`].
///
/// ```
/// use socdef_sigma::serve::{Options, Store, run};
///
/// let folder = tempfile::tempdir().unwrap();
/// let db = folder.path().join("feed.db");
/// Store::open(&db)?;
/// // A program waits for Ctrl-C; this one stops as soon as it is up.
/// run(Options::new(&db), |running| running.stop())?;
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
pub fn run(options: Options, ready: impl FnOnce(&Running)) -> Result<()> {
    let signals = signals().map_err(|cause| {
        Error::new(ErrorKind::CannotListen, "cannot wait for signals").because(cause)
    })?;
    let running = start(options)?;
    ready(&running);
    loop {
        if signals.recv_timeout(Duration::from_millis(100)).is_ok() || running.wait(Duration::ZERO)
        {
            return running.shutdown();
        }
    }
}

/// A channel that hears of the signals to stop.
fn signals() -> std::io::Result<Receiver<()>> {
    let (send, receive) = channel();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    let guard = runtime.enter();
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    #[cfg(unix)]
    let mut interrupt = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
    drop(guard);
    std::thread::Builder::new()
        .name("socdef-signals".to_owned())
        .spawn(move || {
            runtime.block_on(async {
                #[cfg(unix)]
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                #[cfg(not(unix))]
                let _ = tokio::signal::ctrl_c().await;
            });
            let _ = send.send(());
        })?;
    Ok(receive)
}

//! The start of a server, and the tasks that it consists of.

use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::Duration;

use tokio::sync::watch;

use super::listen::{self, Tls};
use super::log::Log;
use super::options::Options;
use super::room::Room;
use super::running::{self, Running};
use super::state::{Shared, State};
use super::{descriptors, routes, usage};
use crate::error::{Error, ErrorKind, Result};
use crate::wire::METRICS_PATH;

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
    let log = Log::dispatch(options.log.as_ref());
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
        let url = running::url(secure, address);
        let metrics =
            metrics.map(|address| format!("{}{}", running::url(false, address), METRICS_PATH));
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

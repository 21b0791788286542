//! A server that is a whole process: it ends with a signal.

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::options::Options;
use super::running::Running;
use super::start::start;
use crate::error::{Error, ErrorKind, Result};

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

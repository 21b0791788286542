//! A server that runs: its addresses, and its end.

use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::watch;

use crate::error::{Error, ErrorKind, Result};

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
    pub(super) address: SocketAddr,
    pub(super) metrics: Option<SocketAddr>,
    pub(super) secure: bool,
    pub(super) stop: watch::Sender<bool>,
    pub(super) thread: Option<JoinHandle<std::io::Result<()>>>,
    pub(super) ended: Mutex<Receiver<()>>,
}

/// The base URL of an address.
pub(super) fn url(secure: bool, address: SocketAddr) -> String {
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

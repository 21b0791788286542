//! The store of the endpoint: one SQLite file, written by [`ingest`](super::ingest) and read by the HTTP side.
//!
//! A *sighting* is what one producer says about an indicator in one source. An *IOC* is the union of its sightings, kept
//! up to date in the transaction that changes them. Every transaction that changes something is a *revision*
//! with a time: an IOC knows the revision that added it and the one that last changed it, and `since` goes by those.

mod files;
mod identity;
mod merge;
mod pool;
mod read;
mod schema;
mod value;
mod write;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

pub(crate) use files::{make, narrow, private};
pub(crate) use identity::{FileId, beside, file_id};
pub(crate) use pool::{OpenStore, ReadError, Reader, Readers};
pub(crate) use read::{Filter, Listing, Row};
pub(crate) use write::Batch;
pub use write::Changes;

use crate::error::{Error, ErrorKind, Result};

/// How long a writer waits for another one.
const BUSY: Duration = Duration::from_secs(60);
/// How long it waits at its end for readers of an earlier state.
const SHORT: Duration = Duration::from_millis(200);

/// A store that is open for writing. One writer at a time; readers are never in its way.
///
/// ```
/// use socdef_sigma::serve::Store;
///
/// let folder = tempfile::tempdir().unwrap();
/// let store = Store::open(&folder.path().join("feed.db"))?;
/// assert!(store.path().is_file());
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
}

impl Store {
    /// Opens a store, and makes it where there is none.
    ///
    /// # Errors
    /// [`ErrorKind::BrokenStore`] where the file is not a store, is of a newer version, or cannot be opened.
    ///
    /// ```
    /// use socdef_sigma::{ErrorKind, serve::Store};
    ///
    /// let folder = tempfile::tempdir().unwrap();
    /// let path = folder.path().join("feed.db");
    /// std::fs::write(&path, "this is not a store, and it is long enough to be something else").unwrap();
    /// assert_eq!(Store::open(&path).unwrap_err().kind(), ErrorKind::BrokenStore);
    /// ```
    pub fn open(path: &Path) -> Result<Store> {
        make(path).map_err(|cause| {
            Error::new(ErrorKind::BrokenStore, "the store cannot be made")
                .at(path.display())
                .because(cause)
        })?;
        Store::connect(path, OpenFlags::SQLITE_OPEN_CREATE)
    }

    /// Opens a store that is there already.
    ///
    /// # Errors
    /// As [`Store::open`], and where there is no such file.
    ///
    /// ```
    /// use socdef_sigma::{ErrorKind, serve::Store};
    ///
    /// let folder = tempfile::tempdir().unwrap();
    /// let path = folder.path().join("feed.db");
    /// assert_eq!(Store::open_existing(&path).unwrap_err().kind(), ErrorKind::BrokenStore);
    /// Store::open(&path)?;
    /// assert!(Store::open_existing(&path).is_ok());
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn open_existing(path: &Path) -> Result<Store> {
        present(path)?;
        Store::connect(path, OpenFlags::empty())
    }

    fn connect(path: &Path, more: OpenFlags) -> Result<Store> {
        let open = || {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | more;
            let mut connection = Connection::open_with_flags(path, flags)?;
            narrow(path);
            connection.busy_timeout(BUSY)?;
            let fresh = schema::prepare(&mut connection)?;
            Ok((connection, fresh))
        };
        let (connection, state) = open().map_err(|cause| broken(path, cause))?;
        state.check(path)?;
        Ok(Store {
            connection,
            path: path.to_owned(),
        })
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Begins a transaction of ingest.
    pub(crate) fn batch(&mut self, source: &str, replace: bool) -> Result<Batch<'_>> {
        let path = self.path.clone();
        Batch::begin(&mut self.connection, &path, source, replace)
            .map_err(|cause| broken(&path, cause))
    }

    /// Moves what was written from the log into the file, as far as no reader is in the way.
    pub(crate) fn tidy(&self) {
        let _ = self
            .connection
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    }

    /// As [`Store::tidy`], and empties the log: one that is left behind does no harm to another store of the name.
    fn empty_log(&self) {
        let _ = self.connection.busy_timeout(SHORT);
        let _ = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    }

    /// The path of the file.
    ///
    /// ```
    /// use socdef_sigma::serve::Store;
    ///
    /// let folder = tempfile::tempdir().unwrap();
    /// let path = folder.path().join("feed.db");
    /// assert_eq!(Store::open(&path)?.path(), path);
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.empty_log();
    }
}

/// Refuses a path at which there is nothing, before SQLite says so in its own words.
pub(crate) fn present(path: &Path) -> Result<()> {
    match std::fs::metadata(path) {
        Ok(_) => Ok(()),
        Err(cause) => Err(
            Error::new(ErrorKind::BrokenStore, "there is no store to open")
                .at(path.display())
                .because(cause)
                .hint("`ingest` makes one from a feed, and `keys create` makes an empty one"),
        ),
    }
}

/// An error of SQLite about a store.
pub(crate) fn broken(path: &Path, cause: rusqlite::Error) -> Error {
    let busy = matches!(
        cause.sqlite_error_code(),
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked)
    );
    let message = match busy {
        true => "another process is writing to the store",
        false => "the store cannot be read or written",
    };
    Error::new(ErrorKind::BrokenStore, message)
        .at(path.display())
        .because(cause)
}

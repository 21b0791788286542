//! One server for a store: a lock that the system holds for as long as the process lives.
//!
//! Two servers would each count the requests of a key. `ingest` and `keys` do not take the lock.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::store::{beside, file_id, private};
use crate::error::{Error, ErrorKind, Result};

/// How long a server waits for one that is about to end.
const WAIT: Duration = Duration::from_secs(2);

/// The lock of a server on its store. The file stays; what counts is who has it locked.
#[derive(Debug)]
pub(crate) struct ServerLock {
    path: PathBuf,
    file: Mutex<Held>,
}

#[derive(Debug)]
struct Held {
    _file: File,
    id: Option<(u64, u64)>,
}

impl ServerLock {
    /// Takes the lock beside a store.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] where another server has it; [`ErrorKind::BrokenStore`] where there is no locking.
    pub(crate) fn take(store: &Path) -> Result<ServerLock> {
        // One store may have several names.
        let store = store.canonicalize().unwrap_or_else(|_| store.to_owned());
        let path = beside(&store, "-lock");
        let file = Mutex::new(hold(&path, WAIT)?);
        Ok(ServerLock { path, file })
    }

    /// Takes it again where its file was removed with the store.
    pub(crate) fn renew(&self) -> Result<()> {
        let mut held = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if held.id.is_none() || held.id != file_id(&self.path).ok() {
            *held = hold(&self.path, Duration::ZERO)?;
        }
        Ok(())
    }
}

fn hold(path: &Path, wait: Duration) -> Result<Held> {
    let broken = |cause: std::io::Error| {
        Error::new(ErrorKind::BrokenStore, "cannot lock the store")
            .at(path.display())
            .because(cause)
    };
    let start = Instant::now();
    loop {
        let mut options = OpenOptions::new();
        let file = private(options.write(true).create(true).truncate(false));
        let file = file.open(path).map_err(broken)?;
        match file.try_lock() {
            Ok(()) => {
                let (ours, there) = (opened_id(&file), file_id(path).ok());
                // Not one that was removed in the meantime: nobody would see that it is locked.
                if ours.is_none() || ours == there {
                    return Ok(Held {
                        _file: file,
                        id: ours,
                    });
                }
            }
            Err(TryLockError::Error(cause)) => return Err(broken(cause)),
            Err(TryLockError::WouldBlock) if start.elapsed() >= wait => {
                return Err(
                    Error::new(ErrorKind::Busy, "another server has this store open")
                        .at(path.display())
                        .hint("stop it first; `ingest` and `keys` work beside a server"),
                );
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

#[cfg(unix)]
fn opened_id(file: &File) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    file.metadata().ok().map(|found| (found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn opened_id(_: &File) -> Option<(u64, u64)> {
    None
}

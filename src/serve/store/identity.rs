//! Which file is at the path of a store: the one that was opened, another one, or none.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// What SQLite keeps beside a database in its WAL mode.
pub(super) const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// A file of this machine, whatever its name: device and number. Elsewhere than on Unix all files are the same.
pub(crate) type FileId = (u64, u64);

/// The files of a store at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    database: FileId,
    beside: [Option<FileId>; 2],
}

impl Identity {
    /// The file at a path now.
    pub(crate) fn at(path: &Path) -> io::Result<Identity> {
        Ok(Identity {
            database: file_id(path)?,
            beside: BESIDE.map(|suffix| file_id(&beside(path, suffix)).ok()),
        })
    }

    /// Whether `now` is the store that this one was: the database, and what SQLite kept beside it.
    pub(crate) fn is_still(&self, now: &Identity) -> bool {
        let same = |(old, now): (&Option<FileId>, &Option<FileId>)| old.is_none() || old == now;
        self.database == now.database && self.beside.iter().zip(&now.beside).all(same)
    }

    /// Why `now`, which is not this store, must not be opened beside it: SQLite would take the one's changes for the other's.
    pub(crate) fn mixed_with(&self, now: &Identity) -> Option<&'static str> {
        let same = |(old, now): (&Option<FileId>, &Option<FileId>)| old.is_some() && old == now;
        if self.database == now.database {
            Some(
                "the `-wal` or `-shm` of the store was removed or replaced: start the server again",
            )
        } else if self.beside.iter().zip(&now.beside).any(same) {
            Some(
                "another file was put in the place of the store, and the `-wal` or `-shm` of the old one was left \
                 beside it: stop the server, remove both, and start it again",
            )
        } else {
            None
        }
    }
}

/// A path with something behind its name.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Which file is at a path; links are followed. Never opens it: closing a file would drop the locks of SQLite on it.
#[cfg(unix)]
pub(crate) fn file_id(path: &Path) -> io::Result<FileId> {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).map(|found| (found.dev(), found.ino()))
}

#[cfg(not(unix))]
pub(crate) fn file_id(path: &Path) -> io::Result<FileId> {
    std::fs::metadata(path).map(|_| (0, 0))
}

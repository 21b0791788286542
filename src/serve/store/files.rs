//! The files of a store as its owner's own: made with mode 0600, and narrowed to it.
//!
//! A store has indicators that are not for everybody (TLP:RED), and the salted hashes of keys. SQLite gives what it keeps
//! beside a database the mode of the database.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use super::identity::{BESIDE, beside};

/// Takes all rights of others from a store and from what SQLite keeps beside it, where they are ours.
pub(crate) fn narrow(path: &Path) {
    narrow_one(path);
    for suffix in BESIDE {
        narrow_one(&beside(path, suffix));
    }
}

/// By name: closing a file that SQLite has open in this process would drop its locks.
#[cfg(unix)]
fn narrow_one(path: &Path) {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let Ok(found) = std::fs::metadata(path) else {
        return;
    };
    let mode = found.permissions().mode();
    let ours = found.uid() == rustix::process::geteuid().as_raw();
    if found.is_file() && ours && mode & 0o077 != 0 {
        // A file that cannot be narrowed is still a store.
        let _ = std::fs::set_permissions(path, PermissionsExt::from_mode(mode & 0o700));
    }
}

#[cfg(not(unix))]
fn narrow_one(_: &Path) {}

/// Makes an empty file for a database where there is none. What an earlier database of the name has left beside it goes
/// first: SQLite would take its changes for those of the new one.
pub(crate) fn make(path: &Path) -> io::Result<()> {
    if path.try_exists()? {
        return Ok(());
    }
    let _lock = lock_folder(path);
    if path.try_exists()? {
        return Ok(());
    }
    for suffix in BESIDE {
        match std::fs::remove_file(beside(path, suffix)) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
            _ => {}
        }
    }
    match private(OpenOptions::new().write(true).create_new(true)).open(path) {
        // Another process was faster, or the name is a link to nothing: SQLite makes that file.
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop),
    }
}

/// A new file is for its owner only.
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Held while a store is made, so that two processes do not make one and clear away each other's files.
fn lock_folder(path: &Path) -> Option<File> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // Where folders cannot be locked, the first of two processes still wins.
    let folder = File::open(folder).ok()?;
    folder.lock().ok()?;
    Some(folder)
}

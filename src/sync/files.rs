//! The files of the output: those to write or remove, and those that somebody else has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::changes::Changes;
use super::output::{Operation, Output, digest};
use super::store::Store;
use crate::error::Result;
use crate::output::{is_temporary, make_folder, unwritable, write_file};
use crate::source::unreadable;

/// The operations after which exactly these files are there, and the conflicts with files that somebody else changed.
pub(super) fn operations(
    store: &Store,
    output: &Output,
    wanted: BTreeMap<String, Vec<u8>>,
    changes: &mut Changes,
) -> Result<Vec<Operation>> {
    let mut known = store.files()?;
    let mut operations = Vec::new();
    for (name, bytes) in wanted {
        let path = output.path(&name);
        let (there, ours) = (on_disk(&path)?, known.remove(&path));
        let right = there.as_deref() == Some(digest(&bytes).as_str());
        if right && there == ours {
            continue;
        }
        if right || there.is_none() || there == ours {
            operations.push(Operation {
                path,
                bytes: Some(bytes),
                expected: there,
                only_forget: right,
            });
        } else {
            changes.conflict(&path);
        }
    }
    for (path, ours) in known {
        match on_disk(&path)? {
            Some(there) if there != ours => changes.conflict(&path),
            there => operations.push(Operation {
                path,
                bytes: None,
                only_forget: there.is_none(),
                expected: there,
            }),
        }
    }
    Ok(operations)
}

/// Does what is pending, and says which files it had to leave because somebody else changed them meanwhile.
pub(super) fn apply(store: &mut Store) -> Result<Vec<PathBuf>> {
    let mut left = Vec::new();
    let mut cleaned = BTreeSet::new();
    for operation in store.pending()? {
        let path = &operation.path;
        let there = on_disk(path)?;
        if there == operation.digest() {
            continue;
        }
        if there != operation.expected {
            left.push(path.clone());
            continue;
        }
        match &operation.bytes {
            Some(bytes) => {
                if let Some(folder) = path.parent() {
                    make_folder(folder)?;
                    if cleaned.insert(folder.to_owned()) {
                        remove_temporary_files(folder);
                    }
                }
                write_file(path, |writer| {
                    writer
                        .write_all(bytes)
                        .map_err(|cause| unwritable(path, cause))
                })?;
            }
            None => fs::remove_file(path).map_err(|cause| unwritable(path, cause))?,
        }
    }
    store.finish()?;
    Ok(left)
}

/// Removes what a run that was killed in the middle of a write has left. A file that cannot be removed is in nobody's way.
fn remove_temporary_files(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if is_temporary(&entry.file_name().to_string_lossy()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The SHA-256 of a file; nothing where there is none.
fn on_disk(path: &Path) -> Result<Option<String>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(digest(&bytes))),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(unreadable(&path.to_string_lossy(), cause)),
    }
}

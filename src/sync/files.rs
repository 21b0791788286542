//! The files of the output: those to write or remove, and those that somebody else has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::changes::Changes;
use super::output::{Digesting, Operation, Output, digest};
use super::store::Store;
use crate::error::Result;
use crate::output::{FolderFile, is_temporary, make_folder, obstacle, unwritable, write_file};
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
        let ours = known.remove(&path);
        let there = match on_disk(&path, output)? {
            There::Obstacle(what) => {
                changes.conflict(&path, Some(what));
                continue;
            }
            There::File(there) => Some(there),
            There::Nothing => None,
        };
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
            changes.conflict(&path, None);
        }
    }
    for (path, ours) in known {
        let there = match on_disk(&path, output)? {
            There::Obstacle(what) => {
                changes.conflict(&path, Some(what));
                continue;
            }
            There::File(there) if there != ours => {
                changes.conflict(&path, None);
                continue;
            }
            There::File(there) => Some(there),
            There::Nothing => None,
        };
        operations.push(Operation {
            path,
            bytes: None,
            only_forget: there.is_none(),
            expected: there,
        });
    }
    Ok(operations)
}

/// A file that was left, with what is in its place where that is not a file.
pub(super) type Left = (PathBuf, Option<&'static str>);

/// Does what is pending, and says which files it had to leave because somebody else changed them meanwhile.
pub(super) fn apply(store: &mut Store, output: &Output) -> Result<Vec<Left>> {
    let mut left = Vec::new();
    let mut cleaned = BTreeSet::new();
    let prefix = store.prefix()?;
    for operation in store.pending()? {
        let path = &operation.path;
        let there = match on_disk(path, output)? {
            There::Obstacle(what) => {
                left.push((path.clone(), Some(what)));
                continue;
            }
            There::File(there) => Some(there),
            There::Nothing => None,
        };
        if there == operation.digest() {
            continue;
        }
        if there != operation.expected {
            left.push((path.clone(), None));
            continue;
        }
        match &operation.bytes {
            Some(bytes) => {
                if let Some(folder) = path.parent() {
                    make_folder(folder)?;
                    if cleaned.insert(folder.to_owned()) {
                        remove_temporary_files(folder, &prefix);
                    }
                }
                let put = |writer: &mut dyn Write| {
                    writer
                        .write_all(bytes)
                        .map_err(|cause| unwritable(path, cause))
                };
                match fs::symlink_metadata(path).is_ok_and(|there| there.is_symlink()) {
                    true => write_file(path, put)?,
                    false => FolderFile { prefix: &prefix }.write(path, put)?,
                }
            }
            None => fs::remove_file(path).map_err(|cause| unwritable(path, cause))?,
        }
    }
    store.finish()?;
    Ok(left)
}

/// Removes what a run of this state that was killed in the middle of a write has left. A file that cannot be removed is in nobody's way.
fn remove_temporary_files(folder: &Path, prefix: &str) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if is_temporary(&entry.file_name().to_string_lossy(), prefix) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The thing in the place of a file.
enum There {
    Nothing,
    /// A file, with its SHA-256.
    File(String),
    /// Anything that is not a file, or cannot be read.
    Obstacle(&'static str),
}

/// Looks at the place of a file. Only a file is opened: anything else could keep us waiting for ever.
fn on_disk(path: &Path, output: &Output) -> Result<There> {
    let look = |metadata: io::Result<fs::Metadata>| match metadata {
        Ok(metadata) => Ok(Some(metadata)),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(unreadable(&path.to_string_lossy(), cause)),
    };
    let Some(mut there) = look(fs::symlink_metadata(path))? else {
        return Ok(There::Nothing);
    };
    if there.is_symlink() {
        if !output.follows_links() {
            return Ok(There::Obstacle("a link"));
        }
        match look(fs::metadata(path))? {
            Some(target) => there = target,
            None => return Ok(There::Nothing),
        }
    }
    if let Some(what) = obstacle(there.file_type()) {
        return Ok(There::Obstacle(what));
    }
    let mut digest = Digesting::default();
    match File::open(path).and_then(|mut file| io::copy(&mut file, &mut digest)) {
        Ok(_) => Ok(There::File(digest.finish())),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(There::Nothing),
        Err(cause) if cause.kind() == io::ErrorKind::PermissionDenied => {
            Ok(There::Obstacle("a file that cannot be read"))
        }
        Err(cause) => Err(unreadable(&path.to_string_lossy(), cause)),
    }
}

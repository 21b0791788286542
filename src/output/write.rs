//! Writing one file, whole or not at all.

use std::fs::{self, File, FileType, Metadata, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};

/// Writes a file whole or not at all: `write` gets a buffered writer, and nothing is visible before it returns.
///
/// A device or a FIFO is written to as it is. A link stays: the file that it points to is written, and made where there is none.
///
/// # Errors
/// What `write` returns; [`ErrorKind::UnwritableOutput`] where the file cannot be written. The file
/// that was there before is then untouched, and no temporary file is left.
pub(crate) fn write_file(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<()>,
) -> Result<()> {
    replace_file(path, |writer, _| write(writer).map(|()| true))
}

/// The same for a file that may have to stay as it is: `write` learns whether there is one with something in it, and says whether the new
/// one may take its place. A direct write is not held back.
///
/// # Errors
/// As [`write_file`].
pub(crate) fn replace_file(
    path: &Path,
    write: impl FnOnce(&mut dyn Write, bool) -> Result<bool>,
) -> Result<()> {
    written(path, Mode::Usual, write)
}

/// The same for a file that only its owner may read. The mode of a file that is there is changed; what is not a file keeps its own.
///
/// # Errors
/// As [`write_file`].
#[cfg(feature = "python")]
pub(crate) fn write_private(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<()>,
) -> Result<()> {
    written(path, Mode::Private, |writer, _| {
        write(writer).map(|()| true)
    })
}

fn written(
    path: &Path,
    mode: Mode,
    write: impl FnOnce(&mut dyn Write, bool) -> Result<bool>,
) -> Result<()> {
    match fs::symlink_metadata(path) {
        // The link stays, and the file behind it is replaced as any other.
        Ok(metadata) if metadata.is_symlink() && path.is_file() => {
            let behind = fs::canonicalize(path).map_err(|cause| unwritable(path, cause))?;
            let existing = fs::metadata(&behind).ok();
            replace(&behind, existing, TEMPORARY.0, mode, write)
        }
        Ok(metadata) if !metadata.is_file() => {
            let failed = |cause: io::Error| unwritable(path, cause);
            let is_dangling = metadata.is_symlink() && !path.exists();
            let file = OpenOptions::new()
                .write(true)
                .truncate(true)
                .create(is_dangling)
                .open(path)
                .map_err(failed)?;
            let mut writer = BufWriter::with_capacity(1 << 16, file);
            write(&mut writer, false)?;
            writer.flush().map_err(failed)
        }
        existing => replace(path, existing.ok(), TEMPORARY.0, mode, write),
    }
}

/// A file in a folder where the names are ours: it is never followed elsewhere, and never waited for.
pub(crate) struct FolderFile<'a> {
    /// What the name of its temporary file begins with.
    pub(crate) prefix: &'a str,
}

impl Default for FolderFile<'_> {
    fn default() -> Self {
        FolderFile {
            prefix: TEMPORARY.0,
        }
    }
}

impl FolderFile<'_> {
    /// Writes it whole or not at all, in the place of a file or a link that is there.
    ///
    /// # Errors
    /// What `write` returns; [`ErrorKind::UnwritableOutput`] where the file cannot be written, or something else is in its place.
    pub(crate) fn write(
        &self,
        path: &Path,
        write: impl FnOnce(&mut dyn Write) -> Result<()>,
    ) -> Result<()> {
        let existing = fs::symlink_metadata(path).ok();
        if let Some(what) = existing
            .as_ref()
            .and_then(|there| obstacle(there.file_type()))
        {
            return Err(Error::new(
                ErrorKind::UnwritableOutput,
                format!("{what} is in the place of this file"),
            )
            .at(path.display())
            .hint("remove it, and run again"));
        }
        let existing = existing.filter(Metadata::is_file);
        replace(path, existing, self.prefix, Mode::Usual, |writer, _| {
            write(writer).map(|()| true)
        })
    }
}

/// The obstacle in the way of a file; `None` for a file, and for a link, which can be replaced.
pub(crate) fn obstacle(there: FileType) -> Option<&'static str> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if there.is_fifo() {
            return Some("a FIFO");
        }
        if there.is_socket() {
            return Some("a socket");
        }
        if there.is_block_device() || there.is_char_device() {
            return Some("a device");
        }
    }
    if there.is_file() || there.is_symlink() {
        None
    } else if there.is_dir() {
        Some("a folder")
    } else {
        Some("what is not a file")
    }
}

/// Who may read a new file.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    /// Whoever the umask lets.
    Usual,
    /// Its owner.
    #[cfg_attr(not(feature = "python"), allow(dead_code))]
    Private,
}

/// Writes a temporary file beside the path, and gives it its name.
fn replace(
    path: &Path,
    existing: Option<Metadata>,
    prefix: &str,
    mode: Mode,
    write: impl FnOnce(&mut dyn Write, bool) -> Result<bool>,
) -> Result<()> {
    let failed = |cause: io::Error| unwritable(path, cause);
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut temporary = named_temporary(folder, prefix, mode).map_err(failed)?;
    let mut writer = BufWriter::with_capacity(1 << 16, temporary.as_file_mut());
    let is_there = existing.as_ref().is_some_and(|metadata| metadata.len() > 0);
    if !write(&mut writer, is_there)? {
        return Ok(());
    }
    writer.flush().map_err(failed)?;
    drop(writer);
    if let Some(metadata) = existing.filter(|_| mode == Mode::Usual) {
        temporary
            .as_file()
            .set_permissions(metadata.permissions())
            .map_err(failed)?;
    }
    temporary.as_file().sync_all().map_err(failed)?;
    temporary
        .persist(path)
        .map_err(|error| failed(error.error))?;
    sync_folder(folder);
    Ok(())
}

/// What the names of temporary files begin and end with.
const TEMPORARY: (&str, &str) = (".socdef-", ".tmp");

/// Whether a name is that of a temporary file with this prefix.
#[cfg(feature = "sync")]
pub(crate) fn is_temporary(name: &str, prefix: &str) -> bool {
    name.starts_with(prefix) && name.ends_with(TEMPORARY.1)
}

/// A temporary file with the permissions that any new file gets, or private.
fn named_temporary(folder: &Path, prefix: &str, mode: Mode) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix).suffix(TEMPORARY.1);
    #[cfg(unix)]
    let builder = {
        use std::os::unix::fs::PermissionsExt;
        let bits = match mode {
            Mode::Usual => 0o666, // less the umask
            Mode::Private => 0o600,
        };
        builder.permissions(fs::Permissions::from_mode(bits))
    };
    builder.tempfile_in(folder)
}

/// Makes a rename last through a power cut. Where folders cannot be synced there is nothing to be done.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

pub(crate) fn unwritable(path: &Path, cause: io::Error) -> Error {
    Error::new(ErrorKind::UnwritableOutput, "cannot write the output")
        .at(path.display())
        .because(cause)
}

/// Writes these bytes; `path` is for the message.
///
/// # Errors
/// [`ErrorKind::UnwritableOutput`] where the writer fails.
pub(crate) fn put(writer: &mut dyn Write, path: &Path, bytes: &[u8]) -> Result<()> {
    writer
        .write_all(bytes)
        .map_err(|cause| unwritable(path, cause))
}

/// Writes to standard output; `write` also gets what messages call it.
///
/// # Errors
/// What `write` returns; [`ErrorKind::UnwritableOutput`] where the rest cannot be written.
pub(crate) fn write_stdout<T>(write: impl FnOnce(&mut dyn Write, &Path) -> Result<T>) -> Result<T> {
    let path = Path::new("standard output");
    let mut writer = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let given = write(&mut writer, path)?;
    writer.flush().map_err(|cause| unwritable(path, cause))?;
    Ok(given)
}

/// Writes one YAML document of a stream; a marker stands between two of them.
///
/// # Errors
/// [`ErrorKind::UnwritableOutput`] where the writer fails; `path` is for the message.
pub(crate) fn write_document(
    writer: &mut dyn Write,
    path: &Path,
    yaml: &str,
    first: bool,
) -> Result<()> {
    let marker: &[u8] = if first { b"" } else { b"---\n" };
    put(writer, path, marker)?;
    put(writer, path, yaml.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, text: &str) -> Result<()> {
        write_file(path, |writer| {
            writer
                .write_all(text.as_bytes())
                .map_err(|cause| unwritable(path, cause))
        })
    }

    #[test]
    fn a_failed_write_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rules.yml");
        write(&path, "old").unwrap();
        let failed = write_file(&path, |writer| {
            writer
                .write_all(b"half")
                .map_err(|cause| unwritable(&path, cause))?;
            Err(Error::new(ErrorKind::Interrupted, "stopped"))
        });
        assert_eq!(failed.unwrap_err().kind(), ErrorKind::Interrupted);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        write(&path, "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }

    #[test]
    fn a_file_may_stay_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rules.yml");
        write(&path, "good").unwrap();
        replace_file(&path, |_, is_there| Ok(!is_there)).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "good");
        #[cfg(unix)]
        {
            let link = folder.path().join("link");
            std::os::unix::fs::symlink(&path, &link).unwrap();
            replace_file(&link, |_, is_there| Ok(!is_there)).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), "good");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_written_through_and_a_mode_is_kept() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (
            folder.path().join("rules.yml"),
            folder.path().join("link.yml"),
        );
        write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        write(&link, "new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        write(&path, "newer").unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o640
        );
        write(Path::new("/dev/null"), "gone").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_nothing_gets_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("rules.yml"), folder.path().join("link"));
        std::os::unix::fs::symlink(&path, &link).unwrap();
        for text in ["old", "new"] {
            write(&link, text).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        }
    }

    #[test]
    fn an_unwritable_place_says_so() {
        let error = write(Path::new("/nonexistent/rules.yml"), "x").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnwritableOutput);
        assert_eq!(error.place(), Some("/nonexistent/rules.yml"));
    }
}

//! Writing files so that nobody ever sees half of one.
//!
//! A file is written under a temporary name in its folder, synced, and renamed. Anything but a regular file (a device, a FIFO,
//! a symbolic link) is written to as it is, since replacing it would break what it is for.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};
use crate::indicator::Ioc;
use crate::rule::{LogSource, SigmaRule};
use crate::template::registered;

/// Writes a file whole or not at all: `write` gets a buffered writer, and nothing is visible before it returns.
///
/// # Errors
/// What `write` returns; [`ErrorKind::UnwritableOutput`] where the file cannot be written. The file
/// that was there before is then untouched, and no temporary file is left.
pub fn write_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    replace_file(path, |writer, _| write(writer).map(|()| true))
}

/// The same for a file that may have to stay as it is: `write` is told whether there is one with something in it, and says whether the new
/// one may take its place. What is written directly is written either way.
///
/// # Errors
/// As [`write_file`].
///
/// ```
/// use socdef_sigma::output::replace_file;
/// # let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("rules.yml");
/// std::fs::write(&path, "good").unwrap();
/// replace_file(&path, |_, is_there| Ok(!is_there))?;
/// assert_eq!(std::fs::read_to_string(&path).unwrap(), "good");
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
pub fn replace_file(
    path: &Path,
    write: impl FnOnce(&mut dyn Write, bool) -> Result<bool>,
) -> Result<()> {
    let failed = |cause: io::Error| unwritable(path, cause);
    match fs::symlink_metadata(path) {
        Ok(metadata) if !metadata.is_file() => {
            let file = OpenOptions::new()
                .write(true)
                .truncate(true)
                .open(path)
                .map_err(failed)?;
            let mut writer = BufWriter::with_capacity(1 << 16, file);
            write(&mut writer, false)?;
            writer.flush().map_err(failed)
        }
        existing => {
            let folder = match path.parent() {
                Some(folder) if folder != Path::new("") => folder,
                _ => Path::new("."),
            };
            let mut temporary = named_temporary(folder).map_err(failed)?;
            let mut writer = BufWriter::with_capacity(1 << 16, temporary.as_file_mut());
            let is_there = existing.as_ref().is_ok_and(|metadata| metadata.len() > 0);
            if !write(&mut writer, is_there)? {
                return Ok(());
            }
            writer.flush().map_err(failed)?;
            drop(writer);
            if let Ok(metadata) = existing {
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
    }
}

/// What the names of temporary files begin and end with.
const TEMPORARY: (&str, &str) = (".socdef-", ".tmp");

/// Whether a name is that of a temporary file of ours.
#[cfg(feature = "sync")]
pub(crate) fn is_temporary(name: &str) -> bool {
    name.starts_with(TEMPORARY.0) && name.ends_with(TEMPORARY.1)
}

/// A temporary file with the permissions that any new file gets.
fn named_temporary(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY.0).suffix(TEMPORARY.1);
    #[cfg(unix)]
    let builder = {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666)) // less the umask
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

/// Writes one YAML document of a stream; a marker stands between two of them.
///
/// # Errors
/// [`ErrorKind::UnwritableOutput`] where the writer fails; `path` is for the message.
pub fn write_document(writer: &mut dyn Write, path: &Path, yaml: &str, first: bool) -> Result<()> {
    let marker: &[u8] = if first { b"" } else { b"---\n" };
    writer
        .write_all(marker)
        .and_then(|()| writer.write_all(yaml.as_bytes()))
        .map_err(|cause| unwritable(path, cause))
}

/// Makes a folder and those above it, where they are missing.
///
/// # Errors
/// [`ErrorKind::UnwritableOutput`] where that cannot be done.
pub fn make_folder(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(|cause| unwritable(folder, cause))
}

/// Whether a path means a folder of rules: it ends in a separator, or is a folder.
pub fn is_folder(path: &Path) -> bool {
    let text = path.as_os_str().to_string_lossy();
    text.ends_with('/') || text.ends_with(std::path::MAIN_SEPARATOR) || path.is_dir()
}

/// Writes one rule into a folder, under its own name. A file that holds the same bytes already is left alone.
///
/// # Errors
/// [`ErrorKind::UnwritableOutput`] where the folder or the file cannot be written.
pub fn write_rule(folder: &Path, name: &str, yaml: &str) -> Result<()> {
    let path = folder.join(name);
    match fs::read(&path) {
        Ok(bytes) if bytes == yaml.as_bytes() => Ok(()),
        _ => write_file(&path, |writer| {
            writer
                .write_all(yaml.as_bytes())
                .map_err(|cause| unwritable(&path, cause))
        }),
    }
}

/// The name of a rule's file after SigmaHQ's convention, `[a-z0-9_]{10,90}.yml` with a prefix by log source; the
/// value makes it readable, and a part of the id makes it unique.
pub fn file_name(rule: &SigmaRule, ioc: &Ioc) -> String {
    let prefix = prefix(&rule.logsource);
    let slug = slug(&format!("{}_{ioc}", ioc.ioc_type()), 48);
    let id = rule.id.simple().to_string();
    format!("{prefix}{slug}_{}.yml", &id[..12])
}

/// The name of the file of a rule whose indicator is not known, in the same form, with the title in the value's place. The id
/// is somebody else's, so all of it is there: a part may be the same in every rule.
#[cfg(feature = "fetch")]
pub(crate) fn document_name(rule: &SigmaRule) -> String {
    let title = slug(&rule.title, 30);
    format!(
        "{}{title}_{}.yml",
        prefix(&rule.logsource),
        rule.id.simple()
    )
}

/// What the name of a file begins with: what the log source's template says, as `sigmahq_filename.json` of SigmaHQ's validators has it, else
/// the log source's own name.
fn prefix(source: &LogSource) -> String {
    match registered::file_prefix(source) {
        Some(prefix) => prefix.to_owned(),
        None => slug(&source.label(), 24) + "_",
    }
}

/// Lower-case letters, digits and single underscores, at most `most` of them.
fn slug(text: &str, most: usize) -> String {
    let mut slug = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if slug.len() >= most {
            break;
        }
        match c {
            'a'..='z' | '0'..='9' => slug.push(c),
            _ if slug.ends_with('_') || slug.is_empty() => {}
            _ => slug.push('_'),
        }
    }
    slug.trim_end_matches('_').to_owned()
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

    #[test]
    fn an_unwritable_place_says_so() {
        let error = write(Path::new("/nonexistent/rules.yml"), "x").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnwritableOutput);
        assert_eq!(error.place(), Some("/nonexistent/rules.yml"));
    }

    #[test]
    fn slugs_are_short_and_plain() {
        assert_eq!(
            slug("url_http://EVIL.example/a--b?ü", 99),
            "url_http_evil_example_a_b"
        );
        assert_eq!(slug("aaaa", 2), "aa");
    }
}

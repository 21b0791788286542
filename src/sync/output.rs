//! Where the rules go, and what is to be done there.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::Result;
use crate::output::unwritable;

/// Where the rules go.
///
/// ```
/// use socdef_sigma::sync::Output;
/// assert_eq!(Output::Folder("/srv/rules".into()).to_string(), "the folder /srv/rules");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// A folder with one file for each rule.
    Folder(PathBuf),
    /// One file.
    File(PathBuf),
}

impl Output {
    /// The output that a path means: a folder where it is one or ends in a separator. The path is made absolute.
    ///
    /// # Errors
    /// [`crate::ErrorKind::UnwritableOutput`] where there is no current folder to start from.
    ///
    /// ```
    /// use std::path::Path;
    /// use socdef_sigma::sync::Output;
    ///
    /// assert!(matches!(Output::at(Path::new("rules/"))?, Output::Folder(_)));
    /// assert!(matches!(Output::at(Path::new("rules.yml"))?, Output::File(_)));
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn at(path: &Path) -> Result<Output> {
        let absolute = std::path::absolute(path).map_err(|cause| unwritable(path, cause))?;
        Ok(match crate::output::is_folder(path) {
            true => Output::Folder(absolute.components().collect()),
            false => Output::File(absolute),
        })
    }

    /// Whether a link in the place of a file is followed: where the user named the file. In a folder the names are ours.
    pub(super) fn follows_links(&self) -> bool {
        matches!(self, Output::File(_))
    }

    /// The whole path of a file of the output; the one file has the empty name.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        match self {
            Output::Folder(folder) => folder.join(name),
            Output::File(file) => file.clone(),
        }
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Output::Folder(folder) => write!(f, "the folder {}", folder.display()),
            Output::File(file) => write!(f, "the file {}", file.display()),
        }
    }
}

/// Something to do to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Operation {
    pub(super) path: PathBuf,
    /// The new content; nothing if the file is to go.
    pub(super) bytes: Option<Vec<u8>>,
    /// The SHA-256 of what is there before; nothing where there is no file.
    pub(super) expected: Option<String>,
    /// The file has the right content, or is gone, already: only the state learns of it.
    pub(super) only_forget: bool,
}

impl Operation {
    /// The SHA-256 of what is to be there.
    pub(super) fn digest(&self) -> Option<String> {
        self.bytes.as_deref().map(digest)
    }
}

/// The SHA-256 in hexadecimal.
pub(super) fn digest(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// The SHA-256 of what is written to it, however much that is.
#[derive(Default)]
pub(super) struct Digesting(Sha256);

impl Digesting {
    /// The SHA-256 in hexadecimal.
    pub(super) fn finish(self) -> String {
        hexadecimal(&self.0.finalize())
    }
}

impl Write for Digesting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

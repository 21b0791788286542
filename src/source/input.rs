//! Inputs: files, folders, standard input and bytes, each of which can be read more than once.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::NamedTempFile;

use crate::error::{Error, ErrorKind, Result};

/// Something to read indicators from. Opening it twice gives the same bytes twice: a reader may take two passes.
#[derive(Debug)]
pub struct Input {
    name: Arc<str>,
    data: Data,
}

#[derive(Debug)]
enum Data {
    File(PathBuf),
    Bytes(Arc<[u8]>),
    /// Standard input and FIFOs come once only, so they are kept in a temporary file.
    Spooled(NamedTempFile),
}

impl Input {
    /// Bytes in memory, under a name for messages.
    pub fn from_bytes(name: impl Into<Arc<str>>, bytes: impl Into<Arc<[u8]>>) -> Input {
        Input {
            name: name.into(),
            data: Data::Bytes(bytes.into()),
        }
    }

    /// Everything that a reader gives until its end, kept in a temporary file, under a name for messages.
    ///
    /// # Errors
    /// [`ErrorKind::UnreadableInput`] where reading fails or there is no room for the temporary file.
    pub fn from_reader(name: impl Into<Arc<str>>, mut reader: impl Read) -> Result<Input> {
        let name = name.into();
        let mut spool = || -> io::Result<NamedTempFile> {
            let mut file = NamedTempFile::new()?;
            io::copy(&mut reader, &mut file)?;
            Ok(file)
        };
        match spool() {
            Ok(file) => Ok(Input {
                name,
                data: Data::Spooled(file),
            }),
            Err(cause) => Err(unreadable(&name, cause)),
        }
    }

    /// One file, or everything in a folder and the folders below it, sorted by name; `-` is standard input.
    ///
    /// Hidden files and links inside folders are left out.
    ///
    /// # Errors
    /// [`ErrorKind::UnreadableInput`] where the path does not exist or cannot be read.
    pub fn from_path(path: &Path) -> Result<Vec<Input>> {
        if path == Path::new("-") {
            return Ok(vec![Input::from_reader("-", io::stdin().lock())?]);
        }
        let name = path.to_string_lossy();
        let metadata = std::fs::metadata(path).map_err(|cause| unreadable(&name, cause))?;
        if metadata.is_dir() {
            return folder(path);
        }
        if metadata.is_file() {
            // Opened once now, so that an unreadable file ends the run before anything is written.
            File::open(path).map_err(|cause| unreadable(&name, cause))?;
            return Ok(vec![Input {
                name: Arc::from(&*name),
                data: Data::File(path.to_owned()),
            }]);
        }
        let file = File::open(path).map_err(|cause| unreadable(&name, cause))?;
        Ok(vec![Input::from_reader(&*name, file)?])
    }

    /// The name for messages: the path as given, or `-`.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The ending of the file's name in lower case, without the dot.
    pub(crate) fn extension(&self) -> Option<String> {
        match &self.data {
            Data::File(path) => Some(path.extension()?.to_string_lossy().to_ascii_lowercase()),
            _ => None,
        }
    }

    /// The bytes from the beginning.
    pub(crate) fn open(&self) -> Result<BufReader<Box<dyn Read + Send>>> {
        let open = || -> io::Result<Box<dyn Read + Send>> {
            Ok(match &self.data {
                Data::File(path) => Box::new(File::open(path)?),
                Data::Bytes(bytes) => Box::new(io::Cursor::new(bytes.clone())),
                Data::Spooled(file) => Box::new(file.reopen()?),
            })
        };
        let reader = open().map_err(|cause| unreadable(&self.name, cause))?;
        Ok(BufReader::with_capacity(1 << 16, reader))
    }

    /// The first bytes, at most `count` of them.
    pub(crate) fn head(&self, count: u64) -> Result<Vec<u8>> {
        let mut head = Vec::new();
        self.open()?
            .take(count)
            .read_to_end(&mut head)
            .map_err(|cause| unreadable(&self.name, cause))?;
        Ok(head)
    }
}

fn folder(path: &Path) -> Result<Vec<Input>> {
    let hidden = |entry: &walkdir::DirEntry| {
        entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.')
    };
    let mut inputs = Vec::new();
    for entry in walkdir::WalkDir::new(path)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|e| !hidden(e))
    {
        let entry = entry.map_err(|cause| unreadable(&path.to_string_lossy(), cause))?;
        if entry.file_type().is_file() {
            inputs.extend(Input::from_path(entry.path())?);
        }
    }
    Ok(inputs)
}

pub(crate) fn unreadable(
    name: &str,
    cause: impl std::error::Error + Send + Sync + 'static,
) -> Error {
    Error::new(ErrorKind::UnreadableInput, "cannot read the input")
        .at(name)
        .because(cause)
}

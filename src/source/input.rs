//! Inputs: files, folders, standard input and bytes, each of which can be read more than once.
//!
//! gzip and zstd around any of them are taken off while they are read ([`super::packed`]).

use std::collections::HashMap;
use std::fs::{File, FileType};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use tempfile::NamedTempFile;

use super::feed_folder;
use super::packed::{self, Cut, CutFlag};
use super::{Format, Note, NoteKind};
use crate::error::{Error, ErrorKind, Result};
use crate::location::Place;

/// How much of an input is looked at to know what it is.
pub(crate) const HEAD_BYTES: u64 = 1 << 16;

/// The head of a text without the byte order mark that it may begin with.
pub(crate) fn without_bom(head: &[u8]) -> &[u8] {
    head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head)
}

/// Something to read indicators from. Opening it twice gives the same bytes twice: a reader may take two passes.
///
/// ```
/// use socdef_sigma::source::{Format, Input, detect};
///
/// let feed = Input::from_bytes("feed", &br#"{"type": "bundle", "id": "bundle--1", "objects": []}"#[..]);
/// assert_eq!(detect(&feed)?, Format::Stix);
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
#[derive(Debug)]
pub struct Input {
    name: Arc<str>,
    data: Data,
    cut: CutFlag,
    /// Whether what was read last of it is broken.
    is_broken: OnceLock<()>,
    /// What it was found to be: asked for the account and again for each pass over it.
    pub(super) format: OnceLock<Format>,
    /// What separates the columns, once that was looked for.
    pub(super) delimiter: OnceLock<Option<u8>>,
}

#[derive(Debug)]
enum Data {
    File(PathBuf),
    Bytes(Arc<[u8]>),
    /// Standard input and FIFOs come once only, so they are kept in a temporary file.
    Spooled(NamedTempFile),
    /// An input that is left out, with the reason: it has no content, and gives only the note.
    LeftOut(NoteKind, String),
}

impl Input {
    /// Bytes in memory, under a name for messages.
    ///
    /// ```
    /// use socdef_sigma::source::Input;
    /// assert_eq!(&**Input::from_bytes("feed.txt", &b"198.51.100.7\n"[..]).name(), "feed.txt");
    /// ```
    pub fn from_bytes(name: impl Into<Arc<str>>, bytes: impl Into<Arc<[u8]>>) -> Input {
        Input::new(name.into(), Data::Bytes(bytes.into()))
    }

    fn new(name: Arc<str>, data: Data) -> Input {
        Input {
            name,
            data,
            cut: CutFlag::default(),
            is_broken: OnceLock::new(),
            format: OnceLock::new(),
            delimiter: OnceLock::new(),
        }
    }

    /// Everything that a reader gives until its end, kept in a temporary file, under a name for messages.
    ///
    /// # Errors
    /// [`ErrorKind::UnreadableInput`] where reading fails or there is no room for the temporary file.
    ///
    /// ```
    /// use socdef_sigma::source::{Input, ReadOptions, read};
    ///
    /// let feed = Input::from_reader("pipe", std::io::Cursor::new("198.51.100.7\nevil.example\n"))?;
    /// for _ in 0..2 {
    ///     assert_eq!(read(&feed, &ReadOptions::default())?.count(), 2);
    /// }
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn from_reader(name: impl Into<Arc<str>>, mut reader: impl Read) -> Result<Input> {
        let name = name.into();
        let mut spool = || -> io::Result<NamedTempFile> {
            let mut file = NamedTempFile::new()?;
            io::copy(&mut reader, &mut file)?;
            Ok(file)
        };
        match spool() {
            Ok(file) => Ok(Input::new(name, Data::Spooled(file))),
            Err(cause) => Err(unreadable(&name, cause)),
        }
    }

    /// One file, or everything in a folder and the folders below it, sorted by name; `-` is standard input.
    ///
    /// Links, hidden files and devices inside folders are left out, and each of them is an input that gives a
    /// note and nothing else.
    ///
    /// # Errors
    /// [`ErrorKind::UnreadableInput`] where the path does not exist or cannot be read.
    ///
    /// ```
    /// use socdef_sigma::source::Input;
    ///
    /// let folder = tempfile::tempdir().unwrap();
    /// for name in ["b.txt", "a.txt"] {
    ///     std::fs::write(folder.path().join(name), "198.51.100.7\n").unwrap();
    /// }
    /// let inputs = Input::from_path(folder.path())?;
    /// assert!(inputs[0].name().ends_with("a.txt") && inputs[1].name().ends_with("b.txt"));
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
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
            return Ok(vec![Input::new(
                Arc::from(&*name),
                Data::File(path.to_owned()),
            )]);
        }
        let file = File::open(path).map_err(|cause| unreadable(&name, cause))?;
        Ok(vec![Input::from_reader(&*name, file)?])
    }

    /// The same inputs, each file once: a second one, under whichever path, becomes a note that it is the same.
    ///
    /// ```
    /// use socdef_sigma::source::{Found, Input, ReadOptions, read};
    ///
    /// let folder = tempfile::tempdir().unwrap();
    /// let path = folder.path().join("feed.txt");
    /// std::fs::write(&path, "198.51.100.7\n").unwrap();
    /// let mut inputs = Input::from_path(&path)?;
    /// inputs.extend(Input::from_path(folder.path())?);
    /// let inputs = Input::each_once(inputs);
    /// let again = read(&inputs[1], &ReadOptions::default())?.next().unwrap()?;
    /// assert!(matches!(again, Found::Note(note) if note.kind.code() == "same_file"));
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn each_once(inputs: Vec<Input>) -> Vec<Input> {
        let mut seen: HashMap<Identity, Arc<str>> = HashMap::new();
        let once = |input: Input| {
            let Some(identity) = input.identity() else {
                return input;
            };
            match seen.get(&identity) {
                Some(first) => {
                    let detail = format!("it was given before as {first}");
                    Input::new(input.name, Data::LeftOut(NoteKind::SameFile, detail))
                }
                None => {
                    seen.insert(identity, input.name.clone());
                    input
                }
            }
        };
        inputs.into_iter().map(once).collect()
    }

    /// What makes a file the same under every path, hard links included.
    fn identity(&self) -> Option<Identity> {
        let Data::File(path) = &self.data else {
            return None;
        };
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let metadata = std::fs::metadata(path).ok()?;
            Some((metadata.dev(), metadata.ino()))
        }
        #[cfg(not(unix))]
        std::fs::canonicalize(path).ok()
    }

    /// The name for messages: the path as given, or `-`.
    ///
    /// ```
    /// use socdef_sigma::source::Input;
    /// assert_eq!(&**Input::from_reader("-", std::io::empty())?.name(), "-");
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The ending of the file's name in lower case, without the dot: `csv` for `feed.csv` and for `feed.csv.gz`.
    pub(crate) fn extension(&self) -> Option<String> {
        let Data::File(path) = &self.data else {
            return None;
        };
        let ending = |path: &Path| Some(path.extension()?.to_string_lossy().to_ascii_lowercase());
        match ending(path)? {
            outer if packed::is_packed_ending(&outer) => ending(Path::new(path.file_stem()?)),
            ending => Some(ending),
        }
    }

    /// Where the input was found to end too early, by whoever read it so far.
    pub(crate) fn cut(&self) -> Option<Cut> {
        self.cut.get().copied()
    }

    /// The last thing that was read of it is broken.
    pub(super) fn set_broken(&self) {
        let _ = self.is_broken.set(());
    }

    /// Whether it ends too early, by whoever read it to its end: packed data that is cut, or a document that does not go on.
    #[cfg_attr(not(feature = "sync"), allow(dead_code))]
    pub(crate) fn breaks_off(&self) -> bool {
        self.is_broken.get().is_some() || self.cut().is_some()
    }

    /// The flag that says so while a reader is at it.
    pub(crate) fn cut_flag(&self) -> CutFlag {
        self.cut.clone()
    }

    /// Why the input is left out, where it is.
    pub(crate) fn left_out(&self) -> Option<Note> {
        match &self.data {
            Data::LeftOut(kind, detail) => Some(Note {
                kind: *kind,
                place: Place::whole(&self.name),
                detail: detail.clone(),
            }),
            _ => None,
        }
    }

    /// Whether it came from outside as a whole, rather than as bytes from a caller that knows them.
    pub(crate) fn is_from_outside(&self) -> bool {
        matches!(self.data, Data::File(_) | Data::Spooled(_))
    }

    /// The content from the beginning, unpacked where it is packed.
    pub(crate) fn open(&self) -> Result<BufReader<Box<dyn Read + Send>>> {
        let open = || -> io::Result<Box<dyn Read + Send>> {
            match &self.data {
                Data::File(path) => packed::unpacked(File::open(path)?, &self.cut),
                Data::Bytes(bytes) => packed::unpacked(io::Cursor::new(bytes.clone()), &self.cut),
                Data::Spooled(file) => packed::unpacked(file.reopen()?, &self.cut),
                Data::LeftOut(..) => Ok(Box::new(io::empty())),
            }
        };
        let reader = open().map_err(|cause| unreadable(&self.name, cause))?;
        Ok(BufReader::with_capacity(1 << 16, reader))
    }

    /// What the file is, where it is the index of a feed and no feed.
    pub(crate) fn index_of_a_feed(&self) -> Option<&'static str> {
        let Data::File(path) = &self.data else {
            return None;
        };
        let name = path.file_name()?.to_str()?;
        let head = self.head(feed_folder::HEAD_BYTES).ok()?;
        feed_folder::index_of_a_feed(name, &head)
    }

    /// The input; the index of a feed is left out.
    fn without_index(self) -> Input {
        match self.index_of_a_feed() {
            Some(what) => {
                let left_out = Data::LeftOut(NoteKind::NotRead, what.to_owned());
                Input::new(self.name, left_out)
            }
            None => self,
        }
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

#[cfg(unix)]
type Identity = (u64, u64);
#[cfg(not(unix))]
type Identity = PathBuf;

fn folder(path: &Path) -> Result<Vec<Input>> {
    let mut inputs = Vec::new();
    let mut entries = walkdir::WalkDir::new(path).sort_by_file_name().into_iter();
    while let Some(entry) = entries.next() {
        let entry = entry.map_err(|cause| {
            let place = cause.path().unwrap_or(path).to_owned();
            unreadable(&place.to_string_lossy(), io::Error::from(cause))
        })?;
        let kind = entry.file_type();
        let hidden = entry.depth() > 0 && entry.file_name().as_encoded_bytes().starts_with(b".");
        if hidden && kind.is_dir() {
            entries.skip_current_dir();
        }
        match what_is_left_out(kind, hidden) {
            Some(what) => {
                let name = Arc::from(&*entry.path().to_string_lossy());
                let left_out = Data::LeftOut(NoteKind::NotRead, what.to_owned());
                inputs.push(Input::new(name, left_out));
            }
            None if kind.is_file() => {
                let files = Input::from_path(entry.path())?;
                inputs.extend(files.into_iter().map(Input::without_index));
            }
            None => {}
        }
    }
    Ok(inputs)
}

/// What an entry of a folder is, where it is not read.
fn what_is_left_out(kind: FileType, hidden: bool) -> Option<&'static str> {
    match () {
        () if kind.is_symlink() => Some("a symbolic link"),
        () if hidden && kind.is_dir() => Some("a hidden folder"),
        () if hidden => Some("a hidden file"),
        () if kind.is_dir() || kind.is_file() => None,
        () => Some("a socket, a FIFO or a device"),
    }
}

/// The error for an input that cannot be read; damaged packed content has an error of its own.
pub(crate) fn unreadable(
    name: &str,
    cause: impl std::error::Error + Send + Sync + 'static,
) -> Error {
    if let Some(own) = own(&cause) {
        let mut error = Error::new(own.kind(), own.message()).at(name);
        if let Some(cause) = own.causes().into_iter().next() {
            error = error.because(cause);
        }
        return match own.hint_text() {
            Some(hint) => error.hint(hint),
            None => error,
        };
    }
    Error::new(ErrorKind::UnreadableInput, "cannot read the input")
        .at(name)
        .because(cause)
}

/// The error of our own that went through a reader as an [`io::Error`], which a parser may have put into another one.
fn own<'a>(cause: &'a (dyn std::error::Error + 'static)) -> Option<&'a Error> {
    if let Some(own) = cause.downcast_ref::<Error>() {
        return Some(own);
    }
    let inside = match cause.downcast_ref::<Arc<io::Error>>() {
        Some(shared) => Some(&**shared),
        None => cause.downcast_ref::<io::Error>(),
    };
    match inside {
        Some(inside) => own(inside.get_ref()?),
        None => own(cause.source()?),
    }
}

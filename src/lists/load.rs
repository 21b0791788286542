//! From paths to lists.

use std::borrow::Cow;
use std::fs::File as OsFile;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::attributes::Scope;
use super::entries::List;
use super::file::{self, File, Kind};
use super::index::Index;
use super::string::{self, Value};
use super::{Lists, allow, cidr, hostname};
use crate::error::{Error, ErrorKind, Result};
use crate::indicator::{Expect, Host, Ioc, IocType, parse_as};
use crate::location::Place;
use crate::source::{Note, NoteKind};

impl Lists {
    /// Loads warninglists, from `list.json` files or folders of them, and allow lists, from files with one value a line.
    ///
    /// An entry of a warninglist that cannot be used is a note. A broken line of an allow list is an error: one that is silently
    /// not applied pages people.
    ///
    /// # Errors
    /// [`crate::ErrorKind::UnreadableInput`] where a path cannot be read; [`crate::ErrorKind::BrokenInput`] where a file is not a list, names no
    /// known type, is too large, or has a broken line, with the place.
    ///
    /// ```
    /// use socdef_sigma::{indicator::parse, lists::Lists};
    ///
    /// let folder = tempfile::tempdir().unwrap();
    /// let allow = folder.path().join("allow.txt");
    /// std::fs::write(&allow, "# ours\n198.51.100.0/24\n").unwrap();
    /// let lists = Lists::load(&[] as &[&str], &[allow])?;
    /// let refusal = lists.refusal(&parse("198.51.100.7").unwrap().ioc).unwrap();
    /// assert_eq!(refusal.reason.code(), "allowed");
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn load<P: AsRef<Path>, Q: AsRef<Path>>(warninglists: &[P], allow: &[Q]) -> Result<Lists> {
        let mut loader = Loader::default();
        for path in allow {
            loader.allow(path.as_ref())?;
        }
        for path in warninglists {
            loader.warninglists(path.as_ref())?;
        }
        loader.finish()
    }
}

/// The longest file of a list, in bytes. The largest of MISP's has some 15 MB.
const MAX_FILE_BYTES: u64 = 256 << 20;

/// Lists on their way.
#[derive(Default)]
pub(super) struct Loader {
    lists: Lists,
}

impl Loader {
    /// Adds the user's own list.
    pub(super) fn allow(&mut self, path: &Path) -> Result<()> {
        let name = path.to_string_lossy();
        let bytes = bytes(path)?;
        self.lists.entries.list(
            List {
                name: name.clone().into_owned(),
                version: None,
                scope: Scope::ALL,
            },
            0,
        );
        allow::read(&name, &bytes, |text, allowed| {
            let entry = self.lists.entries.add(text)?;
            let index = &mut self.lists.allowed;
            match allowed {
                allow::Allowed::MailDomain(name) => index.add_mail_domain(&name, entry),
                allow::Allowed::Value(Value::Name(name)) => {
                    index.add_name(Scope::ALL, &name, true, entry);
                }
                allow::Allowed::Value(value) => index.add_value(Scope::ALL, value, entry),
            }
            Ok(())
        })
    }

    /// Adds a warninglist, or all that are in a folder and in the folders below it.
    pub(super) fn warninglists(&mut self, path: &Path) -> Result<()> {
        let name = path.to_string_lossy();
        let metadata = std::fs::metadata(path).map_err(|cause| unreadable(&name, cause))?;
        if !metadata.is_dir() {
            return match self.warninglist(path)? {
                true => Ok(()),
                false => Err(
                    Error::new(ErrorKind::BrokenInput, "the file is not a warninglist")
                        .at(&name)
                        .hint("a warninglist is a JSON object with the members `name`, `version`, `type` and `list`"),
                ),
            };
        }
        let mut any = false;
        for path in json_files(path)? {
            if self.warninglist(&path)? {
                any = true;
            } else {
                self.note(
                    NoteKind::NotAList,
                    Place::whole(&Arc::from(&*path.to_string_lossy())),
                    String::new(),
                );
            }
        }
        match any {
            true => Ok(()),
            false => Err(
                Error::new(ErrorKind::BrokenInput, "the folder holds no warninglist")
                    .at(&name)
                    .hint("the lists of misp-warninglists are the files `lists/*/list.json`"),
            ),
        }
    }

    /// Makes the lists ready to be asked.
    pub(super) fn finish(mut self) -> Result<Lists> {
        self.lists.allowed.finish()?;
        self.lists.listed.finish()?;
        Ok(self.lists)
    }

    /// Adds a warninglist; `false` where the file is not one.
    fn warninglist(&mut self, path: &Path) -> Result<bool> {
        let bytes = bytes(path)?;
        let place: Arc<str> = Arc::from(&*path.to_string_lossy());
        let Some(file) = file::read(&place, &bytes)? else {
            return Ok(false);
        };
        let scope = Scope::of(&file.attributes);
        self.lists.entries.list(
            List {
                name: file.name.clone(),
                version: file.version.clone(),
                scope,
            },
            file.entries.len(),
        );
        if matches!(file.kind, Kind::Hostname | Kind::String) {
            self.lists.listed.reserve_names(scope, file.entries.len());
        }
        self.entries(&file, scope, &place)?;
        Ok(true)
    }

    fn entries(&mut self, file: &File<'_>, scope: Scope, place: &Arc<str>) -> Result<()> {
        let array: Arc<str> = Arc::from("list");
        for (at, text) in file.entries.iter().enumerate() {
            // MISP leaves empty entries out, too. One would be a part of every value.
            if text.trim().is_empty() {
                continue;
            }
            let entry = self.lists.entries.add(text)?;
            if let Err(why) = add(&mut self.lists.listed, file.kind, scope, text, entry) {
                let about = format!("{why}: {}", self.lists.entries.shown(entry));
                let place = Place::element(place, &array, at as u64);
                self.note(NoteKind::UnusableEntry, place, about);
            }
        }
        Ok(())
    }

    fn note(&mut self, kind: NoteKind, place: Place, detail: String) {
        self.lists.notes.push(Note {
            kind,
            place,
            detail,
        });
    }
}

/// Adds one entry, or says why it cannot be used.
fn add(
    index: &mut Index,
    kind: Kind,
    scope: Scope,
    text: &str,
    entry: u32,
) -> std::result::Result<(), &'static str> {
    match kind {
        Kind::Cidr => {
            let net = cidr::network(text).ok_or("not an address or network")?;
            index.add_network(scope, net, entry);
        }
        Kind::Hostname => match host(text).ok_or("no host")? {
            Value::Name(name) => index.add_name(scope, &name, true, entry),
            value => index.add_value(scope, value, entry),
        },
        Kind::String => {
            // An entry that no indicator can equal is not an error: a file name, an AS number.
            if let Some(value) = string::value(text) {
                index.add_value(scope, value, entry);
            }
        }
        Kind::Substring => index.add_substring(text, entry),
        Kind::Regex => index.add_pattern(text, entry)?,
    }
    Ok(())
}

/// The host that an entry of a `hostname` list names; some are written as the URL of its root.
fn host(text: &str) -> Option<Value<'_>> {
    if let Some(name) = hostname::name(text) {
        return Some(Value::Name(name));
    }
    if let Some(net) = cidr::network(text) {
        return Some(Value::Network(net));
    }
    let Ioc::Url(url) = parse_as(Expect::Type(IocType::Url), text).ok()?.ioc else {
        return None;
    };
    Some(match string::root(&url)? {
        Host::Domain(name) => Value::Name(Cow::Owned(name.as_str().to_owned())),
        Host::Ipv4(address) => Value::Network(std::net::IpAddr::V4(*address).into()),
        Host::Ipv6(address) => Value::Network(std::net::IpAddr::V6(*address).into()),
    })
}

/// The JSON files in a folder and the folders below it, by name; hidden ones and links are left out, as in a folder of feeds.
fn json_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let hidden = |entry: &walkdir::DirEntry| {
        entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.')
    };
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| !hidden(entry))
    {
        let entry = entry.map_err(|cause| unreadable(&folder.to_string_lossy(), cause))?;
        let json = entry
            .path()
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
        if json && entry.file_type().is_file() {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

fn bytes(path: &Path) -> Result<Vec<u8>> {
    let name = path.to_string_lossy();
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        OsFile::open(path)?
            .take(MAX_FILE_BYTES + 1)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|cause| unreadable(&name, cause))?;
    match bytes.len() as u64 > MAX_FILE_BYTES {
        true => Err(Error::new(
            ErrorKind::BrokenInput,
            format!("the list is longer than {} MiB", MAX_FILE_BYTES >> 20),
        )
        .at(name)),
        false => Ok(bytes),
    }
}

fn unreadable(name: &str, cause: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::UnreadableInput, "cannot read the list")
        .at(name)
        .because(cause)
}

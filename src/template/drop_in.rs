//! Templates of the user's: files `*.yml.j2` with a front matter, alone or in folders.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use walkdir::WalkDir;

use super::engine::Program;
use super::{Catalog, Finding, Template, front_matter, registered};
use crate::error::{Error, ErrorKind, Result};

/// What the name of a drop-in ends in.
const ENDING: &str = ".yml.j2";

/// The longest drop-in, in bytes. The longest built-in one has two thousand.
const MAX_FILE: u64 = 64 * 1024;

/// How deep folders are searched.
const MAX_DEPTH: usize = 16;

impl Catalog {
    /// This catalog with the drop-ins of files and folders over it, those of a later path over those of an earlier one.
    ///
    /// A drop-in whose text is broken is in it, and costs its own rules: each is an error with file and line. One whose front
    /// matter cannot be read is an error here, since nobody knows what it would have replaced.
    ///
    /// ```
    /// use socdef_sigma::IocType;
    /// use socdef_sigma::template::{Catalog, Selection, starter};
    ///
    /// let folder = tempfile::tempdir().unwrap();
    /// let text = starter(&Catalog::registered(), "acme_edr", &[IocType::Md5], "product=acme,service=edr")?;
    /// std::fs::write(folder.path().join("acme_edr.yml.j2"), text).unwrap();
    /// let catalog = Catalog::registered().with_drop_ins(&[folder.path().into()])?;
    /// let selection = Selection::of(catalog, &["acme_edr".to_owned()])?;
    /// assert_eq!(&**selection.iter().next().unwrap().name(), "md5/acme_edr");
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UnreadableInput`] where a path is missing, is too long, is not text, or is a folder without drop-ins;
    /// [`ErrorKind::BrokenTemplate`] with file and line for a front matter that cannot be read, and where two
    /// files of one path have one name. The same for a registered template whose front matter cannot be read.
    pub fn with_drop_ins(&self, paths: &[PathBuf]) -> Result<Arc<Catalog>> {
        if let Some(error) = registered::unreadable() {
            return Err(error);
        }
        let mut catalog = self.clone();
        for path in paths {
            let mut named: BTreeMap<Arc<str>, Arc<str>> = BTreeMap::new();
            for file in files(path)? {
                let text = text(&file)?;
                let templates = templates(&file, &text)
                    .map_err(|findings| Finding::first_error(&findings, &file.to_string_lossy()))?;
                for template in templates {
                    if let Some(first) = named.insert(template.name.clone(), template.place.clone())
                    {
                        return Err(twice(&template, &first));
                    }
                    catalog.add(template);
                }
            }
        }
        Ok(Arc::new(catalog))
    }
}

/// The drop-ins at a path: the file itself, or all files of a folder that are named so, sorted.
///
/// # Errors
/// [`ErrorKind::UnreadableInput`] where it is missing or a folder without any.
pub(crate) fn files(path: &Path) -> Result<Vec<PathBuf>> {
    let unreadable = |path: &Path, cause: std::io::Error| {
        Error::new(ErrorKind::UnreadableInput, "cannot read the templates")
            .at(path.display())
            .because(cause)
    };
    if !path
        .metadata()
        .map_err(|cause| unreadable(path, cause))?
        .is_dir()
    {
        return Ok(vec![path.to_owned()]);
    }
    let hidden = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with('.');
    let mut found = Vec::new();
    // A link to a file is read, a link to a folder is not followed: there is no loop.
    let walk = WalkDir::new(path)
        .max_depth(MAX_DEPTH)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || !hidden(entry.file_name()));
    for entry in walk {
        let entry = entry.map_err(|error| {
            let at = error.path().unwrap_or(path).to_owned();
            unreadable(&at, error.into())
        })?;
        let name = entry.file_name().to_string_lossy();
        if entry.file_type().is_dir() {
            continue;
        }
        if name.ends_with(ENDING) {
            found.push(entry.into_path());
        } else if name.ends_with(".j2") {
            return Err(Error::new(
                ErrorKind::UnreadableInput,
                "the name of a template ends in `.yml.j2`",
            )
            .at(entry.path().display())
            .hint("rename it, or take it out of the folder"));
        }
    }
    match found.is_empty() {
        true => Err(
            Error::new(ErrorKind::UnreadableInput, "the folder holds no template")
                .at(path.display())
                .hint("a template is a file `*.yml.j2`; `socdef-sigma templates new` writes one"),
        ),
        false => Ok(found),
    }
}

/// The text of a drop-in.
///
/// # Errors
/// [`ErrorKind::UnreadableInput`] where it is not a file, cannot be read, is too long, or is not UTF-8.
pub(crate) fn text(path: &Path) -> Result<String> {
    let unreadable =
        |message: &str| Error::new(ErrorKind::UnreadableInput, message).at(path.display());
    let failed = |cause| unreadable("cannot read the template").because(cause);
    // A FIFO would block, and a device has no end.
    if !path.metadata().map_err(failed)?.is_file() {
        return Err(unreadable("a template is a file"));
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes))
        .map_err(failed)?;
    if bytes.len() as u64 > MAX_FILE {
        let message = format!("the template is longer than {} KiB", MAX_FILE / 1024);
        return Err(unreadable(&message).hint("a rule has a hundred lines at most"));
    }
    String::from_utf8(bytes).map_err(|_| unreadable("the template is not UTF-8"))
}

/// The templates that a drop-in declares, one for each type; or what is wrong with its front matter.
pub(crate) fn templates(
    path: &Path,
    text: &str,
) -> std::result::Result<Vec<Template>, Vec<Finding>> {
    let declared = front_matter::read(text)?;
    let file: Arc<str> = path.to_string_lossy().into();
    let source: Arc<str> = text.into();
    let body: Arc<str> = declared.body.into();
    let mut templates = Vec::new();
    for ioc_type in declared.types {
        templates.push(Template {
            name: format!("{ioc_type}/{}", declared.name).into(),
            ioc_type,
            primary: false,
            logsource: declared.logsource.clone(),
            tagged: declared.tagged.clone(),
            needs: declared.needs.clone(),
            description: declared.description.clone(),
            source: source.clone(),
            body: body.clone(),
            place: file.clone(),
            file: Some(file.clone()),
            derive: ioc_type.plugin().derive,
            program: Program::checked(&body),
        });
    }
    Ok(templates)
}

fn twice(template: &Template, first: &str) -> Error {
    Error::new(
        ErrorKind::BrokenTemplate,
        format!("two files define `{}`", template.name),
    )
    .at(&template.place)
    .because(format!("{first} is the other"))
    .hint("give one of them another `name`")
}

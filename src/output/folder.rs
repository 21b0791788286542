//! A folder with a file for each rule.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::names::Names;
use super::write::{FolderFile, obstacle, unwritable};
use crate::error::{Error, ErrorKind, Result};
use crate::indicator::Ioc;
use crate::rule::{SigmaRule, emit};

/// Makes a folder and those above it, where they are missing.
///
/// # Errors
/// [`ErrorKind::UnwritableOutput`] where that cannot be done.
pub(crate) fn make_folder(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(|cause| unwritable(folder, cause))
}

/// Whether a path means a folder of rules: it ends in a separator, or is a folder.
pub(crate) fn is_folder(path: &Path) -> bool {
    let text = path.as_os_str().to_string_lossy();
    text.ends_with('/') || text.ends_with(std::path::MAIN_SEPARATOR) || path.is_dir()
}

/// A folder that a run writes rules into, each to a file of its own.
///
/// Two rules never share a file: see [`Names`]. A file that holds the same bytes already is left alone. A link in a file's place is
/// replaced, and not followed; what else is not a file is left, and [`RuleFolder::finish`] says so when all others are written.
#[derive(Debug)]
pub(crate) struct RuleFolder {
    path: PathBuf,
    names: Names,
    /// The first file that something is in the way of, with what it is.
    obstacle: Option<(PathBuf, &'static str)>,
    /// How many such files there are.
    left_out: u64,
}

impl RuleFolder {
    /// The folder, which is made where it is missing.
    ///
    /// # Errors
    /// [`ErrorKind::UnwritableOutput`] where that cannot be done.
    pub(crate) fn new(path: &Path) -> Result<RuleFolder> {
        make_folder(path)?;
        Ok(RuleFolder {
            path: path.to_owned(),
            names: Names::default(),
            obstacle: None,
            left_out: 0,
        })
    }

    /// Writes the rule of an indicator under a name of its own.
    ///
    /// # Errors
    /// [`ErrorKind::UnwritableOutput`] where the file cannot be written.
    pub(crate) fn write(&mut self, rule: &SigmaRule, ioc: &Ioc) -> Result<()> {
        let text = emit::yaml(rule);
        let mut same = None;
        let folder = &self.path;
        // An earlier run, of another feed, may have given the name to another rule.
        let is_another = |name: &str| {
            let Some(there) = read_rule(&folder.join(name)) else {
                return false;
            };
            same = (there == text.as_bytes()).then(|| name.to_owned());
            same.is_none() && id_of(&there).is_some_and(|id| id != rule.id)
        };
        let name = self.names.name_unless(rule, ioc, is_another);
        match same.as_ref() == Some(&name) {
            true => Ok(()),
            false => self.write_named(&name, &text),
        }
    }

    /// Writes a rule under this name.
    ///
    /// # Errors
    /// [`ErrorKind::UnwritableOutput`] where the file cannot be written.
    pub(crate) fn write_named(&mut self, name: &str, yaml: &str) -> Result<()> {
        let path = self.path.join(name);
        let there = fs::symlink_metadata(&path).ok();
        if let Some(what) = there.as_ref().and_then(|there| obstacle(there.file_type())) {
            self.left_out += 1;
            self.obstacle.get_or_insert((path, what));
            return Ok(());
        }
        let may_be_same =
            there.is_some_and(|there| there.is_file() && there.len() == yaml.len() as u64);
        if may_be_same && fs::read(&path).is_ok_and(|bytes| bytes == yaml.as_bytes()) {
            return Ok(());
        }
        FolderFile::default().write(&path, |writer| {
            writer
                .write_all(yaml.as_bytes())
                .map_err(|cause| unwritable(&path, cause))
        })
    }

    /// Whether the run made a rule of this name. Where two names are alike by chance, of one more.
    #[cfg_attr(not(feature = "python"), allow(dead_code))]
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names.has(name)
    }

    /// Ends the run.
    ///
    /// # Errors
    /// [`ErrorKind::UnwritableOutput`] if something that is not a file was in the way of a rule. All other rules are written.
    pub(crate) fn finish(self) -> Result<()> {
        let Some((path, what)) = self.obstacle else {
            return Ok(());
        };
        let count = match self.left_out {
            1 => "1 rule was not written".to_owned(),
            many => format!("{many} rules were not written"),
        };
        Err(Error::new(
            ErrorKind::UnwritableOutput,
            format!("{count}: {what} is in the place of its file"),
        )
        .at(path.display())
        .hint("remove it, and run again; all other rules are written"))
    }
}

/// How large a file is looked at: no rule of ours comes near.
const LARGEST: u64 = 1 << 20;

/// The text of a rule's file; `None` where there is no such file, or it is not a rule's.
pub(super) fn read_rule(path: &Path) -> Option<Vec<u8>> {
    let there = fs::symlink_metadata(path).ok()?;
    if !there.is_file() || there.len() > LARGEST {
        return None;
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path).ok()?;
    file.take(LARGEST).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// The id of a rule as this program writes it: a line of its own.
fn id_of(yaml: &[u8]) -> Option<Uuid> {
    let text = std::str::from_utf8(yaml).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("id: "))?;
    Uuid::parse_str(line.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::{Compiler, Settings};
    use crate::indicator::{Indicator, parse};

    /// Two URLs whose rules' ids share their first 48 bits.
    const PAIR: [&str; 2] = [
        "http://e.example/aaaaaaaaaaaaaaaaaaaaaaaaaaaaa/00810428",
        "http://e.example/aaaaaaaaaaaaaaaaaaaaaaaaaaaaa/0174dba7",
    ];

    fn rules(values: &[&str]) -> Vec<(SigmaRule, Ioc)> {
        let compiler = Compiler::new(&Settings::new(chrono::DateTime::UNIX_EPOCH));
        let made = values.iter().map(|value| {
            let indicator = Indicator::new(parse(value).unwrap());
            let compiled = compiler.rule(&indicator).unwrap();
            (compiled.rule, indicator.ioc)
        });
        made.collect()
    }

    fn write(folder: &Path, values: &[&str]) -> Result<()> {
        let mut folder = RuleFolder::new(folder)?;
        for (rule, ioc) in rules(values) {
            folder.write(&rule, &ioc)?;
        }
        folder.finish()
    }

    /// Each file's name with the value of its rule.
    fn files(folder: &Path) -> Vec<(String, String)> {
        let mut files: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file())
            .map(|path| {
                let text = fs::read_to_string(&path).unwrap();
                let value = text
                    .lines()
                    .find_map(|line| line.trim().strip_prefix("value: "));
                let name = path.file_name().unwrap().to_str().unwrap();
                (name.to_owned(), value.unwrap_or("").to_owned())
            })
            .collect();
        files.sort();
        files
    }

    #[test]
    fn two_rules_never_share_a_file() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &PAIR).unwrap();
        let first = files(folder.path());
        assert_eq!(first.len(), 2);
        assert!(
            first
                .iter()
                .any(|(name, value)| name.len() < 80 && value.contains(PAIR[0]))
        );
        // Whatever the order and the company, an existing file keeps its name.
        for values in [&[PAIR[1], PAIR[0]][..], &PAIR[1..], &PAIR[..1]] {
            write(folder.path(), values).unwrap();
            assert_eq!(files(folder.path()), first);
        }
        for (name, _) in first {
            let stem = name.strip_suffix(".yml").unwrap();
            assert!((10..=90).contains(&stem.len()), "{name}");
            assert!(
                stem.bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            );
        }
    }

    #[test]
    fn the_same_rule_again_gets_a_file_too() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &[PAIR[0], PAIR[0], PAIR[0], PAIR[1]]).unwrap();
        assert_eq!(files(folder.path()).len(), 4);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_not_a_file_is_refused_and_all_others_are_written() {
        let folder = tempfile::tempdir().unwrap();
        let values = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"];
        let names: Vec<_> = rules(&values)
            .iter()
            .map(|(rule, ioc)| {
                folder
                    .path()
                    .join(super::super::names::file_name(rule, ioc))
            })
            .collect();
        rustix::fs::mkfifoat(rustix::fs::CWD, &names[0], rustix::fs::Mode::RUSR).unwrap();
        fs::create_dir(&names[1]).unwrap();
        let outside = folder.path().join("outside");
        std::os::unix::fs::symlink(&outside, &names[2]).unwrap();
        let failed = write(folder.path(), &values).unwrap_err();
        assert_eq!(failed.kind(), ErrorKind::UnwritableOutput);
        assert_eq!(
            failed.message(),
            "2 rules were not written: a FIFO is in the place of its file"
        );
        assert_eq!(failed.place(), names[0].to_str());
        assert_eq!(files(folder.path()).len(), 2);
        // The link was replaced, and not followed.
        assert!(!outside.exists());
        assert!(fs::symlink_metadata(&names[2]).unwrap().is_file());
        fs::remove_file(&names[0]).unwrap();
        fs::remove_dir(&names[1]).unwrap();
        write(folder.path(), &values).unwrap();
        assert_eq!(files(folder.path()).len(), 4);
    }
}

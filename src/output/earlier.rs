//! What earlier runs left in a folder of rules: files of rules that this run did not make.
//!
//! A folder has no list of what was written to it, so a file must prove itself: its name, its id and its form are those that this program gives to
//! the rule of the indicator in it, and so is everything that an analyst would edit. A file that does not prove all of that is somebody's own.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::DateTime;

use super::folder::read_rule;
use super::names::{file_name, whole_id_name};
use super::write::unwritable;
use crate::error::Result;
use crate::indicator::{Confidence, Expect, Indicator, IocType, parse_as};
use crate::render::{self, RenderSettings};
use crate::rule::node::Node;
use crate::rule::{SigmaRule, emit};
use crate::template::{Catalog, Template};

/// How many commas the name of a producer may have. A rule of one with more is taken for somebody's own, and stays.
const MAX_NAME_PARTS: usize = 4;

/// The files in a folder whose names are not among `made`, and that are rules as these templates make them.
///
/// # Errors
/// [`ErrorKind::UnwritableOutput`](crate::ErrorKind::UnwritableOutput) where the folder cannot be listed.
pub(crate) fn earlier(
    folder: &Path,
    made: impl Fn(&str) -> bool,
    catalog: &Catalog,
) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(|cause| unwritable(folder, cause))? {
        let path = entry.map_err(|cause| unwritable(folder, cause))?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let is_other = name.is_some_and(|name| name.ends_with(".yml") && !made(name));
        if is_other && is_ours(&path, catalog) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Removes such files; gives how many. One that changed since is left.
///
/// # Errors
/// [`ErrorKind::UnwritableOutput`](crate::ErrorKind::UnwritableOutput) where one cannot be removed.
pub(crate) fn remove(files: &[PathBuf], catalog: &Catalog) -> Result<u64> {
    let mut removed = 0;
    for path in files.iter().filter(|path| is_ours(path, catalog)) {
        fs::remove_file(path).map_err(|cause| unwritable(path, cause))?;
        removed += 1;
    }
    Ok(removed)
}

fn is_ours(path: &Path, catalog: &Catalog) -> bool {
    let (Some(bytes), Some(name)) = (read_rule(path), path.file_name()) else {
        return false;
    };
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    let Ok(rule) = SigmaRule::from_yaml(text) else {
        return false;
    };
    let Some(mut indicator) = indicator(&rule) else {
        return false;
    };
    if !is_named_so(&name.to_string_lossy(), &rule, &indicator) || emit::yaml(&rule) != text {
        return false;
    }
    let templates: Vec<_> = catalog
        .iter()
        .filter(|template| template.id(&indicator.ioc) == rule.id)
        .collect();
    producers(&rule).any(|producers| {
        indicator.producers = producers;
        templates
            .iter()
            .any(|template| is_made_by(template, &indicator, &rule))
    })
}

/// Who may be the first producer of a rule, which its title and its description name. The author is all of them, with a comma between
/// two, and a comma may be a part of a name.
fn producers(rule: &SigmaRule) -> impl Iterator<Item = Vec<String>> {
    let author = rule.author.as_deref().unwrap_or_default();
    let ends = author.match_indices(", ").map(|(at, _)| at);
    let names = ends.chain([author.len()]).take(MAX_NAME_PARTS);
    std::iter::once(Vec::new()).chain(names.map(|end| vec![author[..end].to_owned()]))
}

/// The indicator that a rule says it is of.
fn indicator(rule: &SigmaRule) -> Option<Indicator> {
    let (_, about) = rule.custom.iter().find(|(name, _)| name == "socdef")?;
    let text = |name| about.get(name).and_then(Node::as_text);
    let kind: IocType = text("type")?.parse().ok()?;
    let parsed = parse_as(Expect::Type(kind), text("value")?).ok()?;
    let mut indicator = Indicator::new(parsed);
    indicator.confidence = text("confidence").and_then(|level| level.parse().ok());
    Some(indicator)
}

/// Whether a rule has this name, or has it for the second time.
fn is_named_so(name: &str, rule: &SigmaRule, indicator: &Indicator) -> bool {
    let ioc = &indicator.ioc;
    let whole = whole_id_name(rule, ioc.ioc_type(), ioc);
    let again = || {
        let number = name
            .strip_prefix(whole.trim_end_matches(".yml"))?
            .strip_prefix('_')?
            .strip_suffix(".yml")?;
        number.parse::<u32>().ok()
    };
    name == file_name(rule, ioc) || name == whole || again().is_some()
}

/// Whether a template makes such a rule: only what the feed says about the indicator may be other.
fn is_made_by(template: &Template, indicator: &Indicator, rule: &SigmaRule) -> bool {
    let settings = RenderSettings {
        now: DateTime::UNIX_EPOCH,
        default_confidence: Confidence::Medium,
    };
    render::rule(template, indicator, &settings).is_ok_and(|made| {
        let edited = |rule: &SigmaRule| {
            (
                rule.title.clone(),
                rule.description.clone(),
                rule.status.clone(),
                rule.logsource.clone(),
                rule.detection.clone(),
                rule.condition.clone(),
                rule.fields.clone(),
                rule.falsepositives.clone(),
                rule.level,
            )
        };
        edited(&made) == edited(rule)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::{Compiler, Settings};
    use crate::indicator::parse;
    use crate::output::RuleFolder;

    fn write(folder: &Path, values: &[&str]) {
        let compiler = Compiler::new(&Settings::new(chrono::Utc::now()));
        let mut rules = RuleFolder::new(folder).unwrap();
        for value in values {
            let mut indicator = Indicator::new(parse(value).unwrap());
            indicator.tags.push("botnet".to_owned());
            indicator.confidence = Some(Confidence::High);
            // A name with a comma, several names, and none.
            match indicator.ioc.to_string().len() % 3 {
                0 => indicator.producers = vec!["Acme, Inc.".to_owned(), "B".to_owned()],
                1 => indicator.producers = vec!["ISAC".to_owned()],
                _ => {}
            }
            let rule = compiler.rule(&indicator).unwrap().rule;
            rules.write(&rule, &indicator.ioc).unwrap();
        }
        rules.finish().unwrap();
    }

    const VALUES: [&str; 7] = [
        "198.51.100.7",
        "198.51.100.0/24",
        "evil.example",
        "http://evil.example/a?b='c'",
        "d41d8cd98f00b204e9800998ecf8427f",
        "mallory@evil.example",
        "CVE-2021-44228",
    ];

    #[test]
    fn what_was_made_here_is_found() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &VALUES);
        let catalog = Catalog::registered();
        let all = earlier(folder.path(), |_| false, &catalog).unwrap();
        assert_eq!(all.len(), VALUES.len());
        let first = all[0].file_name().unwrap().to_str().unwrap().to_owned();
        let others = earlier(folder.path(), |name| name == first, &catalog).unwrap();
        assert_eq!(others, all[1..]);
        assert_eq!(remove(&others, &catalog).unwrap(), 6);
        assert_eq!(
            earlier(folder.path(), |_| false, &catalog).unwrap(),
            all[..1]
        );
    }

    #[test]
    fn what_somebody_edited_copied_or_wrote_is_not() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &VALUES[..1]);
        let catalog = Catalog::registered();
        let path = earlier(folder.path(), |_| false, &catalog)
            .unwrap()
            .remove(0);
        let text = fs::read_to_string(&path).unwrap();
        for (old, new) in [
            ("status: experimental", "status: stable"),
            ("level: high", "level: critical"),
            ("198.51.100.7", "198.51.100.8"),
            ("falsepositives:\n", "falsepositives:\n  - 'Our scanner'\n"),
            ("title: ", "# mine\ntitle: "),
            ("title: '", "title: 'Checked: "),
            ("description: ", "description: Checked. "),
            ("id: ", "id: 0"),
        ] {
            let edited = text.replacen(old, new, 1);
            assert_ne!(edited, text, "{old}");
            fs::write(&path, edited).unwrap();
            assert!(
                earlier(folder.path(), |_| false, &catalog)
                    .unwrap()
                    .is_empty(),
                "{new}"
            );
        }
        fs::remove_file(&path).unwrap();
        for name in ["mine.yml", "copy_of_rule.yml", "notes.txt"] {
            fs::write(folder.path().join(name), &text).unwrap();
        }
        fs::create_dir(&path).unwrap();
        assert!(
            earlier(folder.path(), |_| false, &catalog)
                .unwrap()
                .is_empty()
        );
    }
}

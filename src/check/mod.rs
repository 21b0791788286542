//! What `templates check` finds in a drop-in, before it makes a rule.
//!
//! Each template is rendered for indicators that between them reach its branches (`scenes.rs`), as they are and with hostile
//! texts in place of their derived values. Checks:
//!
//! - it renders, and gives one Sigma rule that Sigma's JSON schema allows, with its own id and log source;
//! - the structure of the detection is the same for every text of a form (`literals.rs`);
//! - each literal is one of the documented derived values, escaped, with fixed text around it or none, or is fixed text;
//! - the title is of this indicator and this template alone (`titles.rs`).

mod finding;
mod literals;
mod scenes;
mod schema;
mod titles;

use std::path::PathBuf;
use std::sync::Arc;

use crate::error::Result;
use crate::render;
use crate::skeleton::why_no_skeleton;
use crate::template::{Catalog, Finding, Template, drop_in};
use finding::{broken, key_line, settings};
use scenes::Scene;

/// A mistake in a drop-in.
///
/// ```
/// use socdef_sigma::check::{Mistake, check};
/// use socdef_sigma::template::Catalog;
///
/// let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("mine.yml.j2");
/// std::fs::write(&path, "title: a rule without a front matter\n").unwrap();
/// let checked = check(&[path], &Catalog::registered())?;
/// let Mistake { line, template, .. } = &checked.mistakes[0];
/// assert_eq!((*line, template), (1, &None));
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The template, `<type>/<name>`; nothing where the front matter cannot be read.
    pub template: Option<String>,
    /// The message.
    pub message: String,
    /// What to write instead.
    pub instead: String,
}

/// What a check has looked at.
///
/// ```
/// use socdef_sigma::check::Checked;
///
/// let checked = Checked { templates: vec!["ipv4/mine".to_owned()], ..Checked::default() };
/// assert!(checked.mistakes.is_empty() && checked.in_full.is_empty());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// The templates, by name, in the order of the files.
    pub templates: Vec<String>,
    /// The mistakes in them.
    pub mistakes: Vec<Mistake>,
    /// Those that are right and slow: rendered in full for some indicators, with the reason.
    pub in_full: Vec<InFull>,
}

/// A template without a rule skeleton.
///
/// ```
/// use socdef_sigma::check::InFull;
///
/// let slow = InFull { template: "ipv4/mine".to_owned(), why: "its result depends on the value".to_owned() };
/// assert!(slow.why.contains("depends"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InFull {
    /// The template, `<type>/<name>`.
    pub template: String,
    /// Why it has none, in a line.
    pub why: String,
}

/// Checks the drop-ins of files and folders, among the templates of a catalog.
///
/// # Errors
/// [`crate::ErrorKind::UnreadableInput`] where a path cannot be read. A mistake is not an error.
///
/// ```
/// use socdef_sigma::IocType;
/// use socdef_sigma::check::check;
/// use socdef_sigma::template::{Catalog, starter};
///
/// let catalog = Catalog::registered();
/// let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("mine.yml.j2");
/// std::fs::write(&path, starter(&catalog, "mine", &[IocType::Ipv4], "zeek/conn")?).unwrap();
/// let checked = check(&[path], &catalog)?;
/// assert_eq!(checked.templates, ["ipv4/mine"]);
/// assert!(checked.mistakes.is_empty());
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
pub fn check(paths: &[PathBuf], catalog: &Catalog) -> Result<Checked> {
    let mut checked = Checked::default();
    let mut among = catalog.clone();
    let mut names = Vec::new();
    for path in paths {
        for file in drop_in::files(path)? {
            let text = drop_in::text(&file)?;
            match drop_in::templates(&file, &text) {
                Err(findings) => {
                    let file = file.to_string_lossy();
                    let mistakes = findings
                        .into_iter()
                        .map(|found| mistake(&file, None, found));
                    checked.mistakes.extend(mistakes);
                }
                Ok(templates) => {
                    for template in templates {
                        let name = template.name().clone();
                        match among.get(&name).filter(|_| names.contains(&name)) {
                            Some(first) => checked.mistakes.push(twice(&template, first.place())),
                            None => names.push(name),
                        }
                        among.add(template);
                    }
                }
            }
        }
    }
    for template in names.iter().filter_map(|name| among.get(name)) {
        checked.templates.push(template.name().to_string());
        let found = findings(template, &among);
        if found.is_empty() {
            checked.in_full.extend(in_full(template));
        }
        for found in found {
            let name = Some(template.name());
            let mistake = mistake(template.place(), name.map(|name| &**name), found);
            // A mistake for one type is mostly a mistake for all.
            let known = |other: &Mistake| {
                (&other.file, other.line, &other.message)
                    == (&mistake.file, mistake.line, &mistake.message)
            };
            if !checked.mistakes.iter().any(known) {
                checked.mistakes.push(mistake);
            }
        }
    }
    Ok(checked)
}

/// Whether a template is rendered in full for any of the indicators that it is checked with.
fn in_full(template: &Template) -> Option<InFull> {
    let scenes = scenes::of(template.ioc_type());
    let why = scenes
        .iter()
        .filter(|scene| template.takes(&scene.indicator))
        .find_map(|scene| why_no_skeleton(template, &scene.indicator, &settings()))?;
    Some(InFull {
        template: template.name().to_string(),
        why,
    })
}

fn mistake(file: &str, template: Option<&str>, found: Finding) -> Mistake {
    Mistake {
        file: file.to_owned(),
        line: found.line,
        template: template.map(str::to_owned),
        message: found.message,
        instead: found.instead,
    }
}

fn twice(template: &Template, first: &str) -> Mistake {
    mistake(
        template.place(),
        Some(template.name()),
        Finding::new(
            1,
            format!("`{}` is defined in {first} already", template.name()),
            "give one of them another `name`",
        ),
    )
}

/// The mistakes of a template among others.
fn findings(template: &Arc<Template>, among: &Catalog) -> Vec<Finding> {
    let found = template.lint();
    if !found.is_empty() {
        return found; // It would not render: such a template makes no rules.
    }
    let scenes = scenes::of(template.ioc_type());
    let mut found = unknown_names(template, &scenes);
    for stage in [rules, literals::findings] {
        for finding in stage(template, &scenes) {
            if !found.iter().any(|other| other.line == finding.line) {
                found.push(finding);
            }
        }
    }
    if found.is_empty() {
        found = titles::findings(template, &scenes, among);
    }
    found.sort_by_key(|finding| finding.line);
    found
}

/// Names that no indicator of the type has. Where the text asks whether one is there, it may be of another type.
fn unknown_names(template: &Template, scenes: &[Scene]) -> Vec<Finding> {
    let Some(scene) = scenes.first() else {
        return Vec::new();
    };
    let values = render::Values::of(template, &scene.indicator, &settings());
    let derived = &values.derived;
    let context = render::whole_context(template, &scene.indicator, &values, &settings());
    let known: Vec<String> = context
        .try_iter()
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect();
    let asked = |name: &str| {
        ["is defined", "is not defined", "|default", "| default"]
            .iter()
            .any(|question| {
                template
                    .body()
                    .contains(&format!("{name} {question}").replace(" |", "|"))
            })
    };
    let unknown = template
        .names()
        .into_iter()
        .filter(|name| !known.contains(name) && !asked(name));
    unknown
        .map(|name| {
            let line = template
                .body()
                .lines()
                .position(|line| uses(line, &name))
                .map_or(1, |at| at + 1);
            let kind = template.ioc_type();
            let mut names: Vec<&str> = derived.iter().map(|(name, _)| name).collect();
            names.sort_unstable();
            Finding::new(
                line,
                format!("indicators of the type `{kind}` have no `{name}`"),
                format!("their derived values are {}; the other names are id, date, modified, level, author, references, logsource, intelligence and socdef", names.join(", ")),
            )
        })
        .collect()
}

/// Whether a line has a name as a word in a placeholder or a block.
fn uses(line: &str, name: &str) -> bool {
    line.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|word| word == name)
        && line.contains('{')
}

/// The mistakes in its rules, for each indicator as it is.
fn rules(template: &Template, scenes: &[Scene]) -> Vec<Finding> {
    let mut found = Vec::new();
    for scene in scenes {
        match render::rule(template, &scene.indicator, &settings()) {
            Err(error) => found.push(broken(template, &error)),
            Ok(rule) => {
                if let Err((field, message, instead)) = schema::check(&rule) {
                    found.push(Finding::new(key_line(template, &field), message, instead));
                }
            }
        }
    }
    found
}

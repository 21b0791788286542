//! Each public item of the crate has an example, which `cargo test` runs.
//!
//! The sources are read as text. That is enough, because the lint `unreachable_pub` leaves `pub` to what can be reached from outside. Not
//! looked at: fields, variants and modules, which the examples of their types show, and the binding, which has tests in Python.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;
use walkdir::WalkDir;

static ITEM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^pub (?:(?:const|async) )?(?:fn|struct|enum|union|trait|type|const|static) (?:mut )?(\w+)")
        .unwrap()
});
static MACRO: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^macro_rules! (\w+)").unwrap());
/// An enum of `coded!`, whose generated items have examples where it says its module.
static CODED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^pub enum \w+ (in .+ )?as \w+").unwrap());

/// The public items of a source without an example, each with its line.
fn without_example(source: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let (mut has_example, mut is_hidden, mut is_exported) = (false, false, false);
    let mut open = 0; // brackets of an attribute
    let mut is_test = false;
    for (at, line) in source.lines().enumerate() {
        let line = line.trim();
        if is_test && line.ends_with('{') && line.contains("mod ") {
            break; // the tests of the module, which are its end
        }
        is_test = line == "#[cfg(test)]";
        if let Some(doc) = line.strip_prefix("///") {
            has_example |= doc.trim_start().starts_with("```");
            continue;
        }
        if open > 0 || line.starts_with("#[") {
            is_hidden |= line.starts_with("#[doc(hidden)]");
            is_exported |= line.starts_with("#[macro_export]");
            open += line.matches('[').count();
            open -= line.matches(']').count().min(open);
            continue;
        }
        let name = ITEM.captures(line);
        let name = name.or_else(|| MACRO.captures(line).filter(|_| is_exported));
        let is_bare = CODED
            .captures(line)
            .is_some_and(|coded| coded.get(1).is_none());
        if let Some(name) = name
            && !is_hidden
            && (!has_example || is_bare)
        {
            found.push((at + 1, name[1].to_owned()));
        }
        (has_example, is_hidden, is_exported) = (false, false, false);
    }
    found
}

#[test]
fn each_public_item_has_an_example() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut files, mut missing) = (0, Vec::new());
    for entry in WalkDir::new(&root).sort_by_file_name() {
        let path = entry.unwrap().into_path();
        let inside = path.strip_prefix(&root).unwrap();
        let is_tests = path.components().any(|part| part.as_os_str() == "tests");
        if path.extension().is_none_or(|ending| ending != "rs")
            || inside.starts_with("python")
            || is_tests
            || path.ends_with("tests.rs")
        {
            continue;
        }
        files += 1;
        let source = std::fs::read_to_string(&path).unwrap();
        for (line, name) in without_example(&source) {
            missing.push(format!("src/{}:{line}: {name}", inside.display()));
        }
    }
    assert!(files > 200, "{files} files are not all");
    assert!(
        missing.is_empty(),
        "public items without an example:\n{}",
        missing.join("\n")
    );
}

#[test]
fn what_has_no_example_is_seen() {
    let names = |source| -> Vec<String> {
        let found = without_example(source);
        found.into_iter().map(|(_, name)| name).collect()
    };
    let source = r#"
/// A type.
///
/// ```
/// assert!(true);
/// ```
#[derive(
    Debug, // over several lines
)]
pub struct Shown { pub field: u8 }

/// Another one.
pub struct Plain;

impl Plain {
    pub const fn method(&self) {}
    pub(crate) fn inner(&self) {}
}

/// A number.
pub const NUMBER: u8 = 1;
pub type Alias = u8;

#[doc(hidden)]
pub struct Hidden;

macro_rules! private { () => {} }
#[macro_export]
macro_rules! exported { () => {} }

pub use other::Thing;
pub mod module;
#[cfg(test)]
mod more;

pub fn after() {}

#[cfg(test)]
mod tests {
    pub fn helper() {}
}
"#;
    assert_eq!(
        names(source),
        ["Plain", "method", "NUMBER", "Alias", "exported", "after"]
    );
    let coded = "/// ```\n/// ```\npub enum Level as as_str {";
    assert_eq!(names(coded), ["Level"]);
    let with_module = "/// ```\n/// ```\npub enum Level in \"rule\" as as_str {";
    assert!(names(with_module).is_empty());
}

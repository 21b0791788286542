//! Which dotted words are names of hosts.
//!
//! In prose most dotted words are something else: files, versions, pieces of code. A rule for one of them would fire
//! on nothing, or on somebody innocent; so a name that is not defanged has to be one beyond doubt.

use super::setting::{Setting, Topic};
use crate::indicator::{Domain, Expect, Refusal, is_file_ending, parse_as};
use crate::reason::Reason;

/// What a dotted word is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    /// The name of a host.
    Host,
    /// Code, a word, the seam of two sentences: not looked at any further.
    Other,
    /// Something else that the text names, for this reason.
    Without(Reason),
    /// Given as one, and none.
    Refused(Refusal),
}

/// How a dotted word stands in its line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stance {
    pub(super) defanged: bool,
    /// White space joined it.
    pub(super) spaced: bool,
    /// It is the whole cell, item or line.
    pub(super) alone: bool,
    /// It is the first in its cell, item or line, and what follows is a note.
    pub(super) first: bool,
    /// An opening parenthesis follows directly: a call.
    pub(super) called: bool,
}

/// Endings of files that are suffixes of domains too, in order.
const FILE_AND_SUFFIX: [&str; 25] = [
    "app",
    "bz",
    "cab",
    "cal",
    "cat",
    "doc",
    "docs",
    "dot",
    "inc",
    "md",
    "mm",
    "mov",
    "one",
    "pl",
    "pm",
    "properties",
    "ps",
    "py",
    "rip",
    "rs",
    "run",
    "sh",
    "so",
    "st",
    "zip",
];

/// Files that every project has: never names, wherever they stand.
const WELL_KNOWN_FILES: [&str; 14] = [
    "__init__",
    "changelog",
    "config",
    "conftest",
    "contributing",
    "index",
    "install",
    "lib",
    "license",
    "main",
    "manage",
    "readme",
    "setup",
    "test",
];

/// Software that is called as a host would be.
const SOFTWARE: [&str; 4] = ["ado.net", "asp.net", "ml.net", "vb.net"];

/// What code writes before the dot of a member: `this.name`, `os.name`, `user.id`.
const RECEIVERS: [&str; 44] = [
    "args",
    "cls",
    "config",
    "console",
    "data",
    "dns",
    "document",
    "e",
    "el",
    "elem",
    "element",
    "event",
    "file",
    "http",
    "item",
    "json",
    "math",
    "module",
    "node",
    "obj",
    "object",
    "os",
    "path",
    "player",
    "process",
    "req",
    "request",
    "requests",
    "res",
    "response",
    "self",
    "shutil",
    "ssh",
    "str",
    "string",
    "subprocess",
    "sys",
    "system",
    "this",
    "time",
    "tls",
    "user",
    "window",
    "winreg",
];

/// What names of packages begin with: `com.vendor.product.name`.
const PACKAGES: [&str; 8] = [
    "android", "androidx", "com", "io", "java", "javax", "net", "org",
];

/// What words of prose stand before a mark that is spoken of: `with [.] and`.
const BEFORE_A_MARK: [&str; 9] = ["a", "and", "as", "by", "like", "of", "or", "using", "with"];

/// Judges a dotted word in its live form, in the case in which it was written.
pub(super) fn judge(text: &str, stance: Stance, setting: &Setting) -> Name {
    let parsed = match parse_as(Expect::Host, text) {
        Ok(parsed) => parsed,
        Err(refusal) if stance.defanged && !stance.spaced => return Name::Refused(refusal),
        Err(_) => return Name::Other,
    };
    let crate::indicator::Ioc::Domain(name) = &parsed.ioc else {
        return Name::Other;
    };
    let labels: Vec<&str> = name.as_str().split('.').collect();
    let Some((last, before)) = labels.split_last() else {
        return Name::Other;
    };
    let known = name.has_known_suffix();
    let in_prose = Name::Without(Reason::FileInProse);
    if is_well_known_file(&labels) {
        return in_prose;
    }
    if stance.defanged {
        return defanged(stance, &labels, known);
    }
    if is_software(&labels) {
        return Name::Other;
    }
    let is_file = is_file_suffix(name, last) && before.first() != Some(&"www");
    let listed = stance.alone || stance.first;
    let named = setting.topic == Topic::Names;
    let in_files = setting.in_column && setting.topic == Topic::Files;
    let is_member = setting.code && !listed || is_code(text, before, stance);
    match (known, is_file) {
        // Names of a company's own network, where a list says that it is one of names.
        (false, false) if named && stance.alone && !is_file_ending(last) => Name::Host,
        (false, _) if is_file_ending(last) && !is_member => in_prose,
        (false, _) => Name::Other,
        (true, _) if in_files && listed => in_prose,
        (true, true) if named && listed => Name::Host,
        (true, true) if stance.alone && setting.topic == Topic::Indicators => {
            Name::Refused(Refusal::new(Reason::FileName))
        }
        (true, true) if is_member => Name::Other,
        (true, true) => in_prose,
        (true, false) if !stance.alone && is_member => Name::Other,
        (true, false) if setting.references => Name::Without(Reason::Reference),
        (true, false) if is_example(name) && !listed => Name::Without(Reason::Example),
        (true, false) => Name::Host,
    }
}

fn defanged(stance: Stance, labels: &[&str], known: bool) -> Name {
    let last = labels.last().copied().unwrap_or_default();
    if stance.spaced && (!known || labels.len() == 2 && BEFORE_A_MARK.contains(&labels[0])) {
        return Name::Other;
    }
    match !known && is_file_ending(last) {
        true => Name::Refused(Refusal::new(Reason::FileName)),
        false => Name::Host,
    }
}

/// Whether the whole public suffix of a name is the ending of a file: `a.zip`, and not `a.com.py`.
fn is_file_suffix(name: &Domain, last: &str) -> bool {
    let suffix = psl::suffix(name.as_str().as_bytes());
    suffix.is_some_and(|suffix| suffix.as_bytes() == last.as_bytes())
        && FILE_AND_SUFFIX.binary_search(&last).is_ok()
}

/// The SHA-256 that a file is named by, as collections of samples name theirs: 64 digits and the ending of a file. Names of 32
/// and 40 digits are made of chance as well.
pub(super) fn hash_of_a_file(text: &str) -> Option<&str> {
    let (stem, ending) = text.split_once('.')?;
    let is_hash = stem.len() == 64 && stem.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_ending =
        (1..=5).contains(&ending.len()) && ending.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_hash && is_ending).then_some(stem)
}

/// The names that RFC 2606 keeps for examples, and those below them.
fn is_example(name: &Domain) -> bool {
    let site = super::services::site(name.as_str()).unwrap_or_default();
    ["example.com", "example.net", "example.org"].contains(&site)
}

fn is_well_known_file(labels: &[&str]) -> bool {
    let [stem, ending] = labels else { return false };
    WELL_KNOWN_FILES.contains(stem)
        && (FILE_AND_SUFFIX.binary_search(ending).is_ok() || is_file_ending(ending))
}

fn is_software(labels: &[&str]) -> bool {
    labels.len() == 2
        && SOFTWARE
            .iter()
            .any(|known| known.split('.').eq(labels.iter().copied()))
}

/// Whether an undefanged word in prose is rather a piece of code, the seam of two sentences, or a time.
fn is_code(text: &str, before: &[&str], stance: Stance) -> bool {
    let (written, last) = text.rsplit_once('.').unwrap_or(("", text));
    let last = last.split(':').next().unwrap_or(last);
    let lower = |text: &str| text.chars().any(char::is_lowercase);
    let capital = last.starts_with(char::is_uppercase);
    // `System.Net`, `over.Then`, `System.IO`; not `EVIL.EXAMPLE`.
    let cased = capital && (lower(last) || lower(written));
    let member = matches!(before, [one] if RECEIVERS.contains(one)
        || (one.len() == 1 && ["data", "id", "name", "style", "target"].contains(&last)));
    let package = before.len() >= 2 && PACKAGES.contains(&before[0]);
    let clock = matches!(before, [one] if one.bytes().all(|byte| byte.is_ascii_digit()))
        && ["am", "as", "at", "in", "is", "no", "pm", "st", "to"].contains(&last);
    stance.called || cased || member || package || clock
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_order() {
        assert!(FILE_AND_SUFFIX.is_sorted());
    }
}

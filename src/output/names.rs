//! The names of rule files.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::hash::{Hash, Hasher};

use uuid::Uuid;

use crate::indicator::Ioc;
use crate::rule::{LogSource, SigmaRule};
use crate::template::registered;

/// The name of a rule's file after SigmaHQ's convention, `[a-z0-9_]{10,90}.yml` with a prefix by log source; the
/// value makes it readable, and a part of the id makes it unique but for chance and bad intent: see `Names`.
///
/// ```
/// use socdef_sigma::compile::{Compiler, Settings};
/// use socdef_sigma::output::file_name;
/// use socdef_sigma::{Indicator, indicator::parse};
///
/// let indicator = Indicator::new(parse("evil.example").unwrap());
/// let rule = Compiler::new(&Settings::new(chrono::Utc::now())).rule(&indicator)?.rule;
/// assert!(file_name(&rule, &indicator.ioc).starts_with("dns_query_win_domain_evil_example_"));
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
pub fn file_name(rule: &SigmaRule, ioc: &Ioc) -> String {
    let prefix = prefix(&rule.logsource);
    let slug = slug(&format!("{}_{ioc}", ioc.ioc_type()), 48);
    let id = rule.id.simple().to_string();
    format!("{prefix}{slug}_{}.yml", &id[..12])
}

/// The name of a rule's file where [`file_name`] is taken by another rule: in the same form, with the whole id.
///
/// `kind` and `value` are the indicator's type and value.
pub(crate) fn whole_id_name(rule: &SigmaRule, kind: impl Display, value: impl Display) -> String {
    let slug = slug(&format!("{kind}_{value}"), 30);
    let prefix = prefix(&rule.logsource);
    format!("{prefix}{slug}_{}.yml", rule.id.simple())
}

/// The name of the file of a rule whose indicator is not known, in the same form, with the title in the value's place. The id
/// is somebody else's, so all of it is there: a part may be the same in every rule.
#[cfg(feature = "fetch")]
pub(crate) fn document_name(rule: &SigmaRule) -> String {
    let title = slug(&rule.title, 30);
    format!(
        "{}{title}_{}.yml",
        prefix(&rule.logsource),
        rule.id.simple()
    )
}

/// Names for the files of many rules, each given once: the first rule gets the short name, another the one with its whole id.
///
/// A short name has 48 bits of the id. Two ids that share them can be searched for in half a minute, so they do not suffice.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    /// The hashes of the names that are taken. Where two are alike by chance, one name is longer than it need be.
    taken: HashSet<u64>,
    /// How often each rule got a name.
    rules: HashMap<Uuid, u32>,
}

impl Names {
    /// A name that no other rule has got.
    pub(crate) fn name(&mut self, rule: &SigmaRule, ioc: &Ioc) -> String {
        self.name_unless(rule, ioc, |_| false)
    }

    /// The same where the short name may be somebody else's for another reason, which `is_taken` knows.
    pub(crate) fn name_unless(
        &mut self,
        rule: &SigmaRule,
        ioc: &Ioc,
        is_taken: impl FnOnce(&str) -> bool,
    ) -> String {
        let count = self.rules.entry(rule.id).or_insert(0);
        *count += 1;
        let count = *count;
        if count == 1 {
            let name = file_name(rule, ioc);
            if !is_taken(&name) && self.keep(&name) {
                return name;
            }
        }
        let name = whole_id_name(rule, ioc.ioc_type(), ioc);
        let name = match count {
            1 => name,
            // The same rule again, of a feed whose sightings are not merged.
            _ => format!("{}_{count}.yml", name.trim_end_matches(".yml")),
        };
        self.keep(&name);
        name
    }

    /// Keeps a name from others. False if it is taken.
    pub(crate) fn keep(&mut self, name: &str) -> bool {
        self.taken.insert(hashed(name))
    }

    /// Whether a name was given or kept.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.taken.contains(&hashed(name))
    }
}

fn hashed(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

/// What the name of a file begins with: what the log source's template says, as `sigmahq_filename.json` of SigmaHQ's validators has it, else
/// the log source's own name.
fn prefix(source: &LogSource) -> String {
    match registered::file_prefix(source) {
        Some(prefix) => prefix.to_owned(),
        None => slug(&source.label(), 24) + "_",
    }
}

/// Lower-case letters, digits and single underscores, at most `most` of them.
fn slug(text: &str, most: usize) -> String {
    let mut slug = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if slug.len() >= most {
            break;
        }
        match c {
            'a'..='z' | '0'..='9' => slug.push(c),
            _ if slug.ends_with('_') || slug.is_empty() => {}
            _ => slug.push('_'),
        }
    }
    slug.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_short_and_plain() {
        assert_eq!(
            slug("url_http://EVIL.example/a--b?ü", 99),
            "url_http_evil_example_a_b"
        );
        assert_eq!(slug("aaaa", 2), "aa");
    }
}

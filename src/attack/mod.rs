//! Which tactics an ATT&CK technique serves: a table compiled in, so that a rule's tags need no network.
//!
//! The table is Enterprise ATT&CK as the first line of `table.tsv` dates it, © The MITRE Corporation, reproduced and
//! distributed with the permission of The MITRE Corporation.

use std::collections::HashMap;
use std::sync::OnceLock;

const TABLE: &str = include_str!("table.tsv");

/// The major version of ATT&CK that the table is of: the one in force at its date, from October 2025 to April 2026.
///
/// Source: the pages of ATT&CK's updates, `attack.mitre.org/resources/updates`.
#[cfg_attr(not(feature = "python"), allow(dead_code))]
pub(crate) const VERSION: &str = "18";

fn table() -> &'static HashMap<&'static str, Vec<&'static str>> {
    static PARSED: OnceLock<HashMap<&str, Vec<&str>>> = OnceLock::new();
    PARSED.get_or_init(|| {
        TABLE
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once('\t'))
            .map(|(technique, tactics)| (technique, tactics.split(',').collect()))
            .collect()
    })
}

/// The tactics of a technique or sub-technique, by their short names; `None` where ATT&CK has no such technique.
pub(crate) fn tactics(technique: &str) -> Option<&'static [&'static str]> {
    table().get(technique).map(Vec::as_slice)
}

/// The Sigma tags of some techniques: every tactic that they need, then the techniques, each once.
/// Techniques that ATT&CK does not have give no tag.
///
/// Sigma's tag appendix writes them `attack.command-and-control` and `attack.t1071.001`.
pub(crate) fn tags(techniques: &[String]) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    let known = techniques.iter().filter_map(|id| Some((id, tactics(id)?)));
    let tactics = known
        .clone()
        .flat_map(|(_, tactics)| tactics.iter().map(|name| format!("attack.{name}")));
    let ids = known.map(|(id, _)| format!("attack.{}", id.to_ascii_lowercase()));
    for tag in tactics.chain(ids) {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

/// What of ATT&CK a tag cites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cited<'a> {
    /// A tactic, by its short name.
    Tactic(&'a str),
    /// A technique or sub-technique, by its id.
    Technique(String),
}

/// The tactic or the technique that a tag cites; `None` for tags that are not ATT&CK's, and for those of groups, software, campaigns
/// and mitigations, which are a letter and four digits.
///
/// Source: Sigma's tag appendix.
pub(crate) fn cited(tag: &str) -> Option<Cited<'_>> {
    let name = tag.strip_prefix("attack.")?;
    let is_digits =
        |text: &str, length| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    let (id, sub) = match name.split_once('.') {
        Some((id, sub)) => (id, Some(sub)),
        None => (name, None),
    };
    let has_id = id
        .strip_prefix(['t', 'g', 's', 'c', 'm'])
        .is_some_and(|number| is_digits(number, 4));
    match (has_id, sub) {
        (false, _) => Some(Cited::Tactic(name)),
        (true, None) if !id.starts_with('t') => None,
        (true, None) => Some(Cited::Technique(name.to_ascii_uppercase())),
        (true, Some(sub)) => (id.starts_with('t') && is_digits(sub, 3))
            .then(|| Cited::Technique(name.to_ascii_uppercase())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_one_of_the_date() {
        let date = TABLE.split("as of ").nth(1).and_then(|rest| rest.get(..10));
        // Version 18 is of 2025-10-28, and 19 of the following spring.
        assert!(
            date.is_some_and(|date| ("2025-10-28".."2026-04-01").contains(&date)),
            "{date:?}"
        );
    }

    #[test]
    fn every_technique_has_a_tactic() {
        assert!(table().len() > 600);
        assert!(
            table()
                .values()
                .all(|tactics| tactics.iter().all(|name| !name.is_empty()))
        );
    }

    #[test]
    fn a_tag_cites_a_tactic_a_technique_or_nothing() {
        assert_eq!(cited("attack.impact"), Some(Cited::Tactic("impact")));
        let technique = |id: &str| Some(Cited::Technique(id.to_owned()));
        assert_eq!(cited("attack.t1071"), technique("T1071"));
        assert_eq!(cited("attack.t1071.001"), technique("T1071.001"));
        for other in ["attack.g0016", "attack.t1071.1", "cve.2021-44228", "t1071"] {
            assert_eq!(cited(other), None, "{other}");
        }
    }

    #[test]
    fn a_technique_brings_all_its_tactics_once() {
        let techniques = ["T1078", "T1071.001", "T9999", "T1071"].map(str::to_owned);
        assert_eq!(
            tags(&techniques),
            [
                "attack.defense-evasion",
                "attack.initial-access",
                "attack.persistence",
                "attack.privilege-escalation",
                "attack.command-and-control",
                "attack.t1078",
                "attack.t1071.001",
                "attack.t1071",
            ]
        );
    }
}

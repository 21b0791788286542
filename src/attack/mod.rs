//! Which tactics an ATT&CK technique serves: a table compiled in, so that a rule's tags need no network.
//!
//! The table is Enterprise ATT&CK as the first line of `table.tsv` dates it, © The MITRE Corporation, reproduced and
//! distributed with the permission of The MITRE Corporation.

use std::collections::HashMap;
use std::sync::OnceLock;

const TABLE: &str = include_str!("table.tsv");

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
///
/// ```
/// use socdef_sigma::attack::tactics;
/// assert_eq!(tactics("T1071.001"), Some(&["command-and-control"][..]));
/// assert_eq!(tactics("T9999"), None);
/// ```
pub fn tactics(technique: &str) -> Option<&'static [&'static str]> {
    table().get(technique).map(Vec::as_slice)
}

/// The Sigma tags of some techniques: every tactic that they need, then the techniques, each once.
/// Techniques that ATT&CK does not have give no tag.
///
/// Sigma's tag appendix writes them `attack.command-and-control` and `attack.t1071.001`.
pub fn tags(techniques: &[String]) -> Vec<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

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

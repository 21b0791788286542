//! What the rules of a run are, in numbers: by type, log source, level, tactic and technique.
//!
//! A rule is counted and forgotten, so the size of a summary depends on how many templates there are, and not on how many
//! rules.

mod names;

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::attack;
use crate::indicator::IocType;
use crate::rule::Level;
use names::Names;

/// How many tactics, and how many techniques, are kept apart. ATT&CK has fewer; templates of the user's may cite others.
const TAGS: usize = 1024;
/// How many producers are kept apart for each technique.
const PRODUCERS: usize = 32;

/// What of a rule is counted.
///
/// ```
/// use socdef_sigma::{IocType, summary::{Seen, Summary}};
///
/// let seen = Seen { ioc_type: IocType::Ipv4, log_source: "firewall", level: None, tags: &[], producers: &[] };
/// let mut summary = Summary::default();
/// summary.add(seen);
/// assert_eq!(summary.json()["groups"][0]["log_source"], "firewall");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The type of its indicator.
    pub ioc_type: IocType,
    /// Its log source, as [`LogSource::label`](crate::rule::LogSource::label) has it.
    pub log_source: &'a str,
    /// Its level.
    pub level: Option<Level>,
    /// Its tags. Those of ATT&CK are counted.
    pub tags: &'a [String],
    /// Who said so.
    pub producers: &'a [String],
}

/// The numbers of rules. Each rule counts once for its type, log source and level, and once for each tactic and technique that
/// it cites.
///
/// ```
/// use socdef_sigma::summary::{Seen, Summary};
/// use socdef_sigma::{IocType, rule::Level};
///
/// let mut summary = Summary::default();
/// summary.add(Seen {
///     ioc_type: IocType::Domain,
///     log_source: "dns_query/windows",
///     level: Some(Level::High),
///     tags: &["attack.command-and-control".to_owned(), "attack.t1071.004".to_owned()],
///     producers: &["Example CERT".to_owned()],
/// });
/// let json = summary.json();
/// assert_eq!(json["tactics"][0]["tactic"], "command-and-control");
/// assert_eq!(json["techniques"][0]["producers"][0]["producer"], "Example CERT");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    rules: u64,
    /// By type and log source, then by level; the first is of those that state none.
    groups: BTreeMap<IocType, BTreeMap<String, [u64; LEVELS]>>,
    tactics: Names<u64>,
    techniques: Names<Cited>,
    without_tactic: u64,
    without_technique: u64,
}

const LEVELS: usize = Level::ALL.len() + 1;

/// The rules that cite a technique.
#[derive(Debug, Clone, PartialEq)]
struct Cited {
    rules: u64,
    producers: Names<u64>,
    unnamed: u64,
}

impl Default for Cited {
    fn default() -> Cited {
        Cited {
            rules: 0,
            producers: Names::new(PRODUCERS),
            unnamed: 0,
        }
    }
}

impl Default for Summary {
    fn default() -> Summary {
        Summary {
            rules: 0,
            groups: BTreeMap::new(),
            tactics: Names::new(TAGS),
            techniques: Names::new(TAGS),
            without_tactic: 0,
            without_technique: 0,
        }
    }
}

impl Summary {
    /// Counts a rule.
    ///
    /// ```
    /// use socdef_sigma::{IocType, summary::{Seen, Summary}};
    ///
    /// let mut summary = Summary::default();
    /// let tags = ["attack.t1071".to_owned()];
    /// summary.add(Seen { ioc_type: IocType::Ipv4, log_source: "firewall", level: None, tags: &tags, producers: &[] });
    /// assert_eq!(summary.json()["techniques"][0]["technique"], "T1071");
    /// ```
    pub fn add(&mut self, rule: Seen<'_>) {
        self.rules += 1;
        let sources = self.groups.entry(rule.ioc_type).or_default();
        let level = rule.level.map_or(0, |level| level as usize + 1);
        match sources.get_mut(rule.log_source) {
            Some(levels) => levels[level] += 1,
            None => {
                let mut levels = [0; LEVELS];
                levels[level] = 1;
                sources.insert(rule.log_source.to_owned(), levels);
            }
        }
        let (mut has_tactic, mut has_technique) = (false, false);
        for tag in rule.tags {
            match attack::cited(tag) {
                Some(attack::Cited::Tactic(name)) => {
                    has_tactic = true;
                    self.tactics.count(name);
                }
                Some(attack::Cited::Technique(id)) => {
                    has_technique = true;
                    if let Some(cited) = self.techniques.get(&id, 1) {
                        cited.add(rule.producers);
                    }
                }
                None => {}
            }
        }
        self.without_tactic += u64::from(!has_tactic);
        self.without_technique += u64::from(!has_technique);
    }

    /// How many rules were counted.
    ///
    /// ```
    /// use socdef_sigma::{IocType, summary::{Seen, Summary}};
    ///
    /// let mut summary = Summary::default();
    /// let tags = ["attack.t1071".to_owned()];
    /// summary.add(Seen { ioc_type: IocType::Ipv4, log_source: "firewall", level: None, tags: &tags, producers: &[] });
    /// assert_eq!(summary.rules(), 1);
    /// ```
    pub fn rules(&self) -> u64 {
        self.rules
    }

    /// Takes in the numbers of rules that came after these.
    ///
    /// ```
    /// use socdef_sigma::{IocType, summary::{Seen, Summary}};
    ///
    /// let mut summary = Summary::default();
    /// let tags = ["attack.t1071".to_owned()];
    /// summary.add(Seen { ioc_type: IocType::Ipv4, log_source: "firewall", level: None, tags: &tags, producers: &[] });
    /// summary.absorb(summary.clone());
    /// assert_eq!(summary.rules(), 2);
    /// ```
    pub fn absorb(&mut self, later: Summary) {
        self.rules += later.rules;
        self.without_tactic += later.without_tactic;
        self.without_technique += later.without_technique;
        for (ioc_type, sources) in later.groups {
            let known = self.groups.entry(ioc_type).or_default();
            for (source, levels) in sources {
                let known = known.entry(source).or_default();
                for (known, count) in known.iter_mut().zip(levels) {
                    *known += count;
                }
            }
        }
        self.tactics.absorb_counts(later.tactics);
        self.techniques
            .absorb(later.techniques, |cited| cited.rules, Cited::absorb);
    }

    /// The numbers as a JSON object.
    ///
    /// `groups` has the rules by `type`, `log_source` and `level` (null where a rule states none); `tactics` and `techniques`
    /// those that cite each, with the `producers` of a technique's rules. The rest is under `other_…`, and
    /// `is_known` says whether ATT&CK has the technique.
    ///
    /// ```
    /// use socdef_sigma::{IocType, summary::{Seen, Summary}};
    ///
    /// let mut summary = Summary::default();
    /// let tags = ["attack.t1071".to_owned()];
    /// summary.add(Seen { ioc_type: IocType::Ipv4, log_source: "firewall", level: None, tags: &tags, producers: &[] });
    /// let json = summary.json();
    /// assert_eq!((json["rules"].as_u64(), json["without_tactic"].as_u64()), (Some(1), Some(1)));
    /// ```
    pub fn json(&self) -> Json {
        let mut groups = Vec::new();
        for (ioc_type, sources) in &self.groups {
            for (source, levels) in sources {
                let names = std::iter::once(None).chain(Level::ALL.map(Some));
                for (level, count) in names.zip(levels).filter(|(_, count)| **count > 0) {
                    groups.push(json!({
                        "type": ioc_type.as_str(),
                        "log_source": source,
                        "level": level.map(Level::as_str),
                        "rules": count,
                    }));
                }
            }
        }
        let tactics = self.tactics.iter();
        json!({
            "rules": self.rules,
            "groups": groups,
            "tactics": tactics.map(|(name, count)| json!({"tactic": name, "rules": count})).collect::<Vec<_>>(),
            "other_tactics": self.tactics.others(),
            "without_tactic": self.without_tactic,
            "techniques": self.techniques.iter().map(|(id, cited)| cited.json(id)).collect::<Vec<_>>(),
            "other_techniques": self.techniques.others(),
            "without_technique": self.without_technique,
        })
    }
}

impl Cited {
    fn add(&mut self, producers: &[String]) {
        self.rules += 1;
        self.unnamed += u64::from(producers.is_empty());
        for producer in producers {
            self.producers.count(producer);
        }
    }

    fn absorb(&mut self, later: Cited) {
        self.rules += later.rules;
        self.unnamed += later.unnamed;
        self.producers.absorb_counts(later.producers);
    }

    fn json(&self, id: &str) -> Json {
        let producers = self.producers.iter();
        json!({
            "technique": id,
            "is_known": attack::tactics(id).is_some(),
            "rules": self.rules,
            "producers": producers.map(|(name, count)| json!({"producer": name, "rules": count})).collect::<Vec<_>>(),
            "other_producers": self.producers.others(),
            "without_producer": self.unnamed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen<'a>(tags: &'a [String], producers: &'a [String]) -> Seen<'a> {
        Seen {
            ioc_type: IocType::Ipv4,
            log_source: "firewall",
            level: None,
            tags,
            producers,
        }
    }

    #[test]
    fn a_rule_counts_for_each_that_it_cites() {
        let tags = [
            "attack.t1071",
            "attack.impact",
            "attack.g0016",
            "cve.2021-44228",
        ]
        .map(str::to_owned);
        let mut summary = Summary::default();
        summary.add(seen(&tags, &[]));
        summary.add(seen(&tags[2..], &[]));
        let json = summary.json();
        assert_eq!(json["rules"], 2);
        assert_eq!(json["tactics"], json!([{"tactic": "impact", "rules": 1}]));
        assert_eq!(json["techniques"][0]["technique"], "T1071");
        assert_eq!(json["techniques"][0]["without_producer"], 1);
        assert_eq!(json["without_tactic"], 1);
        assert_eq!(json["without_technique"], 1);
        assert_eq!(
            json["groups"],
            json!([{"type": "ipv4", "log_source": "firewall", "level": null, "rules": 2}])
        );
    }

    #[test]
    fn what_a_feed_names_has_a_bound() {
        let mut summary = Summary::default();
        for number in 0..5000 {
            let tags = [
                format!("attack.x{number}"),
                format!("attack.t{number:04}"),
                "attack.t1071".to_owned(),
            ];
            summary.add(seen(&tags, &[format!("Producer {number}")]));
        }
        let json = summary.json();
        assert_eq!(json["tactics"].as_array().map(Vec::len), Some(TAGS));
        assert_eq!(json["other_tactics"], 5000 - TAGS);
        assert_eq!(json["techniques"].as_array().map(Vec::len), Some(TAGS));
        let cited = json["techniques"].as_array().into_iter().flatten();
        let common = cited.clone().find(|cited| cited["technique"] == "T1071");
        let common = common.map(|cited| (cited["rules"].clone(), cited["other_producers"].clone()));
        // 1071 cites it twice.
        assert_eq!(common, Some((json!(5001), json!(5001 - PRODUCERS))));
    }

    #[test]
    fn parts_add_up_to_the_whole() {
        let (mut whole, mut parts) = (Summary::default(), Summary::default());
        for number in 0..3u64 {
            let mut part = Summary::default();
            for at in 0..7 {
                let tags = [format!("attack.t10{}", 71 + (number + at) % 4)];
                let producers = [format!("Producer {}", number * 30 + at)];
                whole.add(seen(&tags, &producers));
                part.add(seen(&tags, &producers));
            }
            parts.absorb(part);
        }
        assert_eq!(parts, whole);
    }
}

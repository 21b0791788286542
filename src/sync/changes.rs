//! What a run changed.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value as Json, json};

/// One rule that changed.
///
/// ```
/// use socdef_sigma::sync::{Change, Changes};
///
/// let change = Change {
///     id: "8f0e9a52-0c5e-5d5c-9d55-8b6a0a0f6c10".to_owned(),
///     kind: "ipv4".to_owned(),
///     value: "198.51.100.7".to_owned(),
///     title: "A rule".to_owned(),
///     file: "a_rule.yml".to_owned(),
/// };
/// let changes = Changes { added: vec![change], ..Changes::default() };
/// assert_eq!(changes.json()["added"][0]["value"], "198.51.100.7");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The rule's id.
    pub id: String,
    /// The type of its indicator.
    pub kind: String,
    /// The indicator.
    pub value: String,
    /// The rule's title.
    pub title: String,
    /// The name of its file in a folder of rules.
    pub file: String,
}

/// What a run changed.
///
/// ```
/// use socdef_sigma::sync::Changes;
///
/// let changes = Changes { unchanged: 7, ..Changes::default() };
/// assert!(!changes.any());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Rules that were not there before.
    pub added: Vec<Change>,
    /// Rules whose text is another.
    pub updated: Vec<Change>,
    /// Rules whose time is over.
    pub expired: Vec<Change>,
    /// Rules whose indicator upstream took back, or that the guard or a list now drops.
    pub removed: Vec<Change>,
    /// Rules that would have been removed, and that the run left: see [`super::Hold`].
    pub held: Vec<Change>,
    /// Files that somebody else changed, and that were left as they are.
    pub conflicts: Vec<String>,
    /// The thing in the place of each that is not a file, or cannot be read: `a FIFO`, `a link`.
    pub obstacles: BTreeMap<String, &'static str>,
    /// How many rules are as they were.
    pub unchanged: u64,
}

impl Changes {
    /// Whether any rule changed.
    ///
    /// ```
    /// use socdef_sigma::sync::Changes;
    /// assert!(!Changes::default().any());
    /// ```
    pub fn any(&self) -> bool {
        !(self.added.is_empty()
            && self.updated.is_empty()
            && self.expired.is_empty()
            && self.removed.is_empty())
    }

    /// A file was left because somebody else changed it, or because of what is in its place.
    pub(super) fn conflict(&mut self, path: &Path, obstacle: Option<&'static str>) {
        let path = path.display().to_string();
        if let Some(what) = obstacle {
            self.obstacles.insert(path.clone(), what);
        }
        if !self.conflicts.contains(&path) {
            self.conflicts.push(path);
        }
    }

    /// The changes as the JSON document of `--changes`.
    ///
    /// ```
    /// use socdef_sigma::sync::Changes;
    ///
    /// let changes = Changes { conflicts: vec!["rules/mine.yml".to_owned()], ..Changes::default() };
    /// assert_eq!(changes.json()["conflicts"][0], "rules/mine.yml");
    /// ```
    pub fn json(&self) -> Json {
        let list = |changes: &[Change]| -> Json {
            let one = |change: &Change| json!({"id": change.id, "type": change.kind, "value": change.value, "title": change.title, "file": change.file});
            changes.iter().map(one).collect()
        };
        json!({
            "added": list(&self.added),
            "updated": list(&self.updated),
            "expired": list(&self.expired),
            "removed": list(&self.removed),
            "held": list(&self.held),
            "conflicts": self.conflicts,
            "obstacles": self.obstacles,
            "unchanged": self.unchanged,
        })
    }
}

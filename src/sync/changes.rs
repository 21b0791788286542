//! What a run changed.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value as Json, json};

/// One rule that changed.
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
    /// Files that somebody else changed, and that were left as they are.
    pub conflicts: Vec<String>,
    /// What is in the place of those among them that are not a file, or cannot be read: `a FIFO`, `a link`.
    pub obstacles: BTreeMap<String, &'static str>,
    /// How many rules are as they were.
    pub unchanged: u64,
}

impl Changes {
    /// Whether any rule changed.
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
            "conflicts": self.conflicts,
            "obstacles": self.obstacles,
            "unchanged": self.unchanged,
        })
    }
}

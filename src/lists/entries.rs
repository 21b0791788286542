//! Every entry as it was written, and the list that it is of.

use super::attributes::Scope;
use crate::error::{Error, ErrorKind, Result};

/// A list, as far as a match needs to know it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct List {
    pub(super) name: String,
    pub(super) version: Option<String>,
    pub(super) scope: Scope,
}

/// The number of an entry, over all lists.
pub(super) type EntryId = u32;

#[derive(Debug, Clone, Copy, PartialEq)]
struct Entry {
    list: u32,
    start: usize,
    end: usize,
}

/// All entries; their texts stand in one string, for half a million small ones cost more than they hold.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Entries {
    lists: Vec<List>,
    texts: String,
    entries: Vec<Entry>,
}

/// The longest part of an entry that a report shows, in characters.
const MAX_SHOWN: usize = 200;

impl Entries {
    /// Opens a list: the entries that follow are of it.
    pub(super) fn list(&mut self, list: List, count: usize) {
        self.lists.push(list);
        self.entries.reserve(count);
    }

    /// Adds an entry to the last list.
    pub(super) fn add(&mut self, text: &str) -> Result<EntryId> {
        let number = |count: usize| {
            EntryId::try_from(count)
                .map_err(|_| Error::new(ErrorKind::BrokenInput, "the lists have too many entries"))
        };
        let id = number(self.entries.len())?;
        let start = self.texts.len();
        self.texts.push_str(text);
        self.entries.push(Entry {
            list: number(self.lists.len().saturating_sub(1))?,
            start,
            end: self.texts.len(),
        });
        Ok(id)
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// What the list of an entry speaks of.
    pub(super) fn scope(&self, id: EntryId) -> Scope {
        self.get(id).map_or(Scope::NOTHING, |(_, list)| list.scope)
    }

    /// The entry with its list, for a report.
    pub(super) fn shown(&self, id: EntryId) -> String {
        let Some((text, list)) = self.get(id) else {
            return String::new();
        };
        let mut short: String = text.chars().take(MAX_SHOWN).collect();
        if short.len() < text.len() {
            short.push('…');
        }
        let name = &list.name;
        match &list.version {
            Some(version) => format!("`{short}` in `{name}`, version {version}"),
            None => format!("`{short}` in `{name}`"),
        }
    }

    fn get(&self, id: EntryId) -> Option<(&str, &List)> {
        let entry = self.entries.get(id as usize)?;
        let text = self.texts.get(entry.start..entry.end)?;
        Some((text, self.lists.get(entry.list as usize)?))
    }
}

/// The entry for which an indicator must not alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hit {
    /// The indicator is what the entry lists, or inside it.
    On(EntryId),
    /// The entry is inside what the indicator's rule matches.
    Within(EntryId),
}

impl Hit {
    pub(super) const fn entry(self) -> EntryId {
        match self {
            Hit::On(entry) | Hit::Within(entry) => entry,
        }
    }
}

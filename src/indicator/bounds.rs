//! How much of one indicator is kept, whatever feeds say about it.
//!
//! Everything that a feed can add to an indicator has a bound, so the size of a rule and the steps of its template do not
//! depend on a feed. The first ones in the order of reading are kept. So it does not matter in which order unions are
//! formed, as long as the order of the sightings is the same; and since a list is never longer than its bound, looking
//! through it takes a bounded number of steps: merging is linear.

use indexmap::IndexSet;

use crate::coded::coded;

/// The longest free text, in characters; a longer one is cut.
pub(super) const MAX_TEXT: usize = 2_000;
/// The longest name (of a producer, a feed, an article, a product), in characters; a longer one is cut.
pub(super) const MAX_NAME: usize = 300;
/// The longest tag, technique, sector and weakness, in bytes; a longer one is left out.
pub(super) const MAX_WORD: usize = 200;
/// The longest address of a report, in bytes; a longer one is left out.
pub(super) const MAX_LINK: usize = 2_048;

coded! {
/// A part of an indicator that feeds can grow, by the name of its field, with its bound.
///
/// ```
/// use socdef_sigma::indicator::Bound;
/// assert_eq!((Bound::Tags.field(), Bound::Tags.words(), Bound::Tags.most()), ("tags", "tags", 64));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Bound in "indicator" as field, words {
    /// Who published it.
    Producers "producers" "producers",
    /// The articles and feeds that name it. The first one of a feed goes before further ones of others.
    Sources "sources" "sources",
    /// Addresses of reports about it.
    References "references" "references",
    /// What feeds say about it in free text.
    Context "context" "texts of context",
    /// The feeds' tags. One that a template asks for goes before others.
    Tags "tags" "tags",
    /// ATT&CK techniques.
    Techniques "mitre_techniques" "techniques",
    /// The sectors that it is aimed at.
    Industries "industries" "sectors",
    /// The ports seen with it, the lowest.
    Ports "ports" "ports",
    /// Live spellings that say more than the canonical form does.
    Originals "originals" "spellings",
    /// The weaknesses of a vulnerability.
    Weaknesses "cwes" "weaknesses",
}
}

impl Bound {
    /// How many are kept of one indicator. No feed that we know comes near: the most are 8 tags and 8 references.
    ///
    /// ```
    /// assert_eq!(socdef_sigma::indicator::Bound::Originals.most(), 32);
    /// ```
    pub const fn most(self) -> usize {
        match self {
            // Each may be long.
            Bound::Context | Bound::Originals => 32,
            _ => 64,
        }
    }
}

/// The parts left out of an indicator, since each had reached its bound. Of this run, so not stored.
///
/// ```
/// use socdef_sigma::{Indicator, indicator::parse};
///
/// let indicator = Indicator::new(parse("198.51.100.7").unwrap());
/// assert_eq!(indicator.left_out.parts().count(), 0);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LeftOut {
    parts: u16,
    /// Tags decide which templates take an indicator, so those that are not shown are still known.
    tags: Option<Box<IndexSet<String>>>,
}

impl LeftOut {
    /// The parts of which something was left out.
    ///
    /// ```
    /// assert!(socdef_sigma::indicator::LeftOut::default().parts().next().is_none());
    /// ```
    pub fn parts(&self) -> impl Iterator<Item = Bound> {
        Bound::ALL
            .into_iter()
            .filter(|part| self.parts & mask(*part) != 0)
    }

    /// Whether something of a part was left out.
    pub(super) fn has(&self, part: Bound) -> bool {
        self.parts & mask(part) != 0
    }

    /// The tags that were left out.
    pub(crate) fn tags(&self) -> impl Iterator<Item = &str> {
        self.tags
            .iter()
            .flat_map(|tags| tags.iter())
            .map(String::as_str)
    }

    /// Takes the tags that were left out.
    pub(super) fn take_tags(&mut self) -> Option<IndexSet<String>> {
        self.tags.take().map(|tags| *tags)
    }

    pub(super) fn note(&mut self, part: Bound) {
        self.parts |= mask(part);
    }

    pub(super) fn tag(&mut self, tag: String) {
        self.note(Bound::Tags);
        self.tags.get_or_insert_default().insert(tag);
    }
}

fn mask(part: Bound) -> u16 {
    1 << part as u16
}

/// Adds what is not there yet, while there is room.
pub(super) fn unite<T: PartialEq>(
    into: &mut Vec<T>,
    from: Vec<T>,
    part: Bound,
    left: &mut LeftOut,
) {
    for item in from {
        if into.contains(&item) {
            continue;
        }
        if into.len() >= part.most() {
            left.note(part);
            return;
        }
        into.push(item);
    }
}

/// The same of tags, of which those without room stay known.
pub(super) fn unite_tags(into: &mut Vec<String>, from: Vec<String>, left: &mut LeftOut) {
    for tag in from {
        if into.contains(&tag) {
            continue;
        }
        match into.len() < Bound::Tags.most() {
            true => into.push(tag),
            false => left.tag(tag),
        }
    }
}

/// The same of ports, which are in order: the lowest are kept.
pub(super) fn unite_ports(into: &mut Vec<u16>, from: Vec<u16>, left: &mut LeftOut) {
    into.extend(from);
    into.sort_unstable();
    into.dedup();
    bound_ports(into, left);
}

pub(super) fn bound_ports(ports: &mut Vec<u16>, left: &mut LeftOut) {
    if ports.len() > Bound::Ports.most() {
        ports.sort_unstable();
        ports.truncate(Bound::Ports.most());
        left.note(Bound::Ports);
    }
}

/// The same of what was left out.
pub(super) fn unite_left_out(into: &mut LeftOut, from: LeftOut, shown: &[String]) {
    into.parts |= from.parts;
    for tag in from.tags.into_iter().flat_map(|tags| *tags) {
        if !shown.contains(&tag) {
            into.tag(tag);
        }
    }
}

/// Cuts a text to so many characters.
pub(super) fn shorten(text: &mut String, most: usize, part: Bound, left: &mut LeftOut) {
    if text.len() <= most {
        return;
    }
    if text.char_indices().nth(most).is_some() {
        let end = text.char_indices().nth(most - 1).map(|(at, _)| at);
        text.truncate(end.unwrap_or_default());
        text.push('…');
        left.note(part);
    }
}

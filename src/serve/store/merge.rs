//! From sightings to the indicator that is served, and from one sighting to the next.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use indexmap::map::Entry as Slot;

use crate::indicator::{Bound, Confidence, Indicator, Source};
use crate::template::Catalog;

/// What one producer says in one source.
#[derive(Debug, Clone)]
pub(super) struct Sighting {
    pub(super) producer: String,
    pub(super) source: String,
    /// The revision in which it last said something new.
    pub(super) changed: i64,
    pub(super) default_confidence: Confidence,
    pub(super) indicator: Indicator,
}

impl Sighting {
    /// Whose word it is. Where nobody is named, every source speaks for itself.
    fn voice(&self) -> (&str, &str) {
        match self.producer.is_empty() {
            true => ("", &self.source),
            false => (&self.producer, ""),
        }
    }
}

/// What a source says now, after what it said before: its newest word on whether the indicator is still good, and
/// everything that it ever said about it. Where that is more than is kept of one indicator, the oldest goes first.
pub(super) fn again(mut before: Indicator, mut now: Indicator) -> Indicator {
    let (valid_until, revoked) = (now.valid_until, now.revoked);
    let confidence = now.confidence.or(before.confidence);
    let tlp = now.tlp.or(before.tlp);
    succeed(&mut before.sources, &mut now.sources);
    make_room(&mut before.sources, &now.sources, Bound::Sources);
    make_room(&mut before.references, &now.references, Bound::References);
    make_room(&mut before.context, &now.context, Bound::Context);
    make_room(&mut before.tags, &now.tags, Bound::Tags);
    make_room(&mut before.originals, &now.originals, Bound::Originals);
    make_room(
        &mut before.mitre_techniques,
        &now.mitre_techniques,
        Bound::Techniques,
    );
    make_room(&mut before.industries, &now.industries, Bound::Industries);
    make_room(&mut before.ports, &now.ports, Bound::Ports);
    let mut merged = before;
    merged.absorb(now);
    (merged.valid_until, merged.revoked) = (valid_until, revoked);
    (merged.confidence, merged.tlp) = (confidence, tlp);
    merged
}

/// Lets what a feed states now take the place of what it stated before; only the dates reach back.
fn succeed(before: &mut Vec<Source>, now: &mut [Source]) {
    before.retain(|old| {
        let Some(new) = now.iter_mut().find(|new| new.is_same(old)) else {
            return true;
        };
        let (confidence, tlp) = (new.confidence.or(old.confidence), new.tlp.or(old.tlp));
        new.join(old.clone());
        (new.confidence, new.tlp) = (confidence, tlp);
        false
    });
}

/// What a source says now where that is all it says: only the dates reach back.
pub(super) fn instead(before: &Indicator, mut now: Indicator) -> Indicator {
    now.first_seen = match (before.first_seen, now.first_seen) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
    now.last_seen = now.last_seen.max(before.last_seen);
    now
}

/// Takes the oldest out of a list, as many as do not fit beside what is new.
fn make_room<T: PartialEq>(list: &mut Vec<T>, now: &[T], part: Bound) {
    let new = now.iter().filter(|item| !list.contains(item)).count();
    let over = (list.len() + new).saturating_sub(part.most());
    list.drain(..over.min(list.len()));
}

/// All that is known about one indicator.
#[derive(Debug, Clone)]
pub(super) struct Union {
    /// The sightings, merged.
    pub(super) indicator: Indicator,
    pub(super) confidence: Confidence,
    /// Every sector that a sighting names, also those without room in the indicator: nobody's sightings hide an indicator
    /// from who asks for the sector of another one.
    pub(super) industries: BTreeSet<String>,
}

/// The union of the sightings of one indicator, in the order in which they were first read. `None` where there are none.
///
/// Of one producer the newest word decides whether it stands by the indicator; of several, one that does is enough.
pub(super) fn union(sightings: Vec<Sighting>) -> Option<Union> {
    struct Voice {
        newest: i64,
        last_word: (bool, Option<DateTime<Utc>>),
        indicator: Indicator,
    }
    let default = sightings.iter().map(|one| one.default_confidence).max()?;
    let named = sightings.iter().flat_map(|one| &one.indicator.industries);
    let industries = named.cloned().collect();
    let mut voices: IndexMap<(String, String), Voice> = IndexMap::new();
    for sighting in sightings {
        let name = sighting.voice();
        let name = (name.0.to_owned(), name.1.to_owned());
        let word = (sighting.indicator.revoked, sighting.indicator.valid_until);
        match voices.entry(name) {
            Slot::Vacant(slot) => {
                slot.insert(Voice {
                    newest: sighting.changed,
                    last_word: word,
                    indicator: sighting.indicator,
                });
            }
            Slot::Occupied(mut slot) => {
                let voice = slot.get_mut();
                voice.indicator.absorb(sighting.indicator);
                if sighting.changed >= voice.newest {
                    (voice.newest, voice.last_word) = (sighting.changed, word);
                }
            }
        }
    }
    let merged = voices
        .into_values()
        .map(|mut voice| {
            (voice.indicator.revoked, voice.indicator.valid_until) = voice.last_word;
            voice.indicator
        })
        .reduce(|mut one, other| {
            one.absorb(other);
            one
        });
    let mut merged = merged?;
    // What `absorb` makes of two revocations: an end before all time, which no date format can say.
    if merged.valid_until == Some(DateTime::<Utc>::MIN_UTC) {
        merged.valid_until = None;
    }
    let catalog = Catalog::registered();
    merged.settle_tags(|tag| catalog.asks_for(tag));
    Some(Union {
        confidence: merged.confidence.unwrap_or(default),
        indicator: merged,
        industries,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::parse;

    fn sighting(producer: &str, source: &str, changed: i64, revoked: bool) -> Sighting {
        let mut indicator = Indicator::new(parse("198.51.100.7").unwrap());
        indicator.revoked = revoked;
        Sighting {
            producer: producer.to_owned(),
            source: source.to_owned(),
            changed,
            default_confidence: Confidence::Medium,
            indicator,
        }
    }

    #[test]
    fn a_producer_takes_back_its_own_word_only() {
        let revoked = |sightings| union(sightings).unwrap().indicator.revoked;
        let live = sighting("ESET", "a", 1, false);
        assert!(revoked(vec![live.clone(), sighting("ESET", "b", 2, true)]));
        assert!(!revoked(vec![
            live.clone(),
            sighting("other", "b", 2, true)
        ]));
        assert!(!revoked(vec![
            sighting("ESET", "b", 1, true),
            sighting("ESET", "a", 2, false)
        ]));
        // Two sources without a producer are two voices.
        assert!(!revoked(vec![
            sighting("", "a", 1, false),
            sighting("", "b", 2, true)
        ]));
        let gone = vec![
            sighting("ESET", "a", 1, true),
            sighting("other", "b", 2, true),
        ];
        let merged = union(gone).unwrap().indicator;
        assert!(merged.revoked && merged.valid_until.is_none());
    }

    #[test]
    fn a_source_can_change_its_mind_and_keeps_its_memory() {
        let with = |tag: &str, revoked| {
            let mut indicator = sighting("", "a", 1, revoked).indicator;
            indicator.tags.push(tag.to_owned());
            indicator
        };
        let merged = again(with("one", true), with("two", false));
        assert!(!merged.revoked && merged.valid_until.is_none());
        assert_eq!(merged.tags, ["one", "two"]);
        assert!(again(with("one", false), with("one", true)).revoked);
        let mut long = with("0", false);
        for count in 1..300 {
            long = again(long, with(&count.to_string(), false));
        }
        assert_eq!((long.tags.len(), &*long.tags[0]), (64, "236"));
        let mut many = with("", false);
        many.tags = (0..64).map(|count| format!("new{count}")).collect();
        assert_eq!(again(long, many.clone()).tags, many.tags);
        assert_eq!(
            instead(&with("one", true), with("two", false)).tags,
            ["two"]
        );
    }
}

//! How much of one indicator is kept, whatever feeds say about it.
//!
//! Everything that a feed can add to an indicator has a bound, so the size of a rule and the steps of its template do not
//! depend on a feed. The first ones in the order of reading are kept. So it does not matter in which order unions are
//! formed, as long as the order of the sightings is the same; and since a list is never longer than its bound, looking
//! through it takes a bounded number of steps: merging is linear.

use std::collections::HashSet;

use indexmap::IndexSet;

use super::{Indicator, MAX_VALUE_BYTES, Source, Vulnerability};
use crate::coded::coded;

/// The longest free text, in characters; a longer one is cut.
const MAX_TEXT: usize = 2_000;
/// The longest name (of a producer, a feed, an article, a product), in characters; a longer one is cut.
const MAX_NAME: usize = 300;
/// The longest tag, technique, sector and weakness, in bytes; a longer one is left out.
const MAX_WORD: usize = 200;
/// The longest address of a report, in bytes; a longer one is left out.
const MAX_LINK: usize = 2_048;

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

/// What was left out of an indicator, since a part had reached its bound. Of this run, so not stored.
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

    /// The tags that were left out.
    pub(crate) fn tags(&self) -> impl Iterator<Item = &str> {
        self.tags
            .iter()
            .flat_map(|tags| tags.iter())
            .map(String::as_str)
    }

    fn note(&mut self, part: Bound) {
        self.parts |= mask(part);
    }

    fn tag(&mut self, tag: String) {
        self.note(Bound::Tags);
        self.tags.get_or_insert_default().insert(tag);
    }
}

fn mask(part: Bound) -> u16 {
    1 << part as u16
}

impl Indicator {
    /// Brings everything that a feed may have grown within its bounds. Whatever makes an indicator, this is done before
    /// it is merged.
    pub(crate) fn bound(&mut self) {
        let left = &mut self.left_out;
        let mut cut = |texts: &mut Vec<String>, part, most| {
            for text in texts {
                shorten(text, most, part, left);
            }
        };
        cut(&mut self.producers, Bound::Producers, MAX_NAME);
        cut(&mut self.context, Bound::Context, MAX_TEXT);
        for source in &mut self.sources {
            bound_source(source, left);
        }
        let mut plain = |texts: &mut Vec<String>, part, longest| {
            if texts.iter().any(|text| text.len() > longest) {
                texts.retain(|text| text.len() <= longest);
                left.note(part);
            }
        };
        plain(&mut self.references, Bound::References, MAX_LINK);
        plain(&mut self.tags, Bound::Tags, MAX_WORD);
        plain(&mut self.mitre_techniques, Bound::Techniques, MAX_WORD);
        plain(&mut self.industries, Bound::Industries, MAX_WORD);
        plain(&mut self.originals, Bound::Originals, MAX_VALUE_BYTES);
        if let Some(vulnerability) = &mut self.vulnerability {
            plain(&mut vulnerability.cwes, Bound::Weaknesses, MAX_WORD);
            bound_vulnerability(vulnerability, left);
        }
        let mut first = |texts: &mut Vec<String>, part: Bound| {
            if texts.len() > part.most() {
                texts.truncate(part.most());
                left.note(part);
            }
        };
        first(&mut self.producers, Bound::Producers);
        first(&mut self.references, Bound::References);
        first(&mut self.context, Bound::Context);
        first(&mut self.mitre_techniques, Bound::Techniques);
        first(&mut self.industries, Bound::Industries);
        first(&mut self.originals, Bound::Originals);
        if self.sources.len() > Bound::Sources.most() {
            let sources = std::mem::take(&mut self.sources);
            unite_sources(&mut self.sources, sources, left);
        }
        if self.tags.len() > Bound::Tags.most() {
            for tag in self.tags.split_off(Bound::Tags.most()) {
                left.tag(tag);
            }
        }
        bound_ports(&mut self.ports, left);
    }

    /// Gives a place among the tags that are shown to those that were left out and that something `asks_for`, in place of
    /// the last ones that nothing asks for; and forgets the others.
    pub(crate) fn settle_tags(&mut self, asks_for: impl Fn(&str) -> bool) {
        let Some(tags) = self.left_out.tags.take() else {
            return;
        };
        let mut end = self.tags.len();
        for tag in tags.into_iter().filter(|tag| asks_for(tag)) {
            match self.tags[..end].iter().rposition(|tag| !asks_for(tag)) {
                Some(at) => {
                    self.tags.remove(at);
                    self.tags.push(tag);
                    end = at;
                }
                None => return,
            }
        }
    }
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

/// The same of sources, where one that has many articles does not push out another feed.
pub(super) fn unite_sources(into: &mut Vec<Source>, from: Vec<Source>, left: &mut LeftOut) {
    for source in from {
        if into.contains(&source) {
            continue;
        }
        if into.len() >= Bound::Sources.most() {
            left.note(Bound::Sources);
            let Some(at) = further(into, &source) else {
                continue;
            };
            into.remove(at);
        }
        into.push(source);
    }
}

/// The last source that is not the first one of its feed; none where the feed of `new` has one already.
fn further(sources: &[Source], new: &Source) -> Option<usize> {
    let mut feeds = HashSet::with_capacity(sources.len());
    let mut last = None;
    for (at, source) in sources.iter().enumerate() {
        if source.feed_name == new.feed_name {
            return None;
        }
        if !feeds.insert(&source.feed_name) {
            last = Some(at);
        }
    }
    last
}

/// The same of ports, which are in order: the lowest are kept.
pub(super) fn unite_ports(into: &mut Vec<u16>, from: Vec<u16>, left: &mut LeftOut) {
    into.extend(from);
    into.sort_unstable();
    into.dedup();
    bound_ports(into, left);
}

fn bound_ports(ports: &mut Vec<u16>, left: &mut LeftOut) {
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

fn bound_source(source: &mut Source, left: &mut LeftOut) {
    if source
        .article_url
        .as_ref()
        .is_some_and(|link| link.len() > MAX_LINK)
    {
        source.article_url = None;
        left.note(Bound::Sources);
    }
    let Source {
        feed_name,
        article_title,
        article_url: _,
        category,
        origin,
    } = source;
    for text in [feed_name, article_title, category, origin]
        .into_iter()
        .flatten()
    {
        shorten(text, MAX_NAME, Bound::Sources, left);
    }
}

fn bound_vulnerability(vulnerability: &mut Vulnerability, left: &mut LeftOut) {
    let Vulnerability {
        vendor,
        product,
        name,
        cwes,
        ..
    } = vulnerability;
    for text in [vendor, product, name].into_iter().flatten() {
        shorten(text, MAX_NAME, Bound::Weaknesses, left);
    }
    if cwes.len() > Bound::Weaknesses.most() {
        cwes.truncate(Bound::Weaknesses.most());
        left.note(Bound::Weaknesses);
    }
}

/// Cuts a text to so many characters.
fn shorten(text: &mut String, most: usize, part: Bound, left: &mut LeftOut) {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::indicator::parse;

    fn indicator() -> Indicator {
        Indicator::new(parse("evil.example").unwrap())
    }

    fn texts(from: u16, count: u16) -> Vec<String> {
        (from..from + count).map(|at| at.to_string()).collect()
    }

    /// One with lists of so many entries each.
    fn with(from: u16, count: u16, feeds: u16) -> Indicator {
        let mut one = indicator();
        one.producers = texts(from, count);
        one.references = texts(from, count);
        one.context = texts(from, count);
        one.tags = texts(from, count);
        one.mitre_techniques = texts(from, count);
        one.industries = texts(from, count);
        one.originals = texts(from, count);
        one.ports = (from + 1..=from + count).rev().collect();
        one.sources = (from..from + count)
            .map(|at| Source {
                feed_name: Some((at % feeds).to_string()),
                article_title: Some(at.to_string()),
                ..Source::default()
            })
            .collect();
        let cwes = texts(from, count);
        one.vulnerability = Some(Vulnerability {
            cwes,
            ..Vulnerability::default()
        });
        one.bound();
        one
    }

    fn union(all: &[Indicator]) -> Indicator {
        all.iter()
            .cloned()
            .reduce(|mut one, other| {
                one.absorb(other);
                one
            })
            .unwrap()
    }

    #[test]
    fn every_list_ends_at_its_bound_and_says_so() {
        let one = with(0, 500, 500);
        let lengths = [
            (one.producers.len(), Bound::Producers),
            (one.sources.len(), Bound::Sources),
            (one.references.len(), Bound::References),
            (one.context.len(), Bound::Context),
            (one.tags.len(), Bound::Tags),
            (one.mitre_techniques.len(), Bound::Techniques),
            (one.industries.len(), Bound::Industries),
            (one.ports.len(), Bound::Ports),
            (one.originals.len(), Bound::Originals),
            (
                one.vulnerability.as_ref().unwrap().cwes.len(),
                Bound::Weaknesses,
            ),
        ];
        for (length, part) in lengths {
            assert_eq!(length, part.most(), "{part:?}");
        }
        assert!(one.left_out.parts().eq(Bound::ALL));
        // What is within its bounds stays as it is.
        let mut small = with(0, 20, 3);
        assert_eq!(small.left_out, LeftOut::default());
        let before = small.clone();
        small.bound();
        assert_eq!(small, before);
        let mut again = one.clone();
        again.bound();
        assert_eq!(again, one);
    }

    #[test]
    fn a_text_is_cut_once() {
        let mut one = indicator();
        one.context = vec!["é".repeat(5000)];
        one.references = vec!["https://a.example/".to_owned() + &"a".repeat(5000)];
        one.bound();
        assert_eq!(one.context[0].chars().count(), MAX_TEXT);
        assert!(one.context[0].ends_with("é…") && one.references.is_empty());
        let parts: Vec<_> = one.left_out.parts().collect();
        assert_eq!(parts, [Bound::References, Bound::Context]);
        one.left_out = LeftOut::default();
        one.bound();
        assert_eq!(one.left_out, LeftOut::default());
    }

    #[test]
    fn a_tag_that_is_asked_for_takes_the_place_of_one_that_is_not() {
        let mut one = with(0, 100, 1);
        let asked = |tag: &str| matches!(tag, "62" | "63" | "70" | "99");
        one.settle_tags(asked);
        assert_eq!(one.tags.len(), 64);
        assert!(
            ["0", "59", "62", "63", "70", "99"]
                .iter()
                .all(|tag| one.tags.iter().any(|have| have == tag))
        );
        assert!(one.left_out.tags().next().is_none());
        assert!(one.left_out.parts().any(|part| part == Bound::Tags));
    }

    proptest! {
        #[test]
        fn it_does_not_matter_which_sightings_are_united_first(
            parts in prop::collection::vec((0u16..200, 0u16..90, 1u16..90), 2..7),
            at in any::<prop::sample::Index>(),
        ) {
            let all: Vec<Indicator> = parts.into_iter().map(|(from, count, feeds)| with(from, count, feeds)).collect();
            let (head, tail) = all.split_at(1 + at.index(all.len() - 1));
            let mut halves = union(head);
            halves.absorb(union(tail));
            let mut first = all[0].clone();
            first.absorb(union(&all[1..]));
            prop_assert_eq!(&first, &union(&all));
            prop_assert_eq!(halves, first);
        }
    }
}

//! Making one indicator of two, within its bounds.

use chrono::{DateTime, Utc};

use super::bounds::{self, Bound, MAX_LINK, MAX_NAME, MAX_TEXT, MAX_WORD, bound_ports, shorten};
use super::source::{Statement, attribute, bound_source, earliest, unite_sources};
use super::vulnerability::bound_vulnerability;
use super::{EmailRole, Indicator, MAX_VALUE_BYTES, Source};

impl Indicator {
    /// Takes in another sighting of the same indicator.
    ///
    /// Kept: the highest confidence, the earliest `first_seen`, the latest `last_seen`, the strictest TLP, and
    /// everything of every list up to its [`Bound`]. It is revoked or expired only if every sighting is: one producer's
    /// word does not take back another's.
    ///
    /// ```
    /// use socdef_sigma::{Confidence, Indicator, indicator::parse};
    ///
    /// let sighting = |confidence, tag: &str| {
    ///     let mut indicator = Indicator::new(parse("evil.example").unwrap());
    ///     indicator.confidence = Some(confidence);
    ///     indicator.tags.push(tag.to_owned());
    ///     indicator
    /// };
    /// let mut indicator = sighting(Confidence::Low, "c2");
    /// indicator.absorb(sighting(Confidence::High, "botnet"));
    /// assert_eq!((indicator.confidence, indicator.tags.len()), (Some(Confidence::High), 2));
    /// ```
    pub fn absorb(&mut self, other: Indicator) {
        self.confidence = self.confidence.max(other.confidence);
        self.first_seen = earliest(self.first_seen, other.first_seen);
        self.last_seen = self.last_seen.max(other.last_seen);
        self.valid_until = match (self.live_until(), other.live_until()) {
            (Some(one), Some(two)) => Some(one.max(two)),
            _ => None,
        };
        self.revoked &= other.revoked;
        self.tlp = self.tlp.max(other.tlp);
        // An address without a role is looked for as a sender, so a recipient beside it does not take that back.
        self.email_role = match (self.email_role, other.email_role) {
            (Some(one), Some(two)) if one != two => Some(EmailRole::Both),
            (Some(EmailRole::Recipient), None) | (None, Some(EmailRole::Recipient)) => {
                Some(EmailRole::Both)
            }
            (one, two) => one.or(two),
        };
        match (&mut self.vulnerability, other.vulnerability) {
            (Some(one), Some(other)) => one.absorb(other, &mut self.left_out),
            (none, other) => *none = none.take().or(other),
        }
        let left = &mut self.left_out;
        let mut unite = |into, from, part| bounds::unite(into, from, part, left);
        unite(&mut self.producers, other.producers, Bound::Producers);
        unite(&mut self.references, other.references, Bound::References);
        unite(&mut self.context, other.context, Bound::Context);
        unite(
            &mut self.mitre_techniques,
            other.mitre_techniques,
            Bound::Techniques,
        );
        unite(&mut self.industries, other.industries, Bound::Industries);
        unite(&mut self.originals, other.originals, Bound::Originals);
        unite_sources(&mut self.sources, other.sources, left);
        bounds::unite_ports(&mut self.ports, other.ports, left);
        bounds::unite_tags(&mut self.tags, other.tags, left);
        bounds::unite_left_out(left, other.left_out, &self.tags);
        self.settle_sources();
    }

    /// Where sources were left out, nobody knows what the others state in all: it would depend on the order of the unions.
    fn settle_sources(&mut self) {
        if self.left_out.has(Bound::Sources) {
            self.sources.iter_mut().for_each(Source::forget);
        }
    }

    /// Names the producer in place of what the feeds say.
    pub(crate) fn rename_producer(&mut self, name: &str) {
        self.producers = vec![name.to_owned()];
        // Standard input has no name, and is a source like a file.
        if self.sources.is_empty() {
            self.sources.push(Source::default());
        }
        for source in &mut self.sources {
            source.producer.get_or_insert_default();
        }
        self.rename_sources(name);
    }

    /// Names who stands behind the sources: in place of the name of a file, say.
    pub(crate) fn rename_sources(&mut self, name: &str) {
        let sources = std::mem::take(&mut self.sources);
        let renamed = sources.into_iter().map(|source| Source {
            producer: source.producer.is_some().then(|| name.to_owned()),
            ..source
        });
        unite_sources(&mut self.sources, renamed.collect(), &mut self.left_out);
    }

    /// The end of validity; a revoked sighting is over since ever.
    fn live_until(&self) -> Option<DateTime<Utc>> {
        match self.revoked {
            true => Some(DateTime::<Utc>::MIN_UTC),
            false => self.valid_until,
        }
    }

    /// Brings everything that a feed may have grown within its bounds. Whatever makes an indicator, this is done before
    /// it is merged.
    pub(crate) fn bound(&mut self) {
        let statement = Statement {
            producers: &self.producers,
            place: self.place.as_ref(),
            confidence: self.confidence,
            tlp: self.tlp,
            first_seen: self.first_seen,
            last_seen: self.last_seen,
        };
        attribute(&mut self.sources, &statement);
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
        self.settle_sources();
    }

    /// Gives a place among the tags that are shown to those that were left out and that something `asks_for`, in place of
    /// the last ones that nothing asks for; and forgets the others.
    pub(crate) fn settle_tags(&mut self, asks_for: impl Fn(&str) -> bool) {
        let Some(tags) = self.left_out.take_tags() else {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::indicator::{LeftOut, Source, Vulnerability, parse};

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
        // A part within its bounds stays as it is.
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

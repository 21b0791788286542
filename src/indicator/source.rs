//! Where an indicator is from, and what is stated about it there.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::bounds::{Bound, LeftOut, MAX_LINK, MAX_NAME, shorten};
use super::{Confidence, Tlp};
use crate::location::{PACKED_ENDINGS, Place};

/// Where a feed has an indicator from, by the names of the SOC Defenders API; who stands behind it, and what they state.
///
/// ```
/// use socdef_sigma::indicator::Source;
///
/// let source = Source { feed_name: Some("Example feed".to_owned()), ..Source::default() };
/// assert_eq!(source.parts().next(), Some(("feed_name", "Example feed")));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Hash)]
#[serde(default)]
pub struct Source {
    /// The feed's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feed_name: Option<String>,
    /// The title of the article that names the indicator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub article_title: Option<String>,
    /// The address of that article.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub article_url: Option<String>,
    /// The category of the source, such as `news`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The origin of the record, such as `article`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Who publishes it: the producers, else the name of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub producer: Option<String>,
    /// The confidence that it states.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// The TLP label that it states.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tlp: Option<Tlp>,
    /// When it says that the indicator was first seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<DateTime<Utc>>,
    /// When it says that the indicator was last seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<DateTime<Utc>>,
}

impl Source {
    /// The parts that are known, by their names in the API.
    ///
    /// ```
    /// use socdef_sigma::indicator::Source;
    ///
    /// let source = Source { category: Some("news".to_owned()), origin: Some("article".to_owned()), ..Source::default() };
    /// let parts: Vec<_> = source.parts().collect();
    /// assert_eq!(parts, [("category", "news"), ("origin", "article")]);
    /// ```
    pub fn parts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("feed_name", &self.feed_name),
            ("article_title", &self.article_title),
            ("article_url", &self.article_url),
            ("category", &self.category),
            ("origin", &self.origin),
        ]
        .into_iter()
        .filter_map(|(name, part)| Some((name, part.as_deref()?)))
    }

    /// The same without what only this crate knows of it.
    ///
    /// ```
    /// use socdef_sigma::indicator::Source;
    ///
    /// let source = Source { category: Some("news".to_owned()), producer: Some("ESET".to_owned()), ..Source::default() };
    /// assert_eq!(source.of_api(), Source { producer: None, ..source });
    /// ```
    #[must_use]
    pub fn of_api(&self) -> Source {
        Source {
            producer: None,
            confidence: None,
            tlp: None,
            first_seen: None,
            last_seen: None,
            ..self.clone()
        }
    }

    /// Whether two are one source, whatever they state.
    pub(crate) fn is_same(&self, other: &Source) -> bool {
        self.producer == other.producer && self.parts().eq(other.parts())
    }

    fn is_attributed(&self) -> bool {
        self.producer.is_some()
            || self.confidence.is_some()
            || self.tlp.is_some()
            || self.first_seen.is_some()
            || self.last_seen.is_some()
    }

    /// Takes in what the same source states in another record.
    pub(crate) fn join(&mut self, other: Source) {
        self.confidence = self.confidence.max(other.confidence);
        self.tlp = self.tlp.max(other.tlp);
        self.first_seen = earliest(self.first_seen, other.first_seen);
        self.last_seen = self.last_seen.max(other.last_seen);
    }

    /// Forgets what it states.
    pub(super) fn forget(&mut self) {
        self.confidence = None;
        self.tlp = None;
        self.first_seen = None;
        self.last_seen = None;
    }
}

/// The earlier of two moments, where both are known.
pub(super) fn earliest(
    one: Option<DateTime<Utc>>,
    other: Option<DateTime<Utc>>,
) -> Option<DateTime<Utc>> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// What a record states, for the sources that it names.
pub(super) struct Statement<'a> {
    pub(super) producers: &'a [String],
    pub(super) place: Option<&'a Place>,
    pub(super) confidence: Option<Confidence>,
    pub(super) tlp: Option<Tlp>,
    pub(super) first_seen: Option<DateTime<Utc>>,
    pub(super) last_seen: Option<DateTime<Utc>>,
}

/// Gives the sources of a record what it states, once; one that names none has one.
pub(super) fn attribute(sources: &mut Vec<Source>, statement: &Statement<'_>) {
    if sources.iter().any(Source::is_attributed) {
        return;
    }
    let mut producer = match statement.producers {
        [] => statement.place.and_then(file_name).map(str::to_owned),
        names => Some(names.join(", ")),
    };
    if let Some(names) = &mut producer {
        // Each of them is among the producers of the indicator, so there is nothing to note.
        shorten(names, MAX_NAME, Bound::Sources, &mut LeftOut::default());
    }
    if sources.is_empty() {
        sources.push(Source::default());
    }
    for source in &mut *sources {
        source.producer.clone_from(&producer);
        source.confidence = statement.confidence;
        source.tlp = statement.tlp;
        source.first_seen = statement.first_seen;
        source.last_seen = statement.last_seen;
    }
    sources.retain(|source| *source != Source::default());
}

/// The name of the file of a place, without the ending that says how it is packed; none of standard input, bytes and addresses.
fn file_name(place: &Place) -> Option<&str> {
    let input = &*place.input;
    if input == "-" || input.starts_with('<') || input.contains("://") {
        return None;
    }
    let mut parts = input.rsplit(['/', std::path::MAIN_SEPARATOR]);
    let name = parts.find(|part| !part.trim().is_empty())?.trim();
    // The same feed, packed.
    let plain = name.rsplit_once('.').filter(|(plain, ending)| {
        let ending = ending.to_ascii_lowercase();
        !plain.is_empty() && PACKED_ENDINGS.contains(&ending.as_str())
    });
    Some(plain.map_or(name, |(plain, _)| plain))
}

/// The same of sources, where one that has many articles does not push out another feed.
pub(super) fn unite_sources(into: &mut Vec<Source>, from: Vec<Source>, left: &mut LeftOut) {
    for source in from {
        if let Some(known) = into.iter_mut().find(|known| known.is_same(&source)) {
            known.join(source);
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
        let feed = (&source.feed_name, &source.producer);
        if feed == (&new.feed_name, &new.producer) {
            return None;
        }
        if !feeds.insert(feed) {
            last = Some(at);
        }
    }
    last
}

/// Brings the texts of a source within their bounds.
pub(super) fn bound_source(source: &mut Source, left: &mut LeftOut) {
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
        producer,
        confidence: _,
        tlp: _,
        first_seen: _,
        last_seen: _,
    } = source;
    for text in [feed_name, article_title, category, origin, producer]
        .into_iter()
        .flatten()
    {
        shorten(text, MAX_NAME, Bound::Sources, left);
    }
}

//! Where an indicator is from.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::bounds::{Bound, LeftOut, MAX_LINK, MAX_NAME, shorten};

/// Where a feed has an indicator from, by the names of the SOC Defenders API.
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
    } = source;
    for text in [feed_name, article_title, category, origin]
        .into_iter()
        .flatten()
    {
        shorten(text, MAX_NAME, Bound::Sources, left);
    }
}

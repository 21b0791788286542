//! One document of a file, and what is wrong with a text that has none.

use std::borrow::Cow;
use std::sync::Arc;

use super::skeleton::Skeleton;
use crate::rule::node::Node;

/// Why a text is not YAML.
///
/// ```
/// use socdef_sigma::document::{Broken, Reader};
///
/// let Broken { line, .. } = Reader::new("a: 1\n---\nb: [\n").some(8).unwrap_err();
/// assert!(line >= 3);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The line, from 1.
    pub line: usize,
    /// The message, in a line.
    pub what: String,
}

#[cfg(feature = "python")]
impl Broken {
    /// The error for the text of this name.
    pub(crate) fn error(&self, name: &str) -> crate::Error {
        crate::Error::new(
            crate::ErrorKind::BrokenInput,
            "the rules are not valid YAML",
        )
        .at(format!("{name}:{}", self.line))
        .because(self.what.as_str())
    }
}

/// One document of a file.
///
/// ```
/// use socdef_sigma::document::Reader;
///
/// let documents = Reader::new("title: one\n---\ntitle: two\n").some(8)?;
/// assert_eq!((documents.len(), documents[1].line), (2, 3));
/// # Ok::<(), socdef_sigma::document::Broken>(())
/// ```
#[derive(Debug, Clone)]
pub struct Document<'a> {
    /// The line where it begins, from 1.
    pub line: usize,
    /// The number of its file among several; 0 until it is set.
    pub source: usize,
    pub(crate) body: Body<'a>,
}

/// What a document holds.
#[derive(Debug, Clone)]
pub(crate) enum Body<'a> {
    /// A value: a skeleton, and the texts in its placeholders.
    Value {
        skeleton: Arc<Skeleton>,
        texts: Vec<Cow<'a, str>>,
    },
    /// YAML with values that no [`Node`] has, such as a moment or a tagged value.
    Foreign {
        text: &'a str,
        /// The value, with text in their places.
        like: Node,
    },
}

impl<'a> Document<'a> {
    /// A document of its own, from a value.
    pub(crate) fn of(node: Node) -> Document<'static> {
        let (skeleton, texts) = Skeleton::of(node, None);
        Document {
            line: 1,
            source: 0,
            body: Body::Value {
                skeleton: Arc::new(skeleton),
                texts: texts.into_iter().map(Cow::Owned).collect(),
            },
        }
    }

    /// Its skeleton and its texts; `None` where it has none.
    #[cfg_attr(not(feature = "python"), allow(dead_code))]
    pub(crate) fn parts(self) -> Option<(Arc<Skeleton>, Vec<Cow<'a, str>>)> {
        match self.body {
            Body::Value { skeleton, texts } => Some((skeleton, texts)),
            Body::Foreign { .. } => None,
        }
    }

    /// Whether it is a rule that means the same without the documents around it: no correlation, filter or action of a collection.
    ///
    /// ```
    /// use socdef_sigma::document::Reader;
    ///
    /// let documents = Reader::new("detection: {a: {b: 1}}\n---\naction: global\n").some(8)?;
    /// assert!(documents[0].stands_alone() && !documents[1].stands_alone());
    /// # Ok::<(), socdef_sigma::document::Broken>(())
    /// ```
    pub fn stands_alone(&self) -> bool {
        let value = match &self.body {
            Body::Value { skeleton, .. } => skeleton.first(),
            Body::Foreign { like, .. } => like,
        };
        value.get("detection").is_some()
            && ["action", "correlation", "filter"]
                .iter()
                .all(|key| value.get(key).is_none())
    }

    /// The value; the text where it is one that no [`Node`] has.
    ///
    /// # Errors
    /// The text of such a document.
    ///
    /// ```
    /// use socdef_sigma::document::Reader;
    /// use socdef_sigma::rule::node::Node;
    ///
    /// let documents = Reader::new("level: high\nok: yes\n").some(8)?;
    /// let value = documents[0].value().unwrap();
    /// assert_eq!(value.get("ok"), Some(&Node::Bool(true)));
    /// # Ok::<(), socdef_sigma::document::Broken>(())
    /// ```
    pub fn value(&self) -> Result<Node, &'a str> {
        match &self.body {
            Body::Value { skeleton, texts } => Ok(skeleton.with(texts)),
            Body::Foreign { text, .. } => Err(text),
        }
    }
}

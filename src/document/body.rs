//! One document of a file, and what is wrong with a text that has none.

use std::borrow::Cow;
use std::sync::Arc;

use super::form::Form;
use crate::node::Node;

/// Why a text is not YAML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The line, from 1.
    pub line: usize,
    /// The message, in a line.
    pub what: String,
}

/// One document of a file.
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
    /// A value: a form, and the texts in its holes.
    Value {
        form: Arc<Form>,
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
        let (form, texts) = Form::of(node, None);
        Document {
            line: 1,
            source: 0,
            body: Body::Value {
                form: Arc::new(form),
                texts: texts.into_iter().map(Cow::Owned).collect(),
            },
        }
    }

    /// Its form and its texts; `None` where it has none.
    #[cfg_attr(not(feature = "python"), allow(dead_code))]
    pub(crate) fn parts(self) -> Option<(Arc<Form>, Vec<Cow<'a, str>>)> {
        match self.body {
            Body::Value { form, texts } => Some((form, texts)),
            Body::Foreign { .. } => None,
        }
    }

    /// Whether it is a rule that means the same without the documents around it: no correlation, filter or action of a collection.
    pub fn stands_alone(&self) -> bool {
        let value = match &self.body {
            Body::Value { form, .. } => form.first(),
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
    pub fn value(&self) -> Result<Node, &'a str> {
        match &self.body {
            Body::Value { form, texts } => Ok(form.with(texts)),
            Body::Foreign { text, .. } => Err(text),
        }
    }
}

//! Rules as they stand in a file.

use std::borrow::Cow;

use super::mould::{Given, Key, Keys, Mould, Value, key};
use crate::document::{Body, Document};

impl Mould for Document<'_> {
    fn take_apart<'s>(&'s self, keys: &Keys, texts: &mut Vec<Cow<'s, str>>) -> Option<Key> {
        let Body::Value { form, texts: own } = &self.body else {
            return None;
        };
        texts.extend(own.iter().map(|text| Cow::Borrowed(&**text)));
        Some(key(keys, form.skeleton(), form.literals(), texts))
    }

    fn given(&self) -> Given {
        Given {
            value: match self.value() {
                Ok(node) => Value::Node(node),
                Err(text) => Value::Yaml(text.to_owned()),
            },
            source: self.source,
        }
    }

    fn with(&self, texts: &[String]) -> Option<Given> {
        match &self.body {
            Body::Value { form, .. } => Some(Given {
                value: Value::Node(form.with(texts)),
                source: self.source,
            }),
            Body::Foreign { .. } => None,
        }
    }
}

//! Rules as they stand in a file.

use std::borrow::Cow;

use super::rule_input::{Given, Key, Keys, RuleInput, Value, key};
use crate::document::{Body, Document};

impl RuleInput for Document<'_> {
    fn take_apart<'s>(&'s self, keys: &Keys, texts: &mut Vec<Cow<'s, str>>) -> Option<Key> {
        let Body::Value {
            skeleton,
            texts: own,
        } = &self.body
        else {
            return None;
        };
        texts.extend(own.iter().map(|text| Cow::Borrowed(&**text)));
        Some(key(keys, skeleton.skeleton(), skeleton.literals(), texts))
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
            Body::Value { skeleton, .. } => Some(Given {
                value: Value::Node(skeleton.with(texts)),
                source: self.source,
            }),
            Body::Foreign { .. } => None,
        }
    }
}

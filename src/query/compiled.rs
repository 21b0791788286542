//! Rules that were just compiled, which have a skeleton already.

use std::borrow::Cow;

use super::rule_input::{Given, Key, Keys, RuleInput, key};
use crate::document::Document;
use crate::skeleton::Compiled;

impl RuleInput for Compiled {
    fn take_apart<'s>(&'s self, keys: &Keys, texts: &mut Vec<Cow<'s, str>>) -> Option<Key> {
        match self {
            Compiled::Shaped(skeleton, values) => {
                let rule = skeleton.rule();
                let literals = rule.literals()?;
                texts.extend(rule.texts(values));
                Some(key(keys, rule.number(), literals, texts))
            }
            Compiled::Full(rule) => {
                let document = Document::of(rule.to_node());
                let mut own = Vec::new();
                let key = document.take_apart(keys, &mut own)?;
                texts.extend(own.into_iter().map(|text| Cow::Owned(text.into_owned())));
                Some(key)
            }
        }
    }

    fn given(&self) -> Given {
        Given::from(match self {
            Compiled::Shaped(skeleton, values) => skeleton.rule().of(values).to_node(),
            Compiled::Full(rule) => rule.to_node(),
        })
    }

    fn with(&self, texts: &[String]) -> Option<Given> {
        match self {
            Compiled::Shaped(skeleton, _) => Some(skeleton.rule().with(texts)?.to_node().into()),
            Compiled::Full(rule) => Document::of(rule.to_node()).with(texts),
        }
    }
}

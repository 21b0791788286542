//! The placeholders of a skeleton: which text of an indicator stands there.

use crate::registry::DerivedValue;
use crate::render::Values;
use crate::rule::escape::push_sigma_escaped;
use crate::template::push_title_end;

/// A place that differs from rule to rule.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Placeholder {
    /// The rule's id.
    Id,
    /// `date`.
    Date,
    /// `modified`.
    Modified,
    /// The value as titles have it.
    Display,
    /// The first characters of the id.
    ShortId,
    /// The end of a title: the value, cut to what the text before it leaves room for.
    Title(String),
    /// The value in `socdef`.
    Value,
    /// A spelling in `socdef`.
    Original(usize),
    /// A moment in `socdef`.
    Moment(usize),
    /// A derived value of one text.
    Derived(&'static str),
    /// A text of a derived value that has several.
    Item(&'static str, usize),
    /// The text in the inner placeholder, escaped for Sigma.
    Sigma(Box<Placeholder>),
}

impl Placeholder {
    /// Appends what belongs here; nothing where the values have no such text, which another class would have.
    pub(super) fn fill(&self, values: &Values, out: &mut String) {
        match self {
            Placeholder::Title(head) => {
                out.push_str(head);
                push_title_end(out, head, &values.display, &values.short_id);
            }
            Placeholder::Id => {
                let mut buffer = uuid::Uuid::encode_buffer();
                out.push_str(values.id.hyphenated().encode_lower(&mut buffer));
            }
            Placeholder::Sigma(inner) => push_sigma_escaped(out, inner.text(values)),
            other => out.push_str(other.text(values)),
        }
    }

    pub(super) fn text<'a>(&'a self, values: &'a Values) -> &'a str {
        let text = match self {
            Placeholder::Date => Some(&values.date),
            Placeholder::Modified => values.modified.as_ref(),
            Placeholder::Display => Some(&values.display),
            Placeholder::ShortId => Some(&values.short_id),
            Placeholder::Value => Some(&values.value),
            Placeholder::Original(at) => values.originals.get(*at),
            Placeholder::Moment(at) => values.moments.get(*at).and_then(Option::as_ref),
            Placeholder::Derived(name) => match values.derived.get(name) {
                Some(DerivedValue::Text(text)) => Some(text),
                _ => None,
            },
            Placeholder::Item(name, at) => match values.derived.get(name) {
                Some(DerivedValue::Texts(texts)) => texts.get(*at),
                _ => None,
            },
            Placeholder::Id | Placeholder::Title(_) | Placeholder::Sigma(_) => None,
        };
        text.map_or("", String::as_str)
    }
}

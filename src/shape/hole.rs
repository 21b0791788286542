//! The holes of a shape: which text of an indicator stands there.

use crate::registry::Form;
use crate::render::Values;
use crate::template::{push_sigma_escaped, push_title_end};

/// A place that differs from rule to rule.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Hole {
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
    /// A derived form of one text.
    Form(&'static str),
    /// A text of a derived form that has several.
    Item(&'static str, usize),
    /// The text in the inner hole, escaped for Sigma.
    Sigma(Box<Hole>),
}

impl Hole {
    /// Appends what belongs here; nothing where the values have no such text, which another class would have.
    pub(super) fn fill(&self, values: &Values, out: &mut String) {
        match self {
            Hole::Title(head) => {
                out.push_str(head);
                push_title_end(out, head, &values.display, &values.short_id);
            }
            Hole::Id => {
                let mut buffer = uuid::Uuid::encode_buffer();
                out.push_str(values.id.hyphenated().encode_lower(&mut buffer));
            }
            Hole::Sigma(inner) => push_sigma_escaped(out, inner.text(values)),
            other => out.push_str(other.text(values)),
        }
    }

    pub(super) fn text<'a>(&'a self, values: &'a Values) -> &'a str {
        let text = match self {
            Hole::Date => Some(&values.date),
            Hole::Modified => values.modified.as_ref(),
            Hole::Display => Some(&values.display),
            Hole::ShortId => Some(&values.short_id),
            Hole::Value => Some(&values.value),
            Hole::Original(at) => values.originals.get(*at),
            Hole::Moment(at) => values.moments.get(*at).and_then(Option::as_ref),
            Hole::Form(name) => match values.forms.get(name) {
                Some(Form::Text(text)) => Some(text),
                _ => None,
            },
            Hole::Item(name, at) => match values.forms.get(name) {
                Some(Form::Texts(texts)) => texts.get(*at),
                _ => None,
            },
            Hole::Id | Hole::Title(_) | Hole::Sigma(_) => None,
        };
        text.map_or("", String::as_str)
    }
}

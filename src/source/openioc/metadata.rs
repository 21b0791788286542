//! What a document says about all of its items.

use super::xml::{Element, Fault, Token, Tokens};
use crate::indicator::Tlp;
use crate::indicator::parse::is_technique;
use crate::source::entry::{Details, add};
use crate::source::record::lone_confidence;

/// The longest text of one field that is kept, in characters.
const MAX_TEXT: usize = 2000;

/// How many references and tags are kept.
const MAX_LIST: usize = 32;

/// What a document says about all of its items, and the name of its root element, as far as it can be read.
#[derive(Debug, Default)]
pub(super) struct Metadata {
    pub(super) root: Option<String>,
    pub(super) details: Details,
}

/// Reads the metadata to the end of the document, since version 1.1 has parameters there; broken content is reported when
/// the items are read.
///
/// # Errors
/// [`Fault::Unreadable`] and [`Fault::DocumentType`].
pub(super) fn read(tokens: &mut Tokens) -> Result<Metadata, Fault> {
    let mut metadata = Metadata::default();
    let mut open: Vec<Element> = Vec::new();
    let mut text = String::new();
    loop {
        match tokens.next() {
            Ok(Token::Open(element)) => {
                metadata.root.get_or_insert_with(|| element.name.clone());
                text.clear();
                open.push(element);
            }
            Ok(Token::Text(more)) => {
                let room = MAX_TEXT.saturating_sub(text.chars().count());
                text.extend(more.chars().take(room));
            }
            Ok(Token::Close(_)) => {
                let element = open.pop();
                let parent = open.last();
                if let Some(element) = element {
                    let content = text.split_whitespace().collect::<Vec<_>>().join(" ");
                    field(&mut metadata.details, parent, &element, &content);
                }
                text.clear();
            }
            Ok(Token::End) | Err(Fault::Broken { .. }) => return Ok(metadata),
            Err(fault) => return Err(fault),
        }
    }
}

fn field(details: &mut Details, parent: Option<&Element>, element: &Element, content: &str) {
    let within = |name| parent.is_some_and(|parent| parent.name == name);
    let in_head = within("ioc") || within("metadata");
    match element.name.as_str() {
        "short_description" if in_head && !content.is_empty() => {
            details.source.article_title = Some(content.to_owned());
        }
        "description" if in_head => add(&mut details.context, content),
        "authored_by" if in_head => add(&mut details.producers, content),
        // Known by then: the items have no dates of their own.
        "authored_date" if in_head && !content.is_empty() && !content.starts_with("0001-") => {
            details.first_seen = details.date("authored_date", content);
        }
        "keywords" if in_head => content
            .split([',', ';', ' '])
            .take(MAX_LIST)
            .for_each(|word| details.tag(word)),
        "link" if within("links") => link(details, element, content),
        "value" if within("param") => {
            let name = parent.map_or("", |parent| parent.attribute("name"));
            if name.eq_ignore_ascii_case("tlp") {
                details.tlp_label(content);
            }
            if name.eq_ignore_ascii_case("confidence") {
                details.confidence(name, content, lone_confidence(content));
            }
        }
        _ => {}
    }
}

/// A link says what it is by `rel`: a group, a family, a report, or the TLP.
fn link(details: &mut Details, element: &Element, content: &str) {
    let href = element.attribute("href").trim();
    for address in [href, content] {
        let web = address.starts_with("http://") || address.starts_with("https://");
        if web && details.references.len() < MAX_LIST {
            add(&mut details.references, address);
        }
    }
    let rel = element.attribute("rel").to_ascii_lowercase();
    let may_be_tlp = rel.contains("handling") || rel.contains("marking");
    let is_tlp = rel.contains("tlp") || (may_be_tlp && Tlp::stated(content).is_some());
    if content.is_empty() || content.contains("://") || rel == "license" {
        return;
    }
    if rel == "confidence" {
        return details.confidence(&rel, content, lone_confidence(content));
    }
    if (is_tlp && details.tlp_label(content)) || details.tags.len() >= MAX_LIST {
        return;
    }
    match is_technique(content) {
        true => details.technique(content),
        false => details.tag(content),
    }
}

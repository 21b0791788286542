//! OpenIOC 1.0 (root `ioc`) and 1.1 (root `OpenIOC`).
//!
//! An item is a term, a condition and a content: "the MD5 of a file *is* this". A rule can say "is", and no more, so items
//! are judged as the parts of a STIX pattern are ([`super::stix_pattern`]):
//!
//! - `OR` joins alternatives: each is judged on its own. One with `negate="true"` or another condition than `is`
//!   is refused.
//! - `AND` of items that all say `is` gives each of their values, whatever alternatives stand inside it. Items on anything
//!   else (a file's name, its size) are left out beside a value; the port of a connection is kept beside its address.
//! - `AND` with an item that is negated or says more than `is` gives nothing: the author said "this, but only with that".
//!   Each of its values is refused, or the group where it has none.
//!
//! Terms for which there is no rule are refused by name. A document type is refused, since it could define entities.

mod metadata;
mod terms;
#[cfg(test)]
mod tests;
mod xml;

use std::sync::Arc;

use super::entry::{self, Details, Queue};
use super::input::{Input, unreadable};
use super::{Found, Rejection, Stream};
use crate::error::{Error, ErrorKind, Result};
use crate::indicator::{Expect, Ioc, MAX_VALUE_BYTES, Refusal};
use crate::location::Place;
use crate::reason::Reason;
use terms::Meaning;
use xml::{Element, Fault, Token, Tokens};

/// The names of the root element.
pub(crate) const ROOTS: [&str; 2] = ["ioc", "OpenIOC"];

/// How many items are kept for one `AND`.
const MAX_GROUP: usize = 4096;

/// How many ports are kept beside one address.
const MAX_PORTS: usize = 32;

pub(crate) fn read(input: &Input) -> Result<Stream<'_>> {
    let name = input.name().clone();
    let head =
        metadata::read(&mut Tokens::new(input.open()?)).map_err(|fault| error(&name, fault))?;
    if !head
        .root
        .as_ref()
        .is_some_and(|root| ROOTS.contains(&root.as_str()))
    {
        let root = head.root.unwrap_or_else(|| "nothing".to_owned());
        return Err(Error::new(
            ErrorKind::BrokenInput,
            format!("not an OpenIOC document: its root is `{root}`, not `ioc` or `OpenIOC`"),
        )
        .at(&name)
        .hint("leave out `--input-format` to have the format found from the content"));
    }
    let mut items = Items {
        tokens: Tokens::new(input.open()?),
        reading: Reading::new(name.clone(), head.details),
        over: false,
    };
    Ok(entry::drain(move |found| {
        if items.over {
            return Ok(false);
        }
        if let Err(fault) = items.step() {
            items.over = true;
            match fault {
                // The part that was read is good; the rest is one refusal, as in the other formats.
                Fault::Broken { line, what } => items.reading.refuse(
                    line,
                    "",
                    Refusal::new(Reason::BrokenEntry)
                        .detail(format!("{what}; the rest is not read")),
                ),
                fault => return Err(error(&name, fault)),
            }
        }
        found.append(&mut items.reading.found);
        Ok(true)
    }))
}

fn error(name: &Arc<str>, fault: Fault) -> Error {
    let broken =
        |line, what: &str| Error::new(ErrorKind::BrokenInput, what).at(Place::line(name, line));
    match fault {
        Fault::Unreadable(cause) => unreadable(name, cause),
        Fault::DocumentType { line } => broken(
            line,
            "the XML has a document type, which could define entities",
        )
        .hint("remove the `<!DOCTYPE ...>`; OpenIOC does not need it"),
        Fault::Broken { line, what } => broken(line, &what),
    }
}

struct Items {
    tokens: Tokens,
    reading: Reading,
    over: bool,
}

impl Items {
    fn step(&mut self) -> std::result::Result<(), Fault> {
        match self.tokens.next()? {
            Token::Open(element) => self.reading.open(&element),
            Token::Text(text) => self.reading.text(&text),
            Token::Close(name) => self.reading.close(&name),
            Token::End => self.over = true,
        }
        Ok(())
    }
}

/// One `IndicatorItem`.
#[derive(Debug, Default)]
struct Item {
    id: String,
    line: u64,
    condition: String,
    negated: bool,
    search: String,
    kind: String,
    content: String,
}

impl Item {
    /// What it says beyond "is", if it does.
    fn beyond_is(&self) -> Option<&str> {
        match self.condition.as_str() {
            _ if self.negated => Some("negate"),
            "is" => None,
            "" => Some("no condition"),
            other => Some(other),
        }
    }

    fn meaning(&self) -> Meaning {
        terms::meaning(&self.search, &self.kind)
    }

    /// A refusal that names the item, since its line may hold others.
    fn refusal(&self, reason: Reason, detail: &str) -> Refusal {
        let id = if self.id.is_empty() {
            "without id"
        } else {
            &self.id
        };
        Refusal::new(reason).detail(format!("{detail}, item {id}"))
    }
}

/// The items below the outermost `AND`.
struct Group {
    /// How many indicators are open outside of it.
    outside: usize,
    line: u64,
    id: String,
    items: Vec<Item>,
    /// The first thing in it that is more than "is".
    never: Option<String>,
}

/// The part of the definition that was read.
struct Reading {
    name: Arc<str>,
    details: Details,
    /// How many `Indicator` are open.
    depth: usize,
    group: Option<Group>,
    item: Option<Item>,
    in_content: bool,
    found: Queue,
}

impl Reading {
    fn new(name: Arc<str>, mut details: Details) -> Reading {
        let mut found = Queue::new();
        details.queue_notes(&mut found, &Place::whole(&name));
        Reading {
            name,
            details,
            depth: 0,
            group: None,
            item: None,
            in_content: false,
            found,
        }
    }

    fn open(&mut self, element: &Element) {
        let is = |name, text: &str| element.attribute(name).eq_ignore_ascii_case(text);
        match element.name.as_str() {
            "Indicator" => {
                let (operator, negated) = (element.attribute("operator"), is("negate", "true"));
                let joined = !is("operator", "OR") || negated;
                if joined && self.group.is_none() {
                    self.group = Some(Group {
                        outside: self.depth,
                        line: element.line,
                        id: element.attribute("id").to_owned(),
                        items: Vec::new(),
                        never: None,
                    });
                }
                if let Some(group) = &mut self.group {
                    if negated {
                        group.never.get_or_insert_with(|| "negate".to_owned());
                    } else if !is("operator", "AND") && !is("operator", "OR") {
                        group
                            .never
                            .get_or_insert_with(|| format!("operator `{operator}`"));
                    }
                }
                self.depth += 1;
            }
            "IndicatorItem" => {
                self.item = Some(Item {
                    id: element.attribute("id").to_owned(),
                    line: element.line,
                    condition: element.attribute("condition").trim().to_ascii_lowercase(),
                    negated: is("negate", "true") || is("negate", "1"),
                    ..Item::default()
                });
            }
            "Context" => {
                if let Some(item) = &mut self.item {
                    element.attribute("search").clone_into(&mut item.search);
                }
            }
            "Content" => {
                if let Some(item) = &mut self.item {
                    element.attribute("type").clone_into(&mut item.kind);
                    self.in_content = true;
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if let (true, Some(item)) = (self.in_content, &mut self.item) {
            // One more than a value may have says that it is too long.
            let room = (MAX_VALUE_BYTES + 4).saturating_sub(item.content.len());
            let end = (0..=room.min(text.len()))
                .rev()
                .find(|at| text.is_char_boundary(*at));
            item.content.push_str(&text[..end.unwrap_or(0)]);
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "Content" => self.in_content = false,
            "IndicatorItem" => {
                if let Some(item) = self.item.take() {
                    match &mut self.group {
                        Some(group) => group.take(item),
                        None => self.alternative(&item),
                    }
                }
            }
            "Indicator" => {
                self.depth = self.depth.saturating_sub(1);
                if let Some(group) = self.group.take_if(|group| group.outside == self.depth) {
                    self.together(group);
                }
            }
            _ => {}
        }
    }

    /// An item that stands for itself.
    fn alternative(&mut self, item: &Item) {
        let content = item.content.trim();
        if let Some(beyond) = item.beyond_is() {
            let refusal = item.refusal(Reason::PatternNotSupported, beyond);
            self.refuse(item.line, content, refusal);
        } else if item.search.trim().is_empty() {
            let refusal = item.refusal(Reason::BrokenEntry, "the search term is empty");
            self.refuse(item.line, content, refusal);
        } else if !self.value(item, &[]) {
            let refusal = item.refusal(Reason::UnsupportedType, &item.search);
            self.refuse(item.line, content, refusal);
        }
    }

    /// Items that stand together.
    fn together(&mut self, mut group: Group) {
        if let [item] = &group.items[..]
            && group.never.is_none()
        {
            return self.alternative(item);
        }
        let beyond = group
            .items
            .iter()
            .find_map(|item| item.beyond_is().map(str::to_owned));
        let is_value = |item: &&Item| matches!(item.meaning(), Meaning::Value(..) | Meaning::Uri);
        let mut values: Vec<&Item> = group.items.iter().filter(is_value).collect();
        // Beside a value of the usual types, those of others say more of it.
        let usual = |item: &&Item| match item.meaning() {
            Meaning::Value(Expect::Type(kind), _) => kind.plugin().is_default,
            _ => true,
        };
        let has_usual = values.iter().any(usual);
        if has_usual {
            values.retain(usual);
        }
        if let Some(never) = group.never.take().or(beyond) {
            let detail = format!("`{never}` beside AND");
            for item in values.iter().filter(|_| has_usual) {
                let refusal = item.refusal(Reason::PatternNotSupported, &detail);
                self.refuse(item.line, item.content.trim(), refusal);
            }
            if !has_usual {
                let refusal = Refusal::new(Reason::PatternNotSupported).detail(detail);
                self.refuse(group.line, &group.text(), refusal);
            }
        } else if values.is_empty() {
            let terms = group.items.first().map_or("no item", |item| &item.search);
            let refusal = Refusal::new(Reason::UnsupportedType).detail(terms);
            self.refuse(group.line, &group.text(), refusal);
        } else {
            let ports = group.ports();
            for item in values {
                self.value(item, &ports);
            }
        }
    }

    /// Queues what the item's content is read as; whether its term is of something that can be read.
    fn value(&mut self, item: &Item, ports: &[u16]) -> bool {
        let meaning = item.meaning();
        let content = item.content.trim();
        let Some((parsed, retyped)) = terms::read(meaning, content) else {
            return false;
        };
        let role = match meaning {
            Meaning::Value(_, role) => role,
            _ => None,
        };
        let place = Place::line(&self.name, item.line);
        if retyped {
            entry::note_retyped(&mut self.found, &place, content);
        }
        entry::queue(&mut self.found, &place, content, parsed, |indicator| {
            self.details.give(indicator, role);
            if matches!(indicator.ioc, Ioc::Ipv4(_) | Ioc::Ipv6(_) | Ioc::Domain(_)) {
                indicator.ports.extend(ports);
                indicator.ports.sort_unstable();
                indicator.ports.dedup();
            }
        });
        true
    }

    fn refuse(&mut self, line: u64, value: &str, refusal: Refusal) {
        let place = Place::line(&self.name, line);
        let rejection = Rejection::new(place, value, refusal);
        self.found.push_back(Found::Rejection(rejection));
    }
}

impl Group {
    fn take(&mut self, item: Item) {
        if self.items.len() < MAX_GROUP {
            self.items.push(item);
        } else {
            self.never = Some(format!("more than {MAX_GROUP} items"));
        }
    }

    fn ports(&self) -> Vec<u16> {
        let ports = self
            .items
            .iter()
            .filter(|item| item.meaning() == Meaning::Port);
        let ports = ports.filter_map(|item| item.content.trim().parse().ok());
        ports.filter(|port| *port != 0).take(MAX_PORTS).collect()
    }

    /// The group in a few words: its id and what its first items say.
    fn text(&self) -> String {
        let item =
            |item: &Item| format!("{} {} {}", item.search, item.condition, item.content.trim());
        let items: Vec<String> = self.items.iter().take(4).map(item).collect();
        format!("{}: {}", self.id, items.join("; "))
    }
}

//! Names at, below or above a listed name.

use std::borrow::Cow;
use std::collections::HashMap;

use super::entries::{EntryId, Hit};
use crate::indicator::{Expect, Ioc, IocType, parse_as};

/// Listed names. In the same map stand the names above them, for the rule of a domain matches the names below it.
#[derive(Debug, Default)]
pub(super) struct Names {
    index: HashMap<Box<str>, usize>,
    nodes: Vec<Node>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Node {
    /// The entry that lists the name itself.
    itself: Option<EntryId>,
    /// The entry that lists the name with everything below it.
    tree: Option<EntryId>,
    /// An entry for a name below it.
    below: Option<EntryId>,
}

impl Names {
    /// Makes room for so many names.
    pub(super) fn reserve(&mut self, count: usize) {
        self.index.reserve(count);
        self.nodes.reserve(count);
    }

    /// Adds a name in its canonical form, alone or with everything below it.
    pub(super) fn add(&mut self, name: &str, tree: bool, entry: EntryId) {
        let node = self.node(name);
        let slot = if tree {
            &mut node.tree
        } else {
            &mut node.itself
        };
        slot.get_or_insert(entry);
        for above in above(name) {
            let node = self.node(above);
            if node.below.is_some() {
                break; // And so has every name above this one.
            }
            node.below = Some(entry);
        }
    }

    fn node(&mut self, name: &str) -> &mut Node {
        let at = match self.index.get(name) {
            Some(at) => *at,
            None => {
                self.index.insert(Box::from(name), self.nodes.len());
                self.nodes.push(Node::default());
                self.nodes.len() - 1
            }
        };
        &mut self.nodes[at]
    }

    fn get(&self, name: &str) -> Option<&Node> {
        self.nodes.get(*self.index.get(name)?)
    }

    /// The entry for a host: the name itself, or one that it is below.
    pub(super) fn host(&self, name: &str) -> Option<Hit> {
        let itself = self.get(name);
        if let Some(entry) = itself.and_then(|node| node.tree.or(node.itself)) {
            return Some(Hit::On(entry));
        }
        above(name).find_map(|above| Some(Hit::On(self.get(above)?.tree?)))
    }

    /// The entry for a domain with every name below it.
    pub(super) fn domain(&self, name: &str) -> Option<Hit> {
        self.host(name)
            .or_else(|| Some(Hit::Within(self.get(name)?.below?)))
    }
}

/// The names above a name, the nearest first.
fn above(name: &str) -> impl Iterator<Item = &str> {
    let mut rest = name;
    std::iter::from_fn(move || {
        (_, rest) = rest.split_once('.')?;
        Some(rest)
    })
}

/// Reads a name of any spelling into its canonical form. It may be a single label: a list may hold a whole top-level domain.
pub(super) fn name(text: &str) -> Option<Cow<'_, str>> {
    let text = text.trim();
    let bare = text.strip_prefix("*.").unwrap_or(text);
    let bare = bare.trim_matches('.'); // As MISP does.
    if is_plain(bare) {
        return Some(match bare.bytes().any(|b| b.is_ascii_uppercase()) {
            true => Cow::Owned(bare.to_ascii_lowercase()),
            false => Cow::Borrowed(bare),
        });
    }
    let domain = |text: &str| match parse_as(Expect::Type(IocType::Domain), text).ok()?.ioc {
        Ioc::Domain(domain) => Some(domain.as_str().to_owned()),
        _ => None,
    };
    if let Some(name) = domain(bare) {
        return Some(Cow::Owned(name));
    }
    // A label alone is not a domain, and one below a name is.
    let below = domain(&format!("x.{bare}"))?;
    Some(Cow::Owned(below.strip_prefix("x.")?.to_owned()))
}

/// Whether folding the case is all there is to do: the way of nearly every entry.
fn is_plain(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && !label
                .get(..4)
                .is_some_and(|head| head.eq_ignore_ascii_case("xn--"))
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    name.len() <= 253
        && name.split('.').all(label)
        && name
            .rsplit('.')
            .next()
            .is_some_and(|last| last.bytes().any(|b| b.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_a_name() {
        for (text, expected) in [
            ("GitHub.com", Some("github.com")),
            (".google.com", Some("google.com")),
            ("*.google.com", Some("google.com")),
            ("google.com.", Some("google.com")),
            ("github[.]com", Some("github.com")),
            ("github.com:443", Some("github.com")),
            ("bücher.example", Some("xn--bcher-kva.example")),
            ("XN--bcher-kva.example", Some("xn--bcher-kva.example")),
            ("AAA", Some("aaa")),
            ("рф", Some("xn--p1ai")),
            ("_dmarc.evil.example", Some("_dmarc.evil.example")),
            ("8.8.8.8", None),
            ("", None),
            ("*", None),
            ("autodiscover.*.example", None),
            ("a..b", None),
        ] {
            assert_eq!(name(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn the_names_above_a_name() {
        assert_eq!(
            above("a.b.example").collect::<Vec<_>>(),
            ["b.example", "example"]
        );
        assert_eq!(above("example").count(), 0);
    }
}

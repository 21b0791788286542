//! From the tree of a pattern to its values.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::grammar::{Node, Path, Test};
use super::reading::{MAX_PORTS, Reading, Value};
use crate::indicator::{EmailRole, Expect, IocType, Refusal};
use crate::reason::Reason;
use crate::types::{Vocabulary, vocabulary};

/// The values of a pattern, in their order.
pub(super) fn readings(tree: &Node<'_>) -> Vec<Reading> {
    let mut found = Vec::new();
    alternatives(tree, &mut found);
    found
}

/// What an object path points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// A value of one of our types; of a connection, at this end.
    Value(Expect, Option<EmailRole>, End),
    /// The port at this end of a connection.
    Port(End),
    /// Anything else.
    Other,
}

/// The ends of a connection. Terms without a connection go with the destinations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Source,
    Destination,
}

/// The object paths that hold a value, in lower case, steps apart by dots.
static PATHS: LazyLock<HashMap<&str, (Expect, Option<EmailRole>)>> = LazyLock::new(|| {
    let mut paths = HashMap::new();
    for (path, said) in vocabulary(Vocabulary::Stix) {
        paths.entry(path).or_insert(said);
    }
    paths
});

fn meaning(path: &Path<'_>) -> Meaning {
    let object = path.object.to_ascii_lowercase();
    let steps: Vec<String> = path
        .steps
        .iter()
        .map(|step| step.to_ascii_lowercase())
        .collect();
    let full = format!("{object}:{}", steps.join("."));
    let end = match steps.first().map(String::as_str) {
        Some("src_ref" | "src_port" | "src_ip") if object == "network-traffic" => End::Source,
        _ => End::Destination,
    };
    if let Some((expect, role)) = PATHS.get(full.as_str()) {
        return Meaning::Value(*expect, *role, end);
    }
    match (object.as_str(), steps.as_slice()) {
        ("network-traffic", [port]) if port == "dst_port" || port == "src_port" => {
            Meaning::Port(end)
        }
        // Not of STIX; SEKOIA writes it.
        ("network-traffic", [address]) if address == "dst_ip" || address == "src_ip" => {
            Meaning::Value(Expect::Host, None, end)
        }
        ("file" | "artifact" | "process" | "email-message" | "directory", steps) => {
            match file_hash(steps) {
                Some((expect, role)) => Meaning::Value(expect, role, end),
                None => Meaning::Other,
            }
        }
        _ => Meaning::Other,
    }
}

/// The hash at the end of a path to a file: `hashes.'SHA-256'`, `content_ref.hashes.MD5`, `image_ref.hashes.SHA1`. Below `extensions`
/// are hashes of sections and headers, which no log has.
fn file_hash(steps: &[String]) -> Option<(Expect, Option<EmailRole>)> {
    let [before @ .., hashes, algorithm] = steps else {
        return None;
    };
    if hashes != "hashes" || before.iter().any(|step| step == "extensions") {
        return None;
    }
    let name: String = algorithm.chars().filter(|c| c.is_alphanumeric()).collect();
    PATHS.get(format!("hashes.{name}").as_str()).copied()
}

/// The values of a test, each with the end of the connection that it is at; `None` where it is on something else.
fn values(test: &Test<'_>) -> Option<Vec<(Value, End)>> {
    let Meaning::Value(expect, role, end) = meaning(&test.path) else {
        return None;
    };
    // An address in a network: the network. `Host` is not asked for, as no name is inside another.
    let expect = match (test.subset, expect) {
        (true, Expect::Host) => Expect::Address,
        (_, expect) => expect,
    };
    let value = |text: &std::borrow::Cow<'_, str>| Value {
        expect,
        role,
        text: text.clone().into_owned(),
        ports: Vec::new(),
    };
    Some(test.values.iter().map(|text| (value(text), end)).collect())
}

/// Whether `ISSUBSET` stands where it has no meaning: on anything but addresses.
fn misplaced_subset(test: &Test<'_>) -> bool {
    let address = match meaning(&test.path) {
        Meaning::Value(Expect::Type(kind), ..) => kind == IocType::Ipv4 || kind == IocType::Ipv6,
        Meaning::Value(expect, ..) => expect == Expect::Host,
        _ => false,
    };
    test.subset && !address
}

fn refused(text: &str, reason: Reason, detail: impl Into<String>) -> Reading {
    Reading::Refused {
        text: text.to_owned(),
        refusal: Refusal::new(reason).detail(detail),
    }
}

/// Takes the branches of `OR` one by one.
fn alternatives(node: &Node<'_>, found: &mut Vec<Reading>) {
    match node {
        Node::Any { of } => of.iter().for_each(|branch| alternatives(branch, found)),
        Node::All { of, text } => {
            let group = Group::of(of);
            if let Some(because) = group.never {
                let detail = format!("{because} beside AND");
                found.push(refused(text, Reason::PatternNotSupported, detail));
            } else if group.values.is_empty() {
                let detail = group.other.unwrap_or_default();
                found.push(refused(text, Reason::UnsupportedType, detail));
            } else {
                let values = group.values.into_iter();
                found.extend(values.map(|(value, _)| Reading::Value(value)));
            }
        }
        Node::Test(test) if misplaced_subset(test) => {
            found.push(refused(test.text, Reason::PatternNotSupported, "ISSUBSET"));
        }
        Node::Test(test) => match values(test) {
            Some(values) => found.extend(values.into_iter().map(|(v, _)| Reading::Value(v))),
            None => found.extend(
                test.values
                    .iter()
                    .map(|value| refused(value, Reason::UnsupportedType, test.path.text)),
            ),
        },
        Node::Never { text, because } => {
            found.push(refused(text, Reason::PatternNotSupported, *because));
        }
    }
}

/// The terms under one `AND`.
#[derive(Default)]
struct Group<'a> {
    values: Vec<(Value, End)>,
    ports: Vec<(u16, End)>,
    /// The first path to something else.
    other: Option<&'a str>,
    /// The first operator that is more than equality.
    never: Option<&'static str>,
}

impl<'a> Group<'a> {
    fn of(nodes: &[Node<'a>]) -> Group<'a> {
        let mut group = Group::default();
        nodes.iter().for_each(|node| group.take(node));
        group.describe();
        for (value, at) in &mut group.values {
            for (port, end) in &group.ports {
                if end == at && value.ports.len() < MAX_PORTS && !value.ports.contains(port) {
                    value.ports.push(*port);
                }
            }
        }
        group
    }

    /// Beside a value of the usual types, those of others say more of it: `file:name` beside the hash of the file.
    fn describe(&mut self) {
        let usual = |(value, _): &(Value, End)| match value.expect {
            Expect::Type(kind) => kind.plugin().is_default,
            _ => true,
        };
        if self.values.iter().any(usual) {
            self.values.retain(usual);
        }
    }

    fn take(&mut self, node: &Node<'a>) {
        match node {
            // `(one OR other) AND …`: both are meant, and what stands beside them is of both.
            Node::Any { of } => of.iter().for_each(|node| self.take(node)),
            Node::All { of, .. } => {
                let inner = Group::of(of);
                // Ports that have found their values are not of the values outside.
                if inner.values.is_empty() {
                    self.ports.extend(inner.ports);
                }
                self.values.extend(inner.values);
                self.other = self.other.or(inner.other);
                self.never = self.never.or(inner.never);
            }
            Node::Never { because, .. } => self.never = self.never.or(Some(because)),
            Node::Test(test) if misplaced_subset(test) => {
                self.never = self.never.or(Some("ISSUBSET"));
            }
            Node::Test(test) => match (values(test), meaning(&test.path)) {
                (Some(values), _) => self.values.extend(values),
                (None, Meaning::Port(end)) => {
                    let ports = test.values.iter().filter_map(|text| text.parse().ok());
                    let known: Vec<_> = ports.filter(|port| *port != 0).map(|p| (p, end)).collect();
                    let room = MAX_PORTS.saturating_sub(self.ports.len());
                    self.ports.extend(known.into_iter().take(room));
                    self.other = self.other.or(Some(test.path.text));
                }
                (None, _) => self.other = self.other.or(Some(test.path.text)),
            },
        }
    }
}

//! The learner against backends that a fuzzer makes up.

use std::convert::Infallible;

use super::batch_converter::BatchConverter;
use super::oracle::{Answer, Oracle};
use super::rule_input::{Given, Value};
use crate::document::Document;
use crate::rule::node::Node;

/// A backend: what it makes of a text depends on these bits.
struct Backend(u8);

impl Backend {
    const fn does(&self, bit: u8) -> bool {
        self.0 & (1 << bit) != 0
    }

    /// The queries of a rule with one text.
    fn queries(&self, text: &str) -> Answer {
        if self.does(0) && text.contains('<') {
            return None;
        }
        let mut query = String::new();
        for c in text.chars() {
            match c {
                '"' if self.does(1) => query.push_str("\\\""),
                '\\' if self.does(2) => query.push_str("\\\\"),
                ' ' if self.does(3) => query.push_str("%20"),
                '*' if self.does(4) => query.push('%'),
                c if self.does(5) => query.extend(c.to_lowercase()),
                c => query.push(c),
            }
        }
        // What a skeleton cannot say: a text of another length, or with another beginning, is asked for in other words.
        let query = match (self.does(6) && text.len() > 20, text.starts_with("ev")) {
            (true, _) => format!("long({query})"),
            (_, true) if self.does(7) => format!("field startswith {query}"),
            _ => format!("field = \"{query}\""),
        };
        match text.len().is_multiple_of(7) && self.does(6) {
            true => Some(vec![query.clone(), query]),
            false => Some(vec![query]),
        }
    }

    fn answer(&self, given: &Given) -> Answer {
        let Value::Node(node) = &given.value else {
            return None;
        };
        let mut last = None;
        node.each_text(&mut |text| last = Some(text.to_owned()));
        self.queries(&last?)
    }
}

impl Oracle for Backend {
    type Error = Infallible;

    fn probe(&mut self, rules: Vec<Given>) -> Result<Vec<Answer>, Infallible> {
        Ok(rules.iter().map(|given| self.answer(given)).collect())
    }

    fn convert(&mut self, rules: Vec<Given>) -> Result<Vec<Answer>, Infallible> {
        self.probe(rules)
    }
}

/// A rule whose last text is this.
fn rule(text: &str) -> Node {
    let map = |name: &str, node: Node| Node::Map(vec![(name.to_owned(), node)]);
    let detection = Node::Map(vec![
        ("condition".to_owned(), "selection".into()),
        ("selection".to_owned(), map("field", text.into())),
    ]);
    map("detection", detection)
}

/// The first byte as a backend, each line behind it as a text of a rule: what is filled is what the backend gives.
///
/// # Panics
/// Where it is not.
#[doc(hidden)]
pub fn fuzz_learner(data: &[u8]) {
    let Some((bits, rest)) = data.split_first() else {
        return;
    };
    let mut backend = Backend(*bits);
    let text = String::from_utf8_lossy(rest);
    let nodes: Vec<Node> = text.lines().take(256).map(rule).collect();
    let rules: Vec<Document<'_>> = nodes.iter().cloned().map(Document::of).collect();
    let mut expected = Vec::new();
    let mut counts = Vec::new();
    for rule in &nodes {
        let answer = backend.answer(&Given::from(rule.clone()));
        counts.push(answer.as_ref().map(Vec::len));
        expected.extend(answer.into_iter().flatten());
    }
    let mut converter = BatchConverter::new(usize::MAX, true);
    for _ in 0..8 {
        let Ok(queries) = converter.batch(&rules, &mut backend);
        let Ok(is_right) = converter.settle(&mut backend);
        if is_right {
            let filled: Vec<&str> = queries.iter().collect();
            assert_eq!(filled, expected);
            assert_eq!(queries.rules, counts);
            return;
        }
        converter.restart();
    }
    panic!("what was learned is not given up");
}

//! Who is asked, and what is answered.

use super::rule_input::Given;

/// What a rule became: its queries; `None` where the backend refuses it.
pub(crate) type Answer = Option<Vec<String>>;

/// The backend, behind which pySigma stands.
pub(crate) trait Oracle {
    /// The errors of the oracle itself.
    type Error;

    /// Converts rules to see what the backend gives: probe values, and real ones for comparison.
    fn probe(&mut self, rules: Vec<Given>) -> Result<Vec<Answer>, Self::Error>;

    /// Converts rules whose queries go into the output, in the order of the input.
    fn convert(&mut self, rules: Vec<Given>) -> Result<Vec<Answer>, Self::Error>;
}

/// The queries of a batch, in order.
#[derive(Debug, Default)]
pub(crate) struct Queries {
    /// All queries, one after the other.
    pub(crate) text: String,
    /// Where each ends in the text.
    pub(crate) ends: Vec<usize>,
    /// How many queries each rule has; `None` where the backend refused it.
    pub(crate) rules: Vec<Option<usize>>,
}

impl Queries {
    pub(super) fn push(&mut self, answer: Answer) {
        self.rules.push(answer.as_ref().map(Vec::len));
        for query in answer.into_iter().flatten() {
            self.text.push_str(&query);
            self.ends.push(self.text.len());
        }
    }

    /// The queries.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        let mut from = 0;
        self.ends.iter().map(move |end| {
            let query = &self.text[from..*end];
            from = *end;
            query
        })
    }
}

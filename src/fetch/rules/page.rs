//! One answer of the Sigma endpoint.

use std::cell::RefCell;
use std::io::Read;

use uuid::Uuid;

use super::sigma;
use crate::document::safe;
use crate::error::{Error, ErrorKind, Result};
use crate::fetch::account::Refused;
use crate::fetch::answer::{Body, Head};
use crate::fetch::documents::{MAX_PASSED_OVER, Piece, Splitter};
use crate::fetch::refusal::clean;
use crate::output;
use crate::rule::SigmaRule;
use crate::wire::{MAX_LIMIT, Query};

/// A rule as the server sent it.
///
/// ```
/// use socdef_sigma::fetch::{Document, FetchedRules};
///
/// fn save(document: &Document) -> (String, &[u8]) {
///     (format!("{}-{}", document.id, document.file_name), document.text.as_bytes())
/// }
/// assert_eq!(FetchedRules::default().documents().map(save).count(), 0);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The rule's id.
    pub id: Uuid,
    /// The YAML, byte for byte, without the markers around it.
    pub text: String,
    /// A name for a file of its own, by log source, title and id.
    pub file_name: String,
}

/// One answer.
pub(super) struct Page {
    pub(super) documents: Vec<Document>,
    pub(super) refused: Vec<Refused>,
    pub(super) received: u64,
    pub(super) total: Option<u64>,
}

/// Reads one answer to its end.
pub(super) fn read(head: &Head, body: &mut Body<'_>, query: &Query) -> Result<Page> {
    let mut page = Page {
        documents: Vec::new(),
        refused: Vec::new(),
        received: 0,
        total: head.total,
    };
    let mut last_good = true;
    let lengths = RefCell::new(Vec::new());
    let mut each = |piece: Piece| {
        page.received = piece.number;
        lengths
            .borrow_mut()
            .push(piece.text.as_ref().map_or(0, String::len));
        let rule = piece.text.and_then(|text| Ok((read_rule(&text)?, text)));
        last_good = rule.is_ok();
        match rule {
            Ok((rule, text)) => page.documents.push(Document {
                id: rule.id,
                file_name: output::document_name(&rule),
                text,
            }),
            Err(reason) => page.refused.push(Refused {
                place: head.place.clone(),
                number: piece.number,
                // It may quote the document.
                reason: clean(&reason),
            }),
        }
    };
    let mut splitter = Splitter::default();
    let mut buffer = vec![0; 1 << 15];
    loop {
        let count = body
            .read(&mut buffer)
            .map_err(|cause| bad("the answer cannot be read").because(cause))?;
        if count == 0 {
            break;
        }
        splitter.push(&buffer[..count], &mut each);
        count_results(&lengths, body)?;
        if splitter.is_endless() {
            return Err(bad(&format!(
                "a document of the answer is longer than {MAX_PASSED_OVER} bytes"
            )));
        }
    }
    let ends_with_line = splitter.finish(&mut each);
    count_results(&lengths, body)?;
    // A connection that simply ends may end anywhere; only the number of documents tells.
    let limit = query.limit.unwrap_or(MAX_LIMIT);
    let all = head
        .total
        .is_some_and(|total| page.received >= total.saturating_sub(query.offset).min(limit));
    let sure = head.guarded || (all && last_good && ends_with_line);
    if !sure {
        return Err(bad(
            "the answer has neither a length nor a result count, so it cannot be checked for completeness",
        ));
    }
    let complete =
        ends_with_line || (last_good && head.total.is_none() && ends_like_others(&page.documents));
    if !complete {
        return Err(bad("the answer is cut in the middle of a document"));
    }
    Ok(page)
}

/// Reads a document that is a Sigma rule to us, to a safe loader of YAML and to pySigma.
fn read_rule(text: &str) -> std::result::Result<SigmaRule, String> {
    let value = safe(text)?;
    let rule = SigmaRule::from_yaml(text)?;
    sigma::check(&value)?;
    Ok(rule)
}

/// Counts the documents of these lengths, and forgets the lengths.
fn count_results(lengths: &RefCell<Vec<usize>>, body: &mut Body<'_>) -> Result<()> {
    lengths
        .borrow_mut()
        .drain(..)
        .try_for_each(|length| body.result(length))
}

/// Whether the last document, whose last line has no end, has the last field that the one before it has. A server may leave out
/// the last line end of its answer; one that cuts it leaves out more.
fn ends_like_others(documents: &[Document]) -> bool {
    let last_field = |document: &Document| {
        let mut fields = document
            .text
            .lines()
            .filter(|line| line.starts_with(|c: char| c.is_ascii_alphanumeric()));
        fields
            .next_back()
            .and_then(|line| Some(line.split_once(':')?.0.to_owned()))
    };
    match documents {
        [] => true,
        // The last field of the service's own rules.
        [one] => last_field(one).as_deref() == Some("level"),
        [.., before, last] => last_field(last) == last_field(before),
    }
}

fn bad(message: &str) -> Error {
    Error::new(ErrorKind::BadAnswer, message)
}

//! Sigma rules as they stand in a file, whoever wrote them: read as PyYAML reads them, so as pySigma does.
//!
//! A file of many rules mostly repeats itself. The first of its kind is parsed, and gives a `Skeleton`: its text with placeholders where
//! rules of the kind differ. Whatever fits the skeleton letter by letter is one more of the kind, and needs no parser.

mod body;
mod parse;
mod placeholders;
mod resolve;
#[cfg(feature = "fetch")]
mod safe;
#[cfg(feature = "fetch")]
mod scalar;
mod skeleton;
mod split;
mod text;

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;

pub(crate) use body::Body;
pub use body::{Broken, Document};
pub(crate) use placeholders::is_plain_field;
#[cfg(feature = "fetch")]
pub(crate) use safe::safe;
pub(crate) use skeleton::Skeleton;

/// Reads the documents of a text, many at a time.
///
/// ```
/// use socdef_sigma::document::Reader;
///
/// let rules = "title: a\nid: 1\n---\ntitle: b\nid: 2\n";
/// assert_eq!(Reader::new(rules).some(8)?.len(), 2);
/// # Ok::<(), socdef_sigma::document::Broken>(())
/// ```
#[derive(Debug)]
pub struct Reader<'a> {
    pieces: Vec<split::Piece<'a>>,
    next: usize,
    skeletons: Skeletons,
}

/// How many skeletons are remembered; forgetting costs time only.
const SKELETONS: usize = 4096;
/// How many documents may look alike but for their quoted texts and still be of different skeletons.
const ALIKE: usize = 64;

impl<'a> Reader<'a> {
    /// A reader of this text.
    ///
    /// ```
    /// use socdef_sigma::document::Reader;
    /// assert!(Reader::new("# a comment and nothing else\n").some(8)?.is_empty());
    /// # Ok::<(), socdef_sigma::document::Broken>(())
    /// ```
    pub fn new(text: &'a str) -> Reader<'a> {
        Reader {
            pieces: split::pieces(text),
            next: 0,
            skeletons: Skeletons::new(),
        }
    }

    /// The next documents, up to about `most`; none at the end. Empty documents are left out, and a list stands for what is in it.
    ///
    /// # Errors
    /// [`Broken`] for what is not YAML, is nested too deep, or grows too much by its aliases.
    ///
    /// ```
    /// use socdef_sigma::document::Reader;
    ///
    /// let mut reader = Reader::new("a: 1\n---\nb: yes\n---\n");
    /// let lines: Vec<usize> = reader.some(100)?.iter().map(|document| document.line).collect();
    /// assert_eq!(lines, [1, 3]);
    /// assert!(reader.some(100)?.is_empty());
    /// # Ok::<(), socdef_sigma::document::Broken>(())
    /// ```
    pub fn some(&mut self, most: usize) -> Result<Vec<Document<'a>>, Broken> {
        let mut documents = Vec::new();
        // A piece may hold nothing.
        while documents.is_empty() && self.next < self.pieces.len() {
            let end = self.pieces.len().min(self.next + most.max(1));
            let pieces = &self.pieces[self.next..end];
            self.next = end;
            documents = read(pieces, &mut self.skeletons)?;
            if self.skeletons.values().map(Vec::len).sum::<usize>() > SKELETONS {
                self.skeletons.clear();
            }
        }
        Ok(documents)
    }
}

type Skeletons = HashMap<u64, Vec<Arc<Skeleton>>>;

fn read<'a>(
    pieces: &[split::Piece<'a>],
    skeletons: &mut Skeletons,
) -> Result<Vec<Document<'a>>, Broken> {
    let masks: Vec<u64> = pieces
        .par_iter()
        .map(|piece| text::mask(piece.text))
        .collect();
    let mut made: Vec<Option<Vec<Document<'a>>>> = vec![None; pieces.len()];
    let mut left: Vec<usize> = (0..pieces.len()).collect();
    while !left.is_empty() {
        // What fits a skeleton that is known.
        let fitting: Vec<(usize, Option<Document<'a>>)> = left
            .par_iter()
            .with_min_len(64)
            .map(|at| (*at, fit(&pieces[*at], skeletons.get(&masks[*at]))))
            .collect();
        left.clear();
        let mut first: HashMap<u64, ()> = HashMap::new();
        let mut parsed = Vec::new();
        for (at, document) in fitting {
            match document {
                Some(document) => made[at] = Some(vec![document]),
                // One of each kind is parsed, after which the others may fit.
                None if first.insert(masks[at], ()).is_none()
                    || skeletons
                        .get(&masks[at])
                        .is_some_and(|skeletons| skeletons.len() >= ALIKE)
                    || !pieces[at].is_alone =>
                {
                    parsed.push(at);
                }
                None => left.push(at),
            }
        }
        let results: Vec<(usize, Result<Vec<Document<'a>>, Broken>)> = parsed
            .into_par_iter()
            .map(|at| (at, parse::documents(&pieces[at])))
            .collect();
        for (at, result) in results {
            let documents = result?;
            if let [
                Document {
                    body: Body::Value { skeleton, .. },
                    ..
                },
            ] = &documents[..]
                && skeleton.has_text()
            {
                skeletons
                    .entry(masks[at])
                    .or_default()
                    .push(skeleton.clone());
            }
            made[at] = Some(documents);
        }
    }
    Ok(made.into_iter().flatten().flatten().collect())
}

fn fit<'a>(
    piece: &split::Piece<'a>,
    skeletons: Option<&Vec<Arc<Skeleton>>>,
) -> Option<Document<'a>> {
    skeletons?.iter().rev().find_map(|skeleton| {
        Some(Document {
            line: piece.line,
            source: 0,
            body: Body::Value {
                skeleton: skeleton.clone(),
                texts: skeleton.texts_of(piece.text)?,
            },
        })
    })
}

#[cfg(test)]
mod tests;

//! A text of several documents in pieces, before anything is parsed.

/// The text of one document, or of all where the documents cannot be separated this way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    /// The line where it begins, from 1.
    pub(super) line: usize,
    pub(super) text: &'a str,
    /// Whether it holds one document at most.
    pub(super) is_alone: bool,
}

/// The pieces of a text. A line that begins with `---` is a marker wherever it stands (YAML 1.2.2, production 206), so
/// nothing has to be known of what is around it; but a directive is part of the document after it.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut pieces = Vec::new();
    let (mut start, mut begins, mut at) = (0, 1, 0);
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if line.starts_with('%') || line.starts_with("...") {
            return vec![Piece {
                line: 1,
                text,
                is_alone: false,
            }];
        }
        let is_marker = line
            .strip_prefix("---")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']));
        if is_marker {
            push(&mut pieces, begins, &text[start..at]);
            // Text behind a marker belongs to the document.
            let is_bare = line[3..].trim_end_matches(['\r', '\n']).is_empty();
            (start, begins) = match is_bare {
                true => (at + line.len(), number + 2),
                false => (at, number + 1),
            };
        }
        at += line.len();
    }
    push(&mut pieces, begins, &text[start..]);
    pieces
}

fn push<'a>(pieces: &mut Vec<Piece<'a>>, line: usize, text: &'a str) {
    if !text.trim().is_empty() {
        pieces.push(Piece {
            line,
            text,
            is_alone: true,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_separate_documents() {
        let found = |text| -> Vec<(usize, String)> {
            pieces(text)
                .into_iter()
                .map(|piece| (piece.line, piece.text.to_owned()))
                .collect()
        };
        let is = |pairs: &[(usize, &str)]| -> Vec<(usize, String)> {
            pairs
                .iter()
                .map(|(line, text)| (*line, (*text).to_owned()))
                .collect()
        };
        assert_eq!(
            found("a: 1\n---\nb: 2\n"),
            is(&[(1, "a: 1\n"), (3, "b: 2\n")])
        );
        assert_eq!(found("---\na: 1"), is(&[(2, "a: 1")]));
        assert_eq!(found("--- {a: 1}\n---\r\n\n"), is(&[(1, "--- {a: 1}\n")]));
        assert_eq!(
            found("a: |\n  ---\n  b\n----\n"),
            is(&[(1, "a: |\n  ---\n  b\n----\n")])
        );
        assert_eq!(found("\u{feff}a: 1\n"), is(&[(1, "a: 1\n")]));
        assert_eq!(found(""), is(&[]));
        for text in ["%YAML 1.1\n---\na: 1\n", "a: 1\n...\nb: 2\n"] {
            assert_eq!(
                pieces(text),
                [Piece {
                    line: 1,
                    text,
                    is_alone: false
                }]
            );
        }
    }
}

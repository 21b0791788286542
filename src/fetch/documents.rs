//! Cutting a YAML stream into its documents as it comes.
//!
//! A line that is `---` or `...`, or begins with one of them and white space, is a marker between documents by the rules of YAML
//! wherever it stands: the text of a block scalar is indented, and no other scalar may hold such a line. The text
//! between two markers is a document, byte for byte.

/// The longest document, in bytes. A rule of one indicator has about a thousand.
const MAX_DOCUMENT_BYTES: usize = 1 << 20;
/// How many bytes of a longer one are passed over. An answer that goes on behind them is not read further.
pub(super) const MAX_PASSED_OVER: u64 = 1 << 24;

/// A document of the stream that holds more than comments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// Its number among those, from 1.
    pub(super) number: u64,
    /// Its text, or why it cannot be one.
    pub(super) text: Result<String, String>,
}

/// The stream so far.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    /// The whole lines of the document.
    document: Vec<u8>,
    /// The line that is not at its end yet.
    line: Vec<u8>,
    /// Whether a part of that line is left out.
    line_cut: bool,
    /// Whether a part of the document is left out.
    too_long: bool,
    /// How many bytes came since the last marker, comments included.
    passed: u64,
    number: u64,
    begun: bool,
}

impl Splitter {
    /// Takes the next bytes of the stream, and gives the documents that they end.
    pub(super) fn push(&mut self, mut bytes: &[u8], each: &mut dyn FnMut(Piece)) {
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            let (line, rest) = bytes.split_at(end + 1);
            self.extend_line(line);
            self.end_line(each);
            bytes = rest;
        }
        self.extend_line(bytes);
    }

    /// Whether the document is so long that its end is not waited for.
    pub(super) fn is_endless(&self) -> bool {
        self.passed > MAX_PASSED_OVER
    }

    /// Ends the stream. Says whether it ended with a line end.
    pub(super) fn finish(mut self, each: &mut dyn FnMut(Piece)) -> bool {
        let whole = self.line.is_empty();
        self.end_line(each);
        self.end_document(each);
        whole
    }

    fn extend_line(&mut self, bytes: &[u8]) {
        self.passed += bytes.len() as u64;
        let room = MAX_DOCUMENT_BYTES.saturating_sub(self.line.len());
        self.line.extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.line_cut |= bytes.len() > room;
    }

    fn end_line(&mut self, each: &mut dyn FnMut(Piece)) {
        if !self.begun && self.line.starts_with(b"\xef\xbb\xbf") {
            self.line.drain(..3);
        }
        self.begun = true;
        let mut line = std::mem::take(&mut self.line);
        let text = match marker(&line) {
            Some(rest) => {
                self.end_document(each);
                rest
            }
            None => &line,
        };
        self.too_long |= std::mem::take(&mut self.line_cut);
        match self.document.len() + text.len() > MAX_DOCUMENT_BYTES {
            true => self.too_long = true,
            false => self.document.extend_from_slice(text),
        }
        // The next line takes its room.
        line.clear();
        self.line = line;
    }

    fn end_document(&mut self, each: &mut dyn FnMut(Piece)) {
        self.passed = 0;
        let document = std::mem::take(&mut self.document);
        let too_long = std::mem::take(&mut self.too_long);
        if !too_long && has_no_content(&document) {
            return;
        }
        self.number += 1;
        let text = match (too_long, String::from_utf8(document)) {
            (true, _) => Err(format!(
                "the document is longer than {MAX_DOCUMENT_BYTES} bytes"
            )),
            (false, Ok(text)) => Ok(text),
            (false, Err(_)) => Err("the document is not UTF-8".to_owned()),
        };
        each(Piece {
            number: self.number,
            text,
        });
    }
}

/// The text behind a document marker, if the line is one: nothing, or the beginning of the document.
fn marker(line: &[u8]) -> Option<&[u8]> {
    let rest = line
        .strip_prefix(b"---")
        .or_else(|| line.strip_prefix(b"..."))?;
    match rest.first() {
        None => Some(rest),
        Some(b' ' | b'\t' | b'\n' | b'\r') => {
            let blank = rest.iter().all(u8::is_ascii_whitespace);
            Some(if blank { &[] } else { &rest[1..] })
        }
        Some(_) => None,
    }
}

/// Whether there are only comments, blank lines and directives.
fn has_no_content(document: &[u8]) -> bool {
    document.split(|byte| *byte == b'\n').all(|line| {
        let text = line.trim_ascii_start();
        text.is_empty() || text.starts_with(b"#") || line.starts_with(b"%")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds the text in pieces of every size up to seven bytes, which must make no difference.
    fn split(text: &[u8]) -> (Vec<Result<String, String>>, bool) {
        let with = |size: usize| {
            let mut found = Vec::new();
            let mut splitter = Splitter::default();
            let mut each = |piece: Piece| {
                found.push(piece.text);
                assert_eq!(piece.number, found.len() as u64);
            };
            for bytes in text.chunks(size) {
                splitter.push(bytes, &mut each);
            }
            let whole = splitter.finish(&mut each);
            (found, whole)
        };
        let first = with(usize::MAX);
        for size in 1..8 {
            assert_eq!(with(size), first);
        }
        first
    }

    fn texts(text: &str) -> Vec<String> {
        split(text.as_bytes())
            .0
            .into_iter()
            .map(Result::unwrap)
            .collect()
    }

    #[test]
    fn documents_end_at_markers() {
        assert_eq!(texts("a: 1\n---\nb: 2\n"), ["a: 1\n", "b: 2\n"]);
        assert_eq!(
            texts("---\na: 1\n--- \nb: 2\n...\n---\t\nc: 3"),
            ["a: 1\n", "b: 2\n", "c: 3"]
        );
        assert_eq!(texts("a: 1\r\n---\r\nb: 2\r\n"), ["a: 1\r\n", "b: 2\r\n"]);
        assert_eq!(
            texts("--- {a: 1}\n--- # why\nb: 2\n"),
            ["{a: 1}\n", "# why\nb: 2\n"]
        );
        assert_eq!(texts("\u{feff}---\na: 1\n---"), ["a: 1\n"]);
    }

    #[test]
    fn what_looks_like_a_marker_inside_a_document_is_none() {
        let block = "a: |\n  text\n  ---\n  more\n";
        assert_eq!(texts(&format!("{block}---\nb: 2\n")), [block, "b: 2\n"]);
        for line in ["---a: 1\n", "----\n", " ---\n", "a: ---\n", "....\n"] {
            assert_eq!(texts(&format!("x: 1\n{line}")), [format!("x: 1\n{line}")]);
        }
    }

    #[test]
    fn comments_alone_are_no_document() {
        for text in [
            "",
            "\n",
            "# no rules\n",
            "# no rules",
            "---\n---\n",
            "%YAML 1.2\n---\n# x\n  # y\n\n...\n",
        ] {
            assert_eq!(texts(text), [""; 0], "{text:?}");
        }
        assert_eq!(texts("# rules\n---\n# one\na: 1\n"), ["# one\na: 1\n"]);
    }

    #[test]
    fn the_end_tells_whether_the_last_line_is_whole() {
        assert!(split(b"a: 1\n").1);
        assert!(split(b"").1);
        assert!(!split(b"a: 1").1);
    }

    #[test]
    fn a_bad_document_costs_itself_only() {
        let (found, _) = split(b"a: 1\n---\nb: \xff\n---\nc: 3\n");
        assert_eq!(
            found.iter().map(Result::is_ok).collect::<Vec<_>>(),
            [true, false, true]
        );
    }

    #[test]
    fn a_long_document_costs_itself_only() {
        for long in [
            format!("b: {}\n", "x".repeat(MAX_DOCUMENT_BYTES + 9)),
            "b: 1\n".repeat(MAX_DOCUMENT_BYTES / 4),
        ] {
            let mut found = Vec::new();
            let mut splitter = Splitter::default();
            let mut each = |piece: Piece| found.push(piece.text.is_ok());
            for bytes in format!("a: 1\n---\n{long}---\nc: 3\n")
                .as_bytes()
                .chunks(1 << 12)
            {
                splitter.push(bytes, &mut each);
            }
            splitter.finish(&mut each);
            assert_eq!(found, [true, false, true]);
        }
    }
}

//! The syntax of links: addresses that a document points at, which are references and no indicators.
//!
//! Known: `[text](url)`, `![text](url)`, `<url>`, `[label]: url`, `href="url"` (Markdown and HTML), `url[text]`, `link:url[text]`
//! (AsciiDoc), `` `text <url>`_ `` and `.. _label: url` (reStructuredText). An address that is defanged is not a link,
//! whatever syntax it stands in: nobody is to follow it.

use crate::indicator::{bracketed, refang};

/// A line without its links, byte for byte as long as it was, and what they point at.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Linked {
    pub(crate) text: String,
    pub(crate) references: Vec<String>,
}

/// The longest address of a link, in bytes.
const MAX_TARGET: usize = 2048;

/// The longest text of a link in AsciiDoc, in bytes.
const MAX_TEXT: usize = 512;

/// Takes the links out of a line.
pub(crate) fn take(line: &str) -> Linked {
    let mut text = line.to_owned();
    let mut references = Vec::new();
    if !line.contains("://") && !line.contains("mailto:") && !line.contains("](") {
        return Linked { text, references };
    }
    text.clear();
    let mut from = 0;
    while let Some((start, end)) = next(line, from) {
        let target = &line[start..end];
        if is_web(target) {
            references.push(target.to_owned());
        }
        text.push_str(&line[from..start]);
        text.extend(std::iter::repeat_n(' ', end - start));
        from = end;
    }
    text.push_str(&line[from..]);
    Linked { text, references }
}

/// Where the next address of a link at or behind a byte begins and ends.
fn next(line: &str, from: usize) -> Option<(usize, usize)> {
    let mut at = from;
    // One walk over the line, whatever it holds: a sign that opens an address, and the address behind it.
    while at < line.len() {
        let rest = &line.as_bytes()[at..];
        if rest.starts_with(b"](") {
            let start = at + 2;
            let end = start + target(&line[start..], true);
            let closed = line[end..].trim_start_matches([' ', '\t']);
            let titled = closed.starts_with([')', '"', '\'', '(']);
            if titled && end > start && is_live(&line[start..end]) {
                return Some((start, end));
            }
            // The text in the parentheses may itself be a link.
            at = start;
        } else if rest.starts_with(b"://")
            || (rest[0] == b':' && line[from..at].ends_with("mailto"))
        {
            let start = scheme_start(line, from, at);
            let end = at + target(&line[at..], false);
            if syntax(line, start, end) && is_live(&line[start..end]) {
                return Some((start, end));
            }
            at = end.max(at + 1);
        } else {
            at += 1;
        }
    }
    None
}

/// The bytes of an address, up to white space and brackets; in parentheses, up to the one that closes them.
fn target(text: &str, in_parentheses: bool) -> usize {
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        let ends = match c {
            '(' => {
                depth += 1;
                false
            }
            ')' if depth == 0 => in_parentheses,
            ')' => {
                depth -= 1;
                false
            }
            '[' | ']' | '<' | '>' | '"' | '`' | '|' => true,
            c => c.is_whitespace(),
        };
        if ends || at >= MAX_TARGET {
            return at;
        }
    }
    text.len()
}

/// Where the scheme before `://` begins.
fn scheme_start(line: &str, from: usize, at: usize) -> usize {
    let before = &line[from..at];
    let scheme = before
        .bytes()
        .rev()
        .take(16)
        .take_while(u8::is_ascii_alphanumeric)
        .count();
    at - scheme
}

/// Whether an address stands in the syntax of a link.
fn syntax(line: &str, start: usize, end: usize) -> bool {
    let (before, after) = (&line[..start], &line[end..]);
    // `<url>`, also behind reStructuredText's text.
    if before.ends_with('<') && after.starts_with('>') {
        return true;
    }
    let attributes = ["href=\"", "href='", "src=\"", "src='"];
    if attributes.iter().any(|name| before.ends_with(name)) {
        return true;
    }
    // `url[text]`; a mark in the brackets would be a part of a defanged address, and what goes on behind them one of the URL.
    if after.starts_with('[') && bracketed(after).is_none() {
        let close = after.bytes().take(MAX_TEXT).position(|byte| byte == b']');
        let behind = close.map(|close| after[close + 1..].trim_start_matches(is_punctuation));
        // A text that goes on in the next line.
        let open = close.is_none() && after[1..].starts_with(char::is_alphanumeric);
        return open
            || behind.is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace));
    }
    // `[label]: url` and `.. _label: url`, at the start of a line.
    let label = before.trim_end().strip_suffix(':').map(str::trim_start);
    label.is_some_and(|label| {
        (label.starts_with('[') && label.ends_with(']')) || label.starts_with(".. _")
    })
}

/// The characters between the text of a link and the next word.
fn is_punctuation(c: char) -> bool {
    matches!(
        c,
        '.' | ',' | ';' | ':' | ')' | '!' | '?' | '|' | '*' | '_' | '\'' | '"'
    )
}

/// Whether an address is one that a reader could follow: none of its parts is defanged.
fn is_live(target: &str) -> bool {
    refang(target) == target
}

fn is_web(target: &str) -> bool {
    let scheme = target.split("://").next().unwrap_or_default();
    target.contains("://")
        && ["http", "https"]
            .iter()
            .any(|web| scheme.eq_ignore_ascii_case(web))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_syntax_of_links() {
        for line in [
            "see [the report](https://vendor.example/a_(b).html) now",
            "see [the report](https://vendor.example/a_(b).html \"title\") now",
            "![x](https://vendor.example/a_(b).html)",
            "at <https://vendor.example/a_(b).html>.",
            "[1]: https://vendor.example/a_(b).html",
            "https://vendor.example/a_(b).html[WeLiveSecurity].",
            "link:https://vendor.example/a_(b).html[text] and more",
            "`text <https://vendor.example/a_(b).html>`_",
            ".. _report: https://vendor.example/a_(b).html",
            "<a href=\"https://vendor.example/a_(b).html\">x</a>",
            "https://vendor.example/a_(b).html[a text that goes on",
        ] {
            let linked = take(line);
            assert_eq!(
                linked.references,
                ["https://vendor.example/a_(b).html"],
                "{line}"
            );
            assert!(
                !linked.text.contains("vendor.example"),
                "{line}: {}",
                linked.text
            );
            assert_eq!(linked.text.len(), line.len());
        }
    }

    #[test]
    fn what_is_no_link_stays() {
        for line in [
            "seen at http://evil.example/a",
            "[x](hxxp://evil.example/a)",
            "[x](http://evil[.]example/a)",
            "<hxxp://evil.example/a>",
            "http://evil.example[.]test/a[PDF]",
            "http://evil.example/report[PDF].exe",
            "url: http://evil.example/a",
        ] {
            let linked = take(line);
            assert_eq!(
                (linked.text.as_str(), linked.references.len()),
                (line, 0),
                "{line}"
            );
        }
        let mail = take("[write](mailto:a@vendor.example), mailto:b@vendor.example[us]");
        assert!(
            !mail.text.contains('@') && mail.references.is_empty(),
            "{}",
            mail.text
        );
        let two = take("https://a.example[A], https://b.example[B] http://evil.example/c");
        assert_eq!(two.references, ["https://a.example", "https://b.example"]);
        assert!(two.text.ends_with("http://evil.example/c"));
    }

    #[test]
    fn relative_links_are_neither() {
        let linked = take("[setup](docs/setup.py) and [x](README.md#a)");
        assert!(linked.references.is_empty());
        assert!(!linked.text.contains("setup.py") && !linked.text.contains("README"));
    }
}

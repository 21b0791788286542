//! Marks in brackets: `[.]`, `(dot)`, `[://]`, in as many brackets as there are.
//!
//! A text is read once, from its start. What a bracket closes is looked at when it closes, so that what stands in brackets within
//! brackets is a mark already, and nothing in brackets is left for a second time.

use super::marks::{AT, DOT, OTHER};

/// Texts in brackets, and their meanings. In square brackets all of them, in others only words and dots.
const MARKS: [(&str, &str); 10] = [
    (".", "."),
    ("dot", "."),
    ("d0t", "."),
    ("@", "@"),
    ("at", "@"),
    (",", "."),
    (":", ":"),
    ("://", "://"),
    ("/", "/"),
    ("//", "//"),
];
/// How many of them stand in any brackets, and how many in angle brackets.
const IN_ANY: usize = 5;
const IN_ANGLE: usize = 3;

/// The most characters between the brackets of a mark: a word with a space on each side, as in `[ dot ]`, and one more.
const LONGEST: usize = 6;

/// The bracket that one closes, and how many of the marks stand in the two.
const fn opener(close: char) -> Option<(char, usize)> {
    match close {
        ']' => Some(('[', MARKS.len())),
        ')' => Some(('(', IN_ANY)),
        '}' => Some(('{', IN_ANY)),
        '>' => Some(('<', IN_ANGLE)),
        _ => None,
    }
}

/// The text with each mark in brackets undone, and with the sign of what was undone in its place.
pub(super) fn undone(value: &str) -> String {
    let mut live = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find([']', ')', '}', '>', DOT, AT, OTHER]) {
        push(&mut live, &rest[..at]);
        let Some(c) = rest[at..].chars().next() else {
            break;
        };
        rest = &rest[at + c.len_utf8()..];
        match closed(&live, c) {
            None if matches!(c, DOT | AT | OTHER) => {
                // A noncharacter of the value's own is not a mark.
                live.push('\u{fffd}');
            }
            None => live.push(c),
            Some((mark, start)) => {
                live.truncate(start);
                rest = put(&mut live, mark, rest);
            }
        }
    }
    push(&mut live, rest);
    live
}

/// Puts a mark to the end of a text, and gives what is left of the text behind it.
pub(super) fn put<'a>(live: &mut String, mark: &str, rest: &'a str) -> &'a str {
    if let "." | "@" = mark {
        live.truncate(live.trim_end_matches([' ', '\t']).len());
        live.push(if mark == "." { DOT } else { AT });
        return rest.trim_start_matches([' ', '\t']);
    }
    push(live, mark);
    if !live.ends_with(OTHER) {
        live.push(OTHER);
    }
    rest
}

/// Adds a text. The slashes of a scheme belong to its colon, whichever of the three was in brackets.
fn push(live: &mut String, text: &str) {
    let slashes = text.len() - text.trim_start_matches('/').len();
    if slashes == 0 || !live.ends_with(OTHER) {
        return live.push_str(text);
    }
    live.pop();
    live.push_str(&text[..slashes]);
    live.push(OTHER);
    live.push_str(&text[slashes..]);
}

/// The mark that a bracket closes at the end of a text, and where it begins. Both brackets may be escaped, as in Markdown: `\[.\]`.
pub(super) fn closed(live: &str, close: char) -> Option<(&'static str, usize)> {
    let (open, marks) = opener(close)?;
    let (text, escaped) = match live.strip_suffix('\\') {
        Some(text) => (text, true),
        None => (live, false),
    };
    let mut inside = 0;
    let at = text
        .char_indices()
        .rev()
        .take_while(|(_, c)| {
            inside += usize::from(*c != OTHER);
            inside <= LONGEST + 1
        })
        .find(|(_, c)| matches!(c, '[' | '(' | '{' | '<'))
        .filter(|(_, c)| *c == open)?
        .0;
    let mark = mark(&text[at + 1..], marks)?;
    match escaped {
        true => Some((mark, text[..at].strip_suffix('\\')?.len())),
        false => Some((mark, at)),
    }
}

/// The meaning of what stands between brackets.
fn mark(inside: &str, marks: usize) -> Option<&'static str> {
    let text: String = inside
        .chars()
        .filter(|c| *c != OTHER)
        .map(|c| match c {
            DOT => '.',
            AT => '@',
            c => c.to_ascii_lowercase(),
        })
        .collect();
    let text = text.trim();
    let marks = MARKS.iter().take(marks);
    let mut of_text = marks.filter(|(mark, _)| *mark == text);
    of_text.next().map(|(_, live)| *live)
}

/// How deep brackets are looked into where they stand between words.
const MAX_DEPTH: usize = 8;

/// The mark that `text` opens with, such as `[.]`, `( dot )` or `[[.]]`, and how many bytes it takes.
pub(crate) fn bracketed(text: &str) -> Option<(&'static str, usize)> {
    nested(text, MAX_DEPTH)
}

fn nested(text: &str, depth: usize) -> Option<(&'static str, usize)> {
    let close = match text.as_bytes().first()? {
        b'[' => ']',
        b'(' => ')',
        b'{' => '}',
        b'<' => '>',
        _ => return None,
    };
    let (_, marks) = opener(close)?;
    let end = text.char_indices().take(LONGEST + 2);
    if let Some((end, _)) = end.clone().find(|(_, c)| *c == close)
        && let Some(mark) = mark(&text[1..end], marks)
    {
        return Some((mark, end + 1));
    }
    let inside = text[1..].trim_start_matches([' ', '\t']);
    let (inner, length) = nested(inside, depth.checked_sub(1)?)?;
    let after = inside[length..].trim_start_matches([' ', '\t']);
    let rest = after.strip_prefix(close)?;
    Some((mark(inner, marks)?, text.len() - rest.len()))
}

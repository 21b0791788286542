//! Text before a value on its line that is not part of it: bullets, numbers, dates, labels.

use chrono::NaiveDate;

/// The longest label, in bytes and in words.
const MAX_LABEL: usize = 64;
const MAX_WORDS: usize = 6;

/// A line without the mark of its list or quotation: `-`, `•`, `>`, `1.`, `(a)`, `[+]`, `[ ]`.
pub(crate) fn without_bullet(mut text: &str) -> &str {
    // Not by calling itself: a line may have as many marks as it likes.
    while let Some(rest) = past_bullet(text) {
        text = rest;
    }
    let opened = text.strip_prefix(['(', '[']).unwrap_or(text);
    let digits = opened.bytes().take_while(u8::is_ascii_digit).count();
    let numbered = (1..=4)
        .contains(&digits)
        .then(|| opened[digits..].strip_prefix(['.', ')', ']']))
        .flatten();
    match numbered {
        Some(rest) if rest.starts_with(char::is_whitespace) => rest.trim_start(),
        _ => text,
    }
}

/// The text behind one mark or box, where the text begins with one.
fn past_bullet(text: &str) -> Option<&str> {
    let marks = text.chars().take_while(|c| {
        matches!(
            c,
            '*' | '-'
                | '+'
                | '.'
                | '•'
                | '·'
                | '–'
                | '—'
                | '>'
                | '◦'
                | '▪'
                | '●'
                | '○'
                | '■'
                | '➤'
                | '→'
                | '‣'
                | '✓'
        )
    });
    let width: usize = marks.map(char::len_utf8).sum();
    let rest = &text[width..];
    if width > 0 && rest.starts_with(char::is_whitespace) {
        return Some(rest.trim_start());
    }
    let boxed = [
        "[ ] ", "[x] ", "[X] ", "[+] ", "[-] ", "[*] ", "[!] ", "[>] ",
    ];
    let rest = boxed.iter().find_map(|mark| text.strip_prefix(mark))?;
    Some(rest.trim_start())
}

/// What a line begins with, before what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lead<'a> {
    /// Where what it says begins, in bytes.
    pub(super) end: usize,
    /// Its label, without the colon: `C2` of `C2: evil.example`.
    pub(super) label: Option<&'a str>,
}

/// Looks at the beginning of a line.
pub(super) fn lead(text: &str) -> Lead<'_> {
    let rest = without_dates(without_bullet(text.trim_start()));
    let label = label(rest);
    let said = match label {
        Some(label) => rest[label.len()..]
            .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '=' | '*' | '`')),
        None => rest,
    };
    let label = label.map(|label| label.trim_matches(['*', '_', '`', '"', ' ']));
    Lead {
        end: text.len() - said.len(),
        label,
    }
}

/// The words before the first colon that white space follows, where they are few and are not values themselves.
fn label(text: &str) -> Option<&str> {
    let window = text.char_indices().find(|(at, _)| *at > MAX_LABEL);
    let window = &text[..window.map_or(text.len(), |(at, _)| at)];
    let colon = window
        .match_indices([':', '='])
        .map(|(at, _)| at)
        .find(|at| {
            let after = text[at + 1..].trim_start_matches(['*', '_', '`']);
            after.is_empty() || after.starts_with(char::is_whitespace)
        })?;
    let label = &text[..colon];
    let words = label.split_whitespace().count();
    let plain = label
        .chars()
        .all(|c| c.is_alphanumeric() || " -_/&()*#`\"'+".contains(c));
    let lettered = label.chars().any(char::is_alphabetic);
    ((1..=MAX_WORDS).contains(&words) && plain && lettered).then_some(label)
}

/// A text without the dates and times that it begins with.
fn without_dates(text: &str) -> &str {
    let mut rest = text;
    while let Some((word, after)) = rest.split_once(char::is_whitespace) {
        let word = word.trim_matches(['[', ']', '(', ')', ',', '|', '-']);
        if !(is_date(word) || rest.len() < text.len() && is_time(word)) {
            break;
        }
        rest =
            after.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '|' | ','));
    }
    rest
}

fn is_date(word: &str) -> bool {
    let day = word.split('T').next().unwrap_or(word);
    (8..=10).contains(&day.len())
        && [
            "%Y-%m-%d", "%Y/%m/%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y.%m.%d",
        ]
        .iter()
        .any(|form| NaiveDate::parse_from_str(day, form).is_ok())
}

fn is_time(word: &str) -> bool {
    word.contains(':')
        && word
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.' | b'Z' | b'+'))
        || matches!(word, "UTC" | "GMT" | "AM" | "PM")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_marks_alone_ends() {
        for mark in ["> ", "- ", "[ ] ", "•\t"] {
            let line = format!("{}evil.example", mark.repeat(200_000));
            assert_eq!(without_bullet(&line), "evil.example", "{mark:?}");
        }
    }

    #[test]
    fn bullets_dates_and_labels_come_before() {
        for (text, label, said) in [
            ("- evil.example", None, "evil.example"),
            ("• 198.51.100.7", None, "198.51.100.7"),
            ("12. evil.example", None, "evil.example"),
            ("(3) evil.example", None, "evil.example"),
            ("[+] evil.example", None, "evil.example"),
            ("> - [x] evil.example", None, "evil.example"),
            ("C2: evil.example", Some("C2"), "evil.example"),
            (
                "**C2 server:** evil.example",
                Some("C2 server"),
                "evil.example",
            ),
            ("* SHA256 hash : x", Some("SHA256 hash"), "x"),
            ("domain = evil.example", Some("domain"), "evil.example"),
            ("2024-09-18 13:03  x", None, "x"),
            ("[2024-09-18] C2: x", Some("C2"), "x"),
            ("http://evil.example/a: b", None, "http://evil.example/a: b"),
            ("evil.example: the C2", None, "evil.example: the C2"),
            ("2001:db8:: x", None, "2001:db8:: x"),
            ("198.51.100.7: x", None, "198.51.100.7: x"),
            ("-evil", None, "-evil"),
            ("1.evil.example", None, "1.evil.example"),
        ] {
            let lead = lead(text);
            assert_eq!((lead.label, &text[lead.end..]), (label, said), "{text}");
        }
    }
}

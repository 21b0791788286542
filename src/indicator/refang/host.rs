//! Marks of a host: a bracket alone (`evil[.example`), and dots as regular expressions write them (`evil\.example`). In a path they
//! are what the path has.

use super::brackets::{closed, put};
use super::marks::DOT;

/// Where the host of a value ends; what stands before it is a scheme.
fn end_of_host(text: &str) -> usize {
    const ENDS: [char; 3] = ['/', '?', '#'];
    let start = match text.find("://") {
        Some(at) if !text[..at].contains(ENDS) => at + 3,
        _ => 0,
    };
    text[start..].find(ENDS).map_or(text.len(), |at| start + at)
}

/// The text with the marks of its host undone.
pub(super) fn undone(text: String) -> String {
    let (host, path) = text.split_at(end_of_host(&text));
    if !host.contains(['[', '(', ']', ')', '\\']) {
        return text;
    }
    let mut live = unescaped(&unbracketed(host));
    live.push_str(path);
    live
}

/// A host without brackets that stand at a dot and belong to nothing.
fn unbracketed(host: &str) -> String {
    let mut live = String::with_capacity(host.len());
    // The brackets that were opened and are left.
    let mut open = 0;
    let mut rest = host;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '[' | '(' => {
                open += 1;
                live.push(c);
            }
            '.' | DOT => {
                live.push(c);
                open -= without_opened(&mut live);
            }
            ']' | ')' | '}' | '>' => match closed(&live, c) {
                // Only what a dot was freed of since can be one.
                Some((mark, start)) => {
                    open -= live[start..].matches(['[', '(']).count();
                    live.truncate(start);
                    rest = put(&mut live, mark, rest);
                    open -= without_opened(&mut live);
                }
                None if open == 0 && matches!(c, ']' | ')') && live.ends_with(['.', DOT]) => {
                    live.pop();
                    live.push(DOT);
                }
                None => live.push(c),
            },
            c => live.push(c),
        }
    }
    live
}

fn is_dot(c: char) -> bool {
    c == '.' || c == DOT
}

/// Takes the brackets away that were opened before the dot that a text ends with, and says how many they were.
fn without_opened(live: &mut String) -> usize {
    let Some(dot) = live.chars().next_back().filter(|c| is_dot(*c)) else {
        return 0;
    };
    let before = &live[..live.len() - dot.len_utf8()];
    let free = before.trim_end_matches(['[', '(']).len();
    let opened = before.len() - free;
    if opened > 0 {
        live.truncate(free);
        live.push(DOT);
    }
    opened
}

/// `evil\.example`, as regular expressions write it; not the `\.` of a path: `HKU\.DEFAULT\Software` goes on as a path does, and
/// `HKCR\.evil` names a hive.
fn unescaped(host: &str) -> String {
    let is_label = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let mut live = String::with_capacity(host.len());
    let mut is_name = false;
    let mut has_backslash = false;
    // Where the last backslash of a path stands in the part of the text that ends here.
    let (mut in_path, mut end) = (0, 0);
    let mut chars = host.char_indices();
    while let Some((at, c)) = chars.next() {
        if c != '\\' {
            is_name |= c.is_lowercase() || c.is_ascii_digit() || is_dot(c);
            live.push(c);
            continue;
        }
        if at >= end {
            let part = host[at..].split([' ', ':']).next().unwrap_or_default();
            end = at + part.len();
            let mut of_paths = part
                .match_indices('\\')
                .filter(|(found, _)| !part[found + 1..].starts_with(is_dot));
            in_path = of_paths.next_back().map_or(0, |(last, _)| at + last);
        }
        let mut after = chars.clone().map(|(_, c)| c);
        let is_escape = is_name
            && !has_backslash
            && at >= in_path
            && after.next().is_some_and(is_dot)
            && is_label(after.next())
            && is_label(live.chars().next_back());
        match is_escape {
            true => {
                live.push(DOT);
                chars.next();
            }
            false => {
                has_backslash = true;
                live.push(c);
            }
        }
    }
    live
}

//! Where in a word a value begins and ends.

/// The most letters of a mark of defanging.
const MAX_MARK: usize = 12;

/// Whether what follows a word makes the word a value with a note: nothing, or a mark that opens a note.
pub(super) fn is_noted(rest: &str) -> bool {
    let rest = rest.trim_start_matches(['`', '"', '*', '_', '”']);
    let note = rest.trim_start();
    note.is_empty()
        || (rest.len() > note.len()
            && note.starts_with(['-', '–', '—', '(', ':', '#', ';', '[', '/', '=']))
        || rest.starts_with([',', ';', ':', '|'])
}

/// A text without the markup and the punctuation around it.
pub(super) fn bare(text: &str) -> &str {
    text.trim_matches(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '*' | '`'
                    | '"'
                    | '\''
                    | '“'
                    | '”'
                    | '‘'
                    | '’'
                    | ','
                    | ';'
                    | '('
                    | ')'
                    | '<'
                    | '>'
                    | '\u{feff}'
            )
    })
}

/// Whether a word in brackets joins two parts of a text, as an unknown mark of defanging does: `evil[punkt]example`. Known ones are undone
/// before, and behind a slash brackets are a part of a path.
pub(super) fn has_unknown_mark(text: &str) -> bool {
    let host = text.split('/').next().unwrap_or_default();
    let is_letter = |c: char| c.is_ascii_alphanumeric();
    host.match_indices(['[', '(', '{']).any(|(at, _)| {
        let (before, behind) = (&host[..at], &host[at + 1..]);
        let Some(end) = behind.find([']', ')', '}']) else {
            return false;
        };
        let mark = &behind[..end];
        (1..=MAX_MARK).contains(&mark.len())
            && mark.bytes().all(|byte| byte.is_ascii_alphabetic())
            && before.ends_with(is_letter)
            && behind[end + 1..].starts_with(is_letter)
    })
}

/// Where the next URL in a word begins and ends: its scheme, and all up to a comma or semicolon before another scheme.
pub(super) fn url_in(text: &str) -> Option<(usize, usize)> {
    let at = text.find("://")?;
    let start = scheme_start(text, at);
    let next = text[at + 3..]
        .find("://")
        .map(|next| scheme_start(text, at + 3 + next));
    let end = next
        .filter(|next| text[..*next].ends_with([',', ';', '|', '(']))
        .unwrap_or(text.len());
    Some((start, end.max(at + 3)))
}

/// Where the scheme before `://` begins: `hxxp`, `h**p`, `ftp`.
fn scheme_start(text: &str, at: usize) -> usize {
    let scheme = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'+');
    let length = text.as_bytes()[..at]
        .iter()
        .rev()
        .take(16)
        .take_while(|byte| scheme(byte))
        .count();
    let start = at - length;
    // Characters that cannot begin a scheme are markup: `**http://…`.
    start
        + text[start..at]
            .find(|c: char| c.is_ascii_alphabetic())
            .unwrap_or(length)
}

/// Whether a word stands in a sentence: words stand before it, and nothing says that it is a value.
pub(super) fn is_sentence(line: &str, start: usize, length: usize) -> bool {
    let before = line[..start].trim_end_matches(|c: char| {
        c.is_whitespace() || matches!(c, '<' | '"' | '\'' | '(' | '[' | '*' | '_' | '“')
    });
    let after = &line[start + length..];
    let is_word = |word: &&str| word.chars().any(char::is_alphabetic) && !word.contains("://");
    // Verbs for what malware does with an address; a document is something else.
    const DOES: [&str; 20] = [
        "beacon",
        "beacons",
        "c2",
        "callback",
        "connects",
        "contacts",
        "contacted",
        "download",
        "downloads",
        "downloaded",
        "exfiltrates",
        "fetches",
        "get",
        "gets",
        "hosted",
        "payload",
        "post",
        "requests",
        "retrieves",
        "sends",
    ];
    const DOCUMENTS: [&str; 14] = [
        "advisory",
        "analysis",
        "article",
        "available",
        "blog",
        "details",
        "documentation",
        "here",
        "paper",
        "read",
        "report",
        "see",
        "summary",
        "tool",
    ];
    let lower = before.to_lowercase();
    let mut words = lower
        .rsplit(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(8);
    let does = words.clone().take(5).any(|word| DOES.contains(&word));
    if does && !words.any(|word| DOCUMENTS.contains(&word)) {
        return false;
    }
    let said = before.ends_with([':', '=', '|', '>', ';', ',', '-', '–', '—', '→', '\t']);
    let leading = before
        .split_whitespace()
        .rev()
        .take(4)
        .filter(is_word)
        .count();
    let trailing = after.split_whitespace().take(4).filter(is_word).count();
    match before.is_empty() {
        true => trailing >= 3,
        false => !said && leading >= 2,
    }
}

/// Where a URL ends that begins a text: before a quote, and before a bracket that it does not open. The ends of its
/// neighbours are its ends too: `before` is the text directly before it in its word.
pub(super) fn url_end(text: &str, before: &str) -> usize {
    let separator = before
        .chars()
        .next_back()
        .filter(|c| matches!(c, ',' | ';'));
    let mut open = [0usize; 3];
    for (at, c) in text.char_indices() {
        let bracket = match c {
            '(' | ')' => 0,
            '[' | ']' => 1,
            _ => 2,
        };
        match c {
            '\'' | '’' | '‘' | '`' | '"' | '“' | '”' => return at,
            '(' | '[' | '{' => open[bracket] += 1,
            ')' | ']' | '}' => match open[bracket].checked_sub(1) {
                Some(left) => open[bracket] = left,
                None => return at,
            },
            c if Some(c) == separator => return at,
            // A command behind it: `wget http://evil.example/a;chmod`. Parameters have a value.
            ';' if !text[at..].contains('=') && text[at + 1..].starts_with(char::is_alphabetic) => {
                return at;
            }
            _ => {}
        }
    }
    text.len()
}

/// A text without the punctuation of its sentence: full stops, quotes, and brackets that it does not open.
pub(super) fn without_tail(text: &str) -> &str {
    if text.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '/') {
        return text;
    }
    let count = |c: char| text.matches(c).count();
    let mut open = [('(', ')'), ('[', ']'), ('{', '}')]
        .map(|(open, close)| (close, count(open), count(close)));
    let mut end = text.len();
    while let Some(c) = text[..end].chars().next_back() {
        let bracket = open.iter_mut().find(|(close, ..)| *close == c);
        match bracket {
            Some((_, opened, closed)) if *closed > *opened => *closed -= 1,
            None if matches!(
                c,
                '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '’' | '*' | '~' | '(' | '[' | '{'
            ) => {}
            _ => break,
        }
        end -= c.len_utf8();
    }
    &text[..end]
}

/// Hexadecimal digits with two colons at least.
pub(super) fn is_ipv6(text: &str) -> bool {
    let address = text.split(['/', '%']).next().unwrap_or(text);
    address.bytes().filter(|byte| *byte == b':').count() >= 2
        && address
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'))
}

pub(super) fn is_quad(text: &str) -> bool {
    text.split('.').count() == 4
        && text.split('.').all(|part| {
            (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        })
}

/// Whether one of these words stands before a byte of a line, with nothing but numbers and such words as join them between.
pub(super) fn comes_after(line: &str, start: usize, wanted: &[&str]) -> bool {
    const JOINING: [&str; 12] = [
        "and", "or", "to", "through", "until", "before", "prior", "than", "from", "up", "below",
        "hash",
    ];
    let mut before = line[..start].char_indices().rev().take(80);
    let from = before.by_ref().last().map_or(start, |(at, _)| at);
    let before = line[from..start].to_lowercase();
    for word in before
        .split(|c: char| !c.is_alphanumeric() && c != '.')
        .rev()
    {
        let word = word.trim_matches('.');
        if wanted.contains(&word) {
            return true;
        }
        let number = word.chars().all(|c| c.is_ascii_digit() || c == '.');
        let numbered = word
            .strip_prefix('v')
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        if !number && !numbered && !JOINING.contains(&word) {
            return false;
        }
    }
    false
}

//! A line in words: what may hold an indicator, with the spaces that defanging puts into it.

use crate::indicator::bracketed;

/// A word of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    /// The byte at which it begins.
    pub(super) start: usize,
    /// Whether white space around a bracketed mark joins it: `evil [.] example`.
    pub(super) spaced: bool,
}

/// The least bytes of a word of letters alone that may be a value: an MD5.
const SHORTEST_HASH: usize = 32;

impl Word<'_> {
    /// Whether it is letters and what ends a sentence or an item, too few of them for a hash: no value is written so.
    pub(super) fn is_plain(&self) -> bool {
        let is_plain =
            |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b',' | b';' | b'!' | b'?');
        self.text.len() < SHORTEST_HASH
            && self.text.bytes().all(is_plain)
            && self.text.starts_with(|c: char| c.is_ascii_alphabetic())
    }
}

/// The words of a line, in order. White space, quotes, angle brackets, bars and the punctuation of Chinese and Japanese end
/// a word; white space around a bracketed dot or at sign does not.
pub(super) fn words(line: &str) -> impl Iterator<Item = Word<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let skipped = line[at..].find(|c| !ends_word(c))?;
        at += skipped;
        let word = word(line, at);
        at += word.text.len();
        Some(word)
    })
}

/// The same text in words that no white space is in.
pub(super) fn parts<'a>(word: Word<'a>) -> impl Iterator<Item = Word<'a>> {
    let base = word.text.as_ptr() as usize;
    word.text.split_whitespace().map(move |text| Word {
        text,
        start: word.start + (text.as_ptr() as usize - base),
        spaced: false,
    })
}

fn word(line: &str, start: usize) -> Word<'_> {
    let mut spaced = false;
    let mut at = start;
    loop {
        // Neither opens a mark nor ends a word.
        at += line[at..]
            .bytes()
            .take_while(u8::is_ascii_alphanumeric)
            .count();
        let Some(c) = line[at..].chars().next() else {
            break;
        };
        if let Some(length) = joint(&line[at..]) {
            let mark = line[at..].trim_start_matches(is_space);
            let gap = line[at..].len() - mark.len();
            let joins = at > start && line[..at].ends_with(is_label);
            if gap == 0 || joins {
                let after = &line[at + length..];
                let next = after.trim_start_matches(is_space);
                let goes_on = next.starts_with(is_label);
                let trailing = if goes_on { after.len() - next.len() } else { 0 };
                if gap == 0 || goes_on {
                    spaced |= gap + trailing > 0;
                    at += length + trailing;
                    continue;
                }
            }
        }
        if ends_word(c) {
            break;
        }
        at += c.len_utf8();
    }
    Word {
        text: &line[start..at],
        start,
        spaced,
    }
}

/// The bytes of a bracketed dot or at sign with the white space before it, where `text` opens with one.
fn joint(text: &str) -> Option<usize> {
    // At most two spaces, so that looking ahead costs nothing on a line of spaces.
    let gap = text
        .bytes()
        .take(3)
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    let (mark, length) = bracketed(&text[gap..])?;
    (gap < 3 && matches!(mark, "." | "@")).then_some(gap + length)
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

fn is_label(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_')
}

fn ends_word(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '<' | '>' | '"' | '`' | '|' | '\u{feff}' | '\u{fdd0}'..='\u{fdd2}'
        )
        || matches!(c, '“' | '”' | '„' | '«' | '»' | '‹' | '›' | '‘')
        || matches!(
            c,
            '，' | '。'
                | '、'
                | '；'
                | '：'
                | '（'
                | '）'
                | '【'
                | '】'
                | '「'
                | '」'
                | '《'
                | '》'
                | '！'
                | '？'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Vec<&str> {
        words(line).map(|word| word.text).collect()
    }

    #[test]
    fn white_space_around_a_bracketed_mark_joins() {
        assert_eq!(
            read("at evil [.] example, or"),
            ["at", "evil [.] example,", "or"]
        );
        assert_eq!(
            read("a (at) evil (dot) example"),
            ["a (at) evil (dot) example"]
        );
        assert_eq!(
            read("with [.] and"),
            ["with [.] and"],
            "judged by what it would mean"
        );
        assert_eq!(read("use [.]"), ["use", "[.]"]);
        assert_eq!(
            read("evil[.]example (dotted)"),
            ["evil[.]example", "(dotted)"]
        );
        assert_eq!(read("`evil.example`|<b>"), ["evil.example", "b"]);
        assert_eq!(read("访问：evil.example。"), ["访问", "evil.example"]);
    }
}

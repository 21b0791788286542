//! The tokens of a pattern (STIX 2.1, section 9.3 and the grammar published with it).
//!
//! Wider than the grammar where feeds are: a key such as `SHA-256` needs no quotes, and both kinds of quotes do for
//! keys and values alike.

use std::borrow::Cow;

use super::fault::Fault;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// One of `[ ] ( ) : . , *`.
    Mark(char),
    /// `=`, `!=`, `<` and so on, as written.
    Comparator(&'a str),
    /// A literal in quotes, without them and without escapes; also `t'…'`, `h'…'` and `b'…'`.
    Text(Cow<'a, str>),
    /// A keyword, an object type or a key.
    Word(&'a str),
    /// A number as written.
    Number(&'a str),
    /// The end of the pattern.
    End,
}

pub(super) struct Lexer<'a> {
    text: &'a str,
    /// The byte at which the next token is looked for.
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Lexer { text, at: 0 }
    }

    /// The next token with the byte that it starts at and the byte behind it.
    pub(super) fn token(&mut self) -> Result<(Token<'a>, usize, usize), Fault> {
        self.skip_blanks()?;
        let start = self.at;
        let token = self.scan()?;
        Ok((token, start, self.at))
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn broken<T>(&self, what: &'static str) -> Result<T, Fault> {
        Err(Fault::Broken { at: self.at, what })
    }

    /// White space, `/* … */` and `// …`.
    fn skip_blanks(&mut self) -> Result<(), Fault> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
            self.at += rest.len() - trimmed.len();
            if trimmed.starts_with("//") {
                self.at += trimmed.find(['\r', '\n']).unwrap_or(trimmed.len());
            } else if trimmed.starts_with("/*") {
                match trimmed.find("*/") {
                    // `/*/` opens a comment and does not close it.
                    Some(end) if end >= 2 => self.at += end + 2,
                    _ => return self.broken("a comment without an end"),
                }
            } else {
                return Ok(());
            }
        }
    }

    fn scan(&mut self) -> Result<Token<'a>, Fault> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return Ok(Token::End);
        };
        match first {
            '[' | ']' | '(' | ')' | ':' | '.' | ',' | '*' => {
                self.at += 1;
                Ok(Token::Mark(first))
            }
            '=' | '!' | '<' | '>' => self.comparator(rest),
            '\'' | '"' => self.quoted(first),
            // Timestamps, hexadecimal and base64: no type of ours is written so, and their text says enough.
            't' | 'h' | 'b' if rest[1..].starts_with('\'') => {
                self.at += 1;
                self.quoted('\'')
            }
            '+' | '-' | '0'..='9' => self.number(rest),
            'a'..='z' | 'A'..='Z' | '_' => Ok(Token::Word(self.take(word_length(rest)))),
            _ => self.broken("an unexpected character"),
        }
    }

    fn take(&mut self, length: usize) -> &'a str {
        let taken = &self.rest()[..length];
        self.at += length;
        taken
    }

    fn comparator(&mut self, rest: &str) -> Result<Token<'a>, Fault> {
        // The longest first.
        let known = ["==", "!=", "<>", "<=", ">=", "=", "<", ">"];
        match known.iter().find(|known| rest.starts_with(**known)) {
            Some(found) => Ok(Token::Comparator(self.take(found.len()))),
            None => self.broken("an unexpected character"),
        }
    }

    fn number(&mut self, rest: &str) -> Result<Token<'a>, Fault> {
        let sign = usize::from(rest.starts_with(['+', '-']));
        let length = word_length(&rest[sign..]);
        let digits = &rest[sign..sign + length];
        if !digits.bytes().all(|b| b.is_ascii_digit()) && sign == 0 {
            return Ok(Token::Word(self.take(length)));
        }
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return self.broken("an unexpected character");
        }
        let fraction = match rest[sign + length..].strip_prefix('.') {
            Some(after) => after.bytes().take_while(u8::is_ascii_digit).count(),
            None => 0,
        };
        let fraction = if fraction > 0 { fraction + 1 } else { 0 };
        Ok(Token::Number(self.take(sign + length + fraction)))
    }

    /// A literal; `\\` and its quote behind a backslash are the escapes. Another backslash is itself, as in feeds' Windows paths.
    fn quoted(&mut self, quote: char) -> Result<Token<'a>, Fault> {
        let inside = &self.rest()[1..];
        let mut text = String::new();
        // What lies before `copied` is in `text`; without escapes, nothing is copied at all.
        let mut copied = 0;
        let mut chars = inside.char_indices();
        while let Some((at, c)) = chars.next() {
            if c == quote {
                self.at += at + 2;
                return Ok(Token::Text(match copied {
                    0 => Cow::Borrowed(&inside[..at]),
                    _ => Cow::Owned(text + &inside[copied..at]),
                }));
            }
            if c == '\\' && inside[at + 1..].starts_with(['\\', quote]) {
                text.push_str(&inside[copied..at]);
                // The escaped character is the first of what is copied next.
                copied = at + 1;
                chars.next();
            }
        }
        self.broken("a quote without its partner")
    }
}

fn word_length(text: &str) -> usize {
    text.bytes()
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
        .count()
}

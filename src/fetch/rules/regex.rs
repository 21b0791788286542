//! Whether a regular expression is one to Python's `re`, which pySigma 1 compiles it with, and to RE2, which pySigma 2 does.
//!
//! Not all that are: what this does not know is not valid. What only one of them has is not known: looking ahead and behind, references to groups,
//! `\u0041`. Sources: `re/_parser.py` of Python 3.11; <https://github.com/google/re2/wiki/Syntax>.

use std::iter::Peekable;
use std::str::Chars;

/// The deepest nesting of groups.
const DEEPEST: usize = 40;
/// The highest count of a repetition to RE2, also of repetitions within one another.
const MOST: u32 = 1000;

/// Whether the text is one, and not empty, of which pySigma would make nothing.
pub(super) fn is_one(text: &str) -> bool {
    let rest = flagged(text).unwrap_or(text);
    let mut parser = Parser {
        rest: rest.chars().peekable(),
        names: Vec::new(),
        repeated: 1,
    };
    !text.is_empty() && parser.alternatives(0).is_some() && parser.rest.next().is_none()
}

/// The rest behind flags for the whole expression, where it begins with some; no text may come before these.
pub(super) fn flagged(text: &str) -> Option<&str> {
    let (flags, rest) = text.strip_prefix("(?")?.split_once(')')?;
    (!flags.is_empty() && flags.chars().all(is_flag)).then_some(rest)
}

/// Those of Sigma. `x` would change what the rest means.
fn is_flag(c: char) -> bool {
    matches!(c, 'i' | 'm' | 's')
}

struct Parser<'a> {
    rest: Peekable<Chars<'a>>,
    /// The names of groups.
    names: Vec<String>,
    /// The product of all counts so far.
    repeated: u32,
}

impl Parser<'_> {
    /// Reads until a bracket that closes or the end.
    fn alternatives(&mut self, depth: usize) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        // Whether the thing before may be repeated.
        let mut repeatable = false;
        loop {
            match self.rest.peek() {
                None | Some(')') => return Some(()),
                Some('|') => {
                    self.rest.next();
                    repeatable = false;
                }
                Some('*' | '+' | '?') => {
                    self.rest.next();
                    repeatable = self.repeated(repeatable)?;
                }
                Some('{') => {
                    self.rest.next();
                    repeatable = match self.counts() {
                        Counts::Literal => true,
                        Counts::Bad => return None,
                        Counts::Repeat => self.repeated(repeatable)?,
                    };
                }
                Some('(') => {
                    self.rest.next();
                    self.group(depth)?;
                    repeatable = true;
                }
                Some('[') => {
                    self.rest.next();
                    self.class()?;
                    repeatable = true;
                }
                Some('\\') => {
                    self.rest.next();
                    repeatable = self.escape()?;
                }
                Some('^' | '$') => {
                    self.rest.next();
                    repeatable = false;
                }
                Some(_) => {
                    self.rest.next();
                    repeatable = true;
                }
            }
        }
    }

    /// Behind a repetition: it may be lazy, and no other may follow.
    fn repeated(&mut self, repeatable: bool) -> Option<bool> {
        if !repeatable {
            return None;
        }
        // `a*+`, possessive, is known since Python 3.11 only.
        self.rest.next_if_eq(&'?');
        Some(false)
    }

    /// The text behind `{`. Python takes it for itself where it is not a count.
    fn counts(&mut self) -> Counts {
        if self.rest.peek() == Some(&'}') {
            return Counts::Literal;
        }
        let mut ahead = self.rest.clone();
        let mut number = || {
            let mut digits = String::new();
            while let Some(digit) = ahead.next_if(char::is_ascii_digit) {
                digits.push(digit);
            }
            (digits, ahead.next())
        };
        let (low, end) = number();
        let (high, end) = match end {
            Some(',') => number(),
            end => (low.clone(), end),
        };
        if end != Some('}') {
            return Counts::Literal;
        }
        self.rest = ahead;
        let value = |digits: &str, absent: u32| match digits {
            "" => Some(absent),
            digits => digits.parse().ok().filter(|count| *count <= MOST),
        };
        match (value(&low, 0), value(&high, MOST)) {
            (Some(low), Some(high)) if low <= high => {
                let count = if high == MOST { low } else { high };
                self.repeated = self.repeated.saturating_mul(count.max(1));
                match self.repeated > MOST {
                    true => Counts::Bad,
                    false => Counts::Repeat,
                }
            }
            _ => Counts::Bad,
        }
    }

    /// A group, behind its bracket.
    fn group(&mut self, depth: usize) -> Option<()> {
        if self.rest.next_if_eq(&'?').is_some() {
            match self.rest.next()? {
                ':' => {}
                c if is_flag(c) || c == '-' => self.flags(c)?,
                'P' => {
                    self.rest.next_if_eq(&'<')?;
                    let name = self.name()?;
                    if self.names.contains(&name) {
                        return None;
                    }
                    self.names.push(name);
                }
                _ => return None,
            }
        }
        self.alternatives(depth + 1)?;
        self.rest.next_if_eq(&')').map(|_| ())
    }

    /// The flags of one group, `(?im-s:a)`, from the first of them to the colon.
    fn flags(&mut self, first: char) -> Option<()> {
        let mut all = String::from(first);
        loop {
            match self.rest.next()? {
                ':' => break,
                c => all.push(c),
            }
        }
        let (on, off) = match all.split_once('-') {
            // A hyphen wants a flag behind it.
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (&all[..], ""),
        };
        let is_known = |flags: &str| flags.chars().all(is_flag);
        (is_known(on) && is_known(off) && !on.contains(|c| off.contains(c))).then_some(())
    }

    fn name(&mut self) -> Option<String> {
        let mut name = String::new();
        loop {
            match self.rest.next()? {
                '>' => break,
                c if c.is_ascii_alphanumeric() || c == '_' => name.push(c),
                _ => return None,
            }
        }
        let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        begins.then_some(name)
    }

    /// An escape outside of a class, behind its backslash. Says whether it may be repeated.
    fn escape(&mut self) -> Option<bool> {
        match self.rest.next_if(|c| matches!(c, 'A' | 'b' | 'B')) {
            Some(_) => Some(false),
            None => self.character().map(|_| true),
        }
    }

    /// An escape that may stand in a class too. Gives the character; nothing for a set of them.
    fn character(&mut self) -> Option<Option<char>> {
        let c = self.rest.next()?;
        Some(match c {
            'd' | 'D' | 's' | 'S' | 'w' | 'W' => None,
            'a' => Some('\u{7}'),
            'f' => Some('\u{c}'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'v' => Some('\u{b}'),
            'x' => Some(self.code(2)?),
            c if c.is_ascii_punctuation() && c != '_' => Some(c),
            _ => return None,
        })
    }

    fn code(&mut self, digits: usize) -> Option<char> {
        let mut code = 0;
        for _ in 0..digits {
            code = code * 16 + self.rest.next()?.to_digit(16)?;
        }
        char::from_u32(code)
    }

    /// A class, behind its bracket.
    fn class(&mut self) -> Option<()> {
        self.rest.next_if_eq(&'^');
        let mut is_first = true;
        loop {
            let low = match self.rest.next()? {
                ']' if !is_first => return Some(()),
                '\\' => self.character()?,
                c => Some(c),
            };
            is_first = false;
            if self.rest.next_if_eq(&'-').is_none() {
                continue;
            }
            let high = match self.rest.next()? {
                // A hyphen at the end is one.
                ']' => return Some(()),
                '\\' => self.character()?,
                c => Some(c),
            };
            if low? > high? {
                return None;
            }
        }
    }
}

enum Counts {
    /// A bracket that stands for itself.
    Literal,
    Repeat,
    Bad,
}

#[cfg(test)]
mod tests {
    use super::is_one;

    // `tests/python/test_fetched_rules.py` compares with both.
    #[test]
    fn what_both_compile() {
        for text in r"a ^a.*b$ (a|b)+? a{2} a{2,} a{,3} a{x} a{ [a-z] []a] [^]a] [a-] \d+\.\w (?:a) (?P<n>a) \x41 a| () [\d\]-] \\ a{,} {} x}
            ] (?i)a (?i:a) (?-i:a) (?im-s:a) (a{10}){99}"
            .split_whitespace()
        {
            assert!(is_one(text), "{text}");
        }
        for text in r"( ) [ [] * a** a{2}{3} +a a|* (? (?z) (?P<1>a) (a)\1 \1 \p{L} \z \Z \x4 \ [z-a] [a-\d] a{3,2} (?<=a*)b (?<=a)b (?=a) (?!a)
            (?P<n>a)(?P=n) (?P<n>a)(?P<n>b) a(?i)b (?-:a) (?i-:a) (?i-i:a) (?i-) (?) \b* ^* $* {,} \u0041 [\b] \_ \é a{1001} (a{100}){99}"
            .split_whitespace()
        {
            assert!(!is_one(text), "{text}");
        }
        assert!(!is_one(""));
    }

    #[test]
    fn deep_nesting_ends() {
        assert!(!is_one(&"(".repeat(1 << 20)));
    }
}

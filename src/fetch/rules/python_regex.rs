//! Whether a regular expression is one to Python's `re`, which pySigma compiles it with.
//!
//! Not all that are: what this does not know is none. Conditions, comments and lookbehind of more than letters, whose width Python wants
//! to know, are not known. Source: `re/_parser.py` of Python 3.11.

use std::iter::Peekable;
use std::str::Chars;

/// The deepest nesting of groups.
const DEEPEST: usize = 40;
/// The highest count of a repetition.
const MOST: u32 = 10_000;

/// Whether the text is one, and not empty, of which pySigma would make nothing.
pub(super) fn is_one(text: &str) -> bool {
    let rest = flagged(text).unwrap_or(text);
    let mut parser = Parser {
        rest: rest.chars().peekable(),
        closed: 0,
        open: 0,
        names: Vec::new(),
    };
    !text.is_empty() && parser.alternatives(0).is_some() && parser.rest.next().is_none()
}

/// What stands behind flags for the whole expression, where it begins with some; no text may come before these.
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
    /// How many groups are closed: those may be referred to.
    closed: u32,
    open: u32,
    /// The names of groups, and whether those are closed.
    names: Vec<(String, bool)>,
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

    /// What stands behind `{`. Python takes it for itself where it is no count.
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
            (Some(low), Some(high)) if low <= high => Counts::Repeat,
            _ => Counts::Bad,
        }
    }

    /// A group or a reference to one, behind its bracket.
    fn group(&mut self, depth: usize) -> Option<()> {
        let mut captures = true;
        let mut named = None;
        if self.rest.next_if_eq(&'?').is_some() {
            captures = false;
            match self.rest.next()? {
                ':' | '=' | '!' => {}
                '<' => return self.lookbehind(),
                c if is_flag(c) || c == '-' => self.flags(c)?,
                'P' => match self.rest.next()? {
                    '<' => {
                        let name = self.name('>')?;
                        if self.names.iter().any(|(known, _)| *known == name) {
                            return None;
                        }
                        named = Some(self.names.len());
                        self.names.push((name, false));
                        captures = true;
                    }
                    '=' => {
                        let name = self.name(')')?;
                        return self.names.contains(&(name, true)).then_some(());
                    }
                    _ => return None,
                },
                _ => return None,
            }
        }
        self.open += u32::from(captures);
        self.alternatives(depth + 1)?;
        self.rest.next_if_eq(&')')?;
        self.open -= u32::from(captures);
        self.closed += u32::from(captures);
        if let Some(name) = named.and_then(|at| self.names.get_mut(at)) {
            name.1 = true;
        }
        Some(())
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

    /// A lookbehind of letters, whose width is known, behind its `<`.
    fn lookbehind(&mut self) -> Option<()> {
        if !matches!(self.rest.next()?, '=' | '!') {
            return None;
        }
        loop {
            match self.rest.next()? {
                ')' => return Some(()),
                '(' | '[' | ']' | '{' | '}' | '*' | '+' | '?' | '|' | '\\' | '^' | '$' => {
                    return None;
                }
                _ => {}
            }
        }
    }

    fn name(&mut self, end: char) -> Option<String> {
        let mut name = String::new();
        loop {
            match self.rest.next()? {
                c if c == end => break,
                c if c.is_ascii_alphanumeric() || c == '_' => name.push(c),
                _ => return None,
            }
        }
        let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        begins.then_some(name)
    }

    /// An escape outside of a class, behind its backslash. Says whether it may be repeated.
    fn escape(&mut self) -> Option<bool> {
        match self.rest.peek().copied()? {
            'A' | 'b' | 'B' | 'Z' => {
                self.rest.next();
                Some(false)
            }
            digit @ '1'..='9' => {
                self.rest.next();
                // Two digits may be octal; they are not known here.
                let another = self.rest.peek().is_some_and(char::is_ascii_digit);
                let number = digit.to_digit(10)?;
                (!another && self.open == 0 && number <= self.closed).then_some(true)
            }
            _ => self.character().map(|_| true),
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
            'u' => Some(self.code(4)?),
            'U' => Some(self.code(8)?),
            '0' if !self.rest.peek().is_some_and(char::is_ascii_digit) => Some('\0'),
            c if c.is_ascii_alphanumeric() => return None,
            c => Some(c),
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
                '\\' => self.class_escape()?,
                c => Some(c),
            };
            is_first = false;
            if self.rest.next_if_eq(&'-').is_none() {
                continue;
            }
            let high = match self.rest.next()? {
                // A hyphen at the end is one.
                ']' => return Some(()),
                '\\' => self.class_escape()?,
                c => Some(c),
            };
            if low? > high? {
                return None;
            }
        }
    }

    fn class_escape(&mut self) -> Option<Option<char>> {
        match self.rest.next_if_eq(&'b') {
            Some(_) => Some(Some('\u{8}')),
            None => self.character(),
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

    // `tests/python/test_fetched_rules.py` compares with Python itself.
    #[test]
    fn what_python_compiles() {
        for text in [
            "a",
            "^a.*b$",
            "(a|b)+?",
            "a{2}",
            "a{2,}",
            "a{,3}",
            "a{x}",
            "a{",
            "[a-z]",
            "[]a]",
            "[^]a]",
            "[a-]",
            r"\d+\.\w",
            r"(a)\1",
            "(?:a)",
            "(?=a)b",
            "(?P<n>a)(?P=n)",
            r"\x41\u0041",
            "a|",
            "()",
            r"[\d\]-]",
            r"\\",
            r"[\b]",
            "a{,}",
            "{}",
            "x}",
            "]",
            r"((a)b)\2",
            "(?i)a",
            "(?i:a)",
            "(?-i:a)",
            "(?im-s:a)",
            "(?<=ab)c",
            "(?<!a)b",
            "(?i)a",
            "(?i:a)",
            "(?-i:a)",
            "(?im-s:a)",
            "(?<=ab)c",
            "(?<!a)b",
        ] {
            assert!(is_one(text), "{text}");
        }
        for text in [
            "",
            "(",
            ")",
            "[",
            "[]",
            "*",
            "a**",
            "a{2}{3}",
            "+a",
            "a|*",
            "(?",
            "(?z)",
            "(?P<1>a)",
            r"\1",
            r"\p{L}",
            r"\z",
            r"\x4",
            r"\",
            "[z-a]",
            r"[a-\d]",
            "a{3,2}",
            "(?<=a*)b",
            "(?P=n)",
            "a(?i)b",
            "(?-:a)",
            "(?i-:a)",
            "(?i-i:a)",
            "(?i-)",
            "(?<=a|bc)d",
            "(?)",
            r"\b*",
            "^*",
            "$*",
            "{,}",
            r"((a)\1)",
            "(?P<n>(?P=n))",
        ] {
            assert!(!is_one(text), "{text}");
        }
    }

    #[test]
    fn deep_nesting_ends() {
        assert!(!is_one(&"(".repeat(1 << 20)));
    }
}

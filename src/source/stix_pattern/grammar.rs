//! From tokens to a tree (STIX 2.1, section 9.4 to 9.7).
//!
//! `AND` binds tighter than `OR`, and `OR` tighter than `FOLLOWEDBY`; keywords are read in any case. Comparisons and
//! observations share the tree: for the values in a pattern it makes no difference whether `OR` stands inside
//! the brackets or between them.

use std::borrow::Cow;

use super::fault::{Fault, MAX_DEPTH};
use super::lexer::{Lexer, Token};

/// A part of a pattern, with its text.
#[derive(Debug)]
pub(super) enum Node<'a> {
    /// `… AND …`
    All { of: Vec<Node<'a>>, text: &'a str },
    /// `… OR …`
    Any { of: Vec<Node<'a>> },
    /// A path that equals one of the values.
    Test(Test<'a>),
    /// Comparisons other than equality with values: `LIKE`, `NOT`.
    Never {
        text: &'a str,
        because: &'static str,
    },
}

/// `path = 'value'`, `path IN ('one', 'other')`, or `path ISSUBSET 'network'`.
#[derive(Debug)]
pub(super) struct Test<'a> {
    pub(super) path: Path<'a>,
    pub(super) values: Vec<Cow<'a, str>>,
    pub(super) subset: bool,
    pub(super) text: &'a str,
}

/// `file:hashes.'SHA-256'`. Indices such as `[*]` and `[0]` are in the text only.
#[derive(Debug)]
pub(super) struct Path<'a> {
    pub(super) object: &'a str,
    pub(super) steps: Vec<Cow<'a, str>>,
    pub(super) text: &'a str,
}

/// The comparison operators (section 9.6.1).
const OPERATORS: [&str; 13] = [
    "=",
    "==",
    "!=",
    "<>",
    "<",
    "<=",
    ">",
    ">=",
    "IN",
    "LIKE",
    "MATCHES",
    "ISSUBSET",
    "ISSUPERSET",
];

pub(super) fn parse(text: &str) -> Result<Node<'_>, Fault> {
    let mut parser = Parser {
        text,
        lexer: Lexer::new(text),
        token: Token::End,
        start: 0,
        end: 0,
        behind: 0,
    };
    parser.advance()?;
    let tree = parser.observations(0)?;
    match parser.token {
        Token::End => Ok(tree),
        _ => parser.broken("something unexpected behind the pattern"),
    }
}

/// On which side of the square brackets an expression stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Comparison,
    Observation,
}

struct Parser<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    /// The token that is looked at, and where it starts and ends.
    token: Token<'a>,
    start: usize,
    end: usize,
    /// Where the token before it ended.
    behind: usize,
}

impl<'a> Parser<'a> {
    fn advance(&mut self) -> Result<Token<'a>, Fault> {
        self.behind = self.end;
        let (token, start, end) = self.lexer.token()?;
        (self.start, self.end) = (start, end);
        Ok(std::mem::replace(&mut self.token, token))
    }

    fn broken<T>(&self, what: &'static str) -> Result<T, Fault> {
        Err(Fault::Broken {
            at: self.start,
            what,
        })
    }

    /// The text from `start` to the end of the last token taken.
    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.behind).unwrap_or_default()
    }

    fn at_word(&self, word: &str) -> bool {
        matches!(self.token, Token::Word(found) if found.eq_ignore_ascii_case(word))
    }

    fn take_word(&mut self, word: &str) -> Result<bool, Fault> {
        let found = self.at_word(word);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn take_mark(&mut self, mark: char) -> Result<bool, Fault> {
        let found = self.token == Token::Mark(mark);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn expect_mark(&mut self, mark: char, what: &'static str) -> Result<(), Fault> {
        match self.take_mark(mark)? {
            true => Ok(()),
            false => self.broken(what),
        }
    }

    fn observations(&mut self, depth: usize) -> Result<Node<'a>, Fault> {
        let start = self.start;
        let first = self.any(Side::Observation, depth)?;
        if !self.at_word("FOLLOWEDBY") {
            return Ok(first);
        }
        while self.take_word("FOLLOWEDBY")? {
            self.any(Side::Observation, depth)?;
        }
        Ok(Node::Never {
            text: self.since(start),
            because: "FOLLOWEDBY",
        })
    }

    fn any(&mut self, side: Side, depth: usize) -> Result<Node<'a>, Fault> {
        let first = self.all(side, depth)?;
        if !self.at_word("OR") {
            return Ok(first);
        }
        let mut of = vec![first];
        while self.take_word("OR")? {
            of.push(self.all(side, depth)?);
        }
        Ok(Node::Any { of })
    }

    fn all(&mut self, side: Side, depth: usize) -> Result<Node<'a>, Fault> {
        let start = self.start;
        let first = self.one(side, depth)?;
        if !self.at_word("AND") {
            return Ok(first);
        }
        let mut of = vec![first];
        while self.take_word("AND")? {
            of.push(self.one(side, depth)?);
        }
        Ok(Node::All {
            of,
            text: self.since(start),
        })
    }

    fn one(&mut self, side: Side, depth: usize) -> Result<Node<'a>, Fault> {
        match side {
            Side::Comparison => self.comparison(depth),
            Side::Observation => self.observation(depth),
        }
    }

    fn observation(&mut self, depth: usize) -> Result<Node<'a>, Fault> {
        let node = if self.take_mark('[')? {
            let node = self.any(Side::Comparison, depth)?;
            self.expect_mark(']', "`]` is missing")?;
            node
        } else if self.take_mark('(')? {
            let node = self.observations(deeper(depth)?)?;
            self.expect_mark(')', "`)` is missing")?;
            node
        } else {
            return self.broken("`[` is missing");
        };
        self.qualifiers()?;
        Ok(node)
    }

    /// `WITHIN n SECONDS`, `REPEATS n TIMES` and `START t STOP t` (section 9.5.1).
    fn qualifiers(&mut self) -> Result<(), Fault> {
        loop {
            let unit = if self.take_word("WITHIN")? {
                "SECONDS"
            } else if self.take_word("REPEATS")? {
                "TIMES"
            } else if self.take_word("START")? {
                "STOP"
            } else {
                return Ok(());
            };
            self.literal()?;
            if !self.take_word(unit)? {
                return self.broken("an unfinished qualifier");
            }
            if unit == "STOP" {
                self.literal()?;
            }
        }
    }

    fn comparison(&mut self, depth: usize) -> Result<Node<'a>, Fault> {
        let start = self.start;
        let mut because = None;
        while self.take_word("NOT")? {
            because = Some("NOT");
        }
        let node = if self.take_mark('(')? {
            let node = self.any(Side::Comparison, deeper(depth)?)?;
            self.expect_mark(')', "`)` is missing")?;
            node
        } else if self.take_word("EXISTS")? {
            self.path()?;
            because = because.or(Some("EXISTS"));
            Node::Any { of: Vec::new() }
        } else {
            self.test()?
        };
        Ok(match because {
            Some(because) => Node::Never {
                text: self.since(start),
                because,
            },
            None => node,
        })
    }

    fn test(&mut self) -> Result<Node<'a>, Fault> {
        let start = self.start;
        let path = self.path()?;
        let negated = self.take_word("NOT")?;
        let operator = self.operator()?;
        let values = match operator {
            "IN" => self.set()?,
            _ => vec![self.literal()?],
        };
        let text = self.since(start);
        let never = |because| Ok(Node::Never { text, because });
        match operator {
            _ if negated => never("NOT"),
            "=" | "==" | "IN" | "ISSUBSET" => Ok(Node::Test(Test {
                path,
                values,
                subset: operator == "ISSUBSET",
                text,
            })),
            _ => never(operator),
        }
    }

    fn operator(&mut self) -> Result<&'static str, Fault> {
        let (Token::Comparator(word) | Token::Word(word)) = self.token else {
            return self.broken("an operator is missing");
        };
        let known = OPERATORS
            .iter()
            .find(|known| word.eq_ignore_ascii_case(known));
        match known {
            Some(operator) => {
                self.advance()?;
                Ok(operator)
            }
            None => self.broken("an unknown operator"),
        }
    }

    /// `type:key.key[*].'key'` (section 9.7).
    fn path(&mut self) -> Result<Path<'a>, Fault> {
        let start = self.start;
        let Token::Word(object) = self.token else {
            return self.broken("an object path is missing");
        };
        self.advance()?;
        self.expect_mark(':', "`:` is missing")?;
        let mut steps = vec![self.key()?];
        loop {
            if self.take_mark('.')? {
                steps.push(self.key()?);
            } else if self.take_mark('[')? {
                match self.advance()? {
                    Token::Mark('*') | Token::Number(_) => {}
                    _ => return self.broken("an index is missing"),
                }
                self.expect_mark(']', "`]` is missing")?;
            } else {
                break;
            }
        }
        Ok(Path {
            object,
            steps,
            text: self.since(start),
        })
    }

    fn key(&mut self) -> Result<Cow<'a, str>, Fault> {
        match self.advance()? {
            Token::Word(key) | Token::Number(key) => Ok(Cow::Borrowed(key)),
            Token::Text(key) => Ok(key),
            _ => self.broken("a key is missing"),
        }
    }

    fn literal(&mut self) -> Result<Cow<'a, str>, Fault> {
        match self.advance()? {
            Token::Text(text) => Ok(text),
            Token::Number(text) => Ok(Cow::Borrowed(text)),
            Token::Word(text)
                if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") =>
            {
                Ok(Cow::Borrowed(text))
            }
            _ => self.broken("a value is missing"),
        }
    }

    fn set(&mut self) -> Result<Vec<Cow<'a, str>>, Fault> {
        self.expect_mark('(', "`(` is missing")?;
        let mut values = vec![self.literal()?];
        while self.take_mark(',')? {
            values.push(self.literal()?);
        }
        self.expect_mark(')', "`)` is missing")?;
        Ok(values)
    }
}

fn deeper(depth: usize) -> Result<usize, Fault> {
    match depth < MAX_DEPTH {
        true => Ok(depth + 1),
        false => Err(Fault::TooDeep),
    }
}

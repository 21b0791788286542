//! The class of a text: everything about it that a backend's encoding may depend on, besides the letters themselves.

use std::net::{Ipv4Addr, Ipv6Addr};

/// How many characters of ASCII are neither letters, digits nor control characters; the space is one of them.
pub(super) const SPECIALS: usize = 33;

/// The place of a special character among them.
pub(super) const fn special(byte: u8) -> Option<usize> {
    match byte {
        0x20..=0x2f => Some(byte as usize - 0x20),
        0x3a..=0x40 => Some(byte as usize - 0x3a + 16),
        0x5b..=0x60 => Some(byte as usize - 0x5b + 23),
        0x7b..=0x7e => Some(byte as usize - 0x7b + 29),
        _ => None,
    }
}

/// The special characters of a set, in the order of [`special`].
pub(super) fn specials(set: u64) -> impl Iterator<Item = u8> {
    (0x20..0x7f).filter(move |byte| special(*byte).is_some_and(|at| set >> at & 1 == 1))
}

/// Words that some query language has for its own, in any case. A text that is one of them may be written in another way than texts
/// like it (`values.yml` of the pipelines), so it is never filled in.
const WORDS: [&str; 20] = [
    "all", "and", "any", "as", "between", "by", "contains", "exists", "has", "in", "is", "like",
    "matches", "near", "not", "null", "or", "to", "where", "xor",
];

/// Whether a text is such a word.
fn is_word(text: &str) -> bool {
    text.len() <= 8 && WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address; whether it has `::`.
    Ipv6(bool),
    /// A hash of so many hexadecimal digits, its letters all of one case.
    Hex(usize),
    /// An id, in lower case.
    Uuid,
    /// A day, `2026-05-17`.
    Date,
    /// Any other text.
    Other,
}

/// The class of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CharProfile {
    pub(super) kind: Kind,
    /// The special characters in it, a bit for each.
    pub(super) chars: u64,
    /// The first character, where it is special, else 0.
    pub(super) first: u8,
    /// The last character, where it is special, else 0.
    pub(super) last: u8,
    pub(super) has_upper: bool,
    pub(super) has_lower: bool,
    pub(super) has_digit: bool,
}

impl CharProfile {
    /// The class of a text; `None` where it is empty, has a character outside of printable ASCII or is a word of a query language.
    pub(super) fn of(text: &str) -> Option<CharProfile> {
        let bytes = text.as_bytes();
        let edge = |byte: Option<&u8>| byte.copied().filter(|b| special(*b).is_some()).unwrap_or(0);
        let mut class = CharProfile {
            kind: Kind::Other,
            chars: 0,
            first: edge(bytes.first()),
            last: edge(bytes.last()),
            has_upper: false,
            has_lower: false,
            has_digit: false,
        };
        for byte in bytes {
            match byte {
                b'a'..=b'z' => class.has_lower = true,
                b'A'..=b'Z' => class.has_upper = true,
                b'0'..=b'9' => class.has_digit = true,
                _ => class.chars |= 1 << special(*byte)?,
            }
        }
        if bytes.is_empty() || (class.chars == 0 && is_word(text)) {
            return None;
        }
        class.kind = class.kind_of(text);
        if matches!(class.kind, Kind::Uuid | Kind::Ipv6(_)) {
            class.has_lower = true;
            class.has_digit = true;
        }
        Some(class)
    }

    /// The class in two numbers, which costs a hasher less than its parts.
    pub(super) fn packed(&self) -> [u64; 2] {
        let kind = match self.kind {
            Kind::Other => 0,
            Kind::Ipv4 => 1,
            Kind::Ipv6(shortened) => 2 + u64::from(shortened),
            Kind::Uuid => 4,
            Kind::Date => 5,
            Kind::Hex(length) => 6 + length as u64,
        };
        let flags = u64::from(self.has_upper)
            | u64::from(self.has_lower) << 1
            | u64::from(self.has_digit) << 2;
        let edges = u64::from(self.first) << 8 | u64::from(self.last);
        [self.chars, kind << 32 | edges << 8 | flags]
    }

    fn kind_of(&self, text: &str) -> Kind {
        const DOT: u64 = 1 << 14;
        const DASH: u64 = 1 << 13;
        const COLON: u64 = 1 << 16;
        let bytes = text.as_bytes();
        let one_case = !(self.has_upper && self.has_lower);
        match self.chars {
            0 if one_case
                && matches!(bytes.len(), 32 | 40 | 64)
                && bytes.iter().all(u8::is_ascii_hexdigit) =>
            {
                Kind::Hex(bytes.len())
            }
            DOT if text.parse::<Ipv4Addr>().is_ok() => Kind::Ipv4,
            COLON if !self.has_upper && text.parse::<Ipv6Addr>().is_ok() => {
                Kind::Ipv6(text.contains("::"))
            }
            DASH if !self.has_upper && is_like(bytes, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx") => {
                Kind::Uuid
            }
            DASH if is_like(bytes, "9999-99-99") => Kind::Date,
            _ => Kind::Other,
        }
    }
}

/// Whether a text has the form of a pattern: `x` for a hexadecimal digit, `9` for a digit, else itself.
fn is_like(bytes: &[u8], pattern: &str) -> bool {
    bytes.len() == pattern.len()
        && bytes
            .iter()
            .zip(pattern.bytes())
            .all(|(byte, like)| match like {
                b'x' => byte.is_ascii_hexdigit(),
                b'9' => byte.is_ascii_digit(),
                _ => *byte == like,
            })
}

/// Neighbours in texts: pairs of characters of which one is special, by their classes. A backend may
/// encode a character by what is next to it, so a pair that was not proved is proved before it is filled.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pairs([u64; Pairs::WORDS]);

impl Pairs {
    /// Special characters, then a letter, a digit, and the edge of the text.
    const SIDES: usize = SPECIALS + 3;
    const WORDS: usize = (Pairs::SIDES * Pairs::SIDES).div_ceil(64);

    pub(super) const fn new() -> Pairs {
        Pairs([0; Pairs::WORDS])
    }

    /// The pairs in a text.
    pub(super) fn add(&mut self, text: &str) {
        const EDGE: usize = SPECIALS + 2;
        let mut before = EDGE;
        for side in text.bytes().map(side).chain([EDGE]) {
            if before < SPECIALS || side < SPECIALS {
                let bit = before * Pairs::SIDES + side;
                self.0[bit / 64] |= 1 << (bit % 64);
            }
            before = side;
        }
    }

    /// Whether all of these pairs are among those of another text.
    pub(super) fn are_in(&self, other: &Pairs) -> bool {
        self.0
            .iter()
            .zip(&other.0)
            .all(|(one, other)| one & !other == 0)
    }

    pub(super) fn absorb(&mut self, other: &Pairs) {
        for (one, other) in self.0.iter_mut().zip(&other.0) {
            *one |= other;
        }
    }
}

fn side(byte: u8) -> usize {
    special(byte).unwrap_or(SPECIALS + usize::from(byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        for (text, kind) in [
            ("198.51.100.7", Kind::Ipv4),
            ("198.51.100.777", Kind::Other),
            ("2001:db8::1", Kind::Ipv6(true)),
            ("2001:db8:1:2:3:4:5:6", Kind::Ipv6(false)),
            ("d41d8cd98f00b204e9800998ecf8427e", Kind::Hex(32)),
            ("D41D8CD98F00B204E9800998ECF8427E", Kind::Hex(32)),
            ("D41d8cd98f00b204e9800998ecf8427e", Kind::Other),
            ("8f0e9a52-0c5e-5d5c-9d55-8b6a0a0f6c10", Kind::Uuid),
            ("2026-05-17", Kind::Date),
            ("evil.example", Kind::Other),
        ] {
            assert_eq!(CharProfile::of(text).unwrap().kind, kind, "{text}");
        }
        for text in [
            "",
            "b\u{fc}cher.example",
            "a\nb",
            "a\u{7f}",
            "OR",
            "and",
            "Not",
            "TO",
        ] {
            assert_eq!(CharProfile::of(text), None, "{text:?}");
        }
    }

    #[test]
    fn every_special_character_has_a_place_of_its_own() {
        let all: Vec<usize> = (0..=255).filter_map(special).collect();
        assert_eq!(all, (0..SPECIALS).collect::<Vec<_>>());
        let set = CharProfile::of("a /~b").unwrap().chars;
        assert_eq!(specials(set).collect::<Vec<_>>(), b" /~");
    }

    #[test]
    fn a_new_neighbour_is_a_new_pair() {
        let pairs = |text: &str| {
            let mut pairs = Pairs::new();
            pairs.add(text);
            pairs
        };
        assert!(pairs("http://c.d/e").are_in(&pairs("http://a.b/c")));
        assert!(!pairs("http://a.b/?c").are_in(&pairs("http://a.b/c?d")));
        assert!(!pairs("a.1").are_in(&pairs("a.b")));
    }
}

//! Regular expressions, as MISP gives them to PHP: between delimiters, with flags behind.

use regex_automata::dfa::{StartKind, dense};
use regex_automata::meta::{self, Regex};
use regex_automata::nfa::thompson::{self, NFA, WhichCaptures};
use regex_automata::util::syntax;
use regex_automata::{Input, MatchKind, PatternSet};
use regex_syntax::hir::Hir;

use super::ascii;
use super::entries::EntryId;
use crate::error::{Error, ErrorKind, Result};

/// Listed expressions, all tried at once, in time linear in the value.
///
/// Nearly all values are ASCII. They are compared with what an expression says of ASCII, which is small: `\p{L}` is 26 letters there,
/// and some 650 ranges of Unicode elsewhere.
///
/// What a byte of a value costs is the number of the automaton's states that it may be in, where no deterministic automaton is small
/// enough. So the first expressions may have a few states together, and all others must have a small one.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    /// Whatever expressions, up to [`ANY_STATES`].
    any: Set,
    /// Expressions that a small deterministic automaton is made of.
    tame: Set,
    /// All of them that are small with Unicode's classes, for values that are not ASCII.
    unicode: Set,
    costly: usize,
}

/// Expressions that are tried at once.
#[derive(Debug, Default)]
struct Set {
    patterns: Vec<(Hir, EntryId)>,
    /// States of ASCII expressions; bytes of those of Unicode.
    size: usize,
    all: Option<Regex>,
}

/// The size of one expression of ASCII when compiled, in bytes.
const MAX_SIZE: usize = 256 << 10;
/// The states of the expressions that need not have a small deterministic automaton.
const ANY_STATES: usize = 2_000;
/// The size of a small deterministic automaton, in bytes, and of the memory in which it is made.
const MAX_DFA: usize = 256 << 10;
/// The states of all others together.
const MAX_STATES: usize = 1_000_000;
/// The size of an expression with Unicode's classes, in bytes, and of all of them together.
const MAX_UNICODE: usize = 128 << 10;
const MAX_UNICODE_OF_ALL: usize = 1 << 20;
/// The expressions that are found to be too costly until no more are looked at.
const MAX_COSTLY: usize = 1_000;

/// The longest expression, in bytes.
const MAX_LENGTH: usize = 8192;

impl Patterns {
    /// Adds an entry.
    ///
    /// # Errors
    /// Why the expression cannot be used, in a few words.
    pub(super) fn add(
        &mut self,
        text: &str,
        entry: EntryId,
    ) -> std::result::Result<(), &'static str> {
        if text.len() > MAX_LENGTH {
            return Err("the expression is too long");
        }
        let pattern = translated(text)?;
        let unicode = syntax::parse_with(&pattern, &syntax::Config::new().case_insensitive(true))
            .map_err(|cause| match cause.to_string().contains("look-around") {
            true => "look-around is not supported",
            false => "the expression is not valid or not supported",
        })?;
        let ascii = ascii::only(&unicode);
        let nfa = compiled(&ascii, MAX_SIZE).ok_or("the expression is too large")?;
        let states = nfa.states().len();
        if self.any.size + states <= ANY_STATES {
            self.any.add(ascii, entry, states);
        } else if self.costly < MAX_COSTLY && self.tame.size + states <= MAX_STATES && is_tame(&nfa)
        {
            self.tame.add(ascii, entry, states);
        } else {
            self.costly += 1;
            return Err("the expression is too costly");
        }
        let left = MAX_UNICODE_OF_ALL.saturating_sub(self.unicode.size);
        if let Some(nfa) = compiled(&unicode, MAX_UNICODE.min(left)) {
            self.unicode.add(unicode, entry, nfa.memory_usage());
        }
        Ok(())
    }

    /// Compiles the expressions together.
    pub(super) fn finish(&mut self) -> Result<()> {
        [&mut self.any, &mut self.tame, &mut self.unicode]
            .into_iter()
            .try_for_each(Set::finish)
    }

    /// The first entry that matches the text, which is in lower case, and that is wanted.
    pub(super) fn hit(&self, text: &str, wanted: impl Fn(EntryId) -> bool) -> Option<EntryId> {
        match text.is_ascii() {
            true => [&self.any, &self.tame]
                .into_iter()
                .find_map(|set| set.hit(text, &wanted)),
            false => self.unicode.hit(text, &wanted),
        }
    }
}

impl Set {
    fn add(&mut self, pattern: Hir, entry: EntryId, size: usize) {
        self.patterns.push((pattern, entry));
        self.size += size;
    }

    fn finish(&mut self) -> Result<()> {
        if self.patterns.is_empty() {
            return Ok(());
        }
        let patterns: Vec<&Hir> = self.patterns.iter().map(|(pattern, _)| pattern).collect();
        let all = Regex::builder()
            .configure(meta::Config::new().match_kind(MatchKind::All))
            .build_many_from_hir(&patterns)
            .map_err(|cause| {
                let message = "the entries of type regex are too large together";
                Error::new(ErrorKind::BrokenInput, message).because(cause)
            })?;
        self.all = Some(all);
        Ok(())
    }

    fn hit(&self, text: &str, wanted: impl Fn(EntryId) -> bool) -> Option<EntryId> {
        let all = self.all.as_ref()?;
        let mut found = PatternSet::new(self.patterns.len());
        all.which_overlapping_matches(&Input::new(text), &mut found);
        found
            .iter()
            .filter_map(|at| self.patterns.get(at.as_usize()))
            .map(|(_, entry)| *entry)
            .find(|entry| wanted(*entry))
    }
}

/// The automaton of an expression, where it is not larger than this, in bytes.
fn compiled(pattern: &Hir, size: usize) -> Option<NFA> {
    let config = thompson::Config::new()
        .nfa_size_limit(Some(size))
        .which_captures(WhichCaptures::None);
    let compiled = NFA::compiler().configure(config).build_from_hir(pattern);
    compiled.ok()
}

/// Whether a small deterministic automaton does the same.
fn is_tame(nfa: &NFA) -> bool {
    let config = dense::Config::new()
        .match_kind(MatchKind::All)
        .start_kind(StartKind::Unanchored)
        .dfa_size_limit(Some(MAX_DFA))
        .determinize_size_limit(Some(2 * MAX_DFA));
    let built = dense::Builder::new().configure(config).build_from_nfa(nfa);
    built.is_ok()
}

/// An expression between PHP's delimiters as one of the crate `regex`; one without delimiters is taken as it is.
///
/// Source: the PHP manual, "Delimiters" and "Possible modifiers in regex patterns".
fn translated(text: &str) -> std::result::Result<String, &'static str> {
    let text = text.trim();
    let delimited = text
        .chars()
        .next()
        .filter(|first| "/#~%@!,;".contains(*first))
        .and_then(|first| text[1..].rsplit_once(first))
        .filter(|(_, flags)| flags.bytes().all(|b| b.is_ascii_alphabetic()));
    let Some((pattern, flags)) = delimited else {
        return Ok(text.to_owned());
    };
    let mut inner = String::new();
    let mut anchored = false;
    for flag in flags.chars() {
        match flag {
            'm' | 's' | 'U' if !inner.contains(flag) => inner.push(flag),
            'x' if !inner.contains('x') => inner.push('x'),
            'A' => anchored = true,
            // Case never counts, text is always Unicode, `$` is always the end, and the rest is about speed.
            'i' | 'u' | 'D' | 'S' | 'm' | 's' | 'U' | 'x' => {}
            _ => return Err("the expression has an unknown flag"),
        }
    }
    let mut whole = match inner.is_empty() {
        true => pattern.to_owned(),
        false => format!("(?{inner}){pattern}"),
    };
    if anchored {
        // On a line of its own, for with `x` the expression may end in a comment.
        whole = format!(
            r"\A(?:{whole}{})",
            if inner.contains('x') { "\n" } else { "" }
        );
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::time::{Duration, Instant};

    fn matches(pattern: &str, value: &str) -> std::result::Result<bool, &'static str> {
        let mut patterns = Patterns::default();
        patterns.add(pattern, 0)?;
        patterns.finish().unwrap();
        Ok(patterns.hit(value, |_| true).is_some())
    }

    #[test]
    fn delimiters_and_flags_of_php() {
        for (pattern, value, expected) in [
            (r"/^(noc|abuse)\@.*\..*$/i", "abuse@evil.example", true),
            (r"/^(noc|abuse)\@.*\..*$/i", "notabuse@evil.example", false),
            (
                r"/^https?:\/\/evil\.example\//",
                "http://evil.example/a",
                true,
            ),
            (
                r"#^https?://evil\.example/#i",
                "http://evil.example/a",
                true,
            ),
            (r"~EVIL~", "evil.example", true),
            (r"/evil .example/x", "evil.example", true),
            (r"/vil/A", "evil.example", false),
            (r"/evil # a comment/xA", "evil.example", true),
            (r"/e.*?l/sU", "evil.example", true),
            (r"^evil\.", "evil.example", true),
            (r"[a-z]+\.example$", "evil.example", true),
        ] {
            assert_eq!(matches(pattern, value), Ok(expected), "{pattern}");
        }
    }

    #[test]
    fn what_cannot_be_used_says_why() {
        for (pattern, why) in [
            (r"/evil(?!\.example)/i", "look-around is not supported"),
            (r"/(?<=evil)\.example/", "look-around is not supported"),
            (r"/(a)\1/", "the expression is not valid or not supported"),
            (r"/(evil/", "the expression is not valid or not supported"),
            (r"/evil/e", "the expression has an unknown flag"),
            (r"/(\w{900}){900}/", "the expression is too large"),
        ] {
            assert_eq!(matches(pattern, "evil.example"), Err(why), "{pattern}");
        }
        let long = format!("/{}/", "a".repeat(MAX_LENGTH));
        assert_eq!(matches(&long, "a"), Err("the expression is too long"));
    }

    /// Each expression that is left out is named; those that are kept are fast, on values that were made to be slow.
    #[test]
    fn no_list_makes_a_value_slow() {
        let wild = |at: usize| {
            format!(
                "/[a-{}x][^~]{{20}}z{at}/",
                char::from(b'b' + (at % 20) as u8)
            )
        };
        let wide = |_| r"/[\p{L}\p{N}]{20}z/i".to_owned();
        let words = |at: usize| format!(r"/(\w+\.)*\w{{3,30}}{at}\.\w+$/");
        let lists: [(&str, &dyn Fn(usize) -> String); 3] =
            [("wild", &wild), ("wide", &wide), ("words", &words)];
        for (name, pattern) in lists {
            let mut patterns = Patterns::default();
            let begun = Instant::now();
            let added = (0..150)
                .filter(|at| patterns.add(&pattern(*at), *at as EntryId).is_ok())
                .count();
            patterns.finish().unwrap();
            let made = begun.elapsed();
            let begun = Instant::now();
            for at in 0..50_u64 {
                let noise = at.wrapping_mul(0x9e37_79b9_7f4a_7c15);
                let value = format!("http://e{noise:x}.example/abcx{noise:b}ab{noise:o}x");
                assert_eq!(patterns.hit(&value, |_| true), None);
                let value = format!("é{noise:x}ß{noise:o}@evil.example");
                assert_eq!(patterns.hit(&value, |_| true), None);
            }
            let asked = begun.elapsed();
            eprintln!("{name}: {added} of 150, made in {made:?}, 100 values in {asked:?}");
            // Without optimisation, on a busy machine: both were minutes.
            assert!(made < Duration::from_secs(60), "{name}: {made:?}");
            assert!(asked < Duration::from_secs(60), "{name}: {asked:?}");
        }
    }

    #[test]
    fn an_expression_that_is_too_costly_says_so() {
        let mut patterns = Patterns::default();
        let all: Vec<_> = (0..200)
            .map(|at| patterns.add(&format!("/[ab{at}][^~]{{40}}z/"), at))
            .collect();
        assert_eq!(all[0], Ok(()));
        assert_eq!(all[199], Err("the expression is too costly"));
        // A usual one finds room behind them.
        assert_eq!(patterns.add(r"/^[a-z0-9-]+\.cdn\.example$/", 200), Ok(()));
        patterns.finish().unwrap();
        assert_eq!(patterns.hit("a-1.cdn.example", |_| true), Some(200));
    }
}

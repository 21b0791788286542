//! Regular expressions, as MISP gives them to PHP: between delimiters, with flags behind.

use regex::{RegexBuilder, RegexSet, RegexSetBuilder};

use super::entries::EntryId;
use crate::error::{Error, ErrorKind, Result};

/// Listed expressions, all tried at once, in time linear in the value.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    patterns: Vec<(String, EntryId)>,
    all: Option<RegexSet>,
}

/// The size of one expression when compiled, in bytes, and of all together.
const MAX_SIZE: usize = 1 << 20;
const MAX_SIZE_OF_ALL: usize = 256 << 20;

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
        match RegexBuilder::new(&pattern)
            .case_insensitive(true)
            .size_limit(MAX_SIZE)
            .build()
        {
            Ok(_) => {
                self.patterns.push((pattern, entry));
                Ok(())
            }
            Err(regex::Error::CompiledTooBig(_)) => Err("the expression is too large"),
            Err(cause) => Err(match cause.to_string().contains("look-around") {
                true => "look-around is not supported",
                false => "the expression is not valid or not supported",
            }),
        }
    }

    /// Compiles the expressions together.
    pub(super) fn finish(&mut self) -> Result<()> {
        if self.patterns.is_empty() {
            return Ok(());
        }
        let all = RegexSetBuilder::new(self.patterns.iter().map(|(pattern, _)| pattern))
            .case_insensitive(true)
            .size_limit(MAX_SIZE_OF_ALL)
            .build()
            .map_err(|cause| {
                Error::new(
                    ErrorKind::BrokenInput,
                    "the entries of type regex are too large together",
                )
                .because(cause)
            })?;
        self.all = Some(all);
        Ok(())
    }

    /// The first entry that matches the text and is wanted.
    pub(super) fn hit(&self, text: &str, wanted: impl Fn(EntryId) -> bool) -> Option<EntryId> {
        self.all
            .as_ref()?
            .matches(text)
            .into_iter()
            .filter_map(|at| self.patterns.get(at))
            .map(|(_, entry)| *entry)
            .find(|entry| wanted(*entry))
    }
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
}

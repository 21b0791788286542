//! A line of a list of values.

use super::spans::{bare, without_tail};
use super::values::candidates;
use super::{Candidate, Setting, Topic, outline, split, without_bullet};
use crate::indicator::{Expect, Parsed, Refusal, parse_as, refang};
use crate::reason::Reason;

/// What a line of a list is.
#[derive(Debug)]
pub(crate) enum Line<'a> {
    /// A heading over what follows: it ends in a colon, or is a word for types or for references.
    Heading(&'a str),
    /// Nothing but a value, or why it is left out.
    Value(Result<Parsed, Refusal>),
    /// Values, and what is left out; at least one.
    Values(Vec<Candidate>),
    /// A line without a value.
    Blank,
}

/// Reads a line without its comment and the white space around it. It decides for itself: a line that is wholly a value is that
/// value, whatever stands around it; any other line is read as text whose first word is a value wherever it can be one.
pub(crate) fn line<'a>(text: &'a str, setting: &Setting<'_>) -> Line<'a> {
    let whole = parse_as(Expect::Any, text);
    let spaced = text.contains(char::is_whitespace);
    let whole = match whole {
        // White space belongs to a value only where it stands around a bracketed dot.
        Ok(parsed)
            if !has_tail(text, &parsed)
                && (!spaced || !refang(text).contains(char::is_whitespace)) =>
        {
            return Line::Value(judged(Ok(parsed), setting));
        }
        Ok(_) => None,
        Err(refusal) => Some(refusal),
    };
    if let Some(list) = list(text) {
        let list = list.into_iter();
        return Line::Values(
            list.flat_map(|(part, parsed)| one(part, parsed, setting))
                .collect(),
        );
    }
    let trimmed = without_tail(bare(without_bullet(text))).trim_matches(['<', '>', '"', '\'']);
    if !trimmed.contains(char::is_whitespace)
        && !trimmed.contains([',', ';', '|'])
        && trimmed.len() < text.len()
        && let parsed @ Ok(_) = parse_as(Expect::Any, trimmed)
    {
        return Line::Values(one(trimmed, parsed, setting));
    }
    // One word that looks like a value and is not keeps its error; below a heading of files it is a file.
    let one_word = !spaced && !text.contains([',', ';', '|']);
    if let Some(refusal) = &whole
        && one_word
        && !text.ends_with("://")
        && setting.topic != Topic::Files
        && is_telling(refusal)
    {
        return Line::Values(vec![Candidate::new(text, Err(refusal.clone()))]);
    }
    let found = candidates(
        text,
        &Setting {
            listed: true,
            ..*setting
        },
    );
    if !found.is_empty() {
        return Line::Values(found);
    }
    if let Some(name) = heading(text) {
        return Line::Heading(name);
    }
    match whole {
        Some(refusal) if is_attempt(text, &refusal) => {
            Line::Values(vec![Candidate::new(text, Err(refusal))])
        }
        _ => Line::Blank,
    }
}

fn one(text: &str, parsed: Result<Parsed, Refusal>, setting: &Setting<'_>) -> Vec<Candidate> {
    vec![Candidate::new(text, judged(parsed, setting))]
}

/// A value that is the whole of a line, by what stands around it.
fn judged(parsed: Result<Parsed, Refusal>, setting: &Setting<'_>) -> Result<Parsed, Refusal> {
    match parsed {
        Ok(_) if setting.benign => Err(Refusal::new(Reason::Benign)),
        Ok(parsed) if setting.references && is_link(&parsed) => {
            Err(Refusal::new(Reason::Reference))
        }
        parsed => parsed,
    }
}

/// Whether a value is the address of a page that somebody could follow.
fn is_link(parsed: &Parsed) -> bool {
    let named =
        |url: &crate::indicator::Url| matches!(url.host(), crate::indicator::Host::Domain(_));
    matches!(&parsed.ioc, crate::Ioc::Url(url) if named(url)) && !parsed.defanged
}

/// Whether a URL has the punctuation of a list or a sentence behind it.
fn has_tail(text: &str, parsed: &Parsed) -> bool {
    matches!(parsed.ioc, crate::Ioc::Url(_)) && without_tail(text).len() < text.len()
}

/// Whether a line that gives nothing was meant to be a value: one word, with more in it than letters.
fn is_attempt(text: &str, refusal: &Refusal) -> bool {
    let one_word = !text.contains(char::is_whitespace);
    let plain = text
        .chars()
        .all(|c| c.is_alphabetic() || matches!(c, '-' | '_' | '&' | '/' | '*' | '='));
    // `https://` alone is spoken of.
    one_word && (is_telling(refusal) || !plain) && !text.ends_with("://")
}

/// Whether an error says what the value was meant to be.
fn is_telling(refusal: &Refusal) -> bool {
    !matches!(refusal.reason, Reason::UnknownType | Reason::InvalidDomain)
}

/// The name of a heading. Two colons are the end of an address: `2001:db8::`.
fn heading(text: &str) -> Option<&str> {
    match text.strip_suffix(':') {
        Some(name) if name.ends_with(':') => None,
        Some(name) => (!name.contains("://") && !name.contains("[.]")).then_some(name),
        None if is_word_of_headings(text) => Some(text),
        None => None,
    }
}

/// A few plain words that name a type, a column or references.
fn is_word_of_headings(text: &str) -> bool {
    const MAX_WORDS: usize = 2;
    // `host.name` is the name of a host.
    let plain = text
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '/' | '&'));
    plain
        // `CVE-2024-12345` is a value, whatever became of it.
        && text.chars().filter(char::is_ascii_digit).count() <= 3
        && text.split_whitespace().count() <= MAX_WORDS
        && (names_a_topic(text) || outline::is_references(text))
}

/// Whether a few words end in one for what stands below them: `IP addresses` do, `domain evil` does not.
fn names_a_topic(text: &str) -> bool {
    let last = text.split_whitespace().next_back().unwrap_or_default();
    let listed = ["address", "addresses", "list"]
        .iter()
        .any(|word| word.eq_ignore_ascii_case(last));
    outline::topic(text) != Topic::Unknown && (listed || outline::topic(last) != Topic::Unknown)
}

/// The values of a line that is nothing but a list of them: `evil.example, bad.example`.
fn list(text: &str) -> Option<Vec<(&str, Result<Parsed, Refusal>)>> {
    memchr::memchr3(b',', b';', b'|', text.as_bytes())?;
    let mut separated = text.split([',', ';', '|']).map(split::trim);
    if separated.any(|part| part.contains(char::is_whitespace)) {
        return None;
    }
    let values = split::values(text, Expect::Any);
    // A text without a type is a note: `198.51.100.7|scanner`, `198.51.100.7|443`.
    let is_note = |refusal: &Refusal| refusal.reason == Reason::UnknownType;
    let noted = values
        .iter()
        .any(|(_, parsed)| parsed.as_ref().is_err_and(is_note));
    (values.len() > 1 && !noted).then_some(values)
}

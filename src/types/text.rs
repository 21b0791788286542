//! What the types of names and paths share: texts that an attacker chose, held to what a log can hold.
//!
//! Windows compares names without regard to case, and so does Sigma. The case is kept as the feed gives it all the same: some
//! targets do compare it, and what the feed has seen is what their logs hold.

use std::sync::LazyLock;

use regex::Regex;

use crate::indicator::{Ioc, Refusal};
use crate::reason::Reason;

/// A text with its bracketed dots undone, in as many brackets as there are, and nothing else: a backslash before a dot is one of a path.
pub(super) fn plain_dots(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        plain.push(c);
        // What a bracket closes is looked at when it closes, so that nothing is left for a second time.
        let dot = DOTS.iter().find(|dot| plain.ends_with(*dot));
        if let Some(dot) = dot {
            plain.truncate(plain.len() - dot.len());
            plain.push('.');
        }
    }
    plain
}

/// The bracketed dots of names and paths, which have other brackets of their own.
const DOTS: [&str; 5] = ["[.]", "(.)", "{.}", "[dot]", "(dot)"];

/// The canonical text of a value that is a text and nothing more.
pub(super) fn of(ioc: &Ioc) -> &str {
    match ioc {
        Ioc::Token(token) => token.as_str(),
        _ => "",
    }
}

/// A text without white space and quotes around it, of at most `longest` characters, without control characters and
/// without the notations of a pattern.
pub(super) fn literal(text: &str, longest: usize) -> Result<&str, Refusal> {
    let text = unquoted(text);
    if text.is_empty() {
        return Err(Refusal::new(Reason::Empty));
    }
    if text.chars().any(char::is_control) {
        return Err(Refusal::new(Reason::ControlCharacter));
    }
    if text.chars().count() > longest {
        return Err(Refusal::new(Reason::ValueTooLong).detail(format!("over {longest} characters")));
    }
    match pattern(text) {
        Some(mark) => Err(Refusal::new(Reason::Pattern).detail(mark)),
        None => Ok(text),
    }
}

/// A text without white space and the quotes of a report or of a command line around it.
pub(super) fn unquoted(text: &str) -> &str {
    let mut text = text.trim();
    for (open, close) in [('"', '"'), ('\'', '\''), ('`', '`'), ('“', '”'), ('‘', '’')] {
        if let Some(inside) = text
            .strip_prefix(open)
            .and_then(|rest| rest.strip_suffix(close))
        {
            text = inside.trim();
        }
    }
    text
}

/// Reports write what differs from case to case as `*`, `…`, `<random>`, `[a-z]{8}`, `%08x`, `####`. None of these is in a log.
static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x)
        [*?…] | \.\.\.            # wildcards and what was left out
        | <[^<>]*>                # <random>
        | \[[^\]]*\]\s*[{+]       # [a-z]{8}, [0-9]+
        | \[[^\]\\]-[^\]\\][^\]]*\]  # [0-9a-f]
        | \{\d+(,\d*)?\}          # {8}
        | [\[({](?i:random|guid|uuid|sid|user|username|hex|digits?|number|string|name|computername|hostname|victim|date|pid)[^\])}]*[\])}]
        | %[0-9]*[diuxXsc](?:\W|$)   # %08x
        | \#\#                    # MSSE-####-server
        ",
    )
    .ok()
});

/// The part of a text that makes it a pattern.
pub(super) fn pattern(text: &str) -> Option<&str> {
    let pattern = PATTERN.as_ref()?;
    pattern.find(text).map(|found| found.as_str())
}

/// The refusal of a text that is something else than its type says.
pub(super) fn not_a(what: &str) -> Refusal {
    Refusal::new(Reason::TypeMismatch).detail(what)
}

/// `text` behind `head`, where it begins with it, in any case.
pub(super) fn behind<'a>(text: &'a str, head: &str) -> Option<&'a str> {
    let begins = text
        .get(..head.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(head));
    begins.then(|| &text[head.len()..])
}

/// A text with one backslash where several stand, as in source code and JSON, and where a slash stands.
pub(super) fn single_backslashes(text: &str) -> String {
    let mut single = String::with_capacity(text.len());
    for c in text.chars() {
        let c = if c == '/' { '\\' } else { c };
        if c != '\\' || !single.ends_with('\\') {
            single.push(c);
        }
    }
    single
}

/// Hexadecimal digits, as many as these, in small letters.
pub(super) fn hexadecimal(text: &str, digits: usize) -> Option<String> {
    let whole = text.len() == digits && text.bytes().all(|b| b.is_ascii_hexdigit());
    whole.then(|| text.to_ascii_lowercase())
}

/// A fingerprint that is the MD5 of a text, with or without its name before it.
pub(super) fn fingerprint(name: &str, text: &str) -> Result<String, Refusal> {
    let text = unquoted(text);
    let digits = behind(text, name).map_or(text, |rest| rest.trim_start_matches(['=', ':', ' ']));
    hexadecimal(digits, 32).ok_or_else(|| Refusal::new(Reason::InvalidHash))
}

/// The types of these values, as tests look at them.
#[cfg(test)]
pub(super) mod check {
    use chrono::Utc;

    use crate::guard::{GuardSettings, Verdict, judge};
    use crate::indicator::{Expect, Indicator, IocType, TypePlugin, parse_as};

    /// The type and the canonical form of a text.
    pub(in crate::types) fn value(
        plugin: &'static TypePlugin,
        text: &str,
    ) -> (&'static str, String) {
        let ioc = parse_as(Expect::Type(IocType::of(plugin)), text)
            .unwrap_or_else(|refusal| panic!("{text}: {refusal}"))
            .ioc;
        // A canonical text stays as it is.
        let again = parse_as(Expect::Type(ioc.ioc_type()), &ioc.to_string()).unwrap();
        assert_eq!(again.ioc, ioc, "{text}");
        (ioc.ioc_type().as_str(), ioc.to_string())
    }

    /// Why a text makes no rule; `keep` where it does.
    pub(in crate::types) fn code(plugin: &'static TypePlugin, text: &str) -> &'static str {
        let parsed = match parse_as(Expect::Type(IocType::of(plugin)), text) {
            Ok(parsed) => parsed,
            Err(refusal) => return refusal.reason.code(),
        };
        let settings = GuardSettings {
            on: true,
            keep_expired: false,
            now: Utc::now(),
        };
        match judge(&Indicator::new(parsed), &settings) {
            Verdict::Keep => "keep",
            Verdict::Drop(reason, _) => reason.code(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_case_to_case_is_a_pattern() {
        for text in [
            "*.exe",
            "a?.dll",
            "abc….exe",
            "HKLM\\...\\Run",
            "<random>.exe",
            "[a-z]{8}.dll",
            "MSSE-####-server",
            "status_%08x",
            "msagent_[0-9a-f]",
            "{random}.tmp",
            "(GUID).exe",
            "x{4}",
        ] {
            assert!(pattern(text).is_some(), "{text}");
        }
        for text in [
            "a.exe",
            "invoice [1].pdf",
            "{0F7BE344-6D1C-4DBC-8F06-1234567890AB}",
            "a (copy).exe",
            "100%.exe",
            "50% off.exe",
            "a#1.exe",
            "Mozilla/5.0 (X11; U; Linux)",
        ] {
            assert_eq!(pattern(text), None, "{text}");
        }
    }

    #[test]
    fn quotes_and_backslashes_of_their_notation_go() {
        assert_eq!(unquoted(" \"C:\\a b.exe\" "), "C:\\a b.exe");
        assert_eq!(unquoted("it's"), "it's");
        assert_eq!(single_backslashes("C:\\\\a//b\\c"), "C:\\a\\b\\c");
        assert_eq!(behind("hklm\\x", "HKLM\\"), Some("x"));
        assert_eq!(behind("é", "HKLM"), None);
        let text = literal("a\u{1b}b", 9).unwrap_err();
        assert_eq!(text.reason, Reason::ControlCharacter);
        assert_eq!(literal("abcd", 3).unwrap_err().reason, Reason::ValueTooLong);
    }
}

//! Undoing what reports do to indicators so that nobody clicks on them.

mod brackets;
mod host;
mod marks;

use std::borrow::Cow;

pub(crate) use self::brackets::bracketed;
use self::marks::{AT, DOT, OTHER};

/// Gives back the live form of a defanged value; a value that is live already comes back as it is.
///
/// The result has nothing left to be undone: `refang(refang(x)) = refang(x)`, for any text. Brackets may stand within brackets,
/// as deep as they like (`[[.]]`), and be escaped as in Markdown (`\[.\]`).
///
/// Undone, in any mixture: `[.]` `(.)` `{.}` `<.>` and the same with `dot` or `d0t`, `[,]`, a space around them, `[:]` `[://]` `[/]`
/// `[@]` `[at]` `(at)`, an unbalanced `[.` or `.]` and an escaped `\.` in the host, words with ` dot ` between them, and the schemes
/// `hxxp`, `hxxps`, `h**p`, `fxp` in any case.
/// Left alone: every other bracket (`[PDF]` in a real URL, the brackets of an IPv6 address) and every other backslash.
///
/// ```
/// use socdef_sigma::indicator::refang;
/// assert_eq!(refang("hXXps[://]www.evil[.]example/a[PDF].php"), "https://www.evil.example/a[PDF].php");
/// assert_eq!(refang("bad [at] evil [dot] example"), "bad@evil.example");
/// assert_eq!(refang("hxxp[[:]]//evil[[.]]example/a[[.]]php"), "http://evil.example/a.php");
/// assert_eq!(refang("[2001:db8::1]:443"), "[2001:db8::1]:443");
/// ```
pub fn refang(value: &str) -> Cow<'_, str> {
    let plain = match marked(value) {
        Cow::Borrowed(value) => Cow::Borrowed(value),
        Cow::Owned(marked) => Cow::Owned(unmarked(&marked).into_owned()),
    };
    let plain = match spelled_out(&plain) {
        Some(spelled) => Cow::Owned(spelled),
        None => plain,
    };
    match live_scheme(&plain) {
        Some((scheme, rest)) => Cow::Owned(format!("{scheme}{rest}")),
        None => plain,
    }
}

/// The bytes that a mark may begin with; the noncharacters begin with 0xef in UTF-8.
const SIGNS: [bool; 256] = {
    let mut signs = [false; 256];
    let bytes = b"[({]<\\\xef";
    let mut at = 0;
    while at < bytes.len() {
        signs[bytes[at] as usize] = true;
        at += 1;
    }
    signs
};

/// The value without its brackets, in which what was undone is still to be seen ([`is_marked`]); schemes are as they were.
///
/// Nothing is left to be undone: a plain form ([`unmarked`]) of what comes back comes back as it is. The time is linear in the value.
pub(crate) fn marked(value: &str) -> Cow<'_, str> {
    if value.bytes().any(|byte| SIGNS[usize::from(byte)])
        || memchr::memchr(b')', value.as_bytes()).is_some()
    {
        Cow::Owned(host::undone(secured(brackets::undone(value))))
    } else {
        Cow::Borrowed(value)
    }
}

/// Whether a piece of a [`marked`] value was defanged there.
pub(crate) fn is_marked(piece: &str) -> bool {
    piece.contains([DOT, AT, OTHER])
}

/// A piece of a [`marked`] value as plain text.
pub(crate) fn unmarked(piece: &str) -> Cow<'_, str> {
    if !is_marked(piece) {
        return Cow::Borrowed(piece);
    }
    let plain = piece.chars().filter(|c| *c != OTHER).map(|c| match c {
        DOT => '.',
        AT => '@',
        c => c,
    });
    Cow::Owned(plain.collect())
}

/// A value with a live scheme in place of a defanged one.
pub(crate) fn live(value: &str) -> Cow<'_, str> {
    match live_scheme(value) {
        Some((scheme, rest)) => Cow::Owned(format!("{scheme}{rest}")),
        None => Cow::Borrowed(value),
    }
}

/// `evil dot example`, `eve at evil dot example`: the whole value, so that no sentence becomes one.
fn spelled_out(value: &str) -> Option<String> {
    memchr::memchr(b' ', value.as_bytes())?;
    if !value.contains(" dot ") && !value.contains(" DOT ") {
        return None;
    }
    let words: Vec<&str> = value.split_whitespace().collect();
    let mut live = String::with_capacity(value.len());
    for (at, word) in words.iter().enumerate() {
        match at % 2 {
            0 if word
                .chars()
                .all(|c| c.is_alphanumeric() || "-_./:".contains(c)) =>
            {
                live.push_str(word);
            }
            1 if word.eq_ignore_ascii_case("dot") => live.push('.'),
            1 if word.eq_ignore_ascii_case("at") && at == 1 => live.push('@'),
            _ => return None,
        }
    }
    (words.len() % 2 == 1).then_some(live)
}

/// A text with `https` for `http[s]`.
fn secured(text: String) -> String {
    let mut live = String::new();
    let mut taken = 0;
    for (at, _) in text.match_indices("]://") {
        let before = &text[taken..=at];
        let inside = before.trim_end_matches(']');
        let Some(opened) = inside.strip_suffix(['s', 'S']) else {
            continue;
        };
        let scheme = opened.trim_end_matches('[');
        if opened.len() - scheme.len() == before.len() - inside.len() && ends_in_scheme(scheme) {
            live.push_str(scheme);
            live.push('s');
            taken = at + 1;
        }
    }
    match taken {
        0 => text,
        _ => live + &text[taken..],
    }
}

/// Whether a text ends in `http`, or in a defanged spelling of it.
fn ends_in_scheme(text: &str) -> bool {
    let end = text.get(text.len().saturating_sub(4)..).unwrap_or_default();
    let mut spellings = SCHEMES.iter().filter(|(_, live)| *live == "http");
    end.eq_ignore_ascii_case("http") || spellings.any(|(dead, _)| end.eq_ignore_ascii_case(dead))
}

/// Defanged schemes, and what they stand for.
const SCHEMES: [(&str, &str); 11] = [
    ("hxxps", "https"),
    ("hxxp", "http"),
    ("h**ps", "https"),
    ("h**p", "http"),
    ("h__ps", "https"),
    ("h__p", "http"),
    ("hxtps", "https"),
    ("hxtp", "http"),
    ("htxps", "https"),
    ("htxp", "http"),
    ("fxp", "ftp"),
];

/// The live scheme of a value with a defanged one, and what follows it.
fn live_scheme(value: &str) -> Option<(&'static str, &str)> {
    // Most values are over with their first byte.
    if !value.starts_with(['h', 'H', 'f', 'F']) || !value.contains("://") {
        return None;
    }
    SCHEMES.iter().find_map(|(dead, live)| {
        let head = value.get(..dead.len())?;
        let rest = &value[dead.len()..];
        (head.eq_ignore_ascii_case(dead) && rest.starts_with("://")).then_some((*live, rest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_seen_in_feeds() {
        for (defanged, live) in [
            ("evil[.]example", "evil.example"),
            ("www.evil[.]example", "www.evil.example"),
            ("evil(.)example", "evil.example"),
            ("evil [.] example", "evil.example"),
            ("evil[. ]example", "evil.example"),
            ("evil[dot]example", "evil.example"),
            ("evil[.example", "evil.example"),
            ("evil.]example", "evil.example"),
            ("evil(.example", "evil.example"),
            ("evil.)example", "evil.example"),
            ("hxxp[s]://evil.example", "https://evil.example"),
            ("198[.]51[.]100[.]7", "198.51.100.7"),
            ("198.51.100[.]7[:]8080", "198.51.100.7:8080"),
            ("hxxp://evil[.]example/a", "http://evil.example/a"),
            ("hXXp://evil.example/a", "http://evil.example/a"),
            ("HXXPS://evil.example", "https://evil.example"),
            ("http[:]//evil[.]example", "http://evil.example"),
            ("hxxps[://]evil.example", "https://evil.example"),
            ("hxxp[:]//evil.example[/]x", "http://evil.example/x"),
            (
                "https://evil[.]example[:]8443/a",
                "https://evil.example:8443/a",
            ),
            ("user[at]evil[.]example", "user@evil.example"),
            ("user[@]evil.example", "user@evil.example"),
            ("user (at) evil (dot) example", "user@evil.example"),
            ("2001[:]db8[:][:]1", "2001:db8::1"),
            ("fxp://evil[.]example", "ftp://evil.example"),
            ("evil[,]example", "evil.example"),
            ("evil<.>example", "evil.example"),
            ("evil[D0T]example", "evil.example"),
            (r"www\.evil\.example", "www.evil.example"),
            ("evil dot example", "evil.example"),
            ("eve at evil dot example", "eve@evil.example"),
            ("h__p://evil.example/a", "http://evil.example/a"),
        ] {
            assert_eq!(refang(defanged), live, "{defanged}");
        }
    }

    #[test]
    fn what_only_looks_defanged_is_left_alone() {
        for live in [
            "http://evil.example/report[PDF].exe",
            "http://evil.example/a(1).php",
            "http://evil.example/a[.b",
            r"C:\Windows\system32\.\a.exe",
            "[2001:db8::1]",
            "http://[2001:db8::1]:80/[x]",
            "hxxpfile.example",
            r"C:\Users\.ssh",
            r"HKU\.DEFAULT\Software",
            r"HKCR\.evil",
            "it is a dot com company",
            "a dot",
        ] {
            assert_eq!(refang(live), live);
        }
    }
}

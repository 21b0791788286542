//! Undoing what reports do to indicators so that nobody clicks on them.

use std::borrow::Cow;

/// Gives back the live form of a defanged value; a value that is live already comes back as it is.
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
/// assert_eq!(refang("[2001:db8::1]:443"), "[2001:db8::1]:443");
/// ```
pub fn refang(value: &str) -> Cow<'_, str> {
    match spelled_out(value) {
        Some(live) => Cow::Owned(live),
        None => match marked(value) {
            Cow::Borrowed(value) => live(value),
            Cow::Owned(marked) => Cow::Owned(live(&unmarked(&marked)).into_owned()),
        },
    }
}

/// Marks for a dot and an at sign that were undone, and for any other mark that was, until [`unmarked`]. These are
/// noncharacters of Unicode: no text has them.
const DOT: char = '\u{fdd0}';
const AT: char = '\u{fdd1}';
const OTHER: char = '\u{fdd2}';

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
pub(crate) fn marked(value: &str) -> Cow<'_, str> {
    if value.bytes().any(|byte| SIGNS[usize::from(byte)])
        || memchr::memchr(b')', value.as_bytes()).is_some()
    {
        Cow::Owned(unbracket(value))
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

/// Texts in brackets, and their meanings. In square brackets all of them, in others only words and dots.
const MARKS: [(&str, &str); 10] = [
    (".", "."),
    ("dot", "."),
    ("d0t", "."),
    ("@", "@"),
    ("at", "@"),
    (",", "."),
    (":", ":"),
    ("://", "://"),
    ("/", "/"),
    ("//", "//"),
];
/// How many of them stand in any brackets, and how many in angle brackets.
const IN_ANY: usize = 5;
const IN_ANGLE: usize = 3;

fn unbracket(value: &str) -> String {
    let mut live = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find(['[', '(', '{', ']', ')', '<', '\\', DOT, AT, OTHER]) {
        live.push_str(&rest[..at]);
        let tail = &rest[at..];
        if let Some((mark, length)) = bracketed(tail) {
            rest = &tail[length..];
            match mark {
                "." | "@" => {
                    live.truncate(live.trim_end_matches([' ', '\t']).len());
                    rest = rest.trim_start_matches([' ', '\t']);
                    live.push(if mark == "." { DOT } else { AT });
                }
                _ => {
                    live.push_str(mark);
                    // The slashes of a scheme belong to its colon.
                    if mark == ":" && rest.starts_with("//") {
                        live.push_str("//");
                        rest = &rest[2..];
                    }
                    live.push(OTHER);
                }
            }
        } else if let Some(rest_of_scheme) = tail.strip_prefix("[s]")
            && ends_in_scheme(&live)
            && (rest_of_scheme.starts_with("://") || bracketed(rest_of_scheme).is_some())
        {
            live.push('s');
            rest = rest_of_scheme;
        } else if (tail.starts_with("[.") || tail.starts_with("(.")) && in_host(&live) {
            live.push(DOT);
            rest = &tail[2..];
        } else if tail.starts_with([']', ')'])
            && live.ends_with(['.', DOT])
            && in_host(&live)
            && !live.contains(['[', '('])
        {
            live.pop();
            live.push(DOT);
            rest = &tail[1..];
        } else if is_escaped_dot(&live, tail) {
            live.push(DOT);
            rest = &tail[2..];
        } else {
            let width = tail.chars().next().map_or(1, char::len_utf8);
            // A noncharacter of the value's own is not a mark.
            match width {
                1 => live.push_str(&tail[..1]),
                _ => live.push('\u{fffd}'),
            }
            rest = &tail[width..];
        }
    }
    live.push_str(rest);
    live
}

/// Whether what was read so far ends in `http` or `hxxp`.
fn ends_in_scheme(live: &str) -> bool {
    let at = live.len().saturating_sub(4);
    live.get(at..)
        .is_some_and(|end| end.eq_ignore_ascii_case("http") || end.eq_ignore_ascii_case("hxxp"))
}

/// `evil\.example`, as regular expressions write it; not the `\.` of a path.
fn is_escaped_dot(live: &str, tail: &str) -> bool {
    let label = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let is_dot = tail.starts_with("\\.")
        && label(tail[2..].chars().next())
        && label(live.chars().next_back());
    // Nothing is longer than a name may be, so that looking at it costs the same wherever it stands.
    let (before, after) = (last(live, MAX_NAME), first(tail, MAX_NAME));
    // `HKU\.DEFAULT\Software` goes on as a path does, and `HKCR\.evil` names a hive.
    let is_path = || {
        let host = after.split(['/', ' ', ':', '?']).next().unwrap_or_default();
        host.match_indices('\\')
            .any(|(at, _)| !host[at + 1..].starts_with('.'))
    };
    let is_name = || {
        !before.contains('\\') && before.contains(|c: char| c.is_lowercase() || c.is_ascii_digit())
    };
    is_dot && in_host(before) && is_name() && !is_path()
}

/// How much of a value is looked at around a mark, in bytes: the longest name and its scheme.
const MAX_NAME: usize = 300;

/// The last bytes of a text, at most so many, in whole characters.
fn last(text: &str, most: usize) -> &str {
    let mut at = text.len().saturating_sub(most);
    while !text.is_char_boundary(at) {
        at += 1;
    }
    &text[at..]
}

/// The first bytes of a text, at most so many, in whole characters.
fn first(text: &str, most: usize) -> &str {
    let mut at = text.len().min(most);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    &text[..at]
}

/// The mark that `text` opens with, such as `[.]` or `( dot )`, and how many bytes it takes.
pub(crate) fn bracketed(text: &str) -> Option<(&'static str, usize)> {
    let (close, marks) = match text.as_bytes().first()? {
        b'[' => (']', MARKS.len()),
        b'(' => (')', IN_ANY),
        b'{' => ('}', IN_ANY),
        b'<' => ('>', IN_ANGLE),
        _ => return None,
    };
    // The longest mark with a space on each side: `[ dot ]`.
    let end = text.char_indices().take(8).find(|(_, c)| *c == close)?.0;
    let inside = text[1..end].trim().to_ascii_lowercase();
    MARKS
        .iter()
        .take(marks)
        .find(|(mark, _)| *mark == inside)
        .map(|(_, live)| (*live, end + 1))
}

/// Whether what was read so far ends inside the host: no path has begun.
fn in_host(live: &str) -> bool {
    let after_scheme = live.split_once("://").map_or(live, |(_, rest)| rest);
    !after_scheme.contains(['/', '?', '#'])
}

/// The live scheme of a value with a defanged one, and what follows it.
fn live_scheme(value: &str) -> Option<(&'static str, &str)> {
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

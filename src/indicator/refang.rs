//! Undoing what reports do to indicators so that nobody clicks on them.

use std::borrow::Cow;

/// Gives back the live form of a defanged value; a value that is live already comes back as it is.
///
/// Undone, in any mixture: `[.]` `(.)` `{.}` and the same with `dot`, a space around them, `[:]` `[://]` `[/]` `[@]`
/// `[at]` `(at)`, an unbalanced `[.` or `.]` in the host, and the schemes `hxxp`, `hxxps`, `h**p`, `fxp` in any case.
/// Left alone: every other bracket (`[PDF]` in a real URL, the brackets of an IPv6 address) and every backslash.
///
/// ```
/// use socdef_sigma::indicator::refang;
/// assert_eq!(refang("hXXps[://]www.evil[.]example/a[PDF].php"), "https://www.evil.example/a[PDF].php");
/// assert_eq!(refang("bad [at] evil [dot] example"), "bad@evil.example");
/// assert_eq!(refang("[2001:db8::1]:443"), "[2001:db8::1]:443");
/// ```
pub fn refang(value: &str) -> Cow<'_, str> {
    let unbracketed = if value.contains(['[', '(', '{', ']']) {
        Cow::Owned(unbracket(value))
    } else {
        Cow::Borrowed(value)
    };
    match live_scheme(&unbracketed) {
        Some((scheme, rest)) => Cow::Owned(format!("{scheme}{rest}")),
        None => unbracketed,
    }
}

/// What stands in brackets, and what it stands for. In square brackets all of them, in others only words and dots.
const MARKS: [(&str, &str); 8] = [
    (".", "."),
    ("dot", "."),
    ("@", "@"),
    ("at", "@"),
    (":", ":"),
    ("://", "://"),
    ("/", "/"),
    ("//", "//"),
];

fn unbracket(value: &str) -> String {
    let mut live = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find(['[', '(', '{', ']']) {
        live.push_str(&rest[..at]);
        let tail = &rest[at..];
        if let Some((mark, length)) = bracketed(tail) {
            rest = &tail[length..];
            if mark == "." || mark == "@" {
                live.truncate(live.trim_end_matches([' ', '\t']).len());
                rest = rest.trim_start_matches([' ', '\t']);
            }
            live.push_str(mark);
        } else if tail.starts_with("[.") && in_host(&live) {
            live.push('.');
            rest = &tail[2..];
        } else if tail.starts_with(']')
            && live.ends_with('.')
            && in_host(&live)
            && !live.contains('[')
        {
            rest = &tail[1..];
        } else {
            let width = 1; // every one of the brackets is one byte
            live.push_str(&tail[..width]);
            rest = &tail[width..];
        }
    }
    live.push_str(rest);
    live
}

/// The mark that `text` opens with, such as `[.]` or `( dot )`, and how many bytes it takes.
pub(crate) fn bracketed(text: &str) -> Option<(&'static str, usize)> {
    let (close, square) = match text.as_bytes().first()? {
        b'[' => (']', true),
        b'(' => (')', false),
        b'{' => ('}', false),
        _ => return None,
    };
    // The longest mark with a space on each side: `[ dot ]`.
    let end = text.char_indices().take(8).find(|(_, c)| *c == close)?.0;
    let inside = text[1..end].trim().to_ascii_lowercase();
    MARKS
        .iter()
        .take(if square { MARKS.len() } else { 4 })
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
    const SCHEMES: [(&str, &str); 8] = [
        ("hxxps", "https"),
        ("hxxp", "http"),
        ("h**ps", "https"),
        ("h**p", "http"),
        ("hxtps", "https"),
        ("hxtp", "http"),
        ("htxps", "https"),
        ("fxp", "ftp"),
    ];
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
        ] {
            assert_eq!(refang(live), live);
        }
    }
}

//! URLs that stand for many: with a wildcard, or with a name in the place of a text.

use crate::indicator::url::Url;

/// `/*`, or nothing but a variable: `/$TIME`.
pub(super) fn is_any_path(target: &str) -> bool {
    let variable = target.strip_prefix("/$").is_some_and(|name| {
        name.len() > 1 && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
    });
    target == "/*" || variable
}

/// Whether a path has something in it that stands for other text: `*`, `…`, `<name>`, `{id}`, `[a-z]`. A query may hold any of them.
pub(super) fn is_pattern(url: &Url) -> bool {
    let path = url.target().split('?').next().unwrap_or_default();
    if !path
        .bytes()
        .any(|b| matches!(b, b'*' | b'<' | b'{' | b'[' | b'%' | b'$'))
    {
        return false;
    }
    if is_any_path(url.target()) {
        return true;
    }
    let classed = path.match_indices('[').any(|(at, _)| {
        let inside = path[at + 1..].split(']').next().unwrap_or_default();
        let range = inside.as_bytes().windows(3).any(|three| {
            three[1] == b'-' && three[0].is_ascii_alphanumeric() && three[2] > three[0]
        });
        range && inside.len() <= 16
    });
    // A name in brackets: `{id}` is one, the brackets of a request's own data are not.
    let named = |open: char, close: char| {
        path.match_indices(open).any(|(at, _)| {
            let inside = path[at + 1..].split(close).next().unwrap_or_default();
            !path[..at].ends_with('$')
                && (1..=32).contains(&inside.len())
                && path[at + 1 + inside.len()..].starts_with(close)
                && inside.starts_with(|c: char| c.is_ascii_alphabetic())
                && inside
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b' ' | b'%'))
        })
    };
    let (braced, angled) = (named('{', '}'), named('<', '>'));
    path.contains('*') || path.contains("%E2%80%A6") || angled || braced || classed
}

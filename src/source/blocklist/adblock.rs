//! Adblock lists, as Adblock Plus, uBlock Origin and AdGuard read them.
//!
//! Source of the syntax: "How to write filters" of Adblock Plus, and "DNS filtering rules syntax" of AdGuard.

use super::line::{Line, Value, exception, host, refused};
use crate::IocType;
use crate::indicator::{Expect, parse_as};
use crate::reason::Reason;

/// The marks between the names of sites and the elements that a cosmetic rule hides there.
const COSMETIC: [&str; 7] = ["##", "#@#", "#?#", "#@?#", "#$#", "#%#", "#@$#"];

/// Options that change what is loaded and block nothing; the last one takes back another rule.
const NOT_BLOCKING: [&str; 14] = [
    "removeparam",
    "queryprune",
    "csp",
    "permissions",
    "replace",
    "cookie",
    "header",
    "removeheader",
    "urltransform",
    "hls",
    "jsonprune",
    "generichide",
    "elemhide",
    "badfilter",
];

/// Reads a line that has a sign of this syntax.
pub(super) fn read(text: &str) -> Option<Line<'_>> {
    if text.starts_with('!') || is_title(text) {
        return Some(Line::Header);
    }
    if let Some(cosmetic) = cosmetic(text) {
        return Some(cosmetic);
    }
    if text.starts_with('#') {
        return Some(Line::Header);
    }
    if let Some(rest) = text.strip_prefix("@@") {
        return one(exception(target(without_options(rest).0), "@@"));
    }
    if is_regex(text) {
        return one(refused(text, Reason::Pattern, "a regular expression"));
    }
    if let Some(rest) = text.strip_prefix("||") {
        return one(address(rest));
    }
    if let Some(rest) = text.strip_prefix('|') {
        // `|203.0.113.7|x` is the edge of a table.
        let is_rule = rest.contains("://") && !rest.contains(char::is_whitespace);
        return is_rule.then(|| Line::Rule(vec![address(rest)]));
    }
    let pattern = without_options(text).0;
    let ends = pattern.ends_with('^') && !pattern.contains(char::is_whitespace);
    ends.then(|| Line::Rule(vec![address(text)]))
}

fn one(value: Value<'_>) -> Option<Line<'_>> {
    Some(Line::Rule(vec![value]))
}

/// Reads a line of a list of this syntax that has none of its signs: a name, or a part of an address.
pub(super) fn other(text: &str) -> Line<'_> {
    let is_rule = without_options(text).1.is_some_and(is_known);
    let value = match parse_as(Expect::Any, text) {
        Ok(parsed) if !is_rule => (text, Ok(parsed)),
        _ => address(text),
    };
    Line::Rule(vec![value])
}

/// A rule that hides elements of pages: the sites that it names have them, and are not to be blocked.
pub(super) fn cosmetic(text: &str) -> Option<Line<'_>> {
    let at = memchr::memchr(b'#', text.as_bytes())?;
    let mark = COSMETIC
        .iter()
        .find(|mark| text[at..].starts_with(**mark))?;
    let (sites, selector) = (&text[..at], &text[at + mark.len()..]);
    let is_site = |site: &str| {
        !site.is_empty()
            && site
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '~' | '*' | '['))
    };
    let named = !sites.is_empty() && sites.split(',').all(|site| is_site(site.trim()));
    let opens = match sites.is_empty() {
        // `## Title` is a comment of other lists.
        true => selector.starts_with(['.', '#', '[', '+', '*', ':']) && !selector.starts_with("##"),
        false => named && selector.starts_with(|c: char| !c.is_whitespace()),
    };
    opens.then(|| {
        Line::Rule(vec![refused(
            text,
            Reason::Pattern,
            "a rule that hides parts of pages",
        )])
    })
}

/// `[Adblock Plus 2.0]`, `[uBlock Origin]`.
fn is_title(text: &str) -> bool {
    let title = || text.to_ascii_lowercase();
    text.starts_with('[')
        && text.ends_with(']')
        && text.len() < 100
        && ["adblock", "ublock", "adguard"]
            .iter()
            .any(|name| title().contains(name))
}

/// `/…/`, perhaps with options, where what is between the slashes says that it is an expression and no path.
fn is_regex(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('/') else {
        return false;
    };
    let body = match (rest.strip_suffix('/'), rest.rfind("/$")) {
        (Some(body), _) => body,
        (None, Some(at)) => &rest[..at],
        (None, None) => return false,
    };
    body.contains(['\\', '^', '$', '[', '(', '*', '+', '?', '|'])
}

/// A pattern and the options behind its last `$`.
fn without_options(text: &str) -> (&str, Option<&str>) {
    match text.rfind('$') {
        Some(at) if at > 0 => (&text[..at], Some(&text[at + 1..])),
        _ => (text, None),
    }
}

/// Whether a text is a list of options, by the names that filters have in common.
fn is_known(options: &str) -> bool {
    const NAMES: [&str; 24] = [
        "third-party",
        "3p",
        "first-party",
        "1p",
        "popup",
        "document",
        "doc",
        "all",
        "important",
        "script",
        "image",
        "stylesheet",
        "subdocument",
        "xmlhttprequest",
        "xhr",
        "websocket",
        "network",
        "other",
        "domain",
        "denyallow",
        "dnstype",
        "dnsrewrite",
        "client",
        "badfilter",
    ];
    options
        .split(',')
        .map(name_of)
        .any(|name| NAMES.contains(&name))
}

fn name_of(option: &str) -> &str {
    let option = option.trim();
    let option = option.strip_prefix('~').unwrap_or(option);
    option.split('=').next().unwrap_or(option)
}

/// A pattern without its anchors, and without what stands for anything behind the host.
fn target(pattern: &str) -> &str {
    let pattern = pattern.strip_suffix('|').unwrap_or(pattern);
    let pattern = ["^*", "/*", "^", "*"]
        .iter()
        .find_map(|end| pattern.strip_suffix(end))
        .unwrap_or(pattern);
    let bare = ["||", "|", "://", "*://"]
        .iter()
        .find_map(|start| pattern.strip_prefix(start))
        .unwrap_or(pattern);
    bare.strip_prefix("*.").unwrap_or(bare)
}

/// The host or the URL that a pattern means.
fn address(text: &str) -> Value<'_> {
    let (pattern, options) = match without_options(text) {
        (pattern, Some(options)) => (pattern, options),
        (pattern, None) => (pattern, ""),
    };
    let mut names = options.split(',').map(name_of);
    if let Some(option) = names.find(|name| NOT_BLOCKING.contains(name)) {
        return exception(target(pattern), option);
    }
    let rest = target(pattern);
    if rest.is_empty() || rest.contains(['*', '^', '|', ' ']) {
        return refused(text, Reason::Pattern, "a part of an address");
    }
    match rest.trim_end_matches('/').contains('/') {
        true if rest.starts_with('/') => refused(text, Reason::Pattern, "a path on any host"),
        true => (rest, parse_as(Expect::Type(IocType::Url), rest)),
        false => {
            let name = rest.trim_end_matches('/');
            // `||evil.` and `||ads-` match the beginnings of names.
            match name.contains('.') && !name.ends_with(['.', '-', '_']) {
                true => host(name),
                false => refused(text, Reason::Pattern, "a part of a name"),
            }
        }
    }
}

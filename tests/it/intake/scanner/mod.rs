//! A second opinion on what stands in a text: regular expressions of its own, and nothing of the program's.
//!
//! A *sure token* is an IPv4 or IPv6 address, a URL with a scheme, a defanged name, a hash alone, or a CVE id. Whatever the program
//! makes of it, it must be in the account: as a value that was kept or merged, or as an entry of its own at its line.

mod account;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex::Regex;

use self::account::Account;
use super::read::Reading;

/// What a token is, in one spelling.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Sure {
    Address(IpAddr),
    /// Without its scheme, its fragment, and whatever at its end can be argued about: `evil.example/a/b`.
    Url(String),
    Name(String),
    Hash(String),
    Cve(String),
}

/// A sure token, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) sure: Sure,
    /// As it is written.
    pub(crate) raw: String,
    /// From 1; 0 where lines mean nothing.
    pub(crate) line: u64,
    /// Where it starts in its line, in bytes.
    pub(crate) start: usize,
}

/// A dot, plain or defanged.
const DOT: &str = r"(?:\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|\[\.|\.\]|\.)";

static URL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)(?:h(?:tt|xx)ps?|fxp|ftp)(?:\[:\]//|\[://\]|\(://\)|\(:\)//|://)[^\s"'<>|`]+"#,
    )
    .unwrap()
});
static HOST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:[a-z0-9_\-]+(?:\.[a-z0-9_\-]+)+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?").unwrap()
});
static PATH: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^[A-Za-z0-9_./?=~\-]*").unwrap());
static HEX: LazyLock<Regex> = LazyLock::new(|| Regex::new("[0-9A-Fa-f]{32,}").unwrap());
static CVE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)CVE[-\x{2010}-\x{2015}\x{2212}]([0-9]{4})[-\x{2010}-\x{2015}\x{2212}]([0-9]{4,})",
    )
    .unwrap()
});
static IPV4: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(&format!("(?i)[0-9]{{1,3}}(?:{DOT}[0-9]{{1,3}}){{3}}")).unwrap());
static IPV6: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("(?i)[23][0-9a-f]{3}(?::{1,2}[0-9a-f]{1,4}){1,7}(?:::)?").unwrap());
static NAME: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(&format!("(?i)[a-z0-9_\\-]+(?:{DOT}[a-z0-9_\\-]+)+")).unwrap());
static ANY_DOT: LazyLock<Regex> = LazyLock::new(|| Regex::new(&format!("(?i){DOT}")).unwrap());

/// A text without the ways to defang that the scanner knows, in lower case but for what is behind the host of a URL.
fn refanged(text: &str) -> String {
    let text = ANY_DOT.replace_all(text, ".");
    text.replace("[:]", ":")
        .replace("(:)", ":")
        .replace("[/]", "/")
        .replace("[://]", "://")
        .replace("(://)", "://")
}

/// What is left of a URL when all that can be argued about is taken off.
fn url(raw: &str) -> Option<String> {
    let plain = refanged(raw);
    let (_, rest) = plain.split_once("://")?;
    behind_scheme(rest)
}

fn behind_scheme(rest: &str) -> Option<String> {
    let lower = rest.to_ascii_lowercase();
    let host = HOST.find(&lower)?.as_str().to_owned();
    let behind = &rest[host.len()..];
    // A user before the host, or a name that goes on with what no host has.
    if behind.starts_with(|c: char| c == '@' || c == '[' || c == ':' || !c.is_ascii()) {
        return None;
    }
    let host = host
        .strip_suffix(":80")
        .or(host.strip_suffix(":443"))
        .unwrap_or(&host);
    let path = match behind.chars().next() {
        Some('/' | '?') => PATH.find(behind).map_or("", |found| found.as_str()),
        _ => "",
    };
    // Where `.` and `..` are parts of a path, their place is the program's affair.
    let path = path.split("/.").next().unwrap_or_default();
    let path = path.split("//").next().unwrap_or_default();
    let path = path.trim_end_matches(|c: char| "/?=.-_~".contains(c));
    Some(format!("{}{path}", host.trim_end_matches('.')))
}

/// Where a URL that was matched up to white space ends at the latest: a comma may be a part of it, or be followed by another value.
fn end_of_url(raw: &str) -> usize {
    raw.find([',', ';']).unwrap_or(raw.len())
}

/// The sure tokens of a line, in order.
pub(crate) fn line(text: &str, number: u64) -> Vec<Token> {
    let mut found = Vec::new();
    let mut left = text.to_owned();
    let mut at = 0;
    while let Some(next) = URL.find_at(&left, at) {
        let (start, raw) = (next.start(), next.as_str());
        let end = start + end_of_url(raw);
        at = end;
        let before = left[..start].chars().next_back();
        let raw = left[start..end].to_owned();
        if !before.is_some_and(|c| c.is_ascii_alphanumeric())
            && let Some(value) = url(&raw)
        {
            found.push(token(Sure::Url(value), &raw, number, start));
        }
        // What stands in a URL is a part of it.
        left.replace_range(start..end, &" ".repeat(end - start));
    }
    tokens_of(&HEX, &mut left, number, &mut found, |raw, before, after| {
        let alone =
            |c: Option<char>| !c.is_some_and(|c| c.is_alphanumeric() || "-_/\\.%@#&$".contains(c));
        (matches!(raw.len(), 32 | 40 | 64) && alone(before) && ends(after, &alone))
            .then(|| Sure::Hash(raw.to_ascii_lowercase()))
    });
    tokens_of(&CVE, &mut left, number, &mut found, |raw, before, after| {
        let word = |c: char| c.is_alphanumeric() || "-_/\\.=".contains(c);
        let parts = CVE.captures(raw)?;
        let inside = before.is_some_and(word)
            || after.starts_with(|c: char| c.is_alphanumeric() || "-_/".contains(c));
        (!inside).then(|| Sure::Cve(format!("CVE-{}-{}", &parts[1], &parts[2])))
    });
    tokens_of(&IPV4, &mut left, number, &mut found, address);
    tokens_of(
        &IPV6,
        &mut left,
        number,
        &mut found,
        |raw, before, after| {
            let inside = before.is_some_and(|c| c.is_alphanumeric() || ":.-_/\\".contains(c))
                || after.starts_with(|c: char| c.is_alphanumeric() || ":_-".contains(c));
            let parsed = raw.parse::<Ipv6Addr>().ok()?;
            (!inside).then_some(Sure::Address(IpAddr::V6(parsed)))
        },
    );
    tokens_of(&NAME, &mut left, number, &mut found, name);
    found.sort_by_key(|token| token.start);
    found
}

fn token(sure: Sure, raw: &str, line: u64, start: usize) -> Token {
    Token {
        sure,
        raw: raw.to_owned(),
        line,
        start,
    }
}

/// A full stop may end a sentence behind a hash.
fn ends(after: &str, alone: &dyn Fn(Option<char>) -> bool) -> bool {
    let mut rest = after.chars();
    match rest.next() {
        Some('.') => !rest.next().is_some_and(char::is_alphanumeric),
        next => alone(next),
    }
}

/// Takes what an expression finds out of a line, where `sure` says that it is a token: of what was matched, before and behind it.
fn tokens_of(
    expression: &Regex,
    left: &mut String,
    number: u64,
    found: &mut Vec<Token>,
    sure: impl Fn(&str, Option<char>, &str) -> Option<Sure>,
) {
    let mut at = 0;
    while let Some(next) = expression.find_at(left, at) {
        let (start, end) = (next.start(), next.end());
        at = end;
        let before = left[..start].chars().next_back();
        if let Some(sure) = sure(&left[start..end], before, &left[end..]) {
            let raw = left[start..end].to_owned();
            found.push(token(sure, &raw, number, start));
            left.replace_range(start..end, &" ".repeat(end - start));
        }
    }
}

fn address(raw: &str, before: Option<char>, after: &str) -> Option<Sure> {
    if before.is_some_and(|c| c.is_alphanumeric() || "._-/\\@%]".contains(c)) {
        return None;
    }
    let mut rest = after.chars();
    match (rest.next(), rest.next()) {
        (Some(c), _) if c.is_alphanumeric() || c == '_' => return None,
        (Some('.' | '-' | '['), Some(c))
            if c.is_alphabetic() || (c == '.' && after.starts_with('[')) =>
        {
            return None;
        }
        (Some('.'), Some(c)) if c.is_numeric() => return None,
        // A path: the value is a URL, of which nothing is sure but the host.
        (Some('/'), Some(c)) if !c.is_ascii_digit() => return None,
        _ => {}
    }
    let plain = refanged(raw);
    let parts: Option<Vec<u8>> = plain
        .split('.')
        .map(|part| part.parse::<u16>().ok()?.try_into().ok())
        .collect();
    let parts: [u8; 4] = parts?.try_into().ok()?;
    // A path behind a port, or behind what only looks like a prefix.
    let behind = after.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':' || c == '/');
    let path = after.len() > behind.len()
        && behind.starts_with(|c: char| c.is_alphanumeric() || "._-/".contains(c));
    let protocol = behind.starts_with("tcp") || behind.starts_with("udp");
    (!path || protocol || behind.starts_with(". ") || behind == ".")
        .then_some(Sure::Address(IpAddr::V4(Ipv4Addr::from(parts))))
}

/// A name of which a dot is defanged.
fn name(raw: &str, before: Option<char>, after: &str) -> Option<Sure> {
    if before.is_some_and(|c| c.is_alphanumeric() || "./\\%=$".contains(c))
        || !raw.contains(['[', '(', '{', ']'])
    {
        return None;
    }
    let plain = refanged(raw).to_ascii_lowercase();
    let last = plain.rsplit('.').next()?;
    let top = last.len() > 1
        && (last.bytes().all(|b| b.is_ascii_alphabetic()) || last.starts_with("xn--"));
    // What goes on behind it is no part of a name that the scanner knows.
    let ends = !after.starts_with(|c: char| c.is_alphanumeric() || "[{\\@".contains(c))
        || after.starts_with("[/]")
        || after.starts_with("\\|");
    let labels = plain.split('.').all(|label| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && !label.ends_with('_')
    });
    let numbers = plain
        .split('.')
        .all(|label| label.bytes().all(|b| b.is_ascii_digit()));
    (top && ends && labels && !numbers).then_some(Sure::Name(plain))
}

/// The sure tokens of a text.
pub(crate) fn text(text: &str) -> Vec<Token> {
    text.lines()
        .zip(1..)
        .flat_map(|(text, number)| line(text, number))
        .collect()
}

/// The sure tokens of a text that an account has not got.
pub(crate) fn lost(tokens: &[Token], reading: &Reading) -> Vec<Token> {
    let account = Account::of(reading);
    tokens
        .iter()
        .filter(|token| !account.has(token))
        .cloned()
        .collect()
}

//! A second opinion on what stands in a text: regular expressions of its own, and nothing of the program's.
//!
//! A *sure token* is an IPv4 or IPv6 address, a URL with a scheme, a defanged name, a hash alone, or a CVE id. Whatever the program
//! makes of it, it must be in the account: as a value that was kept or merged, or as an entry of its own at its line.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex::Regex;

use super::read::{Entry, Reading};

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

/// What can be found in an account, in the scanner's spelling.
pub(crate) struct Account<'a> {
    names: Vec<String>,
    urls: Vec<String>,
    networks: Vec<(IpAddr, u8)>,
    words: Vec<String>,
    entries: &'a [Entry],
}

/// The value of an entry or an indicator as one of the scanner's.
fn spelled(value: &str) -> String {
    let plain = refanged(
        value
            .trim()
            .trim_matches(|c: char| "\"'`<>()[],;".contains(c)),
    );
    plain
        .trim_end_matches('.')
        .replace("hxxp", "http")
        .replace("hXXp", "http")
        .replace("HXXP", "http")
}

fn host(value: &str) -> &str {
    let rest = value.split_once("://").map_or(value, |(_, rest)| rest);
    let rest = rest.split(['/', '?', '#', '|']).next().unwrap_or(rest);
    let rest = rest.rsplit('@').next().unwrap_or(rest);
    rest.strip_prefix('[')
        .and_then(|rest| rest.split(']').next())
        .unwrap_or_else(|| rest.split(':').next().unwrap_or(rest))
}

fn network(value: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = value.split_once('/').unwrap_or((value, ""));
    let address: IpAddr = address.parse().ok()?;
    let whole = if address.is_ipv4() { 32 } else { 128 };
    Some((address, bits.parse().unwrap_or(whole)))
}

fn holds(network: &(IpAddr, u8), address: &IpAddr) -> bool {
    let bits = |address: &IpAddr| match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()) << 96,
        IpAddr::V6(v6) => v6.to_bits(),
    };
    let shift = 128 - u32::from(network.1);
    network.0.is_ipv4() == address.is_ipv4()
        && bits(&network.0).checked_shr(shift).unwrap_or(0)
            == bits(address).checked_shr(shift).unwrap_or(0)
}

impl<'a> Account<'a> {
    pub(crate) fn of(reading: &'a Reading) -> Account<'a> {
        let mut account = Account {
            names: Vec::new(),
            urls: Vec::new(),
            networks: Vec::new(),
            words: Vec::new(),
            entries: &reading.entries,
        };
        for kept in &reading.kept {
            let (kind, value) = kept.what.split_once(' ').unwrap();
            match kind {
                "ipv4" | "ipv6" => account.networks.extend(network(value)),
                "domain" => account.names.push(value.to_owned()),
                "email" => account.names.push(host(value).to_owned()),
                "url" => {
                    account.names.push(host(value).to_owned());
                    account.networks.extend(network(host(value)));
                    account
                        .urls
                        .push(value.split_once("://").unwrap().1.to_owned());
                }
                _ => account.words.push(value.to_owned()),
            }
        }
        let references = reading.references.iter().map(|url| spelled(url));
        account
            .urls
            .extend(references.filter_map(|url| Some(url.split_once("://")?.1.to_owned())));
        account
    }

    /// Whether a token is in the account.
    pub(crate) fn has(&self, token: &Token) -> bool {
        let kept = match &token.sure {
            Sure::Address(address) => {
                is_furniture(address) || self.networks.iter().any(|network| holds(network, address))
            }
            Sure::Name(name) => self.names.contains(name),
            Sure::Url(url) => {
                self.urls.iter().any(|value| starts(value, url))
                    || (!url.contains('/')
                        && (self.names.iter().any(|name| name == host(url))
                            || self.network_is(url)))
            }
            Sure::Hash(word) | Sure::Cve(word) => self.words.contains(word),
        };
        kept || self.entries.iter().any(|entry| {
            (token.line == 0 || entry.line == Some(token.line)) && says(entry, &token.sure)
        })
    }

    fn network_is(&self, url: &str) -> bool {
        host(url)
            .parse()
            .is_ok_and(|address| self.networks.iter().any(|network| holds(network, &address)))
    }
}

/// Addresses that stand for "nowhere", and masks: no value has them.
fn is_furniture(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_unspecified() || v4.is_loopback() || v4.octets()[0] == 255,
        IpAddr::V6(v6) => v6.is_unspecified() || v6.is_loopback(),
    }
}

/// Whether a URL without its scheme starts with what is sure of another, whose host is in lower case.
fn starts(value: &str, sure: &str) -> bool {
    let value = value.replacen(":80/", "/", 1).replacen(":443/", "/", 1);
    let (host_there, host_here) = (
        value.split(['/', '?']).next(),
        sure.split(['/', '?']).next(),
    );
    let same = host_there.map(str::to_ascii_lowercase) == host_here.map(str::to_owned);
    let at = host_here.map_or(0, str::len);
    let path = |text: &str| {
        let path = text.get(at..).unwrap_or_default();
        path.strip_prefix('/').unwrap_or(path).to_owned()
    };
    same && path(&value).starts_with(&path(sure))
}

/// Whether an entry is one of its own for a token. That of a whole line is not, unless the line is the token.
fn says(entry: &Entry, sure: &Sure) -> bool {
    let value = spelled(&entry.value);
    // Both ends of a range are in its one entry.
    let is_range = entry.code == "benign"
        && value
            .split_once(" - ")
            .is_some_and(|(one, other)| network(one).is_some() && network(other).is_some());
    if entry.code == "range_too_wide" || is_range {
        return line(&value, 0).iter().any(|token| token.sure == *sure);
    }
    if value.contains(char::is_whitespace) {
        return false;
    }
    match sure {
        Sure::Address(address) => {
            let whole = network(&value).is_some_and(|network| holds(&network, address));
            whole
                || line(&value, 0)
                    .first()
                    .is_some_and(|token| token.sure == *sure)
                || host(&value).parse() == Ok(*address)
        }
        Sure::Name(name) => {
            let lower = value.to_ascii_lowercase();
            lower == *name || host(&lower) == name
        }
        Sure::Url(url) => starts(
            value.split_once("://").map_or(&*value, |(_, rest)| rest),
            url,
        ),
        Sure::Hash(word) => value.split('|').any(|part| part.eq_ignore_ascii_case(word)),
        Sure::Cve(word) => line(&value, 0)
            .iter()
            .any(|token| token.sure == Sure::Cve(word.clone())),
    }
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

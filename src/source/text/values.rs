//! From the words of a line to the values in them.

use super::names::{self, Name, Stance};
use super::outline::{Setting, Topic};
use super::words::{Word, parts, words};
use crate::indicator::{Expect, IocType, MAX_VALUE_BYTES, Parsed, Refusal, parse_as, refang};
use crate::reason::Reason;

/// A value that was found: as it stood there, and what it is read as.
pub(super) type Value = (String, Result<Parsed, Refusal>);

/// The values in a piece of a document: a cell, an item, or a line.
pub(super) fn values(text: &str, setting: &Setting) -> Vec<Value> {
    let mut found = Vec::new();
    let whole = bare(text);
    let mut is_first = true;
    for word in words(text) {
        let context = Context {
            line: text,
            setting,
            alone: whole == bare(word.text),
            first: is_first && is_noted(&text[word.start + word.text.len()..]),
        };
        is_first &= bare(word.text).is_empty();
        let before = found.len();
        context.word(word, &mut found);
        // What white space joins to nothing is a row of words.
        if word.spaced && found.len() == before {
            for part in parts(word) {
                context.word(part, &mut found);
            }
        }
    }
    found
}

/// Whether what follows a word makes the word a value with a note: nothing, or a mark that opens a note.
fn is_noted(rest: &str) -> bool {
    let rest = rest.trim_start_matches(['`', '"', '*', '_', '”']);
    let note = rest.trim_start();
    note.is_empty()
        || (rest.len() > note.len()
            && note.starts_with(['-', '–', '—', '(', ':', '#', ';', '[', '/', '=']))
        || rest.starts_with([',', ';', ':', '|'])
}

/// A text without the markup and the punctuation around it.
fn bare(text: &str) -> &str {
    text.trim_matches(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '*' | '`'
                    | '"'
                    | '\''
                    | '“'
                    | '”'
                    | '‘'
                    | '’'
                    | ','
                    | ';'
                    | '('
                    | ')'
                    | '<'
                    | '>'
                    | '\u{feff}'
            )
    })
}

struct Context<'a> {
    line: &'a str,
    setting: &'a Setting,
    alone: bool,
    first: bool,
}

impl Context<'_> {
    fn word(&self, word: Word<'_>, found: &mut Vec<Value>) {
        if word.text.len() > MAX_VALUE_BYTES {
            if word.text.contains("://") {
                let shown: String = word.text.chars().take(200).collect();
                found.push((shown, Err(Refusal::new(Reason::ValueTooLong))));
            }
            return;
        }
        // Hyphens that word processors put into ids.
        let text = word.text.replace(['\u{2010}', '\u{2011}'], "-");
        let live = refang(&text);
        let defanged = live != text;
        let mut rest = &*live;
        while let Some((start, end)) = url_in(rest) {
            self.segments(word, &rest[..start], defanged, found);
            self.url(&rest[start..end], defanged, found);
            rest = &rest[end..];
        }
        self.segments(word, rest, defanged, found);
    }

    fn url(&self, text: &str, defanged: bool, found: &mut Vec<Value>) {
        let text = without_tail(text);
        let live = refang(text);
        let defanged = defanged || live != text;
        if self.setting.references && !defanged {
            return;
        }
        // `http://` alone is spoken of.
        if live
            .split_once("://")
            .is_some_and(|(_, rest)| rest.chars().any(char::is_alphanumeric))
        {
            let parsed = parse_as(Expect::Type(IocType::Url), &live);
            found.push((live.clone().into_owned(), marked(parsed, defanged)));
        }
    }

    /// The values in a text that has no scheme in it.
    fn segments(&self, word: Word<'_>, text: &str, defanged: bool, found: &mut Vec<Value>) {
        let text = text.trim_end_matches(['.', ':', '!', '?', '*', '\'', '’']);
        if text.contains(']')
            && (text.matches(':').count() > 1)
            && let Ok(parsed) = parse_as(Expect::Address, bare(text))
        {
            return self.push(bare(text), Ok(parsed), defanged, found);
        }
        let mut start = 0;
        let mut in_path = false;
        for (at, c) in text.char_indices() {
            in_path |= c == '/' && at > start && text[start..at].contains('.');
            let ends = matches!(c, ',' | ';' | '\'' | '’' | '‘')
                || (!in_path && matches!(c, '(' | ')' | '[' | ']' | '{' | '}' | '=' | '&'));
            if ends {
                self.segment(word, &text[start..at], c == '(', defanged, found);
                start = at + c.len_utf8();
                in_path = false;
            }
        }
        self.segment(word, &text[start..], false, defanged, found);
    }

    fn segment(
        &self,
        word: Word<'_>,
        text: &str,
        called: bool,
        defanged: bool,
        found: &mut Vec<Value>,
    ) {
        let text = text
            .trim_matches(|c: char| matches!(c, '*' | '~' | '•' | '…'))
            .trim_end_matches(['.', '!', '?', ':']);
        let text = match text
            .strip_prefix('_')
            .and_then(|rest| rest.strip_suffix('_'))
        {
            Some(inside) => inside,
            None => text,
        };
        let text = without_tail(text.strip_prefix("*.").unwrap_or(text))
            .trim_start_matches(['-', '+', '–', '—']);
        // Paths, variables, handles and anchors; a mark in one of them is no reason to think otherwise.
        if text.is_empty()
            || text.starts_with(['/', '\\', '@', '#', '$', '%', '.', ':']) && !is_ipv6(text)
            || text.contains('\\')
        {
            return;
        }
        let lower = text.to_ascii_lowercase();
        if text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return self.hash(word, text, found);
        }
        if lower.starts_with("cve") {
            return self.cves(text, found);
        }
        if let Some((_, address)) = lower.split_once('@')
            && !address.contains('/')
        {
            return self.email(text, defanged, found);
        }
        if is_ipv6(text) {
            return self.ipv6(text, defanged, found);
        }
        if let Some((before, after)) = text.split_once('/') {
            return self.path(word, text, before, after, defanged, found);
        }
        if let Some((before, after)) = text.rsplit_once(':') {
            if !after.bytes().all(|byte| byte.is_ascii_digit()) || !before.contains('.') {
                for part in text.split(':') {
                    self.segment(word, part, false, defanged, found);
                }
                return;
            }
            // `C2:evil.example:443`
            if let Some((label, host)) = before.rsplit_once(':') {
                self.segment(word, label, false, defanged, found);
                return self.segment(
                    word,
                    &text[before.len() - host.len()..],
                    called,
                    defanged,
                    found,
                );
            }
        }
        let host = text.split(':').next().unwrap_or(text);
        if host
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
            && host.contains('.')
        {
            return self.ipv4(word, text, defanged, found);
        }
        if let Some((from, to)) = text.split_once('-')
            && [from, to].iter().all(|end| is_quad(end))
        {
            self.ipv4(word, from, defanged, found);
            return self.ipv4(word, to, defanged, found);
        }
        if text.contains('.') {
            self.name(word, text, called, defanged, found);
        }
    }

    fn hash(&self, word: Word<'_>, text: &str, found: &mut Vec<Value>) {
        if self.setting.references
            || (text.len() == 40 && self.comes_after(word, &["commit", "commits", "revision"]))
        {
            return;
        }
        match text.len() {
            32 | 40 | 64 => found.push((text.to_owned(), parse_as(Expect::Hash, text))),
            length @ (56 | 96 | 128) => {
                let refusal =
                    Refusal::new(Reason::UnsupportedType).detail(format!("sha{}", length * 4));
                found.push((text.to_owned(), Err(refusal)));
            }
            _ => {}
        }
    }

    /// `CVE-2021-44228/CVE-2021-45046`, or one of them.
    fn cves(&self, text: &str, found: &mut Vec<Value>) {
        if self.setting.references {
            return;
        }
        for id in text.split(['/', '|', '+']) {
            let digit = id
                .get(4..)
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
            if digit
                && id
                    .as_bytes()
                    .get(3)
                    .is_some_and(|byte| matches!(byte, b'-' | b'_'))
            {
                found.push((id.to_owned(), parse_as(Expect::Type(IocType::Cve), id)));
            }
        }
    }

    /// An address in prose is one to write to, unless it is defanged; alone in a cell or an item it is what is listed.
    fn email(&self, text: &str, defanged: bool, found: &mut Vec<Value>) {
        let listed = self.alone || self.first || self.setting.topic == Topic::Emails;
        let parsed = parse_as(Expect::Type(IocType::Email), text);
        if defanged
            && text
                .rsplit('@')
                .next()
                .is_some_and(|host| host.contains('.'))
        {
            self.push(text, parsed, true, found);
        } else if listed && !self.setting.references && !self.setting.in_files {
            let known = text
                .rsplit('@')
                .next()
                .is_some_and(|host| parse_as(Expect::Any, host).is_ok());
            if known && parsed.is_ok() {
                self.push(text, parsed, false, found);
            }
        }
    }

    fn ipv6(&self, text: &str, defanged: bool, found: &mut Vec<Value>) {
        let parsed = parse_as(Expect::Address, text);
        let group = text.split(':').next().unwrap_or_default();
        // Times, MAC addresses and names of C++ have colons too.
        let sure = group.len() >= 3 && text.bytes().any(|byte| byte.is_ascii_digit());
        let whole = text.bytes().filter(|byte| *byte == b':').count() == 7;
        if defanged || (!self.setting.references && parsed.is_ok() && (sure || whole || self.alone))
        {
            self.push(text, parsed, defanged, found);
        }
    }

    fn ipv4(&self, word: Word<'_>, text: &str, defanged: bool, found: &mut Vec<Value>) {
        const BEFORE_VERSIONS: [&str; 12] = [
            "version", "versions", "ver", "v", "build", "builds", "release", "releases",
            "firmware", "rev", "revision", "update",
        ];
        let parsed = parse_as(Expect::Address, text);
        let is_version =
            || self.setting.topic == Topic::Versions || self.comes_after(word, &BEFORE_VERSIONS);
        if defanged && text.split('.').all(|part| !part.is_empty()) {
            self.push(text, parsed, true, found);
        } else if parsed.is_ok() {
            if !self.setting.references && !is_version() {
                self.push(text, parsed, false, found);
            }
        } else if self.alone && self.setting.topic == Topic::Names && text.split('.').count() == 4 {
            self.push(text, parsed, false, found);
        }
    }

    /// `host/path`, `address/prefix`, or words with slashes between them.
    fn path(
        &self,
        word: Word<'_>,
        text: &str,
        before: &str,
        after: &str,
        defanged: bool,
        found: &mut Vec<Value>,
    ) {
        let host = before.split(':').next().unwrap_or(before);
        if is_quad(host) {
            let prefix = after
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
                && !after.is_empty();
            if prefix
                || ["tcp", "udp"]
                    .iter()
                    .any(|name| after.eq_ignore_ascii_case(name))
            {
                let address = if prefix { text } else { before };
                return self.ipv4(word, address, defanged, found);
            }
            if !self.setting.references || defanged {
                self.push(
                    text,
                    parse_as(Expect::Type(IocType::Url), text),
                    defanged,
                    found,
                );
            }
            return;
        }
        let stance = Stance {
            alone: false,
            ..self.stance(word, false, defanged)
        };
        let named = host.contains('.')
            && before
                .split(':')
                .skip(1)
                .all(|port| port.parse::<u16>().is_ok());
        match named.then(|| names::judge(host, stance, self.setting)) {
            Some(Name::Host) => self.push(
                text,
                parse_as(Expect::Type(IocType::Url), text),
                defanged,
                found,
            ),
            Some(Name::Refused(refusal)) if defanged => found.push((text.to_owned(), Err(refusal))),
            _ => {}
        }
    }

    fn name(
        &self,
        word: Word<'_>,
        text: &str,
        called: bool,
        defanged: bool,
        found: &mut Vec<Value>,
    ) {
        // `defanged` is of the word: what has no dot on both sides was not what the marks were in.
        let dotted = text.split('.').filter(|label| !label.is_empty()).count() > 1;
        if !dotted {
            return;
        }
        match names::judge(text, self.stance(word, called, defanged), self.setting) {
            Name::Host => self.push(text, parse_as(Expect::Host, text), defanged, found),
            Name::Refused(refusal) => found.push((text.to_owned(), Err(refusal))),
            Name::Other => {}
        }
    }

    fn stance(&self, word: Word<'_>, called: bool, defanged: bool) -> Stance {
        Stance {
            defanged,
            spaced: word.spaced,
            alone: self.alone,
            first: self.first,
            called,
        }
    }

    fn push(
        &self,
        text: &str,
        parsed: Result<Parsed, Refusal>,
        defanged: bool,
        found: &mut Vec<Value>,
    ) {
        found.push((text.to_owned(), marked(parsed, defanged)));
    }

    /// Whether one of these words stands before a word, with nothing but numbers and such words as join them between.
    fn comes_after(&self, word: Word<'_>, wanted: &[&str]) -> bool {
        const JOINING: [&str; 12] = [
            "and", "or", "to", "through", "until", "before", "prior", "than", "from", "up",
            "below", "hash",
        ];
        let mut before = self.line[..word.start].char_indices().rev().take(80);
        let start = before.by_ref().last().map_or(word.start, |(at, _)| at);
        let before = self.line[start..word.start].to_lowercase();
        for word in before
            .split(|c: char| !c.is_alphanumeric() && c != '.')
            .rev()
        {
            let word = word.trim_matches('.');
            if wanted.contains(&word) {
                return true;
            }
            let number = word.chars().all(|c| c.is_ascii_digit() || c == '.');
            let numbered = word
                .strip_prefix('v')
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
            if !number && !numbered && !JOINING.contains(&word) {
                return false;
            }
        }
        false
    }
}

fn marked(parsed: Result<Parsed, Refusal>, defanged: bool) -> Result<Parsed, Refusal> {
    parsed.map(|parsed| Parsed { defanged, ..parsed })
}

/// Where the next URL in a word begins and ends: its scheme, and all up to a comma or semicolon before another scheme.
fn url_in(text: &str) -> Option<(usize, usize)> {
    let at = text.find("://")?;
    let start = scheme_start(text, at);
    let next = text[at + 3..]
        .find("://")
        .map(|next| scheme_start(text, at + 3 + next));
    let end = next
        .filter(|next| text[..*next].ends_with([',', ';', '|', '(']))
        .unwrap_or(text.len());
    Some((start, end.max(at + 3)))
}

/// Where the scheme before `://` begins: `hxxp`, `h**p`, `ftp`.
fn scheme_start(text: &str, at: usize) -> usize {
    let scheme = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'+');
    let length = text.as_bytes()[..at]
        .iter()
        .rev()
        .take(16)
        .take_while(|byte| scheme(byte))
        .count();
    let start = at - length;
    // What cannot begin a scheme is markup: `**http://…`.
    start
        + text[start..at]
            .find(|c: char| c.is_ascii_alphabetic())
            .unwrap_or(length)
}

/// A text without the punctuation of its sentence: full stops, quotes, and brackets that it does not open.
fn without_tail(text: &str) -> &str {
    let count = |c: char| text.matches(c).count();
    let mut open = [('(', ')'), ('[', ']'), ('{', '}')]
        .map(|(open, close)| (close, count(open), count(close)));
    let mut end = text.len();
    while let Some(c) = text[..end].chars().next_back() {
        let bracket = open.iter_mut().find(|(close, ..)| *close == c);
        match bracket {
            Some((_, opened, closed)) if *closed > *opened => *closed -= 1,
            None if matches!(
                c,
                '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '’' | '*' | '~' | '(' | '[' | '{'
            ) => {}
            _ => break,
        }
        end -= c.len_utf8();
    }
    &text[..end]
}

/// Hexadecimal digits with two colons at least.
fn is_ipv6(text: &str) -> bool {
    let address = text.split(['/', '%']).next().unwrap_or(text);
    address.bytes().filter(|byte| *byte == b':').count() >= 2
        && address
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'))
}

fn is_quad(text: &str) -> bool {
    text.split('.').count() == 4
        && text.split('.').all(|part| {
            (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        })
}

//! From the words of a line to the values in them.

use super::names::{self, Name, Stance};
use super::outline::{Setting, Topic};
use super::spans::{bare, comes_after, is_ipv6, is_noted, is_quad, url_in, without_tail};
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
        if lower.starts_with("cve-") || lower.starts_with("cve_") {
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
            || (text.len() == 40
                && comes_after(self.line, word.start, &["commit", "commits", "revision"]))
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
            let mut parts = id.split(['-', '_']).skip(1);
            let mut number = || {
                let part = parts.next().unwrap_or_default();
                part.starts_with(|c: char| c.is_ascii_digit())
            };
            // `CVE-2024-XXXXX` is spoken of.
            if number() && number() {
                let parsed = parse_as(Expect::Type(IocType::Cve), id);
                found.push((id.to_owned(), parsed));
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
        let is_version = || {
            // `package==1.2.3.4`
            word.text.contains("==")
                || self.setting.topic == Topic::Versions
                || comes_after(self.line, word.start, &BEFORE_VERSIONS)
        };
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
}

fn marked(parsed: Result<Parsed, Refusal>, defanged: bool) -> Result<Parsed, Refusal> {
    parsed.map(|parsed| Parsed { defanged, ..parsed })
}

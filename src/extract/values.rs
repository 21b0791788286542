//! From the words of a piece of text to the candidates in it.

use super::lead::{Lead, lead};
use super::names::{self, Name, Stance};
use super::outline::{is_benign, is_source, topic};
use super::spans::{
    bare, comes_after, is_ipv6, is_noted, is_quad, is_sentence, url_end, url_in, without_tail,
};
use super::words::{Word, parts, words};
use super::{Candidate, Setting, Topic, ports, ranges, services};
use crate::indicator::{
    Expect, Host, Ioc, IocType, MAX_VALUE_BYTES, Parsed, Refusal, is_dash, is_marked, live, marked,
    parse_as, unmarked,
};
use crate::reason::Reason;

/// The candidates in a piece of text (a line, an item, a cell), in order.
pub(crate) fn candidates(text: &str, setting: &Setting<'_>) -> Vec<Candidate> {
    let lead = lead(text);
    let setting = &labelled(*setting, lead);
    let words: Vec<Word<'_>> = words(text).collect();
    let said = bare(&text[lead.end..]);
    let whole = bare(text);
    let mut found = Vec::new();
    let mut is_first = true;
    // Where the last value of the line ended.
    let mut end = None;
    let mut at = 0;
    while let Some(word) = words.get(at).copied() {
        // Most words of a text.
        if word.is_plain() {
            is_first &= word.start < lead.end;
            at += 1;
            continue;
        }
        let before = found.len();
        let mut taken = 1;
        // `A - B - C` is a list, from its second value on too.
        let is_listed = at > 1 && ranges::is_dash(words[at - 1].text);
        if !is_listed && let Some((range, count)) = ranges::at(text, &words[at..]) {
            found.push(range);
            taken = count;
        } else {
            let alone = bare(word.text);
            let context = Context {
                line: text,
                setting,
                alone: alone == said || alone == whole,
                first: is_first && is_noted(&text[word.start + word.text.len()..]),
                listed: setting.listed && is_first,
                is_label: word.start < lead.end,
                in_note: setting.listed
                    && end.is_some_and(|end: usize| {
                        text[end..word.start].contains(char::is_alphanumeric)
                    }),
            };
            context.word(word, &mut found);
            // What white space joins to nothing is a row of words.
            if word.spaced && found.len() == before {
                for part in parts(word) {
                    context.word(part, &mut found);
                }
            }
        }
        let last = words[(at + taken).min(words.len()) - 1];
        if let Some(candidate) = found[before..].last_mut() {
            end = Some(last.start + last.text.len());
            ports::take(candidate, &text[last.start + last.text.len()..]);
        }
        is_first &= word.start < lead.end || bare(word.text).is_empty();
        at += taken;
    }
    if setting.benign {
        for candidate in &mut found {
            if candidate.parsed.is_ok() {
                candidate.parsed = Err(Refusal::new(Reason::Benign));
                candidate.more.clear();
            }
        }
    }
    found
}

/// The setting behind a label: `Domain: archive.zip`, `Source: https://…`.
fn labelled<'a>(mut setting: Setting<'a>, lead: Lead<'_>) -> Setting<'a> {
    if let Some(label) = lead.label {
        let said = topic(label);
        if said != Topic::Unknown && !setting.in_column {
            setting.topic = said;
            setting.in_column = said == Topic::Files;
        }
        setting.references |= is_source(label);
        setting.benign |= is_benign(label);
    }
    setting
}

#[derive(Clone, Copy)]
struct Context<'a> {
    line: &'a str,
    setting: &'a Setting<'a>,
    /// Whether the word is the whole cell, item or line, or all behind its label.
    alone: bool,
    /// Whether it is the first in its cell, item or line, and what follows is a note.
    first: bool,
    /// Whether it is the first of a line of a list.
    listed: bool,
    /// Whether it stands in the label of the line.
    is_label: bool,
    /// Whether words stand between it and the value of its line of a list: a note, which may name somebody innocent.
    in_note: bool,
}

impl Context<'_> {
    fn word(&self, word: Word<'_>, found: &mut Vec<Candidate>) {
        // The keyword of Suricata's and Snort's rules.
        if word.text.starts_with("reference:") && !self.setting.references {
            let setting = Setting {
                references: true,
                ..*self.setting
            };
            let context = Context {
                setting: &setting,
                listed: false,
                ..*self
            };
            return context.word(word, found);
        }
        if word.text.len() > MAX_VALUE_BYTES {
            return self.long(word, found);
        }
        let text = match word.text.is_ascii() {
            true => std::borrow::Cow::Borrowed(word.text),
            false => folded(word.text).into(),
        };
        let marked = marked(&text);
        let mut rest = &*marked;
        while let Some((start, end)) = url_in(rest) {
            let (before, url) = (&rest[..start], &rest[start..end]);
            self.segments(word, before, found);
            let end = start + url_end(url, before);
            // AsciiDoc's `+literal+`, Markdown's `_emphasis_`, and the text of AsciiDoc's links.
            let quote = before
                .chars()
                .next_back()
                .filter(|c| matches!(c, '+' | '_'));
            let url = match quote {
                Some(quote) => rest[start..end].trim_end_matches(quote),
                None => &rest[start..end],
            };
            let url = match url.rfind('[').filter(|at| self.setting.asciidoc && *at > 8) {
                Some(at) if !url[at..].contains(':') => &url[..at],
                _ => url,
            };
            self.url(word, url, found);
            rest = &rest[end..];
        }
        self.segments(word, rest, found);
    }

    /// A word of more bytes than a value may have: what commas and their like part in it.
    fn long(&self, word: Word<'_>, found: &mut Vec<Candidate>) {
        let separates = |c: char| {
            matches!(
                c,
                ',' | ';' | '\'' | '(' | ')' | '[' | ']' | '{' | '}' | '=' | '&'
            )
        };
        let mut start = 0;
        for part in word.text.split_inclusive(separates) {
            let text = part.trim_end_matches(separates);
            if text.len() <= MAX_VALUE_BYTES {
                let part = Word {
                    text,
                    start: word.start + start,
                    spaced: false,
                };
                self.word(part, found);
            } else if text.contains("://") {
                let shown: String = text.chars().take(200).collect();
                found.push(Candidate::without(shown, Reason::ValueTooLong));
            }
            start += part.len();
        }
    }

    fn url(&self, word: Word<'_>, piece: &str, found: &mut Vec<Candidate>) {
        let plain = unmarked(piece);
        let live = live(&plain);
        let defanged = is_marked(piece) || *live != *plain;
        // `http://abc…` was cut, and `http://abc/<name>` has a gap.
        let cut = live.ends_with("...") || live.ends_with('…') || self.has_gap(word, piece);
        let text = without_tail(&live);
        // `http://` alone is spoken of.
        if !text
            .split_once("://")
            .is_some_and(|(_, rest)| rest.chars().any(char::is_alphanumeric))
        {
            return;
        }
        if cut && text.split('/').count() > 3 {
            let after = &self.line[word.start + word.text.len()..];
            let ends = |c: char| c.is_whitespace() || matches!(c, '`' | '"' | '\'' | ',' | '|');
            let gap = after.split(ends).next().unwrap_or_default();
            let shown: String = gap.chars().take(200).collect();
            found.push(Candidate::without(
                format!("{text}{shown}"),
                Reason::Pattern,
            ));
            return;
        }
        let parsed = url(text);
        if !defanged && self.is_reference(word, &parsed) {
            found.push(Candidate::without(text, Reason::Reference));
            return;
        }
        found.push(Candidate::new(text, said(parsed, defanged)));
    }

    /// Whether a URL goes on behind its word with `<random>`: it is a pattern, and what stands before the gap is too wide.
    fn has_gap(&self, word: Word<'_>, piece: &str) -> bool {
        const TAGS: [&str; 22] = [
            "a", "b", "br", "br/", "center", "code", "dd", "div", "dt", "em", "font", "hr", "i",
            "img", "li", "p", "pre", "s", "span", "strong", "td", "tr",
        ];
        let after = &self.line[word.start + word.text.len()..];
        let Some((inside, _)) = after
            .strip_prefix('<')
            .and_then(|rest| rest.split_once('>'))
        else {
            return false;
        };
        let name = inside.split_whitespace().next().unwrap_or_default();
        piece.ends_with(['/', '=', '-', '_', '.'])
            && inside.len() <= 32
            && !name.is_empty()
            && !name.starts_with('/')
            && !TAGS.iter().any(|tag| tag.eq_ignore_ascii_case(name))
    }

    /// Whether a link that is not defanged is one to a report or a service. One to an address never is.
    fn is_reference(&self, word: Word<'_>, parsed: &Result<Parsed, Refusal>) -> bool {
        let Ok(Parsed {
            ioc: Ioc::Url(url), ..
        }) = parsed
        else {
            return self.setting.references;
        };
        if !matches!(url.host(), Host::Domain(_)) {
            return false;
        }
        let quoted = self.line[..word.start].ends_with('`');
        self.setting.references
            || services::is_reference(url, self.setting.sites)
            || !(self.setting.code || self.alone || self.first || quoted)
                && (services::reads_like_an_article(url)
                    || is_sentence(self.line, word.start, word.text.len()))
    }

    /// The candidates in a text that has no scheme in it.
    fn segments(&self, word: Word<'_>, text: &str, found: &mut Vec<Candidate>) {
        let text = text.trim_end_matches(['.', ':', '!', '?', '*', '\'', '’']);
        if text.contains(']') && text.matches(':').count() > 1 {
            let plain = unmarked(text);
            if let Ok(parsed) = parse_as(Expect::Address, bare(&plain)) {
                return self.push(bare(&plain), Ok(parsed), is_marked(text), found);
            }
        }
        let mut start = 0;
        let mut in_path = false;
        for (at, c) in text.char_indices() {
            in_path |= c == '/' && at > start && unmarked(&text[start..at]).contains('.');
            let ends = matches!(c, ',' | ';' | '\'' | '’' | '‘')
                || (!in_path && matches!(c, '(' | ')' | '[' | ']' | '{' | '}' | '=' | '&'));
            if ends {
                let before = found.len();
                self.segment(word, &text[start..at], c == '(', found);
                // `198.51.100.7:80,443`
                if let Some(candidate) = found[before..].last_mut().filter(|_| c == ',') {
                    ports::take(candidate, &text[at..]);
                }
                start = at + c.len_utf8();
                in_path = false;
            }
        }
        self.segment(word, &text[start..], false, found);
    }

    fn segment(&self, word: Word<'_>, piece: &str, called: bool, found: &mut Vec<Candidate>) {
        let defanged = is_marked(piece);
        let text = unmarked(piece);
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
        // AsciiDoc's `+literal+`.
        let text = text.trim_start_matches('+').trim_end_matches("++");
        let text = match piece.starts_with('+') {
            true => text.trim_end_matches('+'),
            false => text,
        };
        let text = without_tail(text.strip_prefix("*.").unwrap_or(text))
            .trim_start_matches(['-', '+', '–', '—', '→']);
        if text.is_empty() {
            return;
        }
        if self.listed && self.take_first(text, defanged, found) {
            return;
        }
        if text.contains('\\') {
            return self.backslashes(word, text, found);
        }
        // Paths, variables, handles and anchors; a mark in one of them does not change that.
        if text.starts_with(['/', '@', '#', '$', '%', '.', ':']) && !is_ipv6(text) {
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
        // A sample that is named by its hash.
        if let Some(stem) = names::hash_of_a_file(text) {
            return self.hash(word, stem, found);
        }
        if let Some((before, after)) = text.split_once('/') {
            return self.path(word, text, before, after, defanged, found);
        }
        if let Some((before, after)) = text.rsplit_once(':') {
            if !after.bytes().all(|byte| byte.is_ascii_digit()) || !before.contains('.') {
                for part in text.split(':') {
                    self.segment(word, part, false, found);
                }
                return;
            }
            // `C2:evil.example:443`
            if let Some((label, host)) = before.rsplit_once(':') {
                self.segment(word, label, false, found);
                let socket = &text[before.len() - host.len()..];
                return self.socket(word, socket, called, defanged, found);
            }
        }
        self.socket(word, text, called, defanged, found);
    }

    /// A name or an address, perhaps with a port.
    fn socket(
        &self,
        word: Word<'_>,
        text: &str,
        called: bool,
        defanged: bool,
        found: &mut Vec<Candidate>,
    ) {
        let host = text.split(':').next().unwrap_or(text);
        if host
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
            && host.contains('.')
        {
            return self.ipv4(word, text, defanged, found);
        }
        if text.contains('.') {
            self.name(word, text, called, defanged, found);
        }
    }

    /// The first value of a line of a list: whatever is one. The error of what looks like one and is not counts, too.
    fn take_first(&self, text: &str, defanged: bool, found: &mut Vec<Candidate>) -> bool {
        if !found.is_empty() || self.is_label {
            return false;
        }
        match parse_as(Expect::Any, text) {
            Ok(parsed) => {
                self.push(text, Ok(parsed), defanged, found);
                true
            }
            Err(refusal)
                if matches!(
                    refusal.reason,
                    Reason::InvalidAddress
                        | Reason::InvalidCve
                        | Reason::InvalidEmail
                        | Reason::Pattern
                        | Reason::Technique
                ) =>
            {
                found.push(Candidate::new(text, Err(refusal)));
                true
            }
            Err(_) => false,
        }
    }

    /// A share (`\\198.51.100.7\a`), or a value with an escape behind it (`198.51.100.7\n`). A path is neither.
    fn backslashes(&self, word: Word<'_>, text: &str, found: &mut Vec<Candidate>) {
        let share = text.strip_prefix(r"\\");
        let host = share.unwrap_or(text).split('\\').next().unwrap_or_default();
        let sure = parse_as(Expect::Address, host).is_ok() || parse_as(Expect::Hash, host).is_ok();
        if sure || share.is_some() && host.contains('.') {
            self.segment(word, host, false, found);
        }
    }

    fn hash(&self, word: Word<'_>, text: &str, found: &mut Vec<Candidate>) {
        match text.len() {
            40 if comes_after(self.line, word.start, &["commit", "commits", "revision"]) => {
                found.push(Candidate::without(text, Reason::Version));
            }
            32 | 40 | 64 => found.push(Candidate::new(text, parse_as(Expect::Hash, text))),
            length @ (56 | 96 | 128) => {
                let refusal =
                    Refusal::new(Reason::UnsupportedType).detail(format!("sha{}", length * 4));
                found.push(Candidate::new(text, Err(refusal)));
            }
            _ => {}
        }
    }

    /// `CVE-2021-44228/CVE-2021-45046`, or one of them.
    fn cves(&self, text: &str, found: &mut Vec<Candidate>) {
        for id in text.split(['/', '|', '+']) {
            let mut parts = id.split(['-', '_']).skip(1);
            let mut number = || {
                let part = parts.next().unwrap_or_default();
                part.starts_with(|c: char| c.is_ascii_digit())
            };
            // `CVE-2024-XXXXX` is spoken of.
            if number() && number() {
                let id = id.trim_end_matches(|c: char| !c.is_ascii_digit());
                let parsed = parse_as(Expect::Type(IocType::Cve), id);
                found.push(Candidate::new(id, parsed));
            }
        }
    }

    /// An address in prose is one to write to, unless it is defanged; alone in a cell or an item it is what is listed.
    fn email(&self, text: &str, defanged: bool, found: &mut Vec<Candidate>) {
        let host = text.rsplit('@').next().unwrap_or_default();
        let parsed = parse_as(Expect::Type(IocType::Email), text);
        if defanged && host.contains('.') {
            return self.push(text, parsed, true, found);
        }
        let known = parse_as(Expect::Any, host).is_ok();
        if !known || parsed.is_err() {
            return;
        }
        let listed = self.alone || self.first || self.setting.topic == Topic::Emails;
        match listed && !self.setting.references && !self.in_files() {
            true => self.push(text, parsed, false, found),
            false => found.push(Candidate::without(text, Reason::Contact)),
        }
    }

    fn ipv6(&self, text: &str, defanged: bool, found: &mut Vec<Candidate>) {
        let parsed = parse_as(Expect::Address, text);
        let group = text.split(':').next().unwrap_or_default();
        // Times, MAC addresses and names of C++ have colons too.
        let sure = group.len() >= 3 && text.bytes().any(|byte| byte.is_ascii_digit());
        let whole = text.bytes().filter(|byte| *byte == b':').count() == 7;
        if defanged || (parsed.is_ok() && (sure || whole || self.alone)) {
            self.push(text, parsed, defanged, found);
        }
    }

    fn ipv4(&self, word: Word<'_>, text: &str, defanged: bool, found: &mut Vec<Candidate>) {
        let parsed = parse_as(Expect::Address, text);
        if defanged && text.split('.').all(|part| !part.is_empty()) {
            self.push(text, parsed, true, found);
        } else if parsed.is_ok() {
            match self.is_version(word) {
                true => found.push(Candidate::without(text, Reason::Version)),
                false => self.push(text, parsed, false, found),
            }
        } else if self.alone && self.setting.topic == Topic::Names && text.split('.').count() == 4 {
            self.push(text, parsed, false, found);
        }
    }

    /// Whether four numbers are a version: in a column of versions, behind the word, or behind `package==`.
    fn is_version(&self, word: Word<'_>) -> bool {
        const BEFORE_VERSIONS: [&str; 12] = [
            "version", "versions", "ver", "v", "build", "builds", "release", "releases",
            "firmware", "rev", "revision", "update",
        ];
        word.text.contains("==")
            || self.setting.in_column && self.setting.topic == Topic::Versions
            || comes_after(self.line, word.start, &BEFORE_VERSIONS)
    }

    /// `host/path`, `address/prefix`, or words with slashes between them.
    fn path(
        &self,
        word: Word<'_>,
        text: &str,
        before: &str,
        after: &str,
        defanged: bool,
        found: &mut Vec<Candidate>,
    ) {
        let host = before.split(':').next().unwrap_or(before);
        let transport = ["tcp", "udp"]
            .iter()
            .any(|name| after.eq_ignore_ascii_case(name));
        if is_quad(host) {
            let prefix = after
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
                && !after.is_empty();
            if prefix || transport {
                let address = if prefix { text } else { before };
                return self.ipv4(word, address, defanged, found);
            }
            return self.push(text, url(text), defanged, found);
        }
        let dotted = host.contains('.');
        if !dotted {
            // `MD5/SHA1`, `hash/hash`, `CVE-…/CVE-…`: each by itself, where it is sure.
            for part in text.split('/') {
                let hash = parse_as(Expect::Hash, part).is_ok();
                if hash
                    || part
                        .get(..4)
                        .is_some_and(|head| head.eq_ignore_ascii_case("cve-"))
                {
                    self.segment(word, part, false, found);
                }
            }
            return;
        }
        if transport && before.contains(':') {
            return self.socket(word, before, false, defanged, found);
        }
        let stance = Stance {
            alone: self.alone && after == "*",
            ..self.stance(word, false, defanged)
        };
        let named = before
            .split(':')
            .skip(1)
            .all(|port| port.parse::<u16>().is_ok());
        match named.then(|| names::judge(host, stance, self.setting)) {
            Some(Name::Host) => self.push(text, url(text), defanged, found),
            Some(Name::Without(reason)) if !defanged => {
                found.push(Candidate::without(text, reason));
            }
            Some(Name::Refused(refusal)) if defanged => {
                found.push(Candidate::new(text, Err(refusal)));
            }
            _ => {}
        }
    }

    fn name(
        &self,
        word: Word<'_>,
        text: &str,
        called: bool,
        defanged: bool,
        found: &mut Vec<Candidate>,
    ) {
        let dotted = text.split('.').filter(|label| !label.is_empty()).count() > 1;
        if !dotted {
            return;
        }
        match names::judge(text, self.stance(word, called, defanged), self.setting) {
            Name::Host if !defanged && (self.in_note || self.is_of_a_linked_site(text)) => {
                found.push(Candidate::without(text, Reason::Reference));
            }
            Name::Host => self.push(text, parse_as(Expect::Host, text), defanged, found),
            Name::Refused(refusal) => found.push(Candidate::new(text, Err(refusal))),
            Name::Without(reason) => found.push(Candidate::without(text, reason)),
            Name::Other => {}
        }
    }

    /// Whether a name in a sentence is that of a site that the document links to.
    fn is_of_a_linked_site(&self, text: &str) -> bool {
        let site = services::site(text).filter(|_| !self.alone && !self.first);
        site.is_some_and(|site| self.setting.sites.iter().any(|known| known == site))
    }

    fn in_files(&self) -> bool {
        self.setting.in_column && self.setting.topic == Topic::Files
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
        found: &mut Vec<Candidate>,
    ) {
        found.push(Candidate::new(text, said(parsed, defanged)));
    }
}

/// A URL, or the socket that one with a transport's scheme stands for.
fn url(text: &str) -> Result<Parsed, Refusal> {
    match parse_as(Expect::Type(IocType::Url), text) {
        Err(refusal)
            if refusal.reason == Reason::UnsupportedScheme
                || refusal.reason == Reason::TypeMismatch =>
        {
            parse_as(Expect::Any, text).map_err(|_| refusal)
        }
        parsed => parsed,
    }
}

/// Dashes that word processors put into ids as hyphens.
fn folded(text: &str) -> String {
    text.chars()
        .map(|c| if is_dash(c) { '-' } else { c })
        .collect()
}

fn said(parsed: Result<Parsed, Refusal>, defanged: bool) -> Result<Parsed, Refusal> {
    parsed.map(|parsed| Parsed {
        defanged: parsed.defanged || defanged,
        ..parsed
    })
}

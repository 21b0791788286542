//! URLs, paths and hosts in a word.

use super::context::{Context, said, url};
use crate::extract::names::{Name, Stance};
use crate::extract::spans::{is_quad, is_sentence, without_tail};
use crate::extract::words::Word;
use crate::extract::{Candidate, names, services};
use crate::indicator::{Expect, Host, Ioc, Parsed, Refusal, is_marked, live, parse_as, unmarked};
use crate::reason::Reason;

impl Context<'_> {
    pub(super) fn url(&self, word: Word<'_>, piece: &str, found: &mut Vec<Candidate>) {
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
    pub(super) fn has_gap(&self, word: Word<'_>, piece: &str) -> bool {
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
    pub(super) fn is_reference(&self, word: Word<'_>, parsed: &Result<Parsed, Refusal>) -> bool {
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

    /// A name or an address, perhaps with a port.
    pub(super) fn socket(
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

    /// `host/path`, `address/prefix`, or words with slashes between them.
    pub(super) fn path(
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
}

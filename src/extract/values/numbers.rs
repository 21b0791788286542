//! Hashes, ids and addresses in a word.

use super::context::Context;
use crate::extract::spans::comes_after;
use crate::extract::words::Word;
use crate::extract::{Candidate, Topic};
use crate::indicator::{Expect, IocType, Refusal, parse_as};
use crate::reason::Reason;

impl Context<'_> {
    pub(super) fn hash(&self, word: Word<'_>, text: &str, found: &mut Vec<Candidate>) {
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
    pub(super) fn cves(&self, text: &str, found: &mut Vec<Candidate>) {
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
    pub(super) fn email(&self, text: &str, defanged: bool, found: &mut Vec<Candidate>) {
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

    pub(super) fn ipv6(&self, text: &str, defanged: bool, found: &mut Vec<Candidate>) {
        let parsed = parse_as(Expect::Address, text);
        let group = text.split(':').next().unwrap_or_default();
        // Times, MAC addresses and names of C++ have colons too.
        let sure = group.len() >= 3 && text.bytes().any(|byte| byte.is_ascii_digit());
        let whole = text.bytes().filter(|byte| *byte == b':').count() == 7;
        if defanged || (parsed.is_ok() && (sure || whole || self.alone)) {
            self.push(text, parsed, defanged, found);
        }
    }

    pub(super) fn ipv4(
        &self,
        word: Word<'_>,
        text: &str,
        defanged: bool,
        found: &mut Vec<Candidate>,
    ) {
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
    pub(super) fn is_version(&self, word: Word<'_>) -> bool {
        const BEFORE_VERSIONS: [&str; 12] = [
            "version", "versions", "ver", "v", "build", "builds", "release", "releases",
            "firmware", "rev", "revision", "update",
        ];
        word.text.contains("==")
            || self.setting.in_column && self.setting.topic == Topic::Versions
            || comes_after(self.line, word.start, &BEFORE_VERSIONS)
    }
}

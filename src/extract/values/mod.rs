//! From the words of a piece of text to the candidates in it.

mod context;
mod numbers;
mod places;

use self::context::{Context, folded};
use super::lead::{Lead, lead};
use super::names::{self, Name};
use super::outline::{is_benign, is_source, topic};
use super::spans::{bare, has_unknown_mark, is_ipv6, is_noted, url_end, url_in, without_tail};
use super::words::{Word, parts, words};
use super::{Candidate, Setting, Topic, ports, ranges};
use crate::indicator::{Expect, MAX_VALUE_BYTES, Refusal, is_marked, marked, parse_as, unmarked};
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

    /// The candidates in a text that has no scheme in it. Defanging that is not known cuts a value, and a part of a value is another.
    fn segments(&self, word: Word<'_>, text: &str, found: &mut Vec<Candidate>) {
        let before = found.len();
        self.pieces(word, text, found);
        let is_cut = found.len() > before && has_unknown_mark(text);
        if is_cut && found[before..].iter().any(|one| one.parsed.is_ok()) {
            found.truncate(before);
            found.push(Candidate::without(text, Reason::UnknownType));
        }
    }

    fn pieces(&self, word: Word<'_>, text: &str, found: &mut Vec<Candidate>) {
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
}

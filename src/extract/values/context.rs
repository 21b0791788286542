//! Where a word stands.

use crate::extract::names::Stance;
use crate::extract::words::Word;
use crate::extract::{Candidate, Setting, Topic, services};
use crate::indicator::{Expect, IocType, Parsed, Refusal, is_dash, parse_as};
use crate::reason::Reason;

#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) line: &'a str,
    pub(super) setting: &'a Setting<'a>,
    /// Whether the word is the whole cell, item or line, or all behind its label.
    pub(super) alone: bool,
    /// Whether it is the first in its cell, item or line, and what follows is a note.
    pub(super) first: bool,
    /// Whether it is the first of a line of a list.
    pub(super) listed: bool,
    /// Whether it stands in the label of the line.
    pub(super) is_label: bool,
    /// Whether words stand between it and the value of its line of a list: a note, which may name somebody innocent.
    pub(super) in_note: bool,
}

impl Context<'_> {
    /// Whether a name in a sentence is that of a site that the document links to.
    pub(super) fn is_of_a_linked_site(&self, text: &str) -> bool {
        let site = services::site(text).filter(|_| !self.alone && !self.first);
        site.is_some_and(|site| self.setting.sites.iter().any(|known| known == site))
    }

    pub(super) fn in_files(&self) -> bool {
        self.setting.in_column && self.setting.topic == Topic::Files
    }

    pub(super) fn stance(&self, word: Word<'_>, called: bool, defanged: bool) -> Stance {
        Stance {
            defanged,
            spaced: word.spaced,
            alone: self.alone,
            first: self.first,
            called,
        }
    }

    pub(super) fn push(
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
pub(super) fn url(text: &str) -> Result<Parsed, Refusal> {
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
pub(super) fn folded(text: &str) -> String {
    text.chars()
        .map(|c| if is_dash(c) { '-' } else { c })
        .collect()
}

pub(super) fn said(parsed: Result<Parsed, Refusal>, defanged: bool) -> Result<Parsed, Refusal> {
    parsed.map(|parsed| Parsed {
        defanged: parsed.defanged || defanged,
        ..parsed
    })
}

//! Parts of values.

use std::borrow::Cow;

use aho_corasick::AhoCorasick;

use super::entries::EntryId;
use crate::error::{Error, ErrorKind, Result};
use crate::indicator::{Expect, Ioc, IocType, parse_as};

/// Listed parts of values, all looked for at once.
#[derive(Debug, Default)]
pub(super) struct Substrings {
    parts: Vec<(String, EntryId)>,
    bytes: usize,
    all: Option<AhoCorasick>,
}

/// How much text the parts may have together: the automaton takes some thirty times as much memory.
const MAX_BYTES: usize = 8 << 20;

impl Substrings {
    pub(super) fn add(&mut self, text: &str, entry: EntryId) {
        let part = canonical(text);
        self.bytes += part.len();
        self.parts.push((part.into_owned(), entry));
    }

    /// Makes the automaton.
    pub(super) fn finish(&mut self) -> Result<()> {
        if self.parts.is_empty() {
            return Ok(());
        }
        let too_large = || {
            let message = format!("the entries of type substring have more than {MAX_BYTES} bytes");
            Error::new(ErrorKind::BrokenInput, message)
                .hint("a list of whole names is of the type hostname")
        };
        if self.bytes > MAX_BYTES {
            return Err(too_large());
        }
        let parts = self.parts.iter().map(|(part, _)| part.as_bytes());
        let all = AhoCorasick::new(parts).map_err(|cause| too_large().because(cause))?;
        self.all = Some(all);
        Ok(())
    }

    /// The first entry that is a part of the text, which is in lower case, and that is wanted.
    pub(super) fn hit(&self, text: &str, wanted: impl Fn(EntryId) -> bool) -> Option<EntryId> {
        self.all
            .as_ref()?
            .find_overlapping_iter(text)
            .filter_map(|found| self.parts.get(found.pattern().as_usize()))
            .map(|(_, entry)| *entry)
            .filter(|entry| wanted(*entry))
            .min()
    }
}

/// An entry as it stands in canonical values: in lower case, and a name in ASCII.
fn canonical(text: &str) -> Cow<'_, str> {
    if !text.is_ascii()
        && let Ok(parsed) = parse_as(Expect::Type(IocType::Domain), text)
        && let Ioc::Domain(name) = parsed.ioc
    {
        return Cow::Owned(name.as_str().to_owned());
    }
    match text.chars().any(char::is_uppercase) {
        true => Cow::Owned(text.to_lowercase()),
        false => Cow::Borrowed(text),
    }
}

//! Block lists: files that a resolver, a browser or a firewall loads, with the names and addresses to be blocked.
//!
//! Read: `hosts` files, Adblock lists, dnsmasq, unbound, response policy zones (RPZ), zones of BIND, ACLs of Squid, and sets of
//! ipset, nftables and iptables. One file for each syntax; each decides about one line at a time, so that a list which
//! mixes them is read as well. What a list lets through (`@@`, `rpz-passthru.`, `nomatch`) is dropped and never alerts.

mod adblock;
mod bind;
mod dnsmasq;
mod firewall;
mod hosts;
mod line;
mod rpz;
mod suricata;
#[cfg(test)]
mod tests;
mod unbound;

pub(crate) use line::Line;

use super::entry::{self, Queue};
use super::input::{HEAD_BYTES, Input};
use super::{Blank, Found, Rejection, Stream, lines, plain_line};
use crate::error::Result;
use crate::extract::Outline;
use crate::extract::split;
use crate::location::Place;

/// How a block list writes its rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Syntax {
    Hosts,
    Adblock,
    Dnsmasq,
    Unbound,
    Rpz,
    Bind,
    Firewall,
    Suricata,
}

/// Reads a line as a rule of whichever syntax it is in; `None` where it is in none of them, as a plain name is.
///
/// ```text
/// 0.0.0.0 one.example two.example     ||one.example^$third-party     address=/one.example/#
/// local-zone: "one.example" always_null     one.example CNAME .     add SET 198.51.100.0/24 timeout 0
/// ```
pub(crate) fn line(text: &str) -> Option<Line<'_>> {
    rule(split::trim(text)).map(|(_, line)| line)
}

/// The bytes that a plain value has none of: white space, the signs of the syntaxes, and what is not ASCII.
const SIGNS: [bool; 256] = {
    let mut signs = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        signs[byte] =
            byte >= 128 || matches!(byte as u8, b'\t'..=b'\r' | b' ' | b'=' | b'#' | b'^' | b'$');
        byte += 1;
    }
    signs
};

/// Whether a line is one word without a sign of any syntax, as most lines of most lists are, and not a range with a label.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_range =
        || text.ends_with(|c: char| c.is_ascii_digit()) && memchr::memchr(b'-', bytes).is_some();
    let is_signed = bytes.iter().any(|byte| SIGNS[usize::from(*byte)]);
    !is_signed && !is_range()
}

/// A line with its syntax. The first bytes decide which ones are tried, so that a plain value costs next to nothing.
fn rule(text: &str) -> Option<(Syntax, Line<'_>)> {
    fn found(syntax: Syntax, line: Option<Line<'_>>) -> Option<(Syntax, Line<'_>)> {
        Some((syntax, line?))
    }
    let first = *text.as_bytes().first()?;
    if let b'|' | b'@' | b'!' | b'[' | b'#' | b'/' | b'~' = first {
        return found(Syntax::Adblock, adblock::read(text));
    }
    if is_plain(text) {
        return match first {
            b'0' | b'1' => found(Syntax::Hosts, hosts::glued(text)),
            _ => None,
        };
    }
    if let Some(range) = firewall::labelled_range(text) {
        return Some((Syntax::Firewall, Line::Text(range)));
    }
    let word = text.split_whitespace().next()?;
    if word.len() == text.len() {
        // One word: the syntaxes that do not need white space, each of which has its own sign.
        return match text
            .bytes()
            .find(|byte| matches!(byte, b'=' | b'#' | b'^' | b'$'))
        {
            Some(b'=') => found(Syntax::Dnsmasq, dnsmasq::read(text)),
            Some(_) => found(Syntax::Adblock, adblock::read(text)),
            None => found(Syntax::Hosts, hosts::glued(text)),
        };
    }
    None.or_else(|| found(Syntax::Hosts, hosts::read(word, text)))
        .or_else(|| found(Syntax::Unbound, unbound::read(word, text)))
        .or_else(|| found(Syntax::Dnsmasq, dnsmasq::read(text)))
        .or_else(|| found(Syntax::Bind, bind::read(word, text)))
        .or_else(|| found(Syntax::Firewall, firewall::read(word, text)))
        .or_else(|| found(Syntax::Suricata, suricata::read(word, text)))
        .or_else(|| found(Syntax::Rpz, rpz::read(text, None)))
        .or_else(|| found(Syntax::Adblock, adblock::cosmetic(text)))
}

/// The syntax of a list, from its head: the one that more than half of the lines are rules of, which are not comments and
/// settings. `whole` says that the head is all of it; else its last line is cut.
pub(crate) fn syntax(head: &[u8], whole: bool) -> Option<Syntax> {
    let mut lines: Vec<&[u8]> = head.split(|byte| matches!(byte, b'\n' | b'\r')).collect();
    if !whole {
        lines.pop();
    }
    let (mut votes, mut records) = (Vec::new(), 0);
    for line in lines {
        let Ok(text) = std::str::from_utf8(line) else {
            records += 1;
            continue;
        };
        let text = split::trim(text);
        if text.is_empty() || text.starts_with(['#', ';']) {
            continue;
        }
        match rule(text) {
            Some((_, Line::Header)) => {}
            Some((syntax, Line::Rule(_) | Line::Text(_))) => {
                records += 1;
                match votes.iter_mut().find(|(known, _)| *known == syntax) {
                    Some((_, count)) => *count += 1,
                    None => votes.push((syntax, 1)),
                }
            }
            None => records += 1,
        }
    }
    let (syntax, count) = votes.into_iter().max_by_key(|(_, count)| *count)?;
    (count * 2 > records).then_some(syntax)
}

/// Reads a block list, line by line.
pub(crate) fn read(input: &Input) -> Result<Stream<'_>> {
    let head = input.head(HEAD_BYTES)?;
    let whole = (head.len() as u64) < HEAD_BYTES;
    let mut list = List {
        syntax: syntax(&head, whole),
        zone: rpz::Zone::default(),
        outline: Outline::default(),
    };
    entry::each_line(input, move |line, found| {
        let place = Place::line(input.name(), line.number);
        match lines::text(line.bytes) {
            Ok(text) => list.read(&text, &place, found),
            Err(reason) => found.push_back(Found::Rejection(Rejection::new(place, "", reason))),
        }
    })
}

/// A list while it is read.
struct List {
    syntax: Option<Syntax>,
    zone: rpz::Zone,
    outline: Outline,
}

impl List {
    fn read(&mut self, text: &str, place: &Place, found: &mut Queue) {
        let text = split::trim(text);
        if text.is_empty() {
            return;
        }
        match self.rule(text) {
            Some(rule) => queue(rule, text, place, found),
            None => {
                let text = plain_line::without_comment(text);
                plain_line::read(text, place, &mut self.outline, found);
            }
        }
    }

    /// The list's own syntax first, where a line means more in it than alone.
    fn rule<'a>(&mut self, text: &'a str) -> Option<Line<'a>> {
        let own = match self.syntax {
            Some(Syntax::Rpz) => rpz::read(text, Some(&mut self.zone)),
            _ => None,
        };
        own.or_else(|| line(text)).or_else(|| match self.syntax {
            Some(Syntax::Adblock) => Some(adblock::other(text)),
            Some(Syntax::Dnsmasq) => dnsmasq::setting(text),
            Some(Syntax::Unbound) => unbound::setting(text),
            Some(Syntax::Bind) => bind::setting(text),
            _ => None,
        })
    }
}

/// Queues what a rule gives; a rule without values is a record without values.
pub(super) fn queue(rule: Line<'_>, text: &str, place: &Place, found: &mut Queue) {
    let values = match rule {
        Line::Rule(values) => values,
        Line::Text(text) => return plain_line::read(text, place, &mut Outline::default(), found),
        Line::Header => return,
    };
    if values.is_empty() {
        found.push_back(Found::Blank(Blank::new(place.clone(), text)));
    }
    for (value, parsed) in values {
        entry::queue(found, place, value, parsed, |_| {});
    }
}

//! What a record says about its indicators.

use super::columns::{Columns, Role};
use super::rows::Record;
use crate::indicator::refang;
use crate::source::entry::{self, Details, add};
use crate::source::socdef::PRODUCER;
use crate::source::split::{is_placeholder, trim};

/// Reads the columns of a record that hold no indicators.
pub(super) fn describe(record: &Record, columns: &Columns) -> Details {
    let mut details = Details::default();
    let mut date = None;
    for (index, role) in columns.roles() {
        let Some(text) = record.text(index).filter(|text| !is_placeholder(text)) else {
            continue;
        };
        let name = columns.name(index).unwrap_or("date");
        match role {
            Role::Confidence => {
                details.confidence = details.confidence.max(entry::confidence(&text));
            }
            Role::FirstSeen => details.first_seen = details.date(name, &text),
            Role::LastSeen => details.last_seen = details.date(name, &text),
            Role::ValidUntil => details.valid_until = details.date(name, &text),
            Role::Date if date.is_none() => date = Some((name, text)),
            Role::Tags => list(&text, |tag| details.tag(tag)),
            Role::Context => add(&mut details.context, &text),
            Role::Reference => addresses(&text, |address| add(&mut details.references, address)),
            Role::Article => {
                let mut is_address = false;
                addresses(&text, |address| {
                    is_address = true;
                    match details.source.article_url {
                        None => details.source.article_url = Some(address.to_owned()),
                        Some(_) => add(&mut details.references, address),
                    }
                });
                if !is_address {
                    details
                        .source
                        .article_title
                        .get_or_insert(text.into_owned());
                }
            }
            // Some feeds give the report's address as their source.
            Role::Feed => {
                let mut is_address = false;
                addresses(&text, |address| {
                    is_address = true;
                    add(&mut details.references, address);
                });
                if !is_address {
                    details.source.feed_name.get_or_insert(text.into_owned());
                }
            }
            Role::Category => details.source.category = Some(text.into_owned()),
            Role::Tlp => {
                details.tlp(&text);
            }
            Role::Industry => list(&text, |name| details.industry(name)),
            Role::Port => list(&text, |port| {
                port.split_whitespace().for_each(|port| details.port(port));
            }),
            Role::Technique => techniques(&text, |id| details.technique(id)),
            Role::Producer => add(&mut details.producers, &text),
            Role::Revoked => details.revoked |= entry::is_true(&text),
            _ => {}
        }
    }
    if let (None, Some((name, text))) = (details.first_seen, date) {
        details.first_seen = details.date(name, &text);
    }
    if columns.is_export {
        add(&mut details.producers, PRODUCER);
    }
    details
}

/// The parts of a cell that commas, semicolons, bars and line ends separate.
fn list(text: &str, mut take: impl FnMut(&str)) {
    text.split([',', ';', '|', '\n'])
        .map(trim)
        .filter(|part| !is_placeholder(part))
        .for_each(&mut take);
}

/// The addresses of web pages in a cell, in their live form.
fn addresses(text: &str, mut take: impl FnMut(&str)) {
    for part in text.split(|c: char| c.is_whitespace() || c == '|') {
        let live = refang(part.trim_matches([',', ';', '<', '>', '"']));
        let lower = live.get(..8).unwrap_or(&live).to_ascii_lowercase();
        if lower.starts_with("http://") || lower.starts_with("https://") {
            take(&live);
        }
    }
}

/// The ids of techniques in a cell: `T1071.001 - Web Protocols`.
fn techniques(text: &str, mut take: impl FnMut(&str)) {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '.')
        .map(|part| part.trim_matches('.'))
        .filter(|part| crate::indicator::parse::is_technique(part))
        .for_each(&mut take);
}

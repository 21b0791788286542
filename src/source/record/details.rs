//! What a record says about its indicators.

use super::cell::Cell;
use super::confidence::confidence;
use super::judgement::{Judged, is_true};
use super::role::Role;
use chrono::DateTime;

use crate::extract::split::{is_placeholder, trim};
use crate::indicator::{Vulnerability, refang};
use crate::source::entry::{Details, add};

/// Reads the columns of a record that hold no indicators.
pub(super) fn describe(cells: &[Cell<'_>], producer: Option<&'static str>) -> Details {
    let mut details = Details::default();
    let mut date = None;
    let mut facts: Vec<String> = Vec::new();
    for Cell { role, name, bytes } in cells.iter().copied() {
        let text = String::from_utf8_lossy(bytes);
        let text = trim(&text);
        if is_placeholder(text) {
            continue;
        }
        match role {
            Role::Confidence(scale) => {
                details.confidence(name, text, confidence(text, scale));
            }
            Role::Judged(judgement) => match judgement.of(text) {
                Some(Judged::Revoked) => details.revoked = true,
                // Nothing says since when.
                Some(Judged::Expired) => {
                    details.valid_until.get_or_insert(DateTime::UNIX_EPOCH);
                }
                Some(Judged::Dropped(_)) | None => {}
            },
            Role::FirstSeen => details.first_seen = details.date(name, text),
            Role::LastSeen => details.last_seen = details.date(name, text),
            Role::ValidUntil => {
                let until = details.date(name, text);
                details.valid_until = details.valid_until.or(until);
            }
            Role::Date if date.is_none() => date = Some((name, text.to_owned())),
            Role::Tags => list(text, |tag| details.tag(tag)),
            Role::Context => add(&mut details.context, text),
            Role::Reference => addresses(text, |address| add(&mut details.references, address)),
            Role::Article => {
                let mut is_address = false;
                addresses(text, |address| {
                    is_address = true;
                    match details.source.article_url {
                        None => details.source.article_url = Some(address.to_owned()),
                        Some(_) => add(&mut details.references, address),
                    }
                });
                if !is_address {
                    details.source.article_title.get_or_insert(text.to_owned());
                }
            }
            // Some feeds give the report's address as their source.
            Role::Feed => {
                let mut is_address = false;
                addresses(text, |address| {
                    is_address = true;
                    add(&mut details.references, address);
                });
                if !is_address {
                    details.source.feed_name.get_or_insert(text.to_owned());
                }
            }
            Role::Category => details.source.category = Some(text.to_owned()),
            Role::Tlp => {
                details.tlp_label(text);
            }
            Role::Industry => list(text, |name| details.industry(name)),
            Role::Port => list(text, |port| {
                port.split_whitespace().for_each(|port| details.port(port));
            }),
            Role::Technique => techniques(text, |id| details.technique(id)),
            Role::Producer => text
                .split(';')
                .for_each(|name| add(&mut details.producers, trim(name))),
            Role::Revoked => details.revoked |= is_true(text),
            // ThreatFox's name for a family that it does not know.
            Role::Family if text.eq_ignore_ascii_case("unknown malware") => {}
            Role::Family => details.tag(text),
            Role::Reporter => details.source.origin = Some(text.to_owned()),
            Role::Fact(_) if text.eq_ignore_ascii_case("false") => {}
            // `True` in CSV, `true` in JSON.
            Role::Fact(name) if is_true(text) => facts.push(format!("{name}: true")),
            Role::Fact(name) => facts.push(format!("{name}: {text}")),
            Role::Vendor => known(&mut details).vendor = Some(text.to_owned()),
            Role::Product => known(&mut details).product = Some(text.to_owned()),
            Role::VulnerabilityName => known(&mut details).name = Some(text.to_owned()),
            Role::DateAdded => {
                details.first_seen = details.date(name, text);
                known(&mut details).date_added = details.first_seen.map(|at| at.date_naive());
            }
            Role::DueDate => {
                let due = details.date(name, text);
                known(&mut details).due_date = due.map(|at| at.date_naive());
            }
            // `Known`, or `Unknown`.
            Role::Ransomware => {
                known(&mut details).ransomware = text.eq_ignore_ascii_case("known");
            }
            Role::Weakness => list(text, |cwe| add(&mut known(&mut details).cwes, cwe)),
            _ => {}
        }
    }
    add(&mut details.context, &facts.join(", "));
    if let (None, Some((name, text))) = (details.first_seen, date) {
        details.first_seen = details.date(name, &text);
    }
    if let Some(name) = producer {
        add(&mut details.producers, name);
    }
    details
}

fn known(details: &mut Details) -> &mut Vulnerability {
    details.vulnerability.get_or_insert_default()
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

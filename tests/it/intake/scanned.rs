//! Nothing is lost: what the scanner finds in generated documents is in the account; and the scanner notices when it is not.
//! `tests/feeds.rs` asks the same of real ones.

use std::collections::BTreeSet;
use std::thread;

use socdef_sigma::{Outcome, Reason};

use super::documents::{Document, document};
use super::read::{self, Entry, Kept, Reading};
use super::scanner::{self, Sure, Token};

/// Generated documents: as many as catch the mutants in `mutants.py`; the nightly run has 100,000.
const DOCUMENTS: u64 = 5_000;

fn shown(token: &Token) -> String {
    format!("line {}: {} as {:?}", token.line, token.raw, token.sure)
}

/// A token of what was put into a document.
fn scans_as(what: &str) -> Sure {
    let (kind, value) = what.split_once(' ').unwrap();
    match kind {
        "ipv4" | "ipv6" => Sure::Address(value.parse().unwrap()),
        "domain" => Sure::Name(value.to_owned()),
        "cve" => Sure::Cve(value.to_owned()),
        "url" => scanner::line(value, 0).remove(0).sure,
        _ => Sure::Hash(value.to_owned()),
    }
}

/// The scanner finds all that was put into a document, where it was put: what it does not find it cannot miss.
#[test]
fn the_scanner_finds_what_was_put_into_documents() {
    for number in 0..20_000 {
        let document = document(number);
        let tokens = scanner::text(&document.text);
        for put in &document.values {
            let sure = scans_as(&put.what);
            assert!(
                tokens
                    .iter()
                    .any(|token| token.sure == sure && token.line == put.line),
                "document {number}: {put:?}\n{}\n{tokens:#?}",
                document.text
            );
        }
        let known: BTreeSet<u64> = document.values.iter().map(|put| put.line).collect();
        assert!(
            tokens.iter().all(|token| known.contains(&token.line)),
            "document {number}:\n{}\n{tokens:#?}",
            document.text
        );
    }
}

fn looked_at(from: u64, to: u64) -> Vec<String> {
    let mut found = Vec::new();
    for number in from..to {
        let document = document(number);
        let reading = match document.format {
            Some(format) => read::bytes(document.text.as_bytes(), format),
            None => read::guessed(document.text.as_bytes()),
        };
        let lost = scanner::lost(&scanner::text(&document.text), &reading);
        if !lost.is_empty() || reading.error.is_some() {
            let lost: Vec<String> = lost.iter().map(shown).collect();
            found.push(format!(
                "document {number} ({:?}): {}{}\n{}",
                document.format,
                reading.error.unwrap_or_default(),
                lost.join("; "),
                document.text
            ));
        }
    }
    found
}

/// Every sure token of generated documents is in the account. `SOCDEF_DOCUMENTS` says how many of them.
#[test]
fn every_sure_token_of_generated_documents_is_accounted_for() {
    let documents =
        std::env::var("SOCDEF_DOCUMENTS").map_or(DOCUMENTS, |count| count.parse().unwrap());
    let workers = thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let share = documents.div_ceil(workers);
    let lost: Vec<String> = thread::scope(|scope| {
        let threads: Vec<_> = (0..workers)
            .map(|worker| {
                scope
                    .spawn(move || looked_at(worker * share, ((worker + 1) * share).min(documents)))
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    for one in lost.iter().take(8) {
        eprintln!("{one}");
    }
    assert!(
        lost.is_empty(),
        "{} of {documents} documents lose sure tokens",
        lost.len()
    );
}

// --- The scanner itself: a recogniser with a fault must not pass ------------------------------------------

/// The account of a recogniser without a fault.
fn ideal(document: &Document) -> Reading {
    let mut reading = Reading::default();
    for put in &document.values {
        match put.reference {
            false => reading.kept.push(Kept {
                what: put.what.clone(),
                ports: Vec::new(),
            }),
            true => reading.entries.push(entry(
                Reason::Reference,
                put.what.split_once(' ').unwrap().1,
                put.line,
            )),
        }
    }
    reading
}

fn entry(reason: Reason, value: &str, line: u64) -> Entry {
    Entry {
        outcome: reason.outcome(),
        code: reason.code(),
        value: value.to_owned(),
        line: Some(line),
    }
}

/// What a faulty recogniser makes of a document; `None` where the fault does not show in it.
type Mutant = (&'static str, fn(&Document, Reading) -> Option<Reading>);

/// A reading without what was put where `gone` says.
fn without(
    document: &Document,
    mut reading: Reading,
    gone: impl Fn(usize) -> bool,
) -> Option<Reading> {
    let lost: Vec<_> = document
        .values
        .iter()
        .enumerate()
        .filter(|(at, _)| gone(*at))
        .map(|(_, put)| put)
        .collect();
    let (kept, entries) = (reading.kept.len(), reading.entries.len());
    reading
        .kept
        .retain(|kept| !lost.iter().any(|put| put.what == kept.what));
    reading.entries.retain(|entry| {
        !lost
            .iter()
            .any(|put| put.what.ends_with(&format!(" {}", entry.value)))
    });
    (kept + entries > reading.kept.len() + reading.entries.len()).then_some(reading)
}

const MUTANTS: [Mutant; 12] = [
    ("skips the section under a heading", |document, reading| {
        let section = document.values.last()?.section;
        without(document, reading, |at| {
            document.values[at].section == section
        })
    }),
    ("stops at the first value of a line", |document, reading| {
        let first = |at: usize| at == 0 || document.values[at - 1].line != document.values[at].line;
        without(document, reading, |at| !first(at))
    }),
    ("drops a column", |document, reading| {
        let column = document.values.iter().map(|put| put.column).max()?;
        without(document, reading, |at| document.values[at].column == column)
    }),
    ("drops the last line", |document, reading| {
        let line = document.values.last()?.line;
        without(document, reading, |at| document.values[at].line == line)
    }),
    ("does not know hashes", |document, reading| {
        without(document, reading, |at| {
            ["md5 ", "sha1 ", "sha256 "]
                .iter()
                .any(|kind| document.values[at].what.starts_with(kind))
        })
    }),
    ("does not know IPv6", |document, reading| {
        without(document, reading, |at| {
            document.values[at].what.starts_with("ipv6 ")
        })
    }),
    ("says nothing of references", |document, reading| {
        without(document, reading, |at| document.values[at].reference)
    }),
    ("refuses whole lines", |document, mut reading| {
        let (at, put) = document.values.iter().enumerate().find(|(_, put)| {
            let line = document.text.lines().nth(put.line as usize - 1).unwrap();
            line.contains(' ') && !put.reference
        })?;
        let line = document.text.lines().nth(put.line as usize - 1)?;
        reading = without(document, reading, |other| other == at)?;
        reading
            .entries
            .push(entry(Reason::UnknownType, line, put.line));
        Some(reading)
    }),
    (
        "gives entries the place of the next line",
        |document, mut reading| {
            let put = document.values.iter().find(|put| !put.reference)?;
            reading.kept.retain(|kept| kept.what != put.what);
            let value = put.what.split_once(' ')?.1;
            reading
                .entries
                .push(entry(Reason::PrivateAddress, value, put.line + 1));
            Some(reading)
        },
    ),
    ("gives the host of a URL alone", |document, mut reading| {
        let put = document
            .values
            .iter()
            .find(|put| put.what.starts_with("url ") && !put.reference)?;
        let kept = reading.kept.iter_mut().find(|kept| kept.what == put.what)?;
        let path = kept.what.splitn(4, '/').nth(3)?.len();
        kept.what.truncate(kept.what.len() - path);
        Some(reading)
    }),
    ("cuts a hash", |document, mut reading| {
        let put = document
            .values
            .iter()
            .find(|put| put.what.starts_with("sha256 "))?;
        let kept = reading.kept.iter_mut().find(|kept| kept.what == put.what)?;
        kept.what = format!("md5 {}", &put.what[7..39]);
        Some(reading)
    }),
    ("reads the parent of a name", |document, mut reading| {
        let put = document
            .values
            .iter()
            .find(|put| put.what.starts_with("domain "))?;
        let kept = reading.kept.iter_mut().find(|kept| kept.what == put.what)?;
        kept.what = format!("domain {}", put.what.split_once('.')?.1);
        Some(reading)
    }),
];

/// Of a recogniser without a fault the scanner says nothing, and each mutant fails in every document that shows its fault.
#[test]
fn the_scanner_catches_mutants_of_the_recogniser() {
    for (name, mutant) in MUTANTS {
        let mut shown = 0;
        for number in 0..3000 {
            let document = document(number);
            let tokens = scanner::text(&document.text);
            let reading = ideal(&document);
            let lost = scanner::lost(&tokens, &reading);
            assert!(
                lost.is_empty(),
                "document {number}, without a mutant: {lost:?}\n{}",
                document.text
            );
            let Some(mutated) = mutant(&document, reading) else {
                continue;
            };
            shown += 1;
            let lost = scanner::lost(&tokens, &mutated);
            assert!(
                !lost.is_empty(),
                "`{name}` passes in document {number}:\n{}",
                document.text
            );
        }
        assert!(shown > 50, "`{name}` shows in {shown} documents only");
    }
}

/// The scanner is of use where it says neither too much nor too little.
#[test]
fn the_scanner_knows_what_is_sure() {
    for (text, tokens) in [
        ("198.51.100.7", 1),
        ("v198.51.100.7, 1.2.3.4.5, 198.51.100.7.in-addr.arpa", 0),
        ("at 198[.]51[.]100[.]7:8080/tcp.", 1),
        ("198.51.100.7/a.exe and 300.1.1.1", 0),
        ("evil.example", 0),
        ("evil[.]example, evil(.)example.", 2),
        ("update(.)dll(x)", 1),
        ("hxxps[://]evil[.]example/a?b=c#d 198.51.100.7", 2),
        ("http://a.example/x,http://b.example/y", 2),
        (
            "https://vt.example/gui/file/0123456789abcdef0123456789abcdef",
            1,
        ),
        ("0123456789abcdef0123456789abcdef a.exe", 1),
        (
            "0123456789abcdef0123456789abcdef0 x-0123456789abcdef0123456789abcdef",
            0,
        ),
        ("CVE–2021–44228, CVE-2021-1", 1),
        ("2001:db8::7 12:34:56 a::b", 1),
    ] {
        let found = scanner::line(text, 1);
        assert_eq!(found.len(), tokens, "{text}: {found:?}");
    }
    // A whole line is no entry of its own.
    let mut reading = Reading::default();
    reading
        .entries
        .push(entry(Reason::UnknownType, "198.51.100.7 evil", 1));
    assert_eq!(
        scanner::lost(&scanner::text("198.51.100.7 evil"), &reading).len(),
        1
    );
    reading
        .entries
        .push(entry(Reason::PrivateAddress, "198.51.100.7", 1));
    assert_eq!(reading.entries[1].outcome, Outcome::Dropped);
    assert!(scanner::lost(&scanner::text("198.51.100.7 evil"), &reading).is_empty());
}

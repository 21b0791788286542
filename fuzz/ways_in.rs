//! What each fuzz target does with its bytes that are not a feed: lists, drop-ins, documents and parameters of the endpoint, and what
//! feeds say together of one indicator.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use socdef_sigma::ErrorKind;
use socdef_sigma::indicator::{Indicator, Source, parse};
use socdef_sigma::lists::Lists;
use socdef_sigma::template::{Catalog, lint};
use socdef_sigma::wire::{List, Query};

use super::bodies::rules;

thread_local! {
    /// A folder of this thread's own, for what is read from files only.
    static FOLDER: RefCell<Option<PathBuf>> = const { RefCell::new(None) };
}

/// The bytes as a file of this name, for as long as it is looked at.
fn as_file<T>(name: &str, data: &[u8], look: impl FnOnce(&Path) -> T) -> T {
    let folder = FOLDER.with_borrow_mut(|known| {
        known
            .get_or_insert_with(|| {
                let thread = format!("{:?}", std::thread::current().id());
                let digits: String = thread.chars().filter(char::is_ascii_digit).collect();
                let name = format!("socdef-fuzz-{}-{digits}", std::process::id());
                let folder = std::env::temp_dir().join(name);
                std::fs::create_dir_all(&folder).expect("a folder");
                folder
            })
            .clone()
    });
    let path = folder.join(name);
    std::fs::write(&path, data).expect("a file");
    let seen = look(&path);
    std::fs::remove_file(&path).expect("the same file");
    seen
}

/// The first line as a value, and each other as what a feed says of it: in any order they make one indicator, and it makes rules.
pub(crate) fn merge(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (value, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let Ok(parsed) = parse(value) else { return };
    let said = |line: &str| {
        let mut indicator = Indicator::new(parsed.clone());
        let text = || vec![line.to_owned()];
        match line.bytes().next().unwrap_or_default() % 8 {
            0 => indicator.producers = text(),
            1 => indicator.context = text(),
            2 => indicator.tags = text(),
            3 => indicator.mitre_techniques = text(),
            4 => indicator.references = text(),
            5 => indicator.industries = text(),
            6 => indicator.originals = text(),
            _ => {
                indicator.sources = vec![Source {
                    feed_name: Some(line.to_owned()),
                    ..Source::default()
                }];
            }
        }
        indicator
    };
    let all: Vec<Indicator> = rest.lines().map(said).collect();
    let united = |all: &mut dyn Iterator<Item = &Indicator>| {
        let mut one = Indicator::new(parsed.clone());
        all.for_each(|other| one.absorb(other.clone()));
        one
    };
    let (one, other) = (united(&mut all.iter()), united(&mut all.iter().rev()));
    assert_eq!(one.ioc.id(), other.ioc.id());
    // What was said already adds nothing.
    let mut twice = one.clone();
    twice.absorb(one.clone());
    assert_eq!(twice, one);
    rules(&one);
    rules(&other);
}

/// Any bytes as a warninglist, and as a list of the user's own: an error with its place, or a list that answers.
pub(crate) fn lists(data: &[u8]) {
    let none: &[PathBuf] = &[];
    for (name, is_allowed) in [("list.json", false), ("list.txt", true)] {
        let loaded = as_file(name, data, |path| match is_allowed {
            true => Lists::load(none, &[path]),
            false => Lists::load(&[path], none),
        });
        let lists = match loaded {
            Ok(lists) => lists,
            Err(error) => {
                let is_known = matches!(
                    error.kind(),
                    ErrorKind::BrokenInput | ErrorKind::UnreadableInput
                );
                assert!(is_known, "{}", error.report());
                assert!(!error.message().contains('\n'), "{}", error.report());
                continue;
            }
        };
        for value in [
            "198.51.100.7",
            "2001:db8::/32",
            "evil.example",
            "http://evil.example/a?b=c",
            "é@evil.example",
            "d41d8cd98f00b204e9800998ecf8427f",
            "CVE-2024-0001",
        ] {
            let ioc = parse(value).expect("a value").ioc;
            let (one, other) = (lists.refusal(&ioc), lists.refusal(&ioc));
            assert_eq!(one, other);
            assert!(!lists.is_empty() || one.is_none());
        }
    }
}

/// Any bytes as a drop-in: its front matter is read, or refused with a line of it.
pub(crate) fn front_matter(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let lines = text.lines().count();
    for finding in lint(&text) {
        assert!((1..=lines).contains(&finding.line), "{finding:?}");
    }
    let catalog = Catalog::registered();
    let read = as_file("domain_fuzzed.yml.j2", data, |path| {
        catalog.with_drop_ins(&[path.to_owned()])
    });
    match read {
        Ok(more) => assert!(more.iter().len() >= catalog.iter().len()),
        Err(error) => {
            let is_known = matches!(
                error.kind(),
                ErrorKind::BrokenTemplate | ErrorKind::UnreadableInput
            );
            assert!(is_known, "{}", error.report());
            assert!(!error.message().contains('\n'), "{}", error.report());
        }
    }
}

/// Any bytes as the endpoint's JSON: what is read is written so that it reads back as itself.
pub(crate) fn documents(data: &[u8]) {
    let Ok(list) = serde_json::from_slice::<List>(data) else {
        return;
    };
    let written = serde_json::to_vec(&list).expect("JSON");
    let again: List = serde_json::from_slice(&written).expect("the same");
    assert_eq!(again, list);
    super::bodies::reader(socdef_sigma::source::Format::Socdef, &written);
}

/// Any bytes as the parameters of a request: what is understood is asked for in the same words.
pub(crate) fn parameters(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let pairs: Vec<(&str, &str)> = text
        .split(['&', '\n'])
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .collect();
    for is_list in [false, true] {
        let query = match Query::read(pairs.iter().copied(), is_list) {
            Ok(query) => query,
            Err(invalid) => {
                assert!(pairs.iter().any(|(name, _)| *name == invalid.name));
                assert!(!invalid.allowed.is_empty());
                continue;
            }
        };
        let asked = query.pairs();
        let again = asked.iter().map(|(name, value)| (*name, value.as_str()));
        assert_eq!(Query::read(again, true), Ok(query), "{asked:?}");
    }
}

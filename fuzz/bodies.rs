//! What each fuzz target does with its bytes. The targets run it under a fuzzer, and `tests/fuzz_corpus.rs` over the corpus.
//!
//! Each of them panics where something does not hold that must hold for any bytes whatever.

use std::sync::{Arc, LazyLock};

use socdef_sigma::ErrorKind;
use socdef_sigma::IocType;
use socdef_sigma::compile::{Compiler, Intake, Settings};
use socdef_sigma::document::{Broken, Reader};
use socdef_sigma::indicator::{
    Expect, Indicator, Ioc, Source, parse, parse_as, parse_date, refang,
};
use socdef_sigma::rule::SigmaRule;
use socdef_sigma::rule::emit;
use socdef_sigma::rule::node::Node;
use socdef_sigma::source::{self, Format, Found, Input, ReadOptions};
use socdef_sigma::template::{Catalog, Selection};

fn settings() -> Settings {
    Settings::new(parse_date("2026-05-17").expect("a date"))
}

static PRIMARY: LazyLock<Compiler> = LazyLock::new(|| Compiler::new(&settings()));

static EVERY: LazyLock<Compiler> = LazyLock::new(|| {
    let all = Selection::of(Catalog::registered(), &["all".to_owned()]).expect("all log sources");
    Compiler::new(&Settings {
        templates: Arc::new(all),
        ..settings()
    })
});

/// Any bytes as one format.
pub(crate) fn reader(format: Format, data: &[u8]) {
    read(data, Some(format));
}

/// Any bytes as whatever they look like, gzip and zstd included.
pub(crate) fn detect(data: &[u8]) {
    read(data, None);
}

/// Any bytes as a text and as a list of lines: what is found stands in the line that its place names, and the same bytes give the same.
pub(crate) fn extract(data: &[u8]) {
    // A carriage return alone ends a line, too.
    let lines = data.split(|byte| matches!(byte, b'\n' | b'\r')).count() as u64;
    for format in [Format::Text, Format::Txt] {
        read(data, Some(format));
        let (first, second) = (placed(data, format), placed(data, format));
        assert_eq!(first, second);
        for (line, what) in &first {
            assert!(
                (1..=lines).contains(line),
                "{what} in line {line} of {lines}"
            );
        }
    }
}

/// What is found, with its line, as text.
fn placed(data: &[u8], format: Format) -> Vec<(u64, String)> {
    let input = Input::from_bytes("input", data);
    let options = ReadOptions {
        format: Some(format),
        ..ReadOptions::default()
    };
    let Ok(stream) = source::read(&input, &options) else {
        return Vec::new();
    };
    stream
        .filter_map(|found| match found.ok()? {
            Found::Indicator(indicator) => {
                // What is canonical reads as itself, whatever stood around it.
                let canonical = indicator.ioc.to_string();
                let again = parse_as(Expect::Type(indicator.ioc.ioc_type()), &canonical);
                assert_eq!(again.as_ref().map(|again| &again.ioc), Ok(&indicator.ioc));
                let line = indicator.place.as_ref()?.line_number()?;
                Some((line, canonical))
            }
            Found::Rejection(rejection) => {
                let code = rejection.refusal.reason.code();
                let line = rejection.place.line_number()?;
                Some((line, format!("{code} {}", rejection.value)))
            }
            Found::Blank(blank) => Some((blank.place.line_number()?, blank.text)),
            Found::Note(_) => None,
        })
        .collect()
}

/// Reading never fails but for what is packed; everything that is found has its place; nothing is lost in the account.
fn read(data: &[u8], format: Option<Format>) {
    let input = Input::from_bytes("input", data);
    for all_attributes in [false, true] {
        let options = ReadOptions {
            format,
            all_attributes,
        };
        match source::read(&input, &options) {
            Ok(stream) => stream.for_each(|found| match found {
                Ok(Found::Indicator(indicator)) => {
                    let place = indicator.place.as_ref().expect("a place");
                    assert_eq!(&*place.input, "input");
                }
                Ok(Found::Rejection(rejection)) => {
                    assert_eq!(&*rejection.place.input, "input");
                    assert!(rejection.value.chars().count() <= 201);
                }
                Ok(Found::Note(note)) => assert_eq!(&*note.place.input, "input"),
                Ok(Found::Blank(blank)) => assert_eq!(&*blank.place.input, "input"),
                Err(error) => assert_allowed(&error, format),
            }),
            Err(error) => assert_allowed(&error, format),
        }
    }
    let mut intake = Intake::new(4);
    let options = ReadOptions {
        format,
        ..ReadOptions::default()
    };
    let _ = intake.read(&input, &options, &mut |_| Ok(()));
    let (kept, report) = intake.select(&settings());
    let counts = report.counts();
    // The networks of a range are one value that was read.
    let values = kept.iter().filter(|indicator| !indicator.continues).count();
    assert_eq!(counts.kept, values as u64);
    assert_eq!(
        counts.read,
        counts.kept + counts.merged + counts.dropped + counts.refused
    );
    for indicator in kept.iter().take(4) {
        rules(indicator);
    }
}

fn assert_allowed(error: &socdef_sigma::Error, format: Option<Format>) {
    let allowed = match error.kind() {
        ErrorKind::BrokenInput => true,
        // What looks like nothing; or is packed twice.
        ErrorKind::UnknownFormat => format.is_none() || error.message().contains("packed twice"),
        _ => false,
    };
    assert!(allowed, "{}", error.report());
    let place = error.place().unwrap_or_default();
    assert!(place == "input" || place.starts_with("input:"), "{place}");
}

/// Refanging is done once and for all; a canonical value is one, and reads as itself, whatever the feed says it is.
pub(crate) fn value(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let once = refang(&text);
    assert_eq!(refang(&once), once, "{text:?}");
    let types = IocType::all().iter().map(|kind| Expect::Type(*kind));
    let families = [Expect::Any, Expect::Hash, Expect::Host, Expect::Address];
    for expect in families.into_iter().chain(types) {
        let Ok(parsed) = parse_as(expect, &text) else {
            continue;
        };
        let canonical = parsed.ioc.to_string();
        let kind = parsed.ioc.ioc_type();
        assert!(!canonical.chars().any(char::is_control), "{canonical:?}");
        let again = parse_as(Expect::Type(kind), &canonical);
        assert_eq!(
            again.map(|again| again.ioc),
            Ok(parsed.ioc.clone()),
            "{text:?}"
        );
        // Where no type is told, it is found or the value is refused; it is never another indicator.
        if let (true, Ok(found)) = (kind.plugin().is_default, parse(&canonical)) {
            assert_eq!(found.ioc, parsed.ioc, "{text:?}");
        }
    }
}

/// The first line as a value, and everything after it as what the feed says about it.
pub(crate) fn template(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (value, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let Ok(parsed) = parse(value) else { return };
    let mut indicator = Indicator::new(parsed);
    if !rest.is_empty() {
        let text = || rest.to_owned();
        indicator.producers = vec![text()];
        indicator.context = vec![text()];
        indicator.tags = rest.lines().map(str::to_owned).collect();
        indicator.mitre_techniques = rest.lines().map(str::to_owned).collect();
        indicator.references = vec![text()];
        indicator.industries = vec![text()];
        indicator.sources = vec![Source {
            feed_name: Some(text()),
            article_title: Some(text()),
            article_url: Some(text()),
            category: Some(text()),
            origin: Some(text()),
            producer: Some(text()),
            ..Source::default()
        }];
    }
    rules(&indicator);
}

/// Every template gives one rule that reads back as itself, in which nothing matches but literals.
pub(crate) fn rules(indicator: &Indicator) {
    for (compiler, primary) in [(&*PRIMARY, true), (&*EVERY, false)] {
        for compiled in compiler.rules(indicator) {
            let rule = compiled
                .unwrap_or_else(|error| panic!("{}", error.report()))
                .rule;
            let yaml = emit::yaml(&rule);
            assert_eq!(SigmaRule::from_yaml(&yaml).as_ref(), Ok(&rule), "{yaml}");
            let mut literals = Vec::new();
            for (_, selection) in &rule.detection {
                selection.each_text(&mut |text| literals.push(literal(text)));
            }
            assert!(
                !primary || literals.iter().any(|text| is_value(text, &indicator.ioc)),
                "{yaml}"
            );
        }
    }
}

/// What a value of a detection matches; a wildcard that is none of ours is a finding.
fn literal(text: &str) -> String {
    let mut literal = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match (c, rest.peek()) {
            ('\\', Some('\\' | '*' | '?')) => literal.extend(rest.next()),
            ('*' | '?', _) => panic!("a wildcard in {text:?}"),
            _ => literal.push(c),
        }
    }
    literal
}

/// Whether a literal is the value, in the form that its primary log source has.
fn is_value(literal: &str, ioc: &Ioc) -> bool {
    let value = ioc.to_string();
    match ioc {
        Ioc::Ipv6(_) => match (
            literal.parse::<std::net::Ipv6Addr>(),
            value.parse::<std::net::Ipv6Addr>(),
        ) {
            (Ok(literal), Ok(value)) => literal == value,
            _ => literal == value,
        },
        Ioc::Hash(_) => literal
            .split_once('=')
            .is_some_and(|(_, hash)| hash == value.to_uppercase()),
        Ioc::Cve(_) => literal.to_uppercase().contains(&value),
        _ => literal == value,
    }
}

/// A rule that is read is written so that it reads back as itself.
pub(crate) fn sigma(data: &[u8]) {
    documents(&String::from_utf8_lossy(data));
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match SigmaRule::from_yaml(text) {
        Ok(rule) => {
            let yaml = emit::yaml(&rule);
            assert_eq!(SigmaRule::from_yaml(&yaml).as_ref(), Ok(&rule), "{yaml}");
        }
        Err(line) => assert!(!line.contains('\n'), "{line:?}"),
    }
}

/// The line of a document, and its value, or its text where it has none.
type Value = (usize, Result<Node, String>);

/// Many documents at a time and one by one are the same.
fn documents(text: &str) {
    let read = |most| -> Result<Vec<Value>, Broken> {
        let mut reader = Reader::new(text);
        let mut all = Vec::new();
        loop {
            let some = reader.some(most)?;
            if some.is_empty() {
                return Ok(all);
            }
            all.extend(
                some.iter()
                    .map(|document| (document.line, document.value().map_err(str::to_owned))),
            );
        }
    };
    let whole = read(usize::MAX);
    let lines = text.lines().count().max(1);
    match &whole {
        Ok(all) => assert!(all.iter().all(|(line, _)| (1..=lines).contains(line))),
        Err(broken) => assert!(!broken.what.contains('\n')),
    }
    // NaN is not itself; no such number is read.
    assert_eq!(read(1).is_ok(), whole.is_ok());
    if let (Ok(one), Ok(other)) = (read(1), whole) {
        assert_eq!(one, other);
    }
}

//! One indicator has one id, whatever way it came: what is canonical reads as itself, and undoing a defanged spelling a second
//! time undoes nothing.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::Config;
use socdef_sigma::compile::{Intake, Settings};
use socdef_sigma::indicator::{Expect, parse, parse_as, parse_date, refang};
use socdef_sigma::source::{Format, Input, ReadOptions};
use socdef_sigma::{Ioc, IocType};

use uuid::Uuid;

use super::config;

/// What spellings of indicators are made of, and what stands around them.
const PIECES: [&str; 117] = [
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    "<",
    ">",
    "[[",
    "]]",
    ".",
    "dot",
    "d0t",
    "DOT",
    "at",
    "@",
    ",",
    ":",
    "://",
    "/",
    "//",
    "\\",
    "\\\\",
    "[.]",
    "[[.]]",
    "(.)",
    "((.))",
    "{.}",
    "{{.}}",
    "<.>",
    "[:]",
    "[[:]]",
    "[://]",
    "[/]",
    "[//]",
    "[@]",
    "[at]",
    "(at)",
    "[dot]",
    "[dot[dot]]",
    "[.[.]]",
    "\\[.\\]",
    "\\.",
    "[.",
    ".]",
    "(.",
    ".)",
    "[,]",
    "[ . ]",
    "( dot )",
    " dot ",
    " at ",
    "[s]",
    " ",
    "  ",
    "\t",
    "http",
    "hxxp",
    "hXXps",
    "h**p",
    "h__ps",
    "fxp",
    "ftp",
    "https",
    "http://",
    "hxxp[[:]]//",
    "tcp://",
    "mailto:",
    "evil",
    "example",
    "evil.example",
    "a.evil.example",
    "archive.zip",
    "bücher.example",
    "evil。example",
    "e",
    "x",
    "a",
    "b@evil.example",
    "203.0.113.7",
    "203.0.113.0/24",
    "2001:db8::1",
    "[2001:db8::1]",
    "::ffff:203.0.113.7",
    "%eth0",
    ":80",
    ":8080",
    "?",
    "#",
    "&",
    "=",
    "*",
    "*.",
    "%",
    "%41",
    "%20",
    "%TEMP%",
    "%APPDATA%",
    "C:\\",
    "\\\\203.0.113.7\\share",
    "HKLM\\Software\\",
    "\\Device\\",
    "file:///",
    "\"",
    "'",
    "`",
    "\u{201c}",
    "\u{201d}",
    "\u{2018}",
    "\u{2019}",
    "é",
    "ﬀ",
    "\u{a0}",
    "\u{2003}",
    "-",
    "CVE-2024-12345",
    "a010d5449d29a1916827fdb443e3c84c405cb2a5",
];

/// A spelling: pieces in any order, more often with a host and a scheme at the front than not.
fn spelling() -> impl Strategy<Value = String> {
    let head = select(
        &[
            "",
            "",
            "http://e.example/",
            "http://e.example",
            "hxxp://e[.]example/a?b=",
            "a",
            "C:\\",
            "HKLM\\Software\\",
            "\\",
            "/",
        ][..],
    );
    let tail = select(
        &[
            "",
            "",
            "b",
            ".example",
            "@evil.example",
            ".exe",
            "\\x",
            "/x",
            "\"",
        ][..],
    );
    (head, vec(select(&PIECES[..]), 0..9), tail)
        .prop_map(|(head, pieces, tail)| format!("{head}{}{tail}", pieces.concat()))
}

/// Everything that a feed may say a value is.
fn expectations() -> Vec<Expect> {
    let mut all = vec![Expect::Any, Expect::Address, Expect::Host, Expect::Hash];
    all.extend(IocType::all().iter().map(|kind| Expect::Type(*kind)));
    all
}

/// What must hold of each value that was read.
fn reads_as_itself(ioc: &Ioc, text: &str) -> Result<(), TestCaseError> {
    let canonical = ioc.to_string();
    let again = parse_as(Expect::Type(ioc.ioc_type()), &canonical);
    prop_assert_eq!(
        again.as_ref().map(|parsed| &parsed.ioc),
        Ok(ioc),
        "{:?} as {:?}",
        text,
        canonical
    );
    // Where the type is not told, it is found or the value is refused; it is never another one.
    if let Ok(found) = parse(&canonical)
        && ioc.ioc_type().plugin().is_default
    {
        prop_assert_eq!(&found.ioc, ioc, "{:?} as {:?}, of no type", text, canonical);
        prop_assert_eq!(found.ioc.id(), ioc.id());
    }
    let document: Ioc = serde_json::from_str(&serde_json::to_string(ioc).unwrap()).unwrap();
    prop_assert_eq!(&document, ioc);
    Ok(())
}

fn holds(text: &str) -> Result<(), TestCaseError> {
    let once = refang(text);
    prop_assert_eq!(refang(&once), &*once, "{:?}", text);
    for expect in expectations() {
        let Ok(parsed) = parse_as(expect, text) else {
            continue;
        };
        reads_as_itself(&parsed.ioc, text)?;
    }
    Ok(())
}

/// They are cheap; `PROPTEST_CASES` asks for more of them.
fn many() -> Config {
    let asked = std::env::var("PROPTEST_CASES").ok();
    Config {
        cases: asked.and_then(|cases| cases.parse().ok()).unwrap_or(2048),
        ..config()
    }
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn what_is_canonical_reads_as_itself(text in spelling()) {
        holds(&text)?;
    }

    /// The few characters that brackets are made of, in any order.
    #[test]
    fn no_nest_of_brackets_is_undone_by_halves(nest in "[\\[\\](){}<>.:/@, \\\\dot]{0,14}", head in select(&["http://e.example/", "e", "http://e"][..])) {
        holds(&format!("{head}{nest}x"))?;
        holds(&format!("{head}{nest}x.example"))?;
        holds(&format!("{head}{nest}x@evil.example"))?;
    }
}

/// The indicators that are kept of a file.
fn kept(format: Format, text: &str) -> Vec<(String, Uuid)> {
    let options = ReadOptions {
        format: Some(format),
        ..ReadOptions::default()
    };
    let mut intake = Intake::new(64);
    intake
        .read(
            &Input::from_bytes("input", text.as_bytes()),
            &options,
            &mut |_| Ok(()),
        )
        .unwrap();
    let (kept, _) = intake.select(&Settings::new(parse_date("2026-05-17").unwrap()));
    kept.iter()
        .map(|indicator| (indicator.ioc.to_string(), indicator.ioc.id()))
        .collect()
}

fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

/// Every way in: a list, a column with a type, the endpoint's documents, and text.
#[test]
fn a_value_is_one_indicator_by_every_door() {
    for (kind, given, canonical) in [
        ("url", "http://e.example/a[[.]]b", "http://e.example/a.b"),
        (
            "url",
            "http://e.example/a[[[[.]]]]b",
            "http://e.example/a.b",
        ),
        ("url", "http://e.example/a((.))b", "http://e.example/a.b"),
        ("url", "http://e.example/a{{.}}b", "http://e.example/a.b"),
        (
            "url",
            "http://e.example/a[(.)]b?c[[:]]d",
            "http://e.example/a.b?c:d",
        ),
        (
            "url",
            "http://e.example/a[.[.]]b",
            "http://e.example/a[..]b",
        ),
        (
            "url",
            "http://e.example/a[dot[dot]]b",
            "http://e.example/a[dot.]b",
        ),
        ("url", r"http://e.example/a\[.\]b", "http://e.example/a.b"),
        ("url", "hxxp[[:]]//e[[.]]example/x", "http://e.example/x"),
        ("url", "hxxp[[://]]e.example[[/]]x", "http://e.example/x"),
        (
            "url",
            "hxxp[[s]][[:]][[//]]e.example/x",
            "https://e.example/x",
        ),
        (
            "url",
            "http://e.example/a%5B.%5Db",
            "http://e.example/a%5B.%5Db",
        ),
        (
            "url",
            "http://e.example/report[PDF].exe",
            "http://e.example/report[PDF].exe",
        ),
        (
            "url",
            "http://e.example/a[.b?c=http://d[.e",
            "http://e.example/a[.b?c=http://d[.e",
        ),
        (
            "url",
            "e.example/a?c=http://d[.e",
            "http://e.example/a?c=http://d[.e",
        ),
        ("url", r"HTTP://E.EXAMPLE:\.b", "http://e.example/.b"),
        ("domain", "evil[[.]]example", "evil.example"),
        ("domain", "evil[[[.example", "evil.example"),
        ("domain", "evil.]]]example", "evil.example"),
        ("domain", r"evil\[.\]example", "evil.example"),
        ("domain", "evil[[dot]]example", "evil.example"),
        ("domain", "evil{[.}example", "evil.example"),
        ("email", "a[[at]]evil((dot))example", "a@evil.example"),
        ("email", "a{{.}}b[[@]]evil.example", "a.b@evil.example"),
        ("ipv4", "203[[.]]0[[.]]113[[.]]7", "203.0.113.7"),
        ("ipv6", "2001[[:]]db8[[:]][[:]]1", "2001:db8::1"),
    ] {
        let json = |value: &str| {
            serde_json::json!({"meta": {"total": 1}, "data": [{"id": "x", "type": kind, "value": value}], "links": {}})
                .to_string()
        };
        let csv = |value: &str| format!("type,value\n{kind},{}\n", quoted(value));
        let typed = kept(Format::Csv, &csv(given));
        let expected = vec![(
            canonical.to_owned(),
            typed.first().unwrap_or_else(|| panic!("{given}")).1,
        )];
        assert_eq!(typed, expected, "{given}");
        for value in [given, canonical] {
            for (format, text) in [
                (Format::Csv, csv(value)),
                (Format::Socdef, json(value)),
                (Format::Txt, format!("{value}\n")),
                (Format::Txt, format!("* {value}\n")),
            ] {
                assert_eq!(kept(format, &text), expected, "{format}: {value}");
            }
        }
        // In text a live name may be any word, a live mail address is that of somebody, and a URL begins with its scheme.
        let is_sure =
            |value: &str| !["domain", "email"].contains(&kind) && !value.starts_with("e.example");
        for value in [given, canonical]
            .into_iter()
            .filter(|value| is_sure(value))
        {
            let text = format!("It was seen at `{value}` today.\n");
            let found = kept(Format::Text, &text);
            assert_eq!(found, expected, "{text}");
        }
    }
}

#[test]
fn a_canonical_value_is_not_longer_than_a_value_may_be() {
    for text in [
        format!("http://e.example/{}", "é".repeat(4000)),
        format!("e.example/{}", "a".repeat(8192 - 10)),
        format!("%APPDATA%\\{}", "abcdefgh\\".repeat(112)),
    ] {
        holds(&text).unwrap();
    }
}

//! A fixed amount of work for each stage, for counting instructions: `work STAGE COUNT`.
//!
//! `work merge-NAME COUNT` merges so many records, or entries of one record, of one indicator; `work merge` lists the names.
//! `work nasty-NAME BYTES` reads so many bytes that are made to be slow, by every reader of text; `work nasty` lists the names.
//! `work compile COUNT` prints the seconds of the compile stage, and `work values COUNT` the values themselves.
//! `tests/python/test_instructions.py` runs it under callgrind, and `make bench` as it is; `benches/count/` builds it for both.

// A program for measuring: it may stop at the first surprise, and prints what it did.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod mix;

use std::time::{Duration, Instant};

use socdef_sigma::Confidence;
use socdef_sigma::compile::{Compiler, Settings, Stream};
use socdef_sigma::indicator::{Indicator, parse, parse_date};
use socdef_sigma::render::{self, RenderSettings};
use socdef_sigma::report::Report;
use socdef_sigma::rule::emit;
use socdef_sigma::skeleton::Skeletons;
use socdef_sigma::source::{Format, Input, ReadOptions};
use socdef_sigma::template::Selection;

fn main() {
    // `cargo bench` adds an argument of its own.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let stage = arguments.first().map_or("all", String::as_str);
    let count: usize = arguments
        .get(1)
        .map_or(2000, |count| count.parse().unwrap());
    if stage == "values" {
        mix::values(count).for_each(|value| println!("{value}"));
        return;
    }
    if stage == "compile" {
        println!("compile {count} {}", compiling(count).as_secs_f64());
        return;
    }
    if stage == "nasty" {
        NASTY.iter().for_each(|(name, ..)| println!("{name}"));
        return;
    }
    if stage == "merge" {
        MERGES.iter().for_each(|(name, ..)| println!("{name}"));
        return;
    }
    if let Some(name) = stage.strip_prefix("merge-") {
        println!("{stage} {count} {}", merging(name, count));
        return;
    }
    if let Some(name) = stage.strip_prefix("nasty-") {
        println!("{stage} {count} {}", reading_nasty(name, count));
        return;
    }
    for (name, work) in STAGES {
        if stage == "all" || stage == *name {
            println!("{name} {count} {}", work(count));
        }
    }
}

/// A stage: gives a number that depends on all that was made, so that nothing is left out.
type Stage = fn(usize) -> usize;

const STAGES: &[(&str, Stage)] = &[
    ("parse", parsing),
    ("read", reading),
    ("render", rendering),
    ("fill", filling),
    ("stream", streaming),
];

fn settings() -> Settings {
    Settings::new(parse_date("2026-05-17").unwrap())
}

fn render_settings() -> RenderSettings {
    RenderSettings {
        now: settings().now,
        default_confidence: Confidence::Medium,
    }
}

fn indicators(count: usize) -> Vec<Indicator> {
    mix::values(count)
        .map(|value| Indicator::new(parse(&value).unwrap()))
        .collect()
}

fn parsing(count: usize) -> usize {
    indicators(count).len()
}

fn input(count: usize) -> Input {
    let lines: Vec<String> = mix::values(count).collect();
    Input::from_bytes("list.txt", lines.join("\n").into_bytes())
}

fn reading(count: usize) -> usize {
    let input = input(count);
    let found = socdef_sigma::source::read(&input, &ReadOptions::default()).unwrap();
    found.map(Result::unwrap).count()
}

/// Inputs that cost most where a recogniser looks at the same bytes again and again: what is repeated, what stands before it and
/// behind it.
const NASTY: &[(&str, &str, &str, &str)] = &[
    ("dots", "", ".", ""),
    ("labels", "", "a.", ""),
    ("defanged-dots", "", "[.]", ""),
    ("defanged-labels", "", "a[.]", "net"),
    ("brackets", "", "[", ""),
    ("bracket-pairs", "", "[](", ")"),
    ("parentheses", "http://a.example/", "(", ")"),
    ("slashes", "", "/", ""),
    ("schemes", "", "hxxp://", ""),
    ("schemes-inside", "http://a.example/", "http://", ""),
    ("digits", "", "1", ""),
    ("octets", "", "1.", ""),
    ("groups", "", "a:", ""),
    ("hexadecimal", "", "0a", ""),
    ("ats", "", "a@", ""),
    ("dashes", "", "1-", ""),
    ("cves", "", "CVE-2024-", ""),
    ("quotes", "", "\"", ""),
    ("backticks", "", "`+", ""),
    ("pipes", "", "|", ""),
    ("commas", "a,b,", "a,", ""),
    ("entities", "", "&amp;", ""),
    ("tags", "", "<a ", ">"),
    ("open-tags", "", "<b>", ""),
    ("spaces", "a", " ", "b"),
    ("bullets", "", "- ", "x"),
    ("escapes", "", "\\_", ""),
    ("stars", "", "*a", ""),
    ("words", "", "word ", ""),
    ("values", "", "198.51.100.7 evil[.]example ", ""),
    ("lines", "", "- a[.]b.example: 198.51.100.7, x\n", ""),
    ("headings", "", "# a\n", ""),
    ("empty-lines", "", "\n", ""),
];

/// Reads a nasty input of so many bytes as each format that is text.
fn reading_nasty(name: &str, bytes: usize) -> usize {
    let (_, before, part, behind) = NASTY.iter().find(|nasty| nasty.0 == name).unwrap();
    let mut text = (*before).to_owned();
    while text.len() + part.len() + behind.len() <= bytes {
        text.push_str(part);
    }
    text.push_str(behind);
    let formats = ["txt", "text", "csv", "html"];
    let formats = formats
        .iter()
        .filter_map(|name| name.parse::<Format>().ok());
    let mut found = 0;
    for format in formats {
        let input = Input::from_bytes("input", text.as_bytes());
        let options = ReadOptions {
            format: Some(format),
            ..ReadOptions::default()
        };
        // A line can be too long, and then it says so.
        if let Ok(stream) = socdef_sigma::source::read(&input, &options) {
            found += stream.count();
        }
    }
    found
}

/// Feeds that all speak of one indicator, each time with something else, and what makes them: their records, or the entries
/// of the list of one record.
const MERGES: &[(&str, Records)] = &[
    ("spellings", |at| {
        format!("http://u{at}@evil.example/x#{at}")
    }),
    ("sources", |at| {
        record(&format!(r#""source": {{"feed_name": "feed {at}"}}"#))
    }),
    ("articles", |at| {
        record(&format!(
            r#""source": {{"feed_name": "f", "article_title": "{at}"}}"#
        ))
    }),
    ("contexts", |at| {
        record(&format!(r#""context": "text {at}""#))
    }),
    ("tags", |at| record(&format!(r#""tags": ["tag{at}"]"#))),
    ("references", |at| {
        record(&format!(r#""references": ["https://report.example/{at}"]"#))
    }),
    ("producers", |at| {
        record(&format!(r#""producers": ["producer {at}"]"#))
    }),
    ("sectors", |at| {
        record(&format!(r#""industries": ["sector {at}"]"#))
    }),
    ("dates", |at| {
        record(&format!(r#""last_seen": {}"#, 1_700_000_000 + at))
    }),
    ("tags-of-one", |at| format!("tag{at}")),
    ("references-of-one", |at| {
        format!("https://report.example/{at}")
    }),
    ("mitre_techniques-of-one", |at| format!("T{at}")),
    ("producers-of-one", |at| format!("producer {at}")),
    ("industries-of-one", |at| format!("sector {at}")),
];

/// Makes the record of a number.
type Records = fn(usize) -> String;

fn record(part: &str) -> String {
    format!(r#"{{"type": "ipv4", "value": "198.51.100.7", {part}}}"#)
}

/// Merges as a run without filters does, and as one does whose filter judges each voice.
fn merging(name: &str, count: usize) -> usize {
    let (_, of) = MERGES.iter().find(|merge| merge.0 == name).unwrap();
    let all: Vec<String> = (0..count).map(of).collect();
    let text = match name.strip_suffix("-of-one") {
        Some(list) => record(&format!(r#""{list}": ["{}"]"#, all.join(r#"", ""#))),
        None => all.join("\n"),
    };
    let input = Input::from_bytes("feed", text.into_bytes());
    let format = match name {
        "spellings" => Format::Txt,
        _ => Format::Socdef,
    };
    let judging = Settings {
        min_confidence: Some(Confidence::Low),
        ..settings()
    };
    let options = ReadOptions {
        format: Some(format),
        ..ReadOptions::default()
    };
    let mut size = 0;
    for settings in [settings(), judging] {
        let stream = Stream {
            inputs: std::slice::from_ref(&input),
            options: &options,
            settings: &settings,
            merge: true,
        };
        let compiler = Compiler::new(&settings);
        let mut text = String::new();
        let mut take = |batch: &[Indicator], report: &mut Report| {
            compiler.documents(batch, report, &mut text);
            Ok(())
        };
        stream
            .run(&mut Report::new(32), &mut |_, _| Ok(()), &mut take)
            .unwrap();
        size += text.len();
    }
    size
}

fn rendering(count: usize) -> usize {
    let settings = render_settings();
    let selection = Selection::registered();
    indicators(count)
        .iter()
        .map(|indicator| {
            let template = selection.of_indicator(indicator).next().unwrap();
            emit::yaml(&render::rule(template, indicator, &settings).unwrap()).len()
        })
        .sum()
}

fn filling(count: usize) -> usize {
    let settings = render_settings();
    let selection = Selection::registered();
    let skeletons = Skeletons::default();
    let mut out = String::new();
    let mut size = 0;
    for indicator in indicators(count) {
        out.clear();
        let template = selection.of_indicator(&indicator).next().unwrap();
        skeletons
            .yaml(template, &indicator, &settings, &mut out)
            .unwrap();
        size += out.len();
    }
    size
}

/// The time of the compile stage alone: indicators to text, on all cores.
fn compiling(count: usize) -> Duration {
    let indicators = indicators(count);
    let compiler = Compiler::new(&settings());
    let mut report = Report::new(32);
    let mut text = String::new();
    let begin = Instant::now();
    for batch in indicators.chunks(8192) {
        text.clear();
        compiler.documents(batch, &mut report, &mut text);
    }
    begin.elapsed()
}

fn streaming(count: usize) -> usize {
    let input = input(count);
    let settings = settings();
    let compiler = Compiler::new(&settings);
    let stream = Stream {
        inputs: std::slice::from_ref(&input),
        options: &ReadOptions::default(),
        settings: &settings,
        merge: true,
    };
    let mut size = 0;
    let mut text = String::new();
    stream
        .run(
            &mut Report::new(32),
            &mut |_, _| Ok(()),
            &mut |batch, report| {
                text.clear();
                compiler.documents(batch, report, &mut text);
                size += text.len();
                Ok(())
            },
        )
        .unwrap();
    size
}

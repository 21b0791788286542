//! A fixed amount of work for each stage, for counting instructions: `work STAGE COUNT`.
//!
//! `work compile COUNT` prints the seconds of the compile stage, and `work values COUNT` the values themselves.
//! `tests/python/test_instructions.py` runs it under callgrind, and `make bench` as it is; `benches/count/` builds it for both.

// A program for measuring: it may stop at the first surprise, and prints what it did.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod mix;

use std::time::{Duration, Instant};

use socdef_sigma::compile::{Compiler, Settings, Stream};
use socdef_sigma::indicator::{Indicator, parse, parse_date};
use socdef_sigma::render::{self, RenderSettings};
use socdef_sigma::report::Report;
use socdef_sigma::shape::Shapes;
use socdef_sigma::source::{Input, ReadOptions};
use socdef_sigma::template::Selection;
use socdef_sigma::{Confidence, emit};

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
    let shapes = Shapes::default();
    let mut out = String::new();
    let mut size = 0;
    for indicator in indicators(count) {
        out.clear();
        let template = selection.of_indicator(&indicator).next().unwrap();
        shapes
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

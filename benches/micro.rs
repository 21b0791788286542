//! Micro-benchmarks of what a run does a million times: `cargo bench --bench micro`, with a part of a name to run only those.

// A program for measuring: it may stop at the first surprise.
#![allow(clippy::unwrap_used, missing_docs)]

mod mix;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use socdef_sigma::document::Reader;
use socdef_sigma::indicator::{Indicator, IocType, parse, parse_date};
use socdef_sigma::render::RenderSettings;
use socdef_sigma::rule::emit;
use socdef_sigma::skeleton::Skeletons;
use socdef_sigma::template::Selection;
use socdef_sigma::{Confidence, render};

/// How many values of the mix are looked at: enough for every type.
const COUNT: usize = 1000;

fn settings() -> RenderSettings {
    RenderSettings {
        now: parse_date("2026-05-17").unwrap(),
        default_confidence: Confidence::Medium,
    }
}

fn indicators() -> Vec<Indicator> {
    mix::values(COUNT)
        .map(|value| Indicator::new(parse(&value).unwrap()))
        .collect()
}

/// A text to its canonical form, by type.
fn parsing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    for kind in IocType::DEFAULT {
        let values: Vec<String> = mix::values(COUNT)
            .filter(|value| parse(value).unwrap().ioc.ioc_type() == kind)
            .collect();
        if values.is_empty() {
            continue;
        }
        group.throughput(Throughput::Elements(values.len() as u64));
        group.bench_function(kind.as_str(), |bencher| {
            bencher.iter(|| {
                for value in &values {
                    black_box(parse(black_box(value)).unwrap());
                }
            });
        });
    }
    group.finish();
}

/// A rule by its skeleton, by type; the skeletons are there.
fn filling(criterion: &mut Criterion) {
    let (settings, selection, skeletons) =
        (settings(), Selection::registered(), Skeletons::default());
    let mut group = criterion.benchmark_group("fill");
    for kind in IocType::DEFAULT {
        let indicators: Vec<Indicator> = indicators()
            .into_iter()
            .filter(|indicator| indicator.ioc.ioc_type() == kind)
            .collect();
        if indicators.is_empty() {
            continue;
        }
        let mut out = String::new();
        group.throughput(Throughput::Elements(indicators.len() as u64));
        group.bench_function(kind.as_str(), |bencher| {
            bencher.iter(|| {
                out.clear();
                for indicator in &indicators {
                    let template = selection.of_indicator(indicator).next().unwrap();
                    skeletons
                        .yaml(template, indicator, &settings, &mut out)
                        .unwrap();
                }
                black_box(&out);
            });
        });
    }
    group.finish();
}

/// A rule to text, a text in quotes, and a text back to a rule.
fn encoding(criterion: &mut Criterion) {
    let (settings, selection) = (settings(), Selection::registered());
    let rules: Vec<_> = indicators()
        .iter()
        .take(100)
        .map(|indicator| {
            let template = selection.of_indicator(indicator).next().unwrap();
            render::rule(template, indicator, &settings).unwrap()
        })
        .collect();
    let text: Vec<String> = rules.iter().map(emit::yaml).collect();
    let text = text.join("---\n");
    let mut group = criterion.benchmark_group("yaml");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("write", |bencher| {
        bencher.iter(|| {
            rules
                .iter()
                .map(emit::yaml)
                .map(|text| text.len())
                .sum::<usize>()
        });
    });
    group.bench_function("read", |bencher| {
        bencher.iter(|| {
            Reader::new(black_box(&text))
                .some(usize::MAX)
                .unwrap()
                .len()
        });
    });
    group.finish();
}

criterion_group!(benches, parsing, filling, encoding);
criterion_main!(benches);

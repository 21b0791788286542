//! The fuzz targets over their corpus: what a fuzzer once found stays found, on any toolchain.
//!
//! Where there is no fuzzer, the same bodies see the corpus with random changes.

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use socdef_sigma::source::Format;

#[path = "../../fuzz/bodies.rs"]
mod bodies;
#[path = "../../fuzz/ways_in.rs"]
mod ways_in;

/// A target: its name, which is that of its corpus, and what it does.
type Target = (&'static str, fn(&[u8]));

const TARGETS: [Target; 12] = [
    ("reader", every_reader),
    ("detect", bodies::detect),
    ("extract", bodies::extract),
    ("value", bodies::value),
    ("template", bodies::template),
    ("sigma", bodies::sigma),
    ("learner", socdef_sigma::fuzz_learner),
    ("merge", ways_in::merge),
    ("lists", ways_in::lists),
    ("front_matter", ways_in::front_matter),
    ("documents", ways_in::documents),
    ("parameters", ways_in::parameters),
];

/// Each reader gets the files of all formats: those of the others are its bad input.
fn every_reader(data: &[u8]) {
    for format in Format::ALL {
        bodies::reader(format, data);
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// The files of a target's corpus, sorted by name.
fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(folder().join("corpus").join(name)).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |path: PathBuf| {
        let data = fs::read(&path).unwrap();
        (path, data)
    };
    files.into_iter().map(read).collect()
}

#[test]
fn every_target_holds_over_its_corpus() {
    for (name, run) in TARGETS {
        let files = corpus(name);
        assert!(!files.is_empty(), "{name} has no corpus");
        for (path, data) in files {
            if let Err(panic) = std::panic::catch_unwind(|| run(&data)) {
                eprintln!("{}", path.display());
                std::panic::resume_unwind(panic);
            }
        }
    }
}

#[test]
fn the_targets_are_those_of_the_fuzzer() {
    let manifest = fs::read_to_string(folder().join("Cargo.toml")).unwrap();
    let bins: Vec<_> = manifest
        .lines()
        .filter_map(|line| {
            line.strip_prefix("path = \"targets/")?
                .strip_suffix(".rs\"")
        })
        .collect();
    assert_eq!(bins, TARGETS.map(|(name, _)| name));
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(if crate::is_full() { 64 } else { 32 })
    })]

    #[test]
    fn every_target_holds_over_what_is_made_of_its_corpus(
        first in any::<prop::sample::Index>(),
        second in any::<prop::sample::Index>(),
        cuts in any::<[prop::sample::Index; 2]>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
    ) {
        for (name, run) in TARGETS {
            let files = corpus(name);
            let (head, tail) = (first.get(&files), second.get(&files));
            let mut data = head.1[..cuts[0].index(head.1.len() + 1)].to_vec();
            data.extend_from_slice(&tail.1[cuts[1].index(tail.1.len() + 1)..]);
            for (at, byte) in &changes {
                if !data.is_empty() {
                    let at = at.index(data.len());
                    data[at] = *byte;
                }
            }
            run(&data);
        }
    }
}

//! One target for every format: the one that `FUZZ_FORMAT` names, else the one that the first byte picks. `FUZZ_FORMAT=list` prints them,
//! so that a new line in `Format` is a new target of `make fuzz`.
#![no_main]

use std::sync::LazyLock;

use socdef_sigma::source::Format;

#[path = "../bodies.rs"]
#[allow(dead_code)]
mod bodies;

static FORMAT: LazyLock<Option<Format>> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_FORMAT").ok()?;
    if name == "list" {
        Format::ALL.iter().for_each(|format| println!("{format}"));
        std::process::exit(0);
    }
    Some(name.parse().unwrap_or_else(|error| panic!("{error}")))
});

libfuzzer_sys::fuzz_target!(init: LazyLock::force(&FORMAT), |data: &[u8]| {
    match (*FORMAT, data) {
        (Some(format), _) => bodies::reader(format, data),
        (None, [first, rest @ ..]) => {
            bodies::reader(Format::ALL[usize::from(*first) % Format::ALL.len()], rest);
        }
        (None, []) => {}
    }
});

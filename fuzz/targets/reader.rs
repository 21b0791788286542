//! One target for every format, the one that `FUZZ_FORMAT` names: a new line in `Format` is a new target.
#![no_main]

use std::sync::LazyLock;

use socdef_sigma::source::Format;

#[path = "../bodies.rs"]
#[allow(dead_code)]
mod bodies;

static FORMAT: LazyLock<Format> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_FORMAT").unwrap_or_default();
    name.parse()
        .unwrap_or_else(|error| panic!("FUZZ_FORMAT: {error}"))
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::reader(*FORMAT, data));

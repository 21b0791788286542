#![no_main]

#[path = "../bodies.rs"]
#[allow(dead_code)]
mod bodies;
#[path = "../ways_in.rs"]
#[allow(dead_code)]
mod ways_in;

libfuzzer_sys::fuzz_target!(|data: &[u8]| ways_in::documents(data));

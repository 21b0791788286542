#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| socdef_sigma::fuzz_learner(data));

//! Parsers of option values that are more than a number: no panic, and the results keep the promises of their types.
#![no_main]

#[path = "../../tests/it/fuzz/checks.rs"]
#[allow(dead_code, reason = "the other targets use the rest")]
mod checks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::options(data));

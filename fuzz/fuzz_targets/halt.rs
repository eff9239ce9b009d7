//! `--halt`: no panic; a rule prints as text that parses to the same rule; a halted state stays halted.
#![no_main]

#[path = "../../tests/it/fuzz/checks.rs"]
#[allow(dead_code, reason = "the other targets use the rest")]
mod checks;

libfuzzer_sys::fuzz_target!(|data: (&str, &[u8], Option<u64>)| checks::halt(data));

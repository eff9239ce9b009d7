//! The template parser: no panic on any text; what it accepts fills without a panic, the same way each time, never makes a
//! word with a NUL, and a value that looks like a placeholder is not read again.
#![no_main]

#[path = "../../tests/it/fuzz/checks.rs"]
#[allow(dead_code, reason = "the other targets use the rest")]
mod checks;

libfuzzer_sys::fuzz_target!(|data: (u8, &[u8], Vec<&[u8]>)| checks::template(data));

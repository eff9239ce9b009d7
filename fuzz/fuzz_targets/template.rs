//! The template parser: it never panics. An accepted template fills without a panic, the same way each time, into words
//! without a NUL, and a value that looks like a placeholder stays as it is. Real shells, one and two of them nested
//! (`sh -c`), hand a value to the program byte for byte.
#![no_main]

#[path = "../../tests/it/fuzz/checks.rs"]
#[allow(dead_code, reason = "the other targets use the rest")]
mod checks;

libfuzzer_sys::fuzz_target!(|data: (u8, &[u8], Vec<&[u8]>)| checks::template(data));

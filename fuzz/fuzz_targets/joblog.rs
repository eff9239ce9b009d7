//! The joblog reader: no panic; the part that it calls whole reads the same again and ends at the same byte; in a log that
//! is cut at any byte it finds exactly the records before the cut.
#![no_main]

#[path = "../../tests/it/fuzz/checks.rs"]
#[allow(dead_code, reason = "the other targets use the rest")]
mod checks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::joblog(data));

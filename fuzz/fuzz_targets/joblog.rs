//! The joblog reader: no panic; what it calls whole reads the same again and stops where it said; cut anywhere, it finds
//! just the records before the cut.
#![no_main]

#[path = "../../tests/it/fuzz/checks.rs"]
#[allow(dead_code, reason = "the other targets use the rest")]
mod checks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::joblog(data));

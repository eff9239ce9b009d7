//! What is shown of a name: nothing in it moves a cursor, changes a colour or the direction of text; and the form of names
//! in JSON gives the bytes back.
#![no_main]

#[path = "../../tests/it/fuzz/checks.rs"]
#[allow(dead_code, reason = "the other targets use the rest")]
mod checks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::terminal(data));

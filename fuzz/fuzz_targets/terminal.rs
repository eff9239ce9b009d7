//! A name on the terminal: nothing in it moves the cursor or changes the colour or the direction of text. The form of names
//! in JSON restores the bytes.
#![no_main]

#[path = "../../tests/it/fuzz/checks.rs"]
#[allow(dead_code, reason = "the other targets use the rest")]
mod checks;

libfuzzer_sys::fuzz_target!(|data: &[u8]| checks::terminal(data));

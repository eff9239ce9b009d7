//! Parsers of option values that make something more than a number: no panic, and what their types promise.
#![no_main]

use apool::exec::TermSeq;
use apool::input::parse_delimiter;
use apool::run::retry::TimeoutRule;
use apool::run::results::split_pattern;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(delimiter) = parse_delimiter(bytes) {
        assert!(!delimiter.is_empty());
    }
    let (directory, rest) = split_pattern(bytes, &[b"{", b"<"]);
    assert!(directory == b"." || [directory, rest].concat() == bytes);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(sequence) = text.parse::<TermSeq>() {
        assert!(!sequence.steps().is_empty());
        assert!(sequence.steps().iter().all(|step| (1..=64).contains(&step.signal)));
    }
    if let Ok(TimeoutRule::OfMedian(times)) = text.parse() {
        assert!(times.is_finite() && times > 1.0);
    }
});

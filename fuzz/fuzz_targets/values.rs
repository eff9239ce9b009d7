//! The small languages of option values: no panic, and nothing outside what their types promise.
#![no_main]

use apool::run::ending::Ending;
use apool::run::parse;
use apool::run::retry::{StatusSet, TimeoutRule};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(duration) = parse::duration(text) {
        assert!(duration.as_secs_f64() <= 1e10);
    }
    if let Ok(ratio) = parse::ratio(text) {
        assert!(ratio.is_finite() && ratio >= 0.0);
    }
    if let Ok(count) = parse::count(text) {
        assert!(count.resolve(8.0).is_none_or(|workers| workers >= 1));
    }
    if let Ok(signal) = parse::signal(text) {
        assert!((1..=64).contains(&signal));
    }
    if let Ok(set) = text.parse::<StatusSet>() {
        assert!(!set.contains(Ending::Exited(0)));
    }
    let _ = (parse::size(text), text.parse::<TimeoutRule>());
});

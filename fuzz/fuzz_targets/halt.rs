//! `--halt`: no panic; what reads prints in a form that reads the same; once halted it stays halted.
#![no_main]

use apool::run::ending::Ending;
use apool::run::halt::{Halt, HaltRule, HaltState};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: (&str, &[u8], Option<u64>)| {
    let (text, endings, total) = data;
    let Ok(rule) = text.parse::<HaltRule>() else { return };
    assert_eq!(rule.to_string().parse(), Ok(rule));
    let mut state = HaltState::new(rule);
    let mut last = Halt::Go;
    for code in endings {
        let halt = state.ended(Ending::Exited(i32::from(*code)), total);
        assert!(last == Halt::Go || halt == last);
        last = halt;
    }
});

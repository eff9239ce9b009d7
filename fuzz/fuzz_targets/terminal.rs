//! What is shown of a name: nothing in it moves a cursor, changes a colour or the direction of text; and the form of names
//! in JSON gives the bytes back.
#![no_main]

use apool::escape;
use libfuzzer_sys::fuzz_target;

fn harmless(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fuzz_target!(|raw: &[u8]| {
    let shown = escape::visible(raw);
    assert!(shown.chars().all(harmless), "{shown:?}");
    assert!(escape::visible_tag(raw).chars().all(|c| harmless(c) || c == '\t'));
    assert!(escape::shown(raw, 40).chars().all(harmless));
    assert_eq!(escape::bytes(&escape::text(raw)), raw);
});

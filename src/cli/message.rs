//! What apool says about itself: one line on standard error, `apool: WHAT: WHY`. Never panics on a broken stderr, and
//! nothing in it can move the cursor: names are made visible before they get here.

use std::io::Write;

/// Prints one line after `apool: `. Used before and after a run; during one the sink owns the terminal.
pub fn say(text: &str) {
    let mut line = String::with_capacity(text.len() + 8);
    line.push_str("apool: ");
    line.push_str(text.trim_end_matches('\n'));
    line.push('\n');
    // One write, so that lines of several programs on one terminal do not mix. A failure has nowhere to be told.
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
}

//! What apool says about itself: one line on standard error, `apool: WHAT: WHY`. Never panics on a broken stderr, and
//! nothing in it can move the cursor: names are made visible before they get here.

use super::exit::Exit;
use crate::sys::{errno, fds};
use std::io::{self, ErrorKind, Write};

/// Prints one line after `apool: `. Used before and after a run; during one the sink owns the terminal.
pub fn say(text: &str) {
    let mut line = String::with_capacity(text.len() + 8);
    line.push_str("apool: ");
    line.push_str(text.trim_end_matches('\n'));
    line.push('\n');
    // One write, so that lines of several programs on one terminal do not mix. A failure has nowhere to be told.
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
}

/// How it ends when all that was asked for is this text on standard output: `done` is what came of writing it.
pub fn printed(done: io::Result<()>) -> Exit {
    // The standard library takes a closed standard output for one that takes everything.
    let open = fds::open_at_start(1);
    match done.and_then(|()| if open { Ok(()) } else { Err(io::Error::from_raw_os_error(errno::EBADF)) }) {
        Ok(()) => Exit::Success,
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Exit::BrokenPipe,
        Err(error) => {
            say(&format!("cannot write the output: {}", errno::words(&error)));
            Exit::Trouble
        }
    }
}

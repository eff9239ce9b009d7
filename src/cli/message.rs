//! Messages of apool: one line on standard error, `apool: WHAT: WHY`. A broken stderr causes no panic. Callers escape all
//! names, so a message contains no control characters.

use super::exit::Exit;
use crate::sys::{errno, fds};
use std::io::{self, ErrorKind, Write};

/// Prints one line with the prefix `apool: `. Only for the time before and after a run: during a run the sink prints.
pub fn say(text: &str) {
    say_as("apool", text);
}

/// [`say`] under another name.
pub fn say_as(name: &str, text: &str) {
    let mut line = String::with_capacity(name.len() + text.len() + 3);
    line.push_str(name);
    line.push_str(": ");
    line.push_str(text.trim_end_matches('\n'));
    line.push('\n');
    // A single write keeps the lines of several programs on one terminal apart. A failure cannot be reported.
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
}

/// The exit of a command that only prints a text, such as `--version`. `done`: the result of the write.
pub fn printed(done: io::Result<()>) -> Exit {
    // The standard library ignores writes to a closed standard output.
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

//! `-p`: a prompt on the terminal before each command runs. Only one worker prompts at a time. The input and output of
//! the jobs are not used.

use crate::sys::tty::Terminal;
use std::io;
use std::sync::{Mutex, PoisonError};

/// The terminal, locked for one prompt at a time.
#[derive(Debug)]
pub struct Prompt(Mutex<Terminal>);

impl Prompt {
    /// Opens the controlling terminal.
    pub fn open() -> io::Result<Prompt> {
        Ok(Prompt(Mutex::new(Terminal::open()?)))
    }

    /// True when the answer begins with `y` or `Y`. False without an answer, and when `goes_on` becomes false, because
    /// the run stops.
    pub fn confirm(&self, command: &str, goes_on: &dyn Fn() -> bool) -> bool {
        let terminal = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !goes_on() {
            return false;
        }
        let prompted = terminal.write(format!("{command} ?...").as_bytes());
        let confirmed =
            prompted.is_ok() && matches!(terminal.read_line(goes_on).as_deref(), Ok([b'y' | b'Y', ..]));
        if !confirmed && !goes_on() {
            // The line of the prompt is still open. A failure to end it changes nothing.
            let _ = terminal.write(b"\n");
        }
        confirmed
    }
}

//! `-p`: asks on the terminal before a command is run. One question at a time, whichever worker asks; the jobs' input
//! and output have nothing to do with it.

use crate::sys::tty::Terminal;
use std::io;
use std::sync::{Mutex, PoisonError};

/// The terminal, and the right to use it.
#[derive(Debug)]
pub struct Asker(Mutex<Terminal>);

impl Asker {
    /// Opens the controlling terminal.
    pub fn open() -> io::Result<Asker> {
        Ok(Asker(Mutex::new(Terminal::open()?)))
    }

    /// True when the answer begins with `y` or `Y`. No answer, or the end of the run while waiting for one, is a no.
    pub fn agrees(&self, command: &str, still: &dyn Fn() -> bool) -> bool {
        let terminal = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !still() {
            return false;
        }
        let asked = terminal.write(format!("{command} ?...").as_bytes());
        let agreed = asked.is_ok() && matches!(terminal.read_line(still).as_deref(), Ok([b'y' | b'Y', ..]));
        if !agreed && !still() {
            // Nobody has ended the line of the question. A failure has nowhere to be told.
            let _ = terminal.write(b"\n");
        }
        agreed
    }
}

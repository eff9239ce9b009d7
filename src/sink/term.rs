//! What indicatif draws on: our own standard error, by the very handle that the jobs' outputs go through.
//!
//! Its own terminal type would open a second way to the terminal and read the environment. Everything of one drawing is
//! gathered and written at once, so that a terminal never shows half a view. Errors are ignored: a view is no output.

use super::output::Output;
use indicatif::TermLike;
use std::fmt::Write as _;
use std::io;
use std::sync::{Mutex, PoisonError};

/// What is assumed of a terminal that does not say its size.
const SIZE: (u16, u16) = (80, 24);

/// The place where the view is drawn.
#[derive(Debug)]
pub(super) struct Screen {
    output: Output,
    pending: Mutex<String>,
}

impl Screen {
    pub(super) fn new(output: Output) -> Screen {
        Screen { output, pending: Mutex::default() }
    }

    fn add(&self, add: impl FnOnce(&mut String)) {
        add(&mut self.pending.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// A movement; none at all for zero, which terminals take for one.
    fn go(&self, n: usize, direction: char) {
        if n > 0 {
            self.add(|text| {
                let _ = write!(text, "\x1b[{n}{direction}");
            });
        }
    }
}

/// Columns and rows of a terminal, or what is assumed of one that does not say.
pub(super) fn size(output: &Output) -> (u16, u16) {
    output.size().unwrap_or(SIZE)
}

impl TermLike for Screen {
    fn width(&self) -> u16 {
        size(&self.output).0
    }

    fn height(&self) -> u16 {
        size(&self.output).1
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.go(n, 'A');
        Ok(())
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.go(n, 'B');
        Ok(())
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.go(n, 'C');
        Ok(())
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.go(n, 'D');
        Ok(())
    }

    fn write_line(&self, line: &str) -> io::Result<()> {
        self.add(|text| text.extend([line, "\n"]));
        Ok(())
    }

    fn write_str(&self, part: &str) -> io::Result<()> {
        self.add(|text| text.push_str(part));
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.add(|text| text.push_str("\r\x1b[2K"));
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        let mut text = String::new();
        self.add(|pending| text = std::mem::take(pending));
        // Lines are filled with blanks up to the last column, which is how one gets to the next; after the last line the
        // cursor stays behind the text, so that what the terminal itself writes there (`^C`) does not open a new line.
        let _ = self.output.write_bytes(text.trim_end_matches(' ').as_bytes());
        Ok(())
    }
}

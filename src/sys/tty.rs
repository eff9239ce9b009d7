//! Terminals: is it one, how large, does this process have one.

use rustix::fs::{Mode, OFlags};
use std::os::fd::AsFd;

/// Whether the descriptor is a terminal.
pub fn is_terminal(fd: impl AsFd) -> bool {
    rustix::termios::isatty(fd)
}

/// Columns and rows; `None` when it is no terminal or does not know.
pub fn size(fd: impl AsFd) -> Option<(u16, u16)> {
    let size = rustix::termios::tcgetwinsize(fd).ok()?;
    (size.ws_col > 0).then_some((size.ws_col, size.ws_row))
}

/// Whether this process has a controlling terminal, so that a job in the background could be stopped for reading it.
pub fn has_controlling() -> bool {
    rustix::fs::open("/dev/tty", OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOCTTY, Mode::empty()).is_ok()
}

/// Whether we are the terminal's foreground group, that is, whether it is ours to draw on and to read.
pub fn in_foreground(fd: impl AsFd) -> bool {
    rustix::termios::tcgetpgrp(fd).is_ok_and(|group| group == rustix::process::getpgrp())
}

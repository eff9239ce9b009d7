//! Terminals: their size, their settings, and the controlling terminal.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use std::io;
use std::os::fd::{AsFd, OwnedFd};

/// Whether the descriptor is a terminal.
pub fn is_terminal(fd: impl AsFd) -> bool {
    rustix::termios::isatty(fd)
}

/// The number of the device.
pub fn device(fd: impl AsFd) -> Option<u64> {
    rustix::fs::fstat(fd).ok().map(|stat| stat.st_rdev)
}

/// Columns and rows. `None` for other descriptors and for an unknown size.
pub fn size(fd: impl AsFd) -> Option<(u16, u16)> {
    let size = rustix::termios::tcgetwinsize(fd).ok()?;
    (size.ws_col > 0).then_some((size.ws_col, size.ws_row))
}

/// Whether this process has a controlling terminal, which can stop a background job that reads it.
pub fn has_controlling() -> bool {
    rustix::fs::open("/dev/tty", OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOCTTY, Mode::empty()).is_ok()
}

/// Whether the controlling terminal stops background processes that write to it (`stty tostop`).
pub fn stops_background_output() -> bool {
    let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOCTTY;
    let Ok(terminal) = rustix::fs::open("/dev/tty", flags, Mode::empty()) else { return false };
    rustix::termios::tcgetattr(terminal)
        .is_ok_and(|set| set.local_modes.contains(rustix::termios::LocalModes::TOSTOP))
}

/// False for a terminal that another program uses: apool is in the background, or a program beside it (a pager) reads
/// each key and so draws on the whole terminal. True for everything else.
pub fn is_foreground(fd: impl AsFd) -> bool {
    let group = rustix::termios::tcgetpgrp(&fd);
    group.map_or(true, |group| group == rustix::process::getpgrp()) && !reads_keys(&fd)
}

fn reads_keys(fd: &impl AsFd) -> bool {
    use rustix::termios::LocalModes;
    rustix::termios::tcgetattr(fd).is_ok_and(|set| !set.local_modes.contains(LocalModes::ICANON))
}

/// The controlling terminal, for questions to the user.
#[derive(Debug)]
pub struct Terminal(OwnedFd);

/// How often a wait for an answer checks whether the answer is still wanted.
const POLL: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

impl Terminal {
    /// Opens the controlling terminal.
    pub fn open() -> io::Result<Terminal> {
        let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOCTTY;
        Ok(Terminal(rustix::fs::open("/dev/tty", flags, Mode::empty())?))
    }

    /// Writes all bytes.
    pub fn write(&self, bytes: &[u8]) -> io::Result<()> {
        super::io::write_all(&self.0, bytes)
    }

    /// Reads up to the end of a line, as long as `wanted` returns true.
    pub fn read_line(&self, wanted: &dyn Fn() -> bool) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        while wanted() {
            let mut fds = [PollFd::new(&self.0, PollFlags::IN)];
            if poll(&mut fds, Some(&POLL)).is_ok_and(|ready| ready > 0) {
                let mut byte = [0];
                match super::io::read(&self.0, &mut byte)? {
                    0 => break,
                    _ if byte[0] == b'\n' => break,
                    _ => line.push(byte[0]),
                }
            }
        }
        Ok(line)
    }
}

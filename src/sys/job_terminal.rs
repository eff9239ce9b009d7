//! The controlling terminal, lent to one job at a time (`--tty`).
//!
//! The process group of the job becomes the foreground group. The job can then read the terminal and change its modes,
//! and the keys for signals (Ctrl-C, Ctrl-Z) are for the job. A shell does the same for its jobs.

use super::signals::AllBlocked;
use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, getpgrp};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr, tcsetpgrp};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The terminal. At most one job has it.
#[derive(Debug)]
pub struct JobTerminal {
    fd: OwnedFd,
    /// The modes of the terminal before it was lent. `None` while it is not lent.
    lent: Mutex<Option<Termios>>,
}

impl JobTerminal {
    /// Opens the controlling terminal.
    pub fn open() -> io::Result<JobTerminal> {
        let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOCTTY;
        let fd = rustix::fs::open("/dev/tty", flags, Mode::empty())?;
        // A standard descriptor that was closed must not become the terminal.
        let fd = rustix::io::fcntl_dupfd_cloexec(fd, 3)?;
        Ok(JobTerminal { fd, lent: Mutex::new(None) })
    }

    /// Lends the terminal to a job that is about to start. The child makes its group the foreground group of this
    /// descriptor. `None` in the background: the terminal is not ours then, and the job is stopped when it reads.
    pub fn lend(&self) -> Option<RawFd> {
        let mut lent = self.lent();
        if !self.is_ours() {
            return None;
        }
        *lent = tcgetattr(&self.fd).ok();
        lent.is_some().then(|| self.fd.as_raw_fd())
    }

    /// Lends the terminal to a job that runs. False in the background.
    pub fn lend_to(&self, group: i32) -> bool {
        let Some(group) = Pid::from_raw(group) else { return false };
        self.lend().is_some() && self.set_foreground(group)
    }

    /// Takes the terminal back. `restore`: with the modes from before it was lent.
    pub fn take_back(&self, restore: bool) {
        let Some(modes) = self.lent().take() else { return };
        self.set_foreground(getpgrp());
        if restore {
            let _blocked = AllBlocked::new();
            let _ = tcsetattr(&self.fd, OptionalActions::Drain, &modes);
        }
    }

    /// Whether a job has it.
    pub fn is_lent(&self) -> bool {
        self.lent().is_some()
    }

    fn is_ours(&self) -> bool {
        tcgetpgrp(&self.fd).is_ok_and(|group| group == getpgrp())
    }

    /// A background process may do this only with `SIGTTOU` blocked.
    fn set_foreground(&self, group: Pid) -> bool {
        let _blocked = AllBlocked::new();
        tcsetpgrp(&self.fd, group).is_ok()
    }

    fn lent(&self) -> MutexGuard<'_, Option<Termios>> {
        self.lent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AsFd for JobTerminal {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

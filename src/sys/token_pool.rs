//! The job pool of make: a pipe that holds a byte, a token, for each job that may start.
//!
//! The end for reading is opened again where possible. Its description is then not that of make, and can be made
//! non-blocking without an effect on make and on other clients.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::FdFlags;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd, RawFd};
use std::time::Duration;

/// The two ends of the pipe.
#[derive(Debug)]
pub struct TokenPool {
    read: OwnedFd,
    write: OwnedFd,
}

impl TokenPool {
    /// The pool behind two inherited descriptors. make also names them where they are closed, and then they may be other
    /// files. So both must be inherited pipes that can be read and written.
    ///
    /// # Errors
    ///
    /// A sentence on the descriptor that is wrong.
    pub fn inherited(read: RawFd, write: RawFd) -> Result<TokenPool, String> {
        let open = |fd: RawFd, access: OFlags| {
            let wrong = |why: &str| format!("descriptor {fd} {why}");
            if fd < 0 {
                return Err("make has turned it off".to_owned());
            }
            // SAFETY: used only in the calls below, which report a descriptor that is not open.
            let borrowed = unsafe { BorrowedFd::borrow_raw(fd) };
            let flags = rustix::io::fcntl_getfd(borrowed).map_err(|_| wrong("is closed"))?;
            // What apool opened is closed at an exec.
            if flags.contains(FdFlags::CLOEXEC) {
                return Err(wrong("is closed"));
            }
            let is_pipe = rustix::fs::fstat(borrowed)
                .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Fifo);
            let mode = rustix::fs::fcntl_getfl(borrowed).map_err(|_| wrong("is closed"))? & OFlags::RWMODE;
            if !is_pipe || (mode != access && mode != OFlags::RDWR) {
                return Err(wrong("is another file"));
            }
            reopen(fd, access)
                .or_else(|_| rustix::io::fcntl_dupfd_cloexec(borrowed, 3))
                .map_err(|_| wrong("cannot be used"))
        };
        Ok(TokenPool { read: open(read, OFlags::RDONLY)?, write: open(write, OFlags::WRONLY)? })
    }

    /// The pool of a named pipe.
    ///
    /// # Errors
    ///
    /// The error of the system, or a word on a file that is no named pipe.
    pub fn named(path: &[u8]) -> Result<TokenPool, String> {
        let open = |access: OFlags| {
            let flags = access | OFlags::NONBLOCK | OFlags::CLOEXEC;
            let fd = rustix::fs::open(path, flags, Mode::empty())
                .map_err(|errno| super::errno::of(errno.raw_os_error()))?;
            let stat = rustix::fs::fstat(&fd).map_err(|errno| super::errno::of(errno.raw_os_error()))?;
            let is_pipe = FileType::from_raw_mode(stat.st_mode) == FileType::Fifo;
            if is_pipe { Ok(fd) } else { Err("not a named pipe".to_owned()) }
        };
        // An end for writing alone can only be opened while there is a reader.
        Ok(TokenPool { read: open(OFlags::RDWR)?, write: open(OFlags::RDWR)? })
    }

    /// Takes a token. `None` when there is none now.
    pub fn take(&self) -> io::Result<Option<u8>> {
        let mut byte = [0];
        // The end may block, where it could not be opened again.
        if !self.wait(Duration::ZERO) {
            return Ok(None);
        }
        match rustix::io::read(&self.read, &mut byte) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) => Ok(Some(byte[0])),
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Gives a token back. make expects the same byte.
    pub fn give(&self, token: u8) {
        let _ = super::io::write_all(self.write.as_fd(), &[token]);
    }

    /// Waits until there may be a token. False when the time is over.
    pub fn wait(&self, most: Duration) -> bool {
        let most = Timespec { tv_sec: most.as_secs().cast_signed(), tv_nsec: most.subsec_nanos().into() };
        let mut fds = [PollFd::new(&self.read, PollFlags::IN)];
        poll(&mut fds, Some(&most)).is_ok_and(|ready| ready > 0)
    }
}

/// Opens an inherited descriptor once more, as a description of its own.
fn reopen(fd: RawFd, access: OFlags) -> rustix::io::Result<OwnedFd> {
    let flags = access | OFlags::NONBLOCK | OFlags::CLOEXEC;
    rustix::fs::open(format!("/proc/self/fd/{fd}"), flags, Mode::empty())
}

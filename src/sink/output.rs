//! A descriptor for output: a pipe, a file or a terminal, blocking or not.
//!
//! A short write is continued, an interrupted one is repeated, and a full non-blocking descriptor is waited for. Every
//! error means lost bytes. The system calls are behind [`Device`], so that tests can make each of them fail.

use crate::sys::fault::{self, Call, Fallible};
use crate::sys::{fds, io as sys, tty};
use std::fmt::Debug;
use std::fs::File;
use std::io::{self, ErrorKind, IoSlice, IsTerminal, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

/// The system calls of an [`Output`].
pub trait Device: Debug + Send + Sync {
    /// Like `writev`.
    fn write(&self, parts: &[IoSlice<'_>]) -> io::Result<usize>;
    /// Like `sendfile`.
    fn send_file(&self, file: &File, offset: u64, most: usize) -> io::Result<usize>;
    /// Waits until the descriptor accepts bytes.
    fn wait(&self) -> io::Result<()>;
    /// True for a terminal.
    fn is_terminal(&self) -> bool;
    /// The number of the terminal device. `None` for anything else.
    fn terminal(&self) -> Option<u64>;
    /// The bytes in a pipe that its reader has not taken. `None` for anything else.
    fn unread(&self) -> Option<u64>;
    /// Columns and rows of a terminal that reports them.
    fn size(&self) -> Option<(u16, u16)>;
    /// False for a terminal that another program uses: apool is in the background, or a pager is in front.
    fn is_foreground(&self) -> bool;
}

impl Device for File {
    fn write(&self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        Fallible(self, Call::Print).write_vectored(parts)
    }

    fn send_file(&self, file: &File, offset: u64, most: usize) -> io::Result<usize> {
        sys::send_file(self, file, offset, fault::room(Call::Print, most)?)
    }

    fn wait(&self) -> io::Result<()> {
        sys::wait_writable(self)
    }

    fn is_terminal(&self) -> bool {
        IsTerminal::is_terminal(self)
    }

    fn terminal(&self) -> Option<u64> {
        IsTerminal::is_terminal(self).then(|| tty::device(self)).flatten()
    }

    fn unread(&self) -> Option<u64> {
        sys::pipe_unread(self)
    }

    fn size(&self) -> Option<(u16, u16)> {
        tty::size(self).filter(|&(_, rows)| rows > 0)
    }

    fn is_foreground(&self) -> bool {
        tty::is_foreground(self)
    }
}

/// A descriptor for output. A clone refers to the same descriptor.
#[derive(Clone, Debug)]
pub struct Output {
    device: Arc<dyn Device>,
    terminal: bool,
}

/// The most bytes of one `sendfile`: the limit of Linux.
const SEND_FILE_MAX: u64 = 0x7fff_f000;

impl Output {
    /// Standard output. An error when it was closed at the start, because all output would be lost.
    pub fn stdout() -> io::Result<Output> {
        if !fds::open_at_start(1) {
            return Err(io::Error::from_raw_os_error(crate::sys::errno::EBADF));
        }
        Ok(Output::from(io::stdout().as_fd().try_clone_to_owned()?))
    }

    /// Standard error. Messages are lost when it was closed at the start.
    pub fn stderr() -> io::Result<Output> {
        Ok(Output::from(io::stderr().as_fd().try_clone_to_owned()?))
    }

    /// An output on a device.
    pub fn new(device: Arc<dyn Device>) -> Output {
        let terminal = device.is_terminal();
        Output { device, terminal }
    }

    /// True for a terminal.
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// True when both are the same terminal.
    pub fn is_same_terminal(&self, other: &Output) -> bool {
        self.terminal && other.terminal && self.device.terminal() == other.device.terminal()
    }

    /// The bytes in a pipe that its reader has not taken. `None` for anything else.
    pub fn unread(&self) -> Option<u64> {
        self.device.unread()
    }

    /// Columns and rows of a terminal that reports them.
    pub fn size(&self) -> Option<(u16, u16)> {
        self.device.size()
    }

    /// False for a terminal that another program uses.
    pub fn is_foreground(&self) -> bool {
        self.device.is_foreground()
    }

    /// Writes all parts, in one call where possible.
    pub fn write(&self, mut parts: &mut [IoSlice<'_>]) -> io::Result<()> {
        // A write of empty parts returns 0, like a descriptor that accepts nothing.
        IoSlice::advance_slices(&mut parts, 0);
        while !parts.is_empty() {
            let written = self.retry(|| self.device.write(parts))?;
            if written == 0 {
                return Err(ErrorKind::WriteZero.into());
            }
            IoSlice::advance_slices(&mut parts, written);
        }
        Ok(())
    }

    /// Writes these bytes.
    pub fn write_bytes(&self, bytes: &[u8]) -> io::Result<()> {
        self.write(&mut [IoSlice::new(bytes)])
    }

    /// Writes the first `length` bytes of a file, inside the kernel where possible. A shorter file is an error, because
    /// bytes were lost.
    pub fn write_file(&self, file: &File, length: u64) -> io::Result<()> {
        let mut offset = 0;
        while offset < length {
            let most = (length - offset).min(SEND_FILE_MAX) as usize;
            match self.retry(|| self.device.send_file(file, offset, most)) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(moved) => offset += moved as u64,
                Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => {
                    return for_each_block(file, offset, length, |block| self.write_bytes(block));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Repeats a call that was interrupted. Waits for a descriptor that is full.
    fn retry(&self, call: impl Fn() -> io::Result<usize>) -> io::Result<usize> {
        loop {
            match call() {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.device.wait()?,
                done => return done,
            }
        }
    }
}

impl From<OwnedFd> for Output {
    fn from(fd: OwnedFd) -> Output {
        Output::new(Arc::new(File::from(fd)))
    }
}

/// Calls `each` with blocks of a file, from `offset` up to `length`. Does not use the cursor of the file.
pub fn for_each_block(
    file: &File,
    mut offset: u64,
    length: u64,
    mut each: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    use std::os::unix::fs::FileExt;
    let mut block = vec![0; (length - offset).min(64 * 1024) as usize];
    while offset < length {
        let most = (length - offset).min(block.len() as u64) as usize;
        match file.read_at(&mut block[..most], offset) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                each(&block[..read])?;
                offset += read as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;

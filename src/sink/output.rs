//! One descriptor that takes bytes, whatever it is: a pipe, a file, a terminal, blocking or not.
//!
//! Everything that can go half wrong in a write is dealt with here: a short write is continued, an interrupted one is
//! repeated, a full non-blocking descriptor is waited for. What is left is an error that means that the bytes are lost.
//! The system calls stand behind [`Device`], so that tests can fail any of them.

use crate::sys::fault::{self, Call, Fallible};
use crate::sys::{fds, io as sys, tty};
use std::fmt::Debug;
use std::fs::File;
use std::io::{self, ErrorKind, IoSlice, IsTerminal, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

/// What an [`Output`] needs of the system.
pub trait Device: Debug + Send + Sync {
    /// As `writev`.
    fn write(&self, parts: &[IoSlice<'_>]) -> io::Result<usize>;
    /// As `sendfile`.
    fn send_file(&self, file: &File, offset: u64, most: usize) -> io::Result<usize>;
    /// Returns when it takes bytes again.
    fn wait(&self) -> io::Result<()>;
    /// True for a terminal.
    fn is_terminal(&self) -> bool;
    /// Columns and rows, when it is a terminal that says so.
    fn size(&self) -> Option<(u16, u16)>;
    /// False for a terminal that is another program's at the moment, because we are in the background or a pager is in front.
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

    fn size(&self) -> Option<(u16, u16)> {
        tty::size(self).filter(|&(_, rows)| rows > 0)
    }

    fn is_foreground(&self) -> bool {
        tty::is_foreground(self)
    }
}

/// A descriptor that takes bytes. Cloning gives another handle to the same one.
#[derive(Clone, Debug)]
pub struct Output {
    device: Arc<dyn Device>,
    terminal: bool,
}

/// How many bytes are asked for at once when a file is moved: the most that Linux does in one call.
const SEND_FILE_MAX: u64 = 0x7fff_f000;

impl Output {
    /// Our standard output. An error when it was closed at the start: whatever is written would be lost.
    pub fn stdout() -> io::Result<Output> {
        if !fds::open_at_start(1) {
            return Err(io::Error::from_raw_os_error(crate::sys::errno::EBADF));
        }
        Ok(Output::from(io::stdout().as_fd().try_clone_to_owned()?))
    }

    /// Our standard error. Where there is none, what is written goes nowhere: nobody is there to be told.
    pub fn stderr() -> io::Result<Output> {
        Ok(Output::from(io::stderr().as_fd().try_clone_to_owned()?))
    }

    /// An output made of anything that behaves like a descriptor.
    pub fn new(device: Arc<dyn Device>) -> Output {
        let terminal = device.is_terminal();
        Output { device, terminal }
    }

    /// True for a terminal.
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Columns and rows, when it is a terminal that says so.
    pub fn size(&self) -> Option<(u16, u16)> {
        self.device.size()
    }

    /// False for a terminal that is another program's at the moment, because we are in the background.
    pub fn is_foreground(&self) -> bool {
        self.device.is_foreground()
    }

    /// Writes all parts, in one call where the system takes them in one.
    pub fn write(&self, mut parts: &mut [IoSlice<'_>]) -> io::Result<()> {
        // Empty parts at the beginning would look like a descriptor that takes nothing.
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

    /// Writes the first `length` bytes of a file, inside the kernel where it can be done. A file that is shorter is an
    /// error, for something was lost.
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

    /// Repeats a call that was interrupted or would have had to wait.
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

/// Hands on the bytes of a file from `offset` up to `length`, block by block, wherever its cursor stands.
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

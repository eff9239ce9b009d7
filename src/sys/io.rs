//! Moving bytes between descriptors: into unused capacity, from many pieces, and inside the kernel.

use super::fault::{self, Call};
use rustix::fd::AsFd;
use std::io;
use std::io::IoSlice;
use std::os::fd::BorrowedFd;

/// Reads once into the unused capacity of `into`; the number of bytes, 0 at the end.
pub fn read_spare(from: impl AsFd, into: &mut Vec<u8>) -> io::Result<usize> {
    fault::check(Call::Read)?;
    retry(|| rustix::io::read(&from, rustix::buffer::spare_capacity(into)))
}

/// Reads once.
pub fn read(from: impl AsFd, into: &mut [u8]) -> io::Result<usize> {
    fault::check(Call::Read)?;
    retry(|| rustix::io::read(&from, &mut *into))
}

/// Writes everything.
pub fn write_all(to: impl AsFd, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let n = write_some(&to, |fd| rustix::io::write(fd, bytes))?;
        bytes = &bytes[n..];
    }
    Ok(())
}

/// Writes all the pieces, as many in a call as the system takes.
pub fn write_all_vectored(to: impl AsFd, pieces: &mut [IoSlice<'_>]) -> io::Result<()> {
    let mut left = pieces;
    IoSlice::advance_slices(&mut left, 0);
    while !left.is_empty() {
        let most = left.len().min(64);
        let n = write_some(&to, |fd| rustix::io::writev(fd, &left[..most]))?;
        IoSlice::advance_slices(&mut left, n);
    }
    Ok(())
}

/// Copies `length` bytes of the file, from its start, inside the kernel where it can.
pub fn send_file(to: impl AsFd, file: &std::fs::File, length: u64) -> io::Result<()> {
    let mut at = 0u64;
    #[cfg(target_os = "linux")]
    while at < length {
        let most = usize::try_from(length - at).unwrap_or(usize::MAX).min(1 << 20);
        let sent = write_some(&to, |fd| rustix::fs::sendfile(fd, file, Some(&mut at), most));
        match sent {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) => {}
            // Files opened for appending and some devices do not take it.
            Err(e) if matches!(e.raw_os_error(), Some(libc::EINVAL | libc::ENOSYS | libc::EOPNOTSUPP)) => {
                break;
            }
            Err(e) => return Err(e),
        }
    }
    let mut buffer = if at < length { vec![0u8; 1 << 16] } else { Vec::new() };
    while at < length {
        let n = retry(|| rustix::io::pread(file, &mut buffer[..], at))?;
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let n = usize::try_from(length - at).map_or(n, |left| n.min(left));
        write_all(&to, &buffer[..n])?;
        at += n as u64;
    }
    Ok(())
}

/// Standard input, read without a buffer between. Waits where it was made not to block: whoever shares it with us may do so
/// at any time.
#[derive(Debug)]
pub struct StandardInput;

impl io::Read for StandardInput {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        fault::check(Call::Read)?;
        if !super::output::open_at_start(0) {
            return Err(rustix::io::Errno::BADF.into());
        }
        let stdin = rustix::stdio::stdin();
        loop {
            match rustix::io::read(stdin, &mut *into) {
                Err(rustix::io::Errno::AGAIN) => {
                    let mut fds = [rustix::event::PollFd::new(&stdin, rustix::event::PollFlags::IN)];
                    let _ = rustix::event::poll(&mut fds, None);
                }
                other => return Ok(other?),
            }
        }
    }
}

fn retry<T>(mut call: impl FnMut() -> rustix::io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(rustix::io::Errno::INTR) => {}
            other => return Ok(other?),
        }
    }
}

/// One write; waits where the descriptor does not block (a terminal that someone set so).
fn write_some(
    to: impl AsFd,
    mut call: impl FnMut(BorrowedFd<'_>) -> rustix::io::Result<usize>,
) -> io::Result<usize> {
    loop {
        match call(to.as_fd()) {
            Err(rustix::io::Errno::INTR) => {}
            Err(rustix::io::Errno::AGAIN) => {
                let mut fds = [rustix::event::PollFd::new(&to, rustix::event::PollFlags::OUT)];
                let _ = rustix::event::poll(&mut fds, None);
            }
            other => return Ok(other?),
        }
    }
}

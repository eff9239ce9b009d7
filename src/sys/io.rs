//! Moves bytes between descriptors: into unused capacity, from several pieces, and inside the kernel.

use super::fault::{self, Call};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::AsFd;
use rustix::io::Errno;
use std::io;
use std::io::IoSlice;
use std::os::fd::BorrowedFd;

/// Reads once into the unused capacity of `into`. Returns the number of bytes, 0 at the end.
pub fn read_spare(from: impl AsFd, into: &mut Vec<u8>) -> io::Result<usize> {
    fault::check(Call::Read)?;
    retry(|| rustix::io::read(&from, rustix::buffer::spare_capacity(into)))
}

/// Reads once. Returns the number of bytes, 0 at the end.
pub fn read(from: impl AsFd, into: &mut [u8]) -> io::Result<usize> {
    fault::check(Call::Read)?;
    retry(|| rustix::io::read(&from, &mut *into))
}

/// Writes all bytes.
pub fn write_all(to: impl AsFd, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let n = write_some(&to, |fd| rustix::io::write(fd, bytes))?;
        bytes = &bytes[n..];
    }
    Ok(())
}

/// Writes all pieces, as many in a call as the system accepts.
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

/// Copies the first `length` bytes of a file, inside the kernel where possible.
pub fn copy_file(to: impl AsFd, file: &std::fs::File, length: u64) -> io::Result<()> {
    let mut at = 0u64;
    #[cfg(target_os = "linux")]
    while at < length {
        let most = usize::try_from(length - at).unwrap_or(usize::MAX).min(1 << 20);
        let sent = write_some(&to, |fd| rustix::fs::sendfile(fd, file, Some(&mut at), most));
        match sent {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) => {}
            // Files opened for appending and some devices do not accept it.
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

/// Moves up to `most` bytes of a file from `offset` on to `out` inside the kernel, in one call. Returns the number of
/// bytes. [`io::ErrorKind::Unsupported`] and [`io::ErrorKind::InvalidInput`] mean that these two descriptors do not
/// allow it.
#[cfg(target_os = "linux")]
pub fn send_file(out: impl AsFd, file: impl AsFd, mut offset: u64, most: usize) -> io::Result<usize> {
    Ok(rustix::fs::sendfile(out, file, Some(&mut offset), most)?)
}

/// Elsewhere the kernel offers no such call.
#[cfg(not(target_os = "linux"))]
pub fn send_file(_out: impl AsFd, _file: impl AsFd, _offset: u64, _most: usize) -> io::Result<usize> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Waits until a non-blocking descriptor accepts bytes or has failed.
pub fn wait_writable(fd: impl AsFd) -> io::Result<()> {
    let mut fds = [PollFd::from_borrowed_fd(fd.as_fd(), PollFlags::OUT)];
    loop {
        match poll(&mut fds, None) {
            Err(Errno::INTR) => {}
            done => return Ok(done.map(drop)?),
        }
    }
}

/// Standard input without a buffer. It waits when the descriptor does not block, because another process that shares it
/// can change that at any time.
#[derive(Debug)]
pub struct StandardInput;

impl StandardInput {
    /// The bytes that are left, if it is a file.
    pub fn length() -> Option<u64> {
        let stdin = rustix::stdio::stdin();
        let stat = rustix::fs::fstat(stdin).ok()?;
        if !rustix::fs::FileType::from_raw_mode(stat.st_mode).is_file() {
            return None;
        }
        let at = rustix::fs::tell(stdin).ok()?;
        u64::try_from(stat.st_size).ok()?.checked_sub(at).filter(|&left| left > 0)
    }
}

impl io::Read for StandardInput {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        fault::check(Call::Read)?;
        if !super::fds::open_at_start(0) {
            return Err(Errno::BADF.into());
        }
        let stdin = rustix::stdio::stdin();
        loop {
            match rustix::io::read(stdin, &mut *into) {
                Err(Errno::AGAIN) => {
                    let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
                    let _ = poll(&mut fds, None);
                }
                other => return Ok(other?),
            }
        }
    }
}

fn retry<T>(mut call: impl FnMut() -> rustix::io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            other => return Ok(other?),
        }
    }
}

/// One write. Waits while the descriptor does not block and is full (a terminal that another program has set so).
fn write_some(
    to: impl AsFd,
    mut call: impl FnMut(BorrowedFd<'_>) -> rustix::io::Result<usize>,
) -> io::Result<usize> {
    loop {
        match call(to.as_fd()) {
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                let _ = wait_writable(&to);
            }
            other => return Ok(other?),
        }
    }
}

/// The bytes in a pipe that its reader has not taken. `None` for anything else, and where the system does not say it.
pub fn pipe_unread(fd: impl AsFd) -> Option<u64> {
    let mode = rustix::fs::fstat(&fd).ok()?.st_mode;
    let pipe = rustix::fs::FileType::from_raw_mode(mode) == rustix::fs::FileType::Fifo;
    pipe.then(|| rustix::io::ioctl_fionread(&fd).ok()).flatten()
}

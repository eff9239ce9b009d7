//! The input of a job: memory files, pipes and named pipes that are filled while the job runs. A write ends when the
//! reader closes its end, or on request.

use super::events::Wake;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::ffi::CString;
use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::ops::Range;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// How a write without an error ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendResult {
    /// All bytes were accepted.
    All,
    /// The reader has closed its end, or a stop was requested.
    Closed,
}

/// An unnamed file with these bytes, at its start.
pub fn memory(bytes: &[u8]) -> io::Result<File> {
    #[cfg(target_os = "linux")]
    let file = File::from(rustix::fs::memfd_create(c"block", rustix::fs::MemfdFlags::CLOEXEC)?);
    #[cfg(not(target_os = "linux"))]
    let file = tempfile::tempfile()?;
    super::io::write_all(&file, bytes)?;
    Ok(file)
}

/// Another descriptor of such a file, at its start. Both share the cursor.
pub fn reopen(file: &File) -> io::Result<OwnedFd> {
    let mut copy = file.try_clone()?;
    copy.seek(SeekFrom::Start(0))?;
    Ok(copy.into())
}

/// A pipe: the read end, and the write end, which does not block.
pub fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (read, write) = super::events::pipe().map_err(io::Error::from_raw_os_error)?;
    rustix::io::ioctl_fionbio(&write, true)?;
    Ok((read, write))
}

/// Makes a named pipe that only this user can open.
pub fn make_fifo(path: &Path) -> io::Result<()> {
    let name = CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: the name is a string that lives through the call.
    if unsafe { libc::mkfifo(name.as_ptr(), 0o600) } == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Opens a named pipe for writing. `None` as long as it has no reader.
pub fn open_fifo(path: &Path) -> io::Result<Option<OwnedFd>> {
    match rustix::fs::open(path, OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC, Mode::empty()) {
        Ok(fd) => Ok(Some(fd)),
        Err(Errno::NXIO) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

/// Writes all bytes, until `stop` is notified.
pub fn write(to: &OwnedFd, mut bytes: &[u8], stop: &Wake) -> io::Result<SendResult> {
    while !bytes.is_empty() {
        match write_step(to, stop, || rustix::io::write(to, bytes))? {
            Some(n) => bytes = &bytes[n..],
            None => return Ok(SendResult::Closed),
        }
    }
    Ok(SendResult::All)
}

/// Writes a part of a file, inside the kernel where possible, until `stop` is notified.
pub fn send(to: &OwnedFd, file: &File, range: Range<u64>, stop: &Wake) -> io::Result<SendResult> {
    let mut at = range.start;
    #[cfg(target_os = "linux")]
    while at < range.end {
        let most = usize::try_from(range.end - at).unwrap_or(usize::MAX).min(1 << 20);
        match write_step(to, stop, || rustix::fs::sendfile(to, file, Some(&mut at), most)) {
            Ok(Some(0)) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(Some(_)) => {}
            Ok(None) => return Ok(SendResult::Closed),
            Err(error) if at == range.start && error.raw_os_error() == Some(libc::EINVAL) => break,
            Err(error) => return Err(error),
        }
    }
    let mut buffer = if at < range.end { vec![0; 1 << 16] } else { Vec::new() };
    while at < range.end {
        let most = usize::try_from(range.end - at).unwrap_or(usize::MAX).min(buffer.len());
        let n = rustix::io::pread(file, &mut buffer[..most], at)?;
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if write(to, &buffer[..n], stop)? == SendResult::Closed {
            return Ok(SendResult::Closed);
        }
        at += n as u64;
    }
    Ok(SendResult::All)
}

/// One call that writes. Waits for space. `None` when there is no reader any more, or `stop` was notified.
fn write_step(
    to: &OwnedFd,
    stop: &Wake,
    mut call: impl FnMut() -> rustix::io::Result<usize>,
) -> io::Result<Option<usize>> {
    loop {
        match call() {
            Ok(n) => return Ok(Some(n)),
            Err(Errno::PIPE) => return Ok(None),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                let mut fds =
                    [PollFd::new(to, PollFlags::OUT), PollFd::from_borrowed_fd(stop.as_fd(), PollFlags::IN)];
                match poll(&mut fds, None) {
                    Ok(_) if fds[1].revents().contains(PollFlags::IN) => return Ok(None),
                    Ok(_) | Err(Errno::INTR) => {}
                    Err(other) => return Err(other.into()),
                }
            }
            Err(other) => return Err(other.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn memory_is_read_from_its_start_each_time() {
        let file = memory(b"abc").unwrap();
        for _ in 0..2 {
            let mut text = String::new();
            File::from(reopen(&file).unwrap()).read_to_string(&mut text).unwrap();
            assert_eq!(text, "abc");
        }
    }

    #[test]
    fn a_closed_reader_is_no_error() {
        let (read, to) = pipe().unwrap();
        drop(read);
        assert_eq!(write(&to, b"x", &Wake::new().unwrap()).unwrap(), SendResult::Closed);
    }

    #[test]
    fn a_full_pipe_waits_until_it_is_stopped() {
        let (_read, to) = pipe().unwrap();
        let stop = Wake::new().unwrap();
        stop.notify();
        assert_eq!(write(&to, &vec![0; 1 << 20], &stop).unwrap(), SendResult::Closed);
    }

    #[test]
    fn a_part_of_a_file_is_sent() {
        let file = memory(b"0123456789").unwrap();
        let (read, to) = pipe().unwrap();
        assert_eq!(send(&to, &file, 2..5, &Wake::new().unwrap()).unwrap(), SendResult::All);
        drop(to);
        let mut text = String::new();
        File::from(read).read_to_string(&mut text).unwrap();
        assert_eq!(text, "234");
    }
}

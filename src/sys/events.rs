//! Waits for descriptors: `poll`, a wake-up descriptor, close-on-exec pipes.

use rustix::event::{PollFd, PollFlags, Timespec};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

/// A pipe: the read end and the write end, both close-on-exec. An error is an error number.
pub fn pipe() -> Result<(OwnedFd, OwnedFd), i32> {
    #[cfg(target_os = "linux")]
    let made = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC);
    #[cfg(not(target_os = "linux"))]
    let made = rustix::pipe::pipe().and_then(|(r, w)| {
        rustix::io::fcntl_setfd(&r, rustix::io::FdFlags::CLOEXEC)?;
        rustix::io::fcntl_setfd(&w, rustix::io::FdFlags::CLOEXEC)?;
        Ok((r, w))
    });
    made.map_err(rustix::io::Errno::raw_os_error)
}

/// The number of bytes in a pipe.
pub fn readable(pipe: impl AsFd) -> usize {
    rustix::io::ioctl_fionread(pipe).map_or(0, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX))
}

/// Sets the capacity of a pipe in bytes. An error (the pipe memory of the user is used up) is ignored.
pub fn enlarge_pipe(pipe: impl AsFd, bytes: usize) {
    #[cfg(target_os = "linux")]
    let _ = rustix::pipe::fcntl_setpipe_size(pipe, bytes);
    #[cfg(not(target_os = "linux"))]
    let _ = (pipe.as_fd(), bytes);
}

/// A descriptor that is readable from [`Wake::notify`] until [`Wake::clear`].
#[derive(Debug)]
pub struct Wake {
    read: OwnedFd,
    #[cfg(not(target_os = "linux"))]
    write: OwnedFd,
}

impl Wake {
    /// A descriptor that is not readable.
    pub fn new() -> io::Result<Wake> {
        #[cfg(target_os = "linux")]
        {
            use rustix::event::{EventfdFlags, eventfd};
            Ok(Wake { read: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)? })
        }
        #[cfg(not(target_os = "linux"))]
        {
            let (read, write) = pipe().map_err(io::Error::from_raw_os_error)?;
            rustix::io::ioctl_fionbio(&read, true)?;
            rustix::io::ioctl_fionbio(&write, true)?;
            Ok(Wake { read, write })
        }
    }

    /// Wakes a thread that polls it, now or later.
    pub fn notify(&self) {
        #[cfg(target_os = "linux")]
        let end = &self.read;
        #[cfg(not(target_os = "linux"))]
        let end = &self.write;
        // It only fails when it is readable already.
        let _ = rustix::io::write(end, &1u64.to_ne_bytes());
    }

    /// Makes it unreadable.
    pub fn clear(&self) {
        let mut sink = [0u8; 8];
        let _ = rustix::io::read(&self.read, &mut sink);
    }
}

impl AsFd for Wake {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.read.as_fd()
    }
}

/// The state of one descriptor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ready {
    /// There are bytes to read.
    pub data: bool,
    /// The other end is closed. Without `data`, the end is reached.
    pub ended: bool,
}

/// Waits until one of the descriptors is readable or has ended. `None` as a timeout means no limit. It may return
/// early, with nothing ready. A `None` among the descriptors is skipped.
pub fn wait_readable<const N: usize>(
    fds: [Option<BorrowedFd<'_>>; N],
    timeout: Option<Duration>,
) -> io::Result<[Ready; N]> {
    // Fills the unused entries of the array, which are not polled.
    let Some(any) = fds.iter().flatten().next().copied() else {
        return Ok([Ready::default(); N]);
    };
    let mut positions = [0usize; N];
    let mut used = 0;
    let mut polled: [PollFd<'_>; N] =
        std::array::from_fn(|_| PollFd::from_borrowed_fd(any, PollFlags::empty()));
    for (position, fd) in fds.iter().enumerate() {
        if let Some(fd) = fd {
            polled[used] = PollFd::from_borrowed_fd(*fd, PollFlags::IN);
            positions[used] = position;
            used += 1;
        }
    }
    let limit = timeout.map(|t| Timespec {
        tv_sec: i64::try_from(t.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(t.subsec_nanos()),
    });
    let mut ready = [Ready::default(); N];
    match rustix::event::poll(&mut polled[..used], limit.as_ref()) {
        Ok(_) => {}
        Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => return Ok(ready),
        Err(other) => return Err(other.into()),
    }
    for (fd, &position) in polled[..used].iter().zip(&positions) {
        let seen = fd.revents();
        ready[position] = Ready {
            data: seen.contains(PollFlags::IN),
            ended: seen.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL),
        };
    }
    Ok(ready)
}

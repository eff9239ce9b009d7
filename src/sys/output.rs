//! System calls for writing: wait until a descriptor takes bytes, move bytes inside the kernel,
//! whether a terminal is ours to draw on, and whether a standard descriptor was open when the process began.

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use std::io;
use std::os::fd::AsFd;

/// Waits until `fd` takes bytes or has failed. For descriptors that are set not to block.
pub fn wait_writable(fd: impl AsFd) -> io::Result<()> {
    let mut fds = [PollFd::from_borrowed_fd(fd.as_fd(), PollFlags::OUT)];
    loop {
        match poll(&mut fds, None) {
            Err(Errno::INTR) => {}
            done => return Ok(done.map(drop)?),
        }
    }
}

/// Moves up to `most` bytes of a file from `offset` on to `out` without copying them through our memory. Returns how
/// many were moved. [`io::ErrorKind::Unsupported`] or [`io::ErrorKind::InvalidInput`]: it cannot be done for these two.
#[cfg(target_os = "linux")]
pub fn send_file(out: impl AsFd, file: impl AsFd, mut offset: u64, most: usize) -> io::Result<usize> {
    Ok(rustix::fs::sendfile(out, file, Some(&mut offset), most)?)
}

/// Elsewhere bytes go through memory.
#[cfg(not(target_os = "linux"))]
pub fn send_file(_out: impl AsFd, _file: impl AsFd, _offset: u64, _most: usize) -> io::Result<usize> {
    Err(io::ErrorKind::Unsupported.into())
}

/// False when the terminal is another program's just now: we are in the background, or a program beside us takes every key
/// as it is typed (a pager that reads our output) and so draws on all of it. True for anything else.
pub fn is_ours(fd: impl AsFd) -> bool {
    let group = rustix::termios::tcgetpgrp(&fd);
    group.map_or(true, |group| group == rustix::process::getpgrp()) && !takes_keys(&fd)
}

fn takes_keys(fd: &impl AsFd) -> bool {
    use rustix::termios::LocalModes;
    rustix::termios::tcgetattr(fd).is_ok_and(|set| !set.local_modes.contains(LocalModes::ICANON))
}

/// Whether descriptor 0, 1 or 2 was open when the process began. The standard library opens `/dev/null` in place of
/// missing ones before `main`, so that a closed standard output would look like one that takes everything.
pub fn open_at_start(fd: usize) -> bool {
    start::was_open(fd)
}

#[cfg(all(target_os = "linux", not(test)))]
mod start {
    use std::sync::atomic::{AtomicU8, Ordering};

    static CLOSED: AtomicU8 = AtomicU8::new(0);

    pub(super) fn was_open(fd: usize) -> bool {
        // Naming the entry keeps it in the program.
        std::hint::black_box(&LOOK);
        fd > 2 || CLOSED.load(Ordering::Relaxed) & (1 << fd) == 0
    }

    /// Runs before the standard library's own start-up. Only calls `fcntl` and writes one byte.
    extern "C" fn look() {
        for fd in 0..3 {
            // SAFETY: F_GETFD only reads a flag of a descriptor, open or not.
            if unsafe { libc::fcntl(fd, libc::F_GETFD) } == -1 {
                CLOSED.fetch_or(1 << fd, Ordering::Relaxed);
            }
        }
    }

    // SAFETY: the section holds pointers to functions without arguments that the loader calls once, before `main`.
    #[used]
    #[unsafe(link_section = ".init_array")]
    static LOOK: extern "C" fn() = look;
}

#[cfg(not(all(target_os = "linux", not(test))))]
mod start {
    pub(super) fn was_open(_fd: usize) -> bool {
        true
    }
}

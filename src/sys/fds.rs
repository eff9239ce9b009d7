//! The three standard descriptors, `/dev/null`, and the right to execute a file.

use rustix::fs::{Mode, OFlags};
use std::io;
use std::os::fd::{IntoRawFd, OwnedFd};

/// Opens `/dev/null` on each closed descriptor of 0, 1 and 2. Otherwise a later file would get the number of a standard
/// stream and receive its output. Call it first.
pub fn ensure_standard() -> io::Result<()> {
    loop {
        // The kernel returns the lowest free number.
        let fd = rustix::fs::open("/dev/null", OFlags::RDWR, Mode::empty())?;
        if std::os::fd::AsRawFd::as_raw_fd(&fd) > 2 {
            return Ok(());
        }
        let _ = fd.into_raw_fd();
    }
}

/// `/dev/null` for reading and writing, close-on-exec.
pub fn dev_null() -> io::Result<OwnedFd> {
    Ok(rustix::fs::open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())?)
}

/// Whether this process may execute the file.
pub fn may_execute(file: &std::path::Path) -> bool {
    rustix::fs::access(file, rustix::fs::Access::EXEC_OK).is_ok()
}

/// Whether descriptor 0, 1 or 2 was open when the process began. The standard library opens `/dev/null` in place of
/// closed ones before `main`. A closed standard output would then look like one that accepts everything.
pub fn open_at_start(fd: usize) -> bool {
    start::was_open(fd)
}

#[cfg(all(target_os = "linux", not(test)))]
mod start {
    use std::sync::atomic::{AtomicU8, Ordering};

    static CLOSED: AtomicU8 = AtomicU8::new(0);

    pub(super) fn was_open(fd: usize) -> bool {
        // A use of the entry keeps the linker from dropping it.
        std::hint::black_box(&CHECK);
        fd > 2 || CLOSED.load(Ordering::Relaxed) & (1 << fd) == 0
    }

    /// Runs before the start-up code of the standard library. It only calls `fcntl` and writes one byte.
    extern "C" fn check() {
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
    static CHECK: extern "C" fn() = check;
}

#[cfg(not(all(target_os = "linux", not(test))))]
mod start {
    pub(super) fn was_open(_fd: usize) -> bool {
        true
    }
}

//! The three standard descriptors.

use rustix::fs::{Mode, OFlags};
use std::io;
use std::os::fd::{IntoRawFd, OwnedFd};

/// Opens `/dev/null` on each of the descriptors 0, 1 and 2 that is closed, so that nothing we open later takes its
/// place and receives what was meant for a standard stream. Call it first of all.
pub fn ensure_standard() -> io::Result<()> {
    loop {
        // The kernel gives the lowest free number.
        let fd = rustix::fs::open("/dev/null", OFlags::RDWR, Mode::empty())?;
        if std::os::fd::AsRawFd::as_raw_fd(&fd) > 2 {
            return Ok(());
        }
        let _ = fd.into_raw_fd();
    }
}

/// `/dev/null`, close-on-exec, for reading and writing.
pub fn dev_null() -> io::Result<OwnedFd> {
    Ok(rustix::fs::open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())?)
}

/// Whether this process may execute the file.
pub fn may_execute(file: &std::path::Path) -> bool {
    rustix::fs::access(file, rustix::fs::Access::EXEC_OK).is_ok()
}

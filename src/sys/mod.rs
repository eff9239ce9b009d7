//! The only home of `unsafe` and `libc`: thin wrappers of system calls, without any policy.
//!
//! Linux first. Where another Unix needs a different call, a plain fallback stands beside it. Nothing here knows a job.

pub mod events;
pub mod fault;
pub mod fds;
pub mod guardian;
pub mod io;
pub mod limits;
pub mod memfile;
pub mod placing;
mod request;
pub mod signal_handler;
pub mod signals;
mod strings;
pub mod tty;
pub mod wait;

#[cfg(target_os = "linux")]
#[path = "spawn_linux.rs"]
pub mod spawn;
#[cfg(not(target_os = "linux"))]
#[path = "spawn_portable.rs"]
pub mod spawn;

/// Error numbers that mean something to a run.
pub mod errno {
    pub use libc::{
        E2BIG, EACCES, EAGAIN, EBADF, EIO, EISDIR, EMFILE, ENFILE, ENOENT, ENOEXEC, ENOMEM, ENOSPC, ENOTDIR,
        EPIPE, ETXTBSY,
    };

    /// An error in the system's words, without the number that the standard library adds.
    pub fn words(error: &std::io::Error) -> String {
        let mut text = error.to_string();
        if let Some(at) = text.find(" (os error ") {
            text.truncate(at);
        }
        text
    }

    /// The same for an error number.
    pub fn of(errno: i32) -> String {
        words(&std::io::Error::from_raw_os_error(errno))
    }
}

/// The error number of the last failed call of libc.
fn last_errno() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

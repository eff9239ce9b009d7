//! Thin wrappers of system calls, without any policy. Only this module uses `unsafe` and `libc`.
//!
//! The main target is Linux. Where another Unix needs a different call, a simple replacement is beside it. No function
//! knows a job.

pub mod events;
pub mod fault;
pub mod fds;
pub mod guardian;
pub mod io;
pub mod job_terminal;
pub mod limits;
mod math;
pub mod memfile;
pub mod placing;
mod request;
pub mod signal_handler;
pub mod signals;
mod strings;
pub mod token_pool;
pub mod tty;
pub mod wait;

#[cfg(target_os = "linux")]
#[path = "spawn_linux.rs"]
pub mod spawn;
#[cfg(not(target_os = "linux"))]
#[path = "spawn_portable.rs"]
pub mod spawn;

/// The error numbers that apool handles.
pub mod errno {
    pub use libc::{
        E2BIG, EACCES, EAGAIN, EBADF, EIO, EISDIR, EMFILE, ENFILE, ENOENT, ENOEXEC, ENOMEM, ENOSPC, ENOTDIR,
        EPIPE, ETXTBSY,
    };

    /// The text of an error, without the number that the standard library adds.
    pub fn words(error: &std::io::Error) -> String {
        let mut text = error.to_string();
        if let Some(at) = text.find(" (os error ") {
            text.truncate(at);
        }
        text
    }

    /// The text of an error number.
    pub fn of(errno: i32) -> String {
        words(&std::io::Error::from_raw_os_error(errno))
    }
}

/// The name of the machine, with U+FFFD for bytes that are not UTF-8.
pub fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// The error number of the last failed call of libc.
fn last_errno() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

//! Errors that end a run before its first job.

use crate::sys::errno;
use anyhow::anyhow;
use std::io::{self, ErrorKind};

/// The error `WHAT: WHY`.
pub fn failed(what: &str, error: &io::Error) -> anyhow::Error {
    anyhow!("{what}: {}", errno::words(error))
}

/// The system refused a thread that the run needs. The message names the limits to look at.
pub fn no_thread(error: &io::Error) -> anyhow::Error {
    let why = errno::words(error);
    match error.kind() {
        ErrorKind::WouldBlock => anyhow!(
            "cannot start a thread: {why}; too many processes and threads run: see `ulimit -u` and the limits of the container"
        ),
        _ => anyhow!("cannot start a thread: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_thread_is_reported_in_words() {
        let error = io::Error::from_raw_os_error(errno::EAGAIN);
        let text = no_thread(&error).to_string();
        assert!(text.starts_with("cannot start a thread: Resource temporarily unavailable; "), "{text}");
    }
}

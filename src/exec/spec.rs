//! The command of one attempt: plain data that the kernel takes, and that `--dry-run` and `--verbose` print.
//!
//! All strings are C strings, because no memory may be allocated between fork and exec.

use super::environment::Environment;
use crate::job::Words;
use std::ffi::CString;
use std::os::fd::OwnedFd;
use std::sync::Arc;

/// One command.
#[derive(Debug)]
pub struct Spec {
    /// The arguments. The first is the program, which is searched in `PATH` when it contains no slash.
    pub argv: Words,
    /// The environment of all jobs.
    pub env: Arc<Environment>,
    /// The variables of this job, as `NAME=VALUE`. They come before those of `env`.
    pub extra_env: Vec<CString>,
    /// The working directory. `None` is that of apool.
    pub cwd: Option<CString>,
    /// The standard input.
    pub stdin: Stdin,
    /// The destination of the outputs.
    pub output: OutputMode,
}

/// The standard input of a job.
#[derive(Debug, Default)]
pub enum Stdin {
    /// `/dev/null`, so that a job cannot read the records.
    #[default]
    Null,
    /// This descriptor.
    Fd(OwnedFd),
    /// The standard input of apool.
    Inherit,
}

/// The destination of standard output and standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutputMode {
    /// Captured, and returned at the end.
    #[default]
    Capture,
    /// Passed on as whole lines while the job runs.
    Lines,
    /// The descriptors of apool. The job writes directly.
    Inherit,
}

/// One of the two outputs of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

//! What one attempt runs: plain data, ready to hand to the kernel, and printable (`--dry-run`, `--verbose`).
//!
//! Everything a child needs is turned into C strings before the fork, because between fork and exec nothing may be
//! allocated. It does not know where the words come from.

use super::environment::Environment;
use crate::job::Words;
use std::ffi::CString;
use std::os::fd::OwnedFd;
use std::sync::Arc;

/// One command, as it will be executed.
#[derive(Debug)]
pub struct Spec {
    /// The words; the first is the program, looked up in `PATH` when it has no slash.
    pub argv: Words,
    /// The environment that all jobs share.
    pub env: Arc<Environment>,
    /// This job's own variables, each `NAME=VALUE`. They come before those of `env`.
    pub extra_env: Vec<CString>,
    /// Where to run it; `None` is where we are.
    pub cwd: Option<CString>,
    /// What it reads.
    pub stdin: Stdin,
    /// What becomes of what it writes.
    pub output: OutputMode,
}

/// What a job reads as its standard input.
#[derive(Debug, Default)]
pub enum Stdin {
    /// Nothing: `/dev/null`, so that a job cannot eat the records.
    #[default]
    Null,
    /// This descriptor.
    Fd(OwnedFd),
    /// Our own standard input.
    Inherit,
}

/// What becomes of a job's standard output and standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutputMode {
    /// Kept, and given back in one piece at the end.
    #[default]
    Capture,
    /// Handed on as whole lines while the job runs.
    Lines,
    /// Our own descriptors: the job writes where we would.
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

//! The messages and the final report that a sink sends to the run.

use crate::exec::Stream;
use crate::job::Seq;
use std::io;

/// A message of the sink.
#[derive(Debug)]
pub enum SinkEvent {
    /// The system accepted all output of these jobs, in this order. With [`Order::Input`](super::Order::Input) the list
    /// contains jobs without output, but no skipped jobs.
    Emitted(Vec<Seq>),
    /// Output was lost. The sink discards all later output. Sent once. [`io::ErrorKind::BrokenPipe`] means that the
    /// reader has closed the pipe, which is no failure of the run.
    Broken {
        /// The stream.
        stream: Stream,
        /// The reason.
        error: io::Error,
    },
}

/// The totals of a sink.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SinkReport {
    /// Jobs whose output was accepted. Jobs that were not sent, because they have no output, are not counted.
    pub emitted: u64,
    /// Bytes of job output, tags included, that standard output accepted.
    pub stdout_bytes: u64,
    /// Bytes of job output, tags included, that standard error accepted. Messages of apool are not counted.
    pub stderr_bytes: u64,
    /// Output was lost: [`SinkEvent::Broken`] was sent, or the output was discarded.
    pub broken: bool,
}

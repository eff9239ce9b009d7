//! The messages of the reading thread to the conductor.

use crate::input::InputError;
use crate::job::Job;

/// A message of the reading thread.
#[derive(Debug)]
pub enum InputMessage {
    /// Jobs, in the order of their numbers or of `--order`.
    Jobs(Vec<Job>),
    /// The number of jobs, known before the end of the input.
    Total(u64),
    /// The end of the input.
    End,
    /// The input cannot be read further. The jobs that were sent run. The number counts jobs that were read and are not
    /// sent, because they wait for the total.
    Failed(InputError, u64),
}

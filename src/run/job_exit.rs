//! The exit of a job, for the records, the retries and `--halt`.
//!
//! A job that could not be started is [`JobExit::Exited`] with the shell's 126 or 127, so that the logs have only three
//! cases.

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobExit {
    /// It exited with this status (0 to 255).
    Exited(i32),
    /// A signal ended it.
    Signaled(i32),
    /// `--timeout` ended it with this signal.
    TimedOut(i32),
}

impl JobExit {
    /// True for success: an exit with status 0.
    pub fn ok(self) -> bool {
        self == JobExit::Exited(0)
    }

    /// The Exitval column: the status; 0 for a signal; -1 for a timeout, as in GNU parallel.
    pub fn exitval(self) -> i32 {
        match self {
            JobExit::Exited(code) => code,
            JobExit::Signaled(_) => 0,
            JobExit::TimedOut(_) => -1,
        }
    }

    /// The Signal column; 0 for no signal.
    pub fn signal(self) -> i32 {
        match self {
            JobExit::Exited(_) => 0,
            JobExit::Signaled(signal) | JobExit::TimedOut(signal) => signal,
        }
    }

    /// The status that a shell shows: 128 plus the signal; 124 for a timeout, as with `timeout(1)`.
    pub fn shell_status(self) -> u8 {
        match self {
            JobExit::Exited(code) => u8::try_from(code).unwrap_or(u8::MAX),
            JobExit::Signaled(signal) => u8::try_from(signal.saturating_add(128)).unwrap_or(u8::MAX),
            JobExit::TimedOut(_) => 124,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_and_status_follow_gnu_parallel_and_the_shell() {
        let row = |e: JobExit| (e.exitval(), e.signal(), e.shell_status(), e.ok());
        assert_eq!(row(JobExit::Exited(0)), (0, 0, 0, true));
        assert_eq!(row(JobExit::Exited(3)), (3, 0, 3, false));
        assert_eq!(row(JobExit::Signaled(9)), (0, 9, 137, false));
        assert_eq!(row(JobExit::TimedOut(15)), (-1, 15, 124, false));
    }
}

//! How a job ended, as far as records, retries and `--halt` care. It does not know how the end was brought about.
//!
//! A job that could not be started is [`JobExit::Exited`] with the shell's 126 or 127: whoever reads a log need not learn
//! a fourth case.

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobExit {
    /// It exited with this status (0 to 255).
    Exited(i32),
    /// A signal ended it.
    Signaled(i32),
    /// `--timeout` ended it, with this signal in the end.
    TimedOut(i32),
}

impl JobExit {
    /// True for success: an exit with status 0.
    pub fn ok(self) -> bool {
        self == JobExit::Exited(0)
    }

    /// The Exitval column: the status; 0 beside a signal; -1 for a timeout (as GNU parallel writes it).
    pub fn exitval(self) -> i32 {
        match self {
            JobExit::Exited(code) => code,
            JobExit::Signaled(_) => 0,
            JobExit::TimedOut(_) => -1,
        }
    }

    /// The Signal column: 0 for none.
    pub fn signal(self) -> i32 {
        match self {
            JobExit::Exited(_) => 0,
            JobExit::Signaled(signal) | JobExit::TimedOut(signal) => signal,
        }
    }

    /// The status a shell would show: 128 + signal; 124 for a timeout, as `timeout(1)` does.
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

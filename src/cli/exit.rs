//! Exit statuses. Only this file contains their numbers.

use crate::run::halt::HaltStatus;
use crate::run::{Cause, RunOutcome};
use std::io::ErrorKind;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All jobs succeeded.
    Success,
    /// This many jobs failed.
    Failed(u64),
    /// The status of the job that stopped the run (`--halt now,fail=1`).
    Job(i32),
    /// The command cannot be executed (126) or is not found (127).
    Command(i32),
    /// The reader of the output has closed it.
    BrokenPipe,
    /// Stopped by this signal, which is raised again.
    Signal(i32),
    /// Usage error, unreadable input, lost output or unwritable log.
    Trouble,
}

impl Exit {
    /// The exit of a run. The first that applies: a signal, lost output, trouble with input or logs, the result of
    /// `--halt`, the number of failed jobs.
    pub fn of(outcome: &RunOutcome) -> Exit {
        if let Some(Cause::Signal(signal)) = outcome.stopped {
            return Exit::Signal(signal);
        }
        match outcome.broken {
            Some(ErrorKind::BrokenPipe) => return Exit::BrokenPipe,
            Some(_) => return Exit::Trouble,
            None => {}
        }
        let count = match outcome.totals.failed + outcome.totals.killed {
            0 => Exit::Success,
            n => Exit::Failed(n),
        };
        match outcome.stopped {
            _ if outcome.trouble => Exit::Trouble,
            Some(Cause::NoCommand(status)) => Exit::Command(status),
            Some(Cause::Halt(HaltStatus::Success)) => Exit::Success,
            Some(Cause::Halt(HaltStatus::Job(status) | HaltStatus::Percent(status))) => {
                Exit::Job(status.into())
            }
            Some(Cause::Halt(HaltStatus::Count)) | None => count,
            Some(_) => Exit::Trouble,
        }
    }

    /// The exit status, 0 to 255.
    pub fn status(self) -> u8 {
        match self {
            Exit::Success => 0,
            Exit::Failed(n) => u8::try_from(n.min(101)).unwrap_or(101),
            Exit::Job(n) | Exit::Command(n) => u8::try_from(n & 255).unwrap_or(255),
            Exit::BrokenPipe => 141,
            Exit::Signal(n) => u8::try_from(128 + n).unwrap_or(255),
            Exit::Trouble => 255,
        }
    }

    /// Raises the signal again with its default action, if a signal stopped the run: the shell then also stops the script.
    /// Otherwise returns the exit status.
    pub fn end(self) -> u8 {
        if let Exit::Signal(signal) = self {
            crate::sys::signals::raise_default(signal);
        }
        self.status()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::ledger::Totals;

    #[test]
    fn the_order_of_precedence() {
        let totals = Totals { read: 9, succeeded: 4, failed: 2, killed: 3, ..Totals::default() };
        let all = RunOutcome { totals, stopped: None, broken: None, trouble: false };
        let stopped = |cause| RunOutcome { stopped: Some(cause), ..all };
        // Killed jobs count as failed: `--halt now,fail=2` with three jobs running.
        assert_eq!(Exit::of(&all), Exit::Failed(5));
        assert_eq!(Exit::of(&stopped(Cause::Halt(HaltStatus::Count))), Exit::Failed(5));
        assert_eq!(Exit::of(&stopped(Cause::Halt(HaltStatus::Job(7)))), Exit::Job(7));
        assert_eq!(Exit::of(&stopped(Cause::Halt(HaltStatus::Percent(23)))), Exit::Job(23));
        assert_eq!(Exit::of(&stopped(Cause::Halt(HaltStatus::Success))), Exit::Success);
        assert_eq!(Exit::of(&stopped(Cause::NoCommand(127))), Exit::Command(127));
        assert_eq!(Exit::of(&stopped(Cause::Input)), Exit::Trouble);
        let trouble = RunOutcome { trouble: true, ..stopped(Cause::Halt(HaltStatus::Success)) };
        assert_eq!(Exit::of(&trouble), Exit::Trouble);
        let gone = RunOutcome { broken: Some(ErrorKind::BrokenPipe), ..trouble };
        assert_eq!(Exit::of(&gone), Exit::BrokenPipe);
        let lost = RunOutcome { broken: Some(ErrorKind::StorageFull), ..gone };
        assert_eq!(Exit::of(&lost), Exit::Trouble);
        let signal = RunOutcome { stopped: Some(Cause::Signal(15)), ..lost };
        assert_eq!(Exit::of(&signal), Exit::Signal(15));
    }

    #[test]
    fn the_table_of_statuses() {
        let table = [
            (Exit::Success, 0),
            (Exit::Failed(1), 1),
            (Exit::Failed(100), 100),
            (Exit::Failed(101), 101),
            (Exit::Failed(1_000_000), 101),
            (Exit::Job(7), 7),
            (Exit::Command(127), 127),
            (Exit::BrokenPipe, 141),
            (Exit::Signal(2), 130),
            (Exit::Signal(15), 143),
            (Exit::Trouble, 255),
        ];
        for (exit, status) in table {
            assert_eq!(exit.status(), status, "{exit:?}");
        }
    }
}

//! What the end of a process means: for the ledger, for the policy, for the user. Pure.

use crate::exec::{Outcome, StartErrorKind, StopReason};
use crate::job::Usage;
use crate::run::job_exit::JobExit;
use crate::run::ledger::AttemptEnd;
use adaptive_pool::policy::Verdict;
use adaptive_pool::pool::TaskReport;

/// What the end of an attempt means.
#[derive(Debug)]
pub struct Judged {
    /// For the ledger.
    pub end: AttemptEnd,
    /// For the policy.
    pub verdict: Verdict,
    /// For the user.
    pub message: Option<String>,
}

/// What the end of a process means. `fixed`: every job runs the same program, so what cannot be run now never can.
pub fn judge(outcome: &Outcome, fixed: bool) -> Judged {
    let say = |end, verdict, message| Judged { end, verdict, message };
    match outcome {
        Outcome::Exited(0) => say(AttemptEnd::Succeeded, Verdict::Ok, None),
        Outcome::Exited(status) => {
            let verdict =
                if *status == BY_SHELL + SIGKILL { Verdict::KilledByKernel } else { Verdict::Failed };
            say(AttemptEnd::Failed(JobExit::Exited(*status)), verdict, None)
        }
        Outcome::Signaled(signal) => {
            let verdict = if *signal == SIGKILL { Verdict::KilledByKernel } else { Verdict::Failed };
            say(AttemptEnd::Failed(JobExit::Signaled(*signal)), verdict, None)
        }
        Outcome::TimedOut => say(AttemptEnd::Failed(JobExit::TimedOut(SIGTERM)), Verdict::Killed, None),
        Outcome::Stopped(StopReason::MemoryShort) => say(AttemptEnd::Refused, Verdict::Killed, None),
        Outcome::Stopped(reason @ StopReason::WantsTerminal(signal)) => {
            say(AttemptEnd::Failed(JobExit::Signaled(*signal)), Verdict::Failed, Some(reason.to_string()))
        }
        Outcome::Stopped(reason @ StopReason::OutputLost(_)) => {
            say(AttemptEnd::Failed(JobExit::Exited(255)), Verdict::Failed, Some(reason.to_string()))
        }
        Outcome::Stopped(_) => say(AttemptEnd::Killed, Verdict::Killed, None),
        Outcome::NotStarted(error) => {
            let status = error.exit_status();
            match error.kind {
                StartErrorKind::Transient => say(AttemptEnd::Refused, Verdict::NotStarted, None),
                StartErrorKind::Cancelled => say(AttemptEnd::Dropped, Verdict::Killed, None),
                StartErrorKind::NotFound | StartErrorKind::NotExecutable if fixed => {
                    say(AttemptEnd::NoCommand(status), Verdict::Failed, Some(error.to_string()))
                }
                _ => {
                    say(AttemptEnd::Failed(JobExit::Exited(status)), Verdict::Failed, Some(error.to_string()))
                }
            }
        }
    }
}

/// The last signal of a timeout is not known here; the first of the default sequence stands for it, as in GNU parallel.
const SIGTERM: i32 = 15;
/// Sent by the kernel when memory runs out; who else may have sent it is not known.
const SIGKILL: i32 = 9;
/// A shell whose command was ended by a signal exits with this and the signal.
const BY_SHELL: i32 = 128;

/// For the pool.
pub fn report(verdict: Verdict, usage: &Usage) -> TaskReport {
    let ran = *usage != Usage::default();
    TaskReport { verdict, cpu: ran.then(|| usage.cpu()), max_rss: ran.then_some(usage.max_rss) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kill_by_the_system_is_told_apart() {
        let verdict = |outcome| judge(&outcome, false).verdict;
        assert_eq!(verdict(Outcome::Signaled(9)), Verdict::KilledByKernel);
        assert_eq!(verdict(Outcome::Exited(137)), Verdict::KilledByKernel);
        assert_eq!(verdict(Outcome::Signaled(15)), Verdict::Failed);
        assert_eq!(verdict(Outcome::Exited(9)), Verdict::Failed);
        assert_eq!(verdict(Outcome::TimedOut), Verdict::Killed);
    }
}

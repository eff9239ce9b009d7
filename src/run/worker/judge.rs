//! The meaning of the end of a process for the ledger, the policy and the user. Pure.

use crate::exec::{Outcome, StartErrorKind, StopReason};
use crate::job::Usage;
use crate::run::job_exit::JobExit;
use crate::run::ledger::AttemptEnd;
use adaptive_pool::policy::Verdict;
use adaptive_pool::pool::TaskReport;

/// The meaning of the end of an attempt.
#[derive(Debug)]
pub struct Judgement {
    /// For the ledger.
    pub end: AttemptEnd,
    /// For the policy.
    pub verdict: Verdict,
    /// For the user.
    pub message: Option<String>,
}

/// Judges the end of a process. With `fixed` every job runs the same program. If it cannot be run, no job can.
pub fn judge(outcome: &Outcome, fixed: bool) -> Judgement {
    let judged = |end, verdict, message| Judgement { end, verdict, message };
    match outcome {
        Outcome::Exited(0) => judged(AttemptEnd::Succeeded, Verdict::Ok, None),
        Outcome::Exited(status) => {
            let verdict =
                if *status == BY_SHELL + SIGKILL { Verdict::KilledByKernel } else { Verdict::Failed };
            judged(AttemptEnd::Failed(JobExit::Exited(*status)), verdict, None)
        }
        Outcome::Signaled(signal) => {
            let verdict = if *signal == SIGKILL { Verdict::KilledByKernel } else { Verdict::Failed };
            judged(AttemptEnd::Failed(JobExit::Signaled(*signal)), verdict, None)
        }
        Outcome::TimedOut => judged(AttemptEnd::Failed(JobExit::TimedOut(SIGTERM)), Verdict::Killed, None),
        Outcome::Stopped(StopReason::MemoryShort) => judged(AttemptEnd::Refused, Verdict::Killed, None),
        Outcome::Stopped(reason @ StopReason::WantsTerminal(signal)) => {
            judged(AttemptEnd::Failed(JobExit::Signaled(*signal)), Verdict::Failed, Some(reason.to_string()))
        }
        Outcome::Stopped(reason @ (StopReason::InputLost(_) | StopReason::OutputLost(_))) => {
            judged(AttemptEnd::Failed(JobExit::Exited(255)), Verdict::Failed, Some(reason.to_string()))
        }
        Outcome::Stopped(_) => judged(AttemptEnd::Killed, Verdict::Killed, None),
        Outcome::NotStarted(error) => {
            let status = error.exit_status();
            match error.kind {
                StartErrorKind::Transient => judged(AttemptEnd::Refused, Verdict::NotStarted, None),
                StartErrorKind::Cancelled => judged(AttemptEnd::Dropped, Verdict::Killed, None),
                StartErrorKind::NotFound | StartErrorKind::NotExecutable if fixed => {
                    judged(AttemptEnd::NoCommand(status), Verdict::Failed, Some(error.to_string()))
                }
                _ => judged(
                    AttemptEnd::Failed(JobExit::Exited(status)),
                    Verdict::Failed,
                    Some(error.to_string()),
                ),
            }
        }
    }
}

/// The records name the first signal of the default sequence for a timeout, as GNU parallel does. The last signal sent
/// is not known here.
const SIGTERM: i32 = 15;
/// The kernel sends it when memory runs out. Any other process may send it too.
const SIGKILL: i32 = 9;
/// A shell exits with this number plus the signal that ended its command.
const BY_SHELL: i32 = 128;

/// The report to the pool.
pub fn report(verdict: Verdict, usage: &Usage) -> TaskReport {
    let ran = *usage != Usage::default();
    TaskReport { verdict, cpu: ran.then(|| usage.cpu()), max_rss: ran.then_some(usage.max_rss) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kill_by_the_kernel_is_recognised() {
        let verdict = |outcome| judge(&outcome, false).verdict;
        assert_eq!(verdict(Outcome::Signaled(9)), Verdict::KilledByKernel);
        assert_eq!(verdict(Outcome::Exited(137)), Verdict::KilledByKernel);
        assert_eq!(verdict(Outcome::Signaled(15)), Verdict::Failed);
        assert_eq!(verdict(Outcome::Exited(9)), Verdict::Failed);
        assert_eq!(verdict(Outcome::TimedOut), Verdict::Killed);
    }
}

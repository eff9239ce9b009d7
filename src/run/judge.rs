//! What the end of a process means: for the ledger, for the policy, for the user. Pure.

use super::ending::Ending;
use super::ledger::End;
use crate::exec::{Outcome, StartErrorKind, StopReason};
use crate::job::Usage;
use crate::policy::Verdict;
use crate::pool::TaskReport;

/// What the end of an attempt means.
#[derive(Debug)]
pub struct Judged {
    /// For the ledger.
    pub end: End,
    /// For the policy.
    pub verdict: Verdict,
    /// For the user.
    pub message: Option<String>,
}

/// What the end of a process means. `fixed`: every job runs the same program, so what cannot be run now never can.
pub fn judge(outcome: &Outcome, fixed: bool) -> Judged {
    let say = |end, verdict, message| Judged { end, verdict, message };
    match outcome {
        Outcome::Exited(0) => say(End::Succeeded, Verdict::Ok, None),
        Outcome::Exited(status) => {
            let verdict = if *status == BY_SHELL + SIGKILL { Verdict::Slain } else { Verdict::Failed };
            say(End::Failed(Ending::Exited(*status)), verdict, None)
        }
        Outcome::Signaled(signal) => {
            let verdict = if *signal == SIGKILL { Verdict::Slain } else { Verdict::Failed };
            say(End::Failed(Ending::Signaled(*signal)), verdict, None)
        }
        Outcome::TimedOut => say(End::Failed(Ending::TimedOut(SIGTERM)), Verdict::Killed, None),
        Outcome::Stopped(StopReason::MemoryShort) => say(End::Refused, Verdict::Killed, None),
        Outcome::Stopped(reason @ StopReason::WantsTerminal(signal)) => {
            say(End::Failed(Ending::Signaled(*signal)), Verdict::Failed, Some(reason.to_string()))
        }
        Outcome::Stopped(reason @ StopReason::OutputLost(_)) => {
            say(End::Failed(Ending::Exited(255)), Verdict::Failed, Some(reason.to_string()))
        }
        Outcome::Stopped(_) => say(End::Killed, Verdict::Killed, None),
        Outcome::NotStarted(error) => {
            let status = error.exit_status();
            match error.kind {
                StartErrorKind::Transient => say(End::Refused, Verdict::NotStarted, None),
                StartErrorKind::Cancelled => say(End::Dropped, Verdict::Killed, None),
                StartErrorKind::NotFound | StartErrorKind::NotExecutable if fixed => {
                    say(End::NoCommand(status), Verdict::Failed, Some(error.to_string()))
                }
                _ => say(End::Failed(Ending::Exited(status)), Verdict::Failed, Some(error.to_string())),
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
        assert_eq!(verdict(Outcome::Signaled(9)), Verdict::Slain);
        assert_eq!(verdict(Outcome::Exited(137)), Verdict::Slain);
        assert_eq!(verdict(Outcome::Signaled(15)), Verdict::Failed);
        assert_eq!(verdict(Outcome::Exited(9)), Verdict::Failed);
        assert_eq!(verdict(Outcome::TimedOut), Verdict::Killed);
    }
}

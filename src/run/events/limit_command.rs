//! `--limit CMD`: a command of the user says whether more jobs may start.

use crate::sys::fault;
use adaptive_pool::policy::{Admit, Guard, Observation, Why};
use adaptive_pool::time::Time;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::time::Duration;

/// `--limit CMD`: what the command said last. 0: start, 1: wait, 2: wait, and end the youngest job, which comes again.
#[derive(Debug)]
pub struct Limit {
    answer: AtomicI32,
    kill: AtomicBool,
    /// The command could not be run: 126 or 127.
    broken: AtomicI32,
}

/// How often the command is asked.
const ASK: Duration = Duration::from_millis(500);
/// How soon a closed gate is looked at again.
const LOOK: Duration = Duration::from_millis(20);
/// Not asked yet.
const UNKNOWN: i32 = -1;

impl Limit {
    /// Not asked yet: nothing starts before the first answer.
    pub fn new() -> Arc<Limit> {
        Arc::new(Limit {
            answer: AtomicI32::new(UNKNOWN),
            kill: AtomicBool::new(false),
            broken: AtomicI32::new(0),
        })
    }

    /// Asks the command again and again, until nobody wants to know any more.
    pub fn ask(self: &Arc<Limit>, shell: String, command: String) -> std::io::Result<()> {
        let limit = Arc::downgrade(self);
        fault::spawn(std::thread::Builder::new().name("limit".into()).stack_size(128 * 1024), move || {
            while let Some(limit) = limit.upgrade() {
                limit.take(run(&shell, &command));
                drop(limit);
                std::thread::sleep(ASK);
            }
        })?;
        Ok(())
    }

    fn take(&self, answer: i32) {
        // The next answer may come before anybody has seen to this one, and takes nothing back.
        if answer == 2 {
            self.kill.store(true, Ordering::Relaxed);
        }
        if matches!(answer, 126 | 127) {
            self.broken.store(answer, Ordering::Relaxed);
        }
        self.answer.store(answer, Ordering::Relaxed);
    }

    /// The status of a shell that could not run the command: it would be waited for in vain.
    pub fn broken(&self) -> Option<i32> {
        Some(self.broken.load(Ordering::Relaxed)).filter(|&status| status != 0)
    }

    /// True once for each answer that asks for the end of the youngest job.
    pub fn wants_one_ended(&self) -> bool {
        self.kill.swap(false, Ordering::Relaxed)
    }
}

/// The status of one run of the command; one that cannot be run or is killed says wait.
#[expect(clippy::disallowed_methods, reason = "no job: a question, whose answer is its status")]
fn run(shell: &str, command: &str) -> i32 {
    let quiet = Command::new(shell)
        .args(["-c", command])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    quiet.ok().and_then(|status| status.code()).unwrap_or(1)
}

/// The guard that goes by it.
#[derive(Debug)]
pub struct LimitGuard(pub Arc<Limit>);

impl Guard for LimitGuard {
    fn cap(&mut self, seen: &Observation<'_>) -> Option<(u32, Why)> {
        let status = self.0.answer.load(Ordering::Relaxed);
        (status != 0).then_some((seen.running, Why::Limited { status }))
    }

    fn admit(&mut self, _now: Time, _running: u32) -> Admit {
        if self.0.answer.load(Ordering::Relaxed) == 0 { Admit::Yes } else { Admit::After(LOOK) }
    }

    fn holds_first(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_two_ends_one_job_once() {
        let limit = Limit::new();
        limit.take(2);
        assert!(limit.wants_one_ended());
        assert!(!limit.wants_one_ended());
        limit.take(2);
        limit.take(0);
        assert!(limit.wants_one_ended(), "heard of late, and all the same");
        assert_eq!(limit.broken(), None);
        limit.take(run("/bin/sh", "/no/such/command"));
        assert_eq!(limit.broken(), Some(127));
        limit.take(run("/bin/sh", "exit 1"));
        assert!(!limit.wants_one_ended());
        assert!(matches!(LimitGuard(Arc::clone(&limit)).admit(Time::ZERO, 0), Admit::After(_)));
        limit.take(run("/bin/sh", "true"));
        assert!(matches!(LimitGuard(limit).admit(Time::ZERO, 5), Admit::Yes));
    }
}

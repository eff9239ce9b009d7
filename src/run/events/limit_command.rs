//! `--limit CMD`: a command of the user decides whether further jobs may start.

use crate::exec::Environment;
use crate::sys::fault;
use adaptive_pool::policy::{Admit, Guard, Observation, Why};
use adaptive_pool::time::Time;
use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::time::Duration;

/// The last exit status of the command. 0: jobs may start. 1: they wait. 2: they wait, and the youngest job is stopped
/// and started again later.
#[derive(Debug)]
pub struct LimitCommand {
    status: AtomicI32,
    stop_requested: AtomicBool,
    /// 126 or 127 if the command could not be run, otherwise 0.
    failed: AtomicI32,
}

/// The pause between two runs of the command.
const PAUSE: Duration = Duration::from_millis(500);
/// How soon a start that waits is tried again.
const RETRY: Duration = Duration::from_millis(20);
/// The status before the first run has ended.
const UNKNOWN: i32 = -1;

impl LimitCommand {
    /// No status yet. No job starts before the first one.
    pub fn new() -> Arc<LimitCommand> {
        Arc::new(LimitCommand {
            status: AtomicI32::new(UNKNOWN),
            stop_requested: AtomicBool::new(false),
            failed: AtomicI32::new(0),
        })
    }

    /// Starts the thread that runs the command repeatedly. It ends when the last user of `self` is dropped.
    pub fn start(
        self: &Arc<LimitCommand>,
        shell: Vec<CString>,
        command: String,
        env: Arc<Environment>,
    ) -> std::io::Result<()> {
        let limit = Arc::downgrade(self);
        fault::spawn(std::thread::Builder::new().name("limit".into()).stack_size(128 * 1024), move || {
            while let Some(limit) = limit.upgrade() {
                limit.set_status(run(&shell, &command, &env));
                drop(limit);
                std::thread::sleep(PAUSE);
            }
        })?;
        Ok(())
    }

    fn set_status(&self, status: i32) {
        // The request stays until the conductor takes it, even if the next status comes first.
        if status == 2 {
            self.stop_requested.store(true, Ordering::Relaxed);
        }
        if matches!(status, 126 | 127) {
            self.failed.store(status, Ordering::Relaxed);
        }
        self.status.store(status, Ordering::Relaxed);
    }

    /// The status of a shell that could not run the command, 126 or 127. No job would ever start.
    pub fn failed_status(&self) -> Option<i32> {
        Some(self.failed.load(Ordering::Relaxed)).filter(|&status| status != 0)
    }

    /// Takes the request to stop the youngest job. True once for each request.
    pub fn take_stop_request(&self) -> bool {
        self.stop_requested.swap(false, Ordering::Relaxed)
    }
}

/// The status of one run of the command in the environment of the jobs; 1 if the shell cannot be started or is killed.
#[expect(clippy::disallowed_methods, reason = "it is not a job")]
fn run(shell: &[CString], command: &str, env: &Environment) -> i32 {
    let mut words = shell.iter().map(|word| OsStr::from_bytes(word.as_bytes()));
    let status = Command::new(words.next().unwrap_or_default())
        .args(words)
        .arg(command)
        .env_clear()
        .envs(env.pairs())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.ok().and_then(|status| status.code()).unwrap_or(1)
}

/// The guard that applies the status.
#[derive(Debug)]
pub struct LimitGuard(pub Arc<LimitCommand>);

impl Guard for LimitGuard {
    fn cap(&mut self, observation: &Observation<'_>) -> Option<(u32, Why)> {
        let status = self.0.status.load(Ordering::Relaxed);
        (status != 0).then_some((observation.running, Why::Limited { status }))
    }

    fn admit(&mut self, _now: Time, _running: u32) -> Admit {
        if self.0.status.load(Ordering::Relaxed) == 0 { Admit::Yes } else { Admit::After(RETRY) }
    }

    fn holds_first(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_two_stops_one_job() {
        let limit = LimitCommand::new();
        limit.set_status(2);
        assert!(limit.take_stop_request());
        assert!(!limit.take_stop_request());
        limit.set_status(2);
        limit.set_status(0);
        assert!(limit.take_stop_request(), "the request outlives the next status");
        assert_eq!(limit.failed_status(), None);
        let shell = [c"/bin/sh".to_owned(), c"-c".to_owned()];
        let run = |command| run(&shell, command, &Environment::default());
        limit.set_status(run("/no/such/command"));
        assert_eq!(limit.failed_status(), Some(127));
        limit.set_status(run("exit 1"));
        assert!(!limit.take_stop_request());
        assert!(matches!(LimitGuard(Arc::clone(&limit)).admit(Time::ZERO, 0), Admit::After(_)));
        limit.set_status(run("true"));
        assert!(matches!(LimitGuard(limit).admit(Time::ZERO, 5), Admit::Yes));
    }
}

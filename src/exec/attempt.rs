//! The loop of one attempt. It waits in one `poll` for output, the exit of the process, the deadline and requests, and
//! does the actions of the [`Lifecycle`].

use super::child_handle::{ChildHandle, EndCause};
use super::context::ExecContext;
use super::lifecycle::{Action, Actions, Event, Lifecycle, Phase};
use super::outcome::{Attempt, Outcome, StartError, StartErrorKind, StopReason};
use super::pump::Pump;
use super::spec::{OutputMode, Spec, Stream};
use super::start::{Started, start};
use super::tree::JobTree;
use crate::job::{Slot, Usage};
use crate::sys::errno;
use crate::sys::events::{Ready, wait_readable};
use crate::sys::job_terminal::JobTerminal;
use crate::sys::signals::{self, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU};
use crate::sys::spawn::Child;
use crate::sys::wait::{self, Reaped, Status};
use adaptive_pool::policy::TaskId;
use adaptive_pool::time::Time;
use std::ffi::CString;
use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

/// How often to check whether the terminal stopped the job. No event reports it.
const TERMINAL_POLL: Duration = Duration::from_secs(1);
/// How often to check whether the job that has the terminal was stopped.
const JOB_STOP_POLL: Duration = Duration::from_millis(50);
/// The signals by which the terminal stops a job: by its key, or because the job is in the background.
const TERMINAL_STOPS: [i32; 3] = [SIGTSTP, SIGTTIN, SIGTTOU];
/// How often to check whether the other processes of an ended job have exited. No event reports it.
const SURVIVOR_POLL: Duration = Duration::from_millis(10);
/// How often to check for the exit of a child without a pidfd.
const EXIT_POLL: Duration = Duration::from_millis(5);
/// The signals that stop a run.
const RUN_STOP_SIGNALS: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];
/// Shells report the exit by a signal as this number plus the signal.
const SIGNAL_STATUS_BASE: i32 = 128;

type OnLines<'l> = &'l mut dyn FnMut(Stream, &[u8]);

/// Runs one attempt to its end.
pub fn run(
    exec: &ExecContext,
    spec: Spec,
    slot: Slot,
    id: TaskId,
    timeout: Option<Duration>,
    lines: OnLines<'_>,
) -> Attempt {
    let began = exec.clock.now();
    let cancelled = |_: StopReason| {
        let text = "the run was stopped before it could start".to_owned();
        StartError { kind: StartErrorKind::Cancelled, errno: 0, text }
    };
    if let Some(error) = exec.requests.stopping().map(cancelled) {
        return Attempt::not_started(began, error);
    }
    let handle = match exec.handle(slot) {
        Ok(handle) => handle,
        Err(e) => {
            let errno = e.raw_os_error().unwrap_or(0);
            return Attempt::not_started(began, StartError::system(StartErrorKind::Transient, errno));
        }
    };
    exec.ensure_guardian();
    let starting = exec.requests.begin_start();
    let started = match start(exec, &spec, &handle) {
        Ok(started) => started,
        Err(error) => return Attempt::not_started(began, error),
    };
    // The child has copies of the input and of the arguments. An open copy here would keep a pipe of the input open,
    // and the arguments may be large.
    let Spec { argv, extra_env, stdin, output, .. } = spec;
    drop((stdin, argv));
    let Started { child, out, err } = started;
    handle.attach(id, child.pid, began, &extra_env);
    // A stop or a suspension during the start did not reach this job.
    if let Some(why) = exec.requests.stopping() {
        handle.stop(None, EndCause::Stopped(why), exec.termseq.first());
    } else if exec.requests.is_suspended() {
        handle.suspend(None, began);
        exec.take_terminal(false);
        // The run may have resumed before this suspension took effect.
        if !exec.requests.is_suspended() {
            handle.resume(None, exec.clock.now());
        }
    }
    drop(starting);
    let attempt = AttemptLoop {
        exec,
        handle: &handle,
        child,
        variables: &extra_env,
        lifecycle: Lifecycle::new(&exec.termseq, exec.leak, output == OutputMode::Inherit),
        out: Pump::new(Stream::Stdout, out, output, &exec.captures),
        err: Pump::new(Stream::Stderr, err, output, &exec.captures),
        began,
        timeout,
        suspended: false,
        stop_passed_on: false,
        suspended_time: Duration::ZERO,
        output_error: None,
        reaped: None,
    };
    attempt.run(lines)
}

struct AttemptLoop<'a> {
    exec: &'a ExecContext,
    handle: &'a ChildHandle,
    child: Child,
    variables: &'a [CString],
    lifecycle: Lifecycle<'a>,
    out: Pump<'a>,
    err: Pump<'a>,
    began: Time,
    timeout: Option<Duration>,
    suspended: bool,
    /// The terminal has stopped the job, and apool has been asked to stop.
    stop_passed_on: bool,
    suspended_time: Duration,
    /// Why output could not be stored.
    output_error: Option<String>,
    /// The result of the reap.
    reaped: Option<io::Result<(Reaped, Option<EndCause>)>>,
}

impl AttemptLoop<'_> {
    fn run(mut self, lines: OnLines<'_>) -> Attempt {
        while self.lifecycle.phase() != Phase::Done {
            let limit = self.handle_timers(lines);
            if self.lifecycle.phase() == Phase::Done {
                break;
            }
            let pidfd = self.child.pidfd.as_ref().filter(|_| !self.lifecycle.exited()).map(AsFd::as_fd);
            let fds = [self.out.pipe(), self.err.pipe(), pidfd, Some(self.handle.as_fd())];
            match wait_readable(fds, limit) {
                Ok(ready) => self.handle_ready(ready, lines),
                // The kernel is out of memory. A later call may succeed.
                Err(_) => std::thread::yield_now(),
            }
        }
        self.finish()
    }

    /// Handles timers that are due. Returns the time until the next one.
    fn handle_timers(&mut self, lines: OnLines<'_>) -> Option<Duration> {
        let mut limit = match self.lifecycle.phase() {
            Phase::Running => self.handle_deadline(),
            _ => None,
        };
        let shorter = |limit: Option<Duration>, other: Duration| Some(limit.map_or(other, |l| l.min(other)));
        if let Some(wake) = self.lifecycle.wake() {
            let now = self.exec.clock.now();
            // Output that the job itself wrote is read to its end, even after the leak time.
            let draining = matches!(self.lifecycle.phase(), Phase::Draining { .. });
            if !(draining && (self.out.has_unread() || self.err.has_unread())) {
                self.apply(now, Event::Clock, lines);
            }
            if self.lifecycle.exited() && matches!(self.lifecycle.phase(), Phase::Terminating { .. }) {
                let remaining = self.tree().survives(&self.other_leaders());
                self.apply(now, Event::Survivors(remaining), lines);
                limit = shorter(limit, SURVIVOR_POLL);
            }
            // A little longer, so that the wait does not end just before the time.
            let wake = self.lifecycle.wake().unwrap_or(wake);
            limit = shorter(limit, wake.since(now) + Duration::from_micros(50));
        }
        if self.child.pidfd.is_none() && !self.lifecycle.exited() {
            if wait::has_ended(self.child.pid) {
                self.handle_exit(self.exec.clock.now(), lines);
            }
            limit = shorter(limit, EXIT_POLL);
        }
        if self.exec.terminal.is_some() && self.lifecycle.phase() == Phase::Running {
            self.pass_on_stop();
            limit = shorter(limit, JOB_STOP_POLL);
        } else if self.exec.watch_terminal && self.lifecycle.phase() == Phase::Running {
            if let Some(signal @ (SIGTTIN | SIGTTOU)) = wait::stopped_by(self.child.pid) {
                self.stop(EndCause::Stopped(StopReason::WantsTerminal(signal)));
            }
            limit = shorter(limit, TERMINAL_POLL);
        }
        limit
    }

    /// The keys of the terminal are for the job that has it. When one stops the job, the run is stopped as well, so that
    /// the shell gets the terminal.
    fn pass_on_stop(&mut self) {
        let stopped = wait::stopped_by(self.child.pid);
        let by_terminal = stopped.is_some_and(|signal| TERMINAL_STOPS.contains(&signal));
        if by_terminal && !self.suspended && !self.stop_passed_on {
            signals::kill_own_group(SIGTSTP);
        }
        self.stop_passed_on = by_terminal && !self.suspended;
    }

    /// Ends the job after its timeout. Otherwise returns the time until then.
    fn handle_deadline(&mut self) -> Option<Duration> {
        let timeout = self.timeout.filter(|_| !self.suspended)?;
        let deadline = self.began + timeout + self.suspended_time;
        let remaining = deadline.since(self.exec.clock.now());
        if !remaining.is_zero() {
            return Some(remaining + Duration::from_micros(50));
        }
        self.timeout = None;
        self.stop(EndCause::TimedOut);
        None
    }

    fn handle_ready(&mut self, ready: [Ready; 4], lines: OnLines<'_>) {
        let [out, err, pidfd, wake] = ready;
        let had_output = self.out.pipe().is_some() || self.err.pipe().is_some();
        for (pump, ready) in [(&mut self.out, out), (&mut self.err, err)] {
            if (ready.data || ready.ended)
                && let Err(e) = pump.take(ready, lines)
            {
                let why = errno::words(&e);
                self.output_error.get_or_insert(why);
                pump.close(lines);
            }
        }
        let closed = had_output && self.out.pipe().is_none() && self.err.pipe().is_none();
        let ended = pidfd.data || pidfd.ended;
        if closed || ended || wake.data {
            let now = self.exec.clock.now();
            if closed {
                self.apply(now, Event::OutputClosed, lines);
            }
            if wake.data {
                self.handle_requests(now, lines);
            }
            if ended {
                self.handle_exit(now, lines);
            }
        }
        if let (Some(why), false) = (&self.output_error, self.lifecycle.phase() == Phase::Done) {
            self.stop(EndCause::Stopped(StopReason::OutputLost(why.clone())));
        }
    }

    fn handle_requests(&mut self, now: Time, lines: OnLines<'_>) {
        let requests = self.handle.requests();
        self.suspended = requests.suspended;
        self.suspended_time = requests.suspended_time;
        // A job that exited by itself is not killed. Neither are its background processes.
        if requests.kill && (requests.stop || self.lifecycle.exited()) {
            self.apply(now, Event::KillRequested, lines);
        } else if requests.stop {
            self.apply(now, Event::StopRequested, lines);
        }
    }

    fn handle_exit(&mut self, now: Time, lines: OnLines<'_>) {
        if !self.handle.is_ending()
            && let Some(signal) = self.terminal_signal().or_else(|| self.run_stop_signal())
        {
            let why = EndCause::Stopped(StopReason::Interrupted(signal));
            self.handle.terminate_group(why, self.exec.termseq.first());
        }
        // The exit may come before the wake-up of a stop request. The other processes of the job must then end too. No
        // request is accepted after this point.
        if self.handle.is_ending() {
            self.handle_requests(now, lines);
        }
        self.out.process_ended();
        self.err.process_ended();
        self.apply(now, Event::Exited, lines);
    }

    /// The signal that ended the job, if it also stops the run. The stop of a service or the end of a session sends it
    /// to both. Such a job has not failed.
    fn run_stop_signal(&self) -> Option<i32> {
        let interrupts_run = |signal| self.exec.requests.stopping() == Some(StopReason::Interrupted(signal));
        let (signal, stops) = match wait::status(self.child.pid)? {
            Status::Signaled(signal) if !RUN_STOP_SIGNALS.contains(&signal) => return None,
            Status::Signaled(signal) => (signal, self.exec.requests.is_stopping_by(signal)),
            // The exit status of a shell, or of a program that handles the signal.
            Status::Exited(status) => {
                (status - SIGNAL_STATUS_BASE, interrupts_run(status - SIGNAL_STATUS_BASE))
            }
        };
        stops.then_some(signal)
    }

    /// The signal of a key of the terminal that has ended the job. The other processes at the terminal get it, too: apool
    /// stops, and so does a program whose output it reads.
    fn terminal_signal(&self) -> Option<i32> {
        if !self.exec.terminal.as_ref().is_some_and(JobTerminal::is_lent) {
            return None;
        }
        let Status::Signaled(signal @ (SIGINT | SIGQUIT)) = wait::status(self.child.pid)? else {
            return None;
        };
        signals::kill_own_group(signal);
        Some(signal)
    }

    fn stop(&self, ending: EndCause) {
        // The handle wakes this thread, as for any other request.
        self.handle.stop(None, ending, self.exec.termseq.first());
    }

    fn apply(&mut self, now: Time, event: Event, lines: OnLines<'_>) {
        let actions: Actions = self.lifecycle.handle(now, event);
        for action in actions.into_iter().flatten() {
            match action {
                Action::Signal(signal) => {
                    self.handle.signal(signal);
                    self.tree().signal_orphans(signal, &self.other_leaders());
                }
                Action::Sweep => {
                    self.tree().sweep(&self.other_leaders(), &|signal| self.handle.signal(signal));
                }
                Action::CloseOutput => {
                    self.out.close(lines);
                    self.err.close(lines);
                }
                Action::Reap => self.reaped = self.handle.reap().transpose(),
            }
        }
    }

    fn tree(&self) -> JobTree<'_> {
        JobTree::new(&self.exec.process_table, self.child.pid, self.variables)
    }

    /// The first processes of the other jobs.
    fn other_leaders(&self) -> Vec<i32> {
        let live = self
            .exec
            .handles()
            .iter()
            .filter_map(|handle| handle.live())
            .map(|live| live.1)
            .collect::<Vec<_>>();
        live.into_iter().filter(|&pid| pid != self.child.pid).collect()
    }

    fn finish(self) -> Attempt {
        let (status, usage, ending) = match self.reaped {
            Some(Ok((reaped, ending))) => {
                let usage = Usage { user: reaped.user, system: reaped.system, max_rss: reaped.max_rss };
                (Some(reaped.status), usage, ending)
            }
            // Other code in this process has reaped the child. The status is lost, so the job counts as failed.
            _ => (None, Usage::default(), self.handle.forget()),
        };
        self.exec.add_cpu(usage.cpu());
        self.exec.take_terminal(!matches!(status, Some(Status::Exited(_))));
        let outcome = match (self.output_error, ending, status) {
            (Some(why), _, _) => Outcome::Stopped(StopReason::OutputLost(why)),
            (_, Some(EndCause::TimedOut), _) => Outcome::TimedOut,
            (_, Some(EndCause::Stopped(why)), _) => Outcome::Stopped(why),
            (_, None, Some(Status::Exited(status))) => Outcome::Exited(status),
            (_, None, Some(Status::Signaled(signal))) => Outcome::Signaled(signal),
            (_, None, None) => Outcome::Exited(255),
        };
        Attempt {
            began: self.began,
            took: self.exec.clock.now().since(self.began),
            usage,
            outcome,
            leaked: self.lifecycle.leaked(),
            out: self.out.finish(),
            err: self.err.finish(),
        }
    }
}

#[cfg(test)]
mod tests;

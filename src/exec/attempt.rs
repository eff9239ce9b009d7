//! The loop of a worker: it waits for its child's outputs, its end, its deadline and for requests, all in one `poll`,
//! and does what the [`Lifecycle`] says.

use super::child_handle::{ChildHandle, EndCause};
use super::context::ExecContext;
use super::lifecycle::{Action, Actions, Event, Lifecycle, Phase};
use super::outcome::{Attempt, Outcome, StartError, StartErrorKind, StopReason};
use super::pump::Pump;
use super::spec::{OutputMode, Spec, Stream};
use super::start::{Started, start};
use super::tree::Tree;
use crate::job::{Slot, Usage};
use crate::sys::errno;
use crate::sys::events::{Ready, wait_readable};
use crate::sys::signals::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTTIN, SIGTTOU};
use crate::sys::spawn::Child;
use crate::sys::wait::{self, Reaped, Status};
use adaptive_pool::policy::TaskId;
use adaptive_pool::time::Time;
use std::ffi::CString;
use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

/// How often we look for a job stopped by the terminal, where there is one: nothing tells us.
const TERMINAL: Duration = Duration::from_secs(1);
/// How often we look whether the processes that a job left behind while it was ended are gone: nothing tells us either.
const SURVIVORS: Duration = Duration::from_millis(10);
/// How often we look for the end of a child without a pidfd.
const NO_PIDFD: Duration = Duration::from_millis(5);
/// The signals that stop a run.
const STOPS_A_RUN: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];
/// The status of a program that has handled a signal is by habit this and the signal.
const BY_SIGNAL: i32 = 128;

type Lines<'l> = &'l mut dyn FnMut(Stream, &[u8]);

/// Runs one attempt to its end.
pub fn run(
    exec: &ExecContext,
    spec: Spec,
    slot: Slot,
    id: TaskId,
    timeout: Option<Duration>,
    lines: Lines<'_>,
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
    let starting = exec.requests.starting();
    let started = match start(exec, &spec, &handle) {
        Ok(started) => started,
        Err(error) => return Attempt::not_started(began, error),
    };
    // The input was given to the child; our copy would keep its pipe open. The child has its own copy of the words, too,
    // which may be many.
    let Spec { argv, extra_env, stdin, output, .. } = spec;
    drop((stdin, argv));
    let Started { child, out, err } = started;
    handle.attach(id, child.pid, began, &extra_env);
    // Whoever stopped the run while this one started has not seen it.
    if let Some(why) = exec.requests.stopping() {
        handle.stop(None, EndCause::Stopped(why), exec.termseq.first());
    } else if exec.requests.is_suspended() {
        handle.suspend(None, began);
        // Unless the run went on just then, and found nothing to let go.
        if !exec.requests.is_suspended() {
            handle.resume(None, exec.clock.now());
        }
    }
    drop(starting);
    let worker = Worker {
        exec,
        handle: &handle,
        child,
        marks: &extra_env,
        life: Lifecycle::new(&exec.termseq, exec.leak, output == OutputMode::Inherit),
        out: Pump::new(Stream::Stdout, out, output, &exec.captures),
        err: Pump::new(Stream::Stderr, err, output, &exec.captures),
        began,
        timeout,
        suspended: false,
        stood_still: Duration::ZERO,
        lost: None,
        ended: None,
    };
    worker.run(lines)
}

struct Worker<'a> {
    exec: &'a ExecContext,
    handle: &'a ChildHandle,
    child: Child,
    marks: &'a [CString],
    life: Lifecycle<'a>,
    out: Pump<'a>,
    err: Pump<'a>,
    began: Time,
    timeout: Option<Duration>,
    suspended: bool,
    stood_still: Duration,
    /// Why output could not be kept.
    lost: Option<String>,
    /// How it ended, once it is reaped.
    ended: Option<io::Result<(Reaped, Option<EndCause>)>>,
}

impl Worker<'_> {
    fn run(mut self, lines: Lines<'_>) -> Attempt {
        while self.life.phase() != Phase::Gone {
            let limit = self.on_time(lines);
            if self.life.phase() == Phase::Gone {
                break;
            }
            let watched = self.child.pidfd.as_ref().filter(|_| !self.life.exited()).map(AsFd::as_fd);
            let fds = [self.out.pipe(), self.err.pipe(), watched, Some(self.handle.as_fd())];
            match wait_readable(fds, limit) {
                Ok(ready) => self.on_ready(ready, lines),
                // Out of memory inside the kernel, at worst: the next try may have it.
                Err(_) => std::thread::yield_now(),
            }
        }
        self.finish()
    }

    /// Does what is due, and says how long the next wait may be.
    fn on_time(&mut self, lines: Lines<'_>) -> Option<Duration> {
        let mut limit = match self.life.phase() {
            Phase::Running => self.on_deadline(),
            _ => None,
        };
        let shorter = |limit: Option<Duration>, other: Duration| Some(limit.map_or(other, |l| l.min(other)));
        if let Some(wake) = self.life.wake() {
            let now = self.exec.clock.now();
            // However slowly its output is taken, what the job wrote itself is not given up.
            let drains = matches!(self.life.phase(), Phase::Draining { .. });
            if !(drains && (self.out.is_owed() || self.err.is_owed())) {
                self.feed(now, Event::Clock, lines);
            }
            if self.life.exited() && matches!(self.life.phase(), Phase::Terminating { .. }) {
                let left = self.tree().survives(&self.others());
                self.feed(now, Event::Survivors(left), lines);
                limit = shorter(limit, SURVIVORS);
            }
            // A little more than what is left, so that the wait does not end just before.
            let wake = self.life.wake().unwrap_or(wake);
            limit = shorter(limit, wake.since(now) + Duration::from_micros(50));
        }
        if self.child.pidfd.is_none() && !self.life.exited() {
            if wait::has_ended(self.child.pid) {
                self.on_exited(self.exec.clock.now(), lines);
            }
            limit = shorter(limit, NO_PIDFD);
        }
        if self.exec.watch_terminal && self.life.phase() == Phase::Running {
            if let Some(signal @ (SIGTTIN | SIGTTOU)) = wait::stopped_by(self.child.pid) {
                self.stop(EndCause::Stopped(StopReason::WantsTerminal(signal)));
            }
            limit = shorter(limit, TERMINAL);
        }
        limit
    }

    /// Ends the job when its time is over; else says how much is left.
    fn on_deadline(&mut self) -> Option<Duration> {
        let timeout = self.timeout.filter(|_| !self.suspended)?;
        let deadline = self.began + timeout + self.stood_still;
        let left = deadline.since(self.exec.clock.now());
        if !left.is_zero() {
            return Some(left + Duration::from_micros(50));
        }
        self.timeout = None;
        self.stop(EndCause::TimedOut);
        None
    }

    fn on_ready(&mut self, ready: [Ready; 4], lines: Lines<'_>) {
        let [out, err, pidfd, wake] = ready;
        let had_output = self.out.pipe().is_some() || self.err.pipe().is_some();
        for (pump, ready) in [(&mut self.out, out), (&mut self.err, err)] {
            if (ready.data || ready.ended)
                && let Err(e) = pump.take(ready, lines)
            {
                let why = errno::words(&e);
                self.lost.get_or_insert(why);
                pump.close(lines);
            }
        }
        let closed = had_output && self.out.pipe().is_none() && self.err.pipe().is_none();
        let ended = pidfd.data || pidfd.ended;
        if closed || ended || wake.data {
            let now = self.exec.clock.now();
            if closed {
                self.feed(now, Event::OutputClosed, lines);
            }
            if wake.data {
                self.on_asked(now, lines);
            }
            if ended {
                self.on_exited(now, lines);
            }
        }
        if let (Some(why), false) = (&self.lost, self.life.phase() == Phase::Gone) {
            self.stop(EndCause::Stopped(StopReason::OutputLost(why.clone())));
        }
    }

    fn on_asked(&mut self, now: Time, lines: Lines<'_>) {
        let asked = self.handle.asked();
        self.suspended = asked.suspended;
        self.stood_still = asked.stood_still;
        // A job that had ended by itself is not killed, nor is what it left behind.
        if asked.kill && (asked.stop || self.life.exited()) {
            self.feed(now, Event::KillAsked, lines);
        } else if asked.stop {
            self.feed(now, Event::StopAsked, lines);
        }
    }

    fn on_exited(&mut self, now: Time, lines: Lines<'_>) {
        if !self.handle.is_ending()
            && let Some(signal) = self.interrupted_by()
        {
            let why = EndCause::Stopped(StopReason::Interrupted(signal));
            self.handle.ended_for(why, self.exec.termseq.first());
        }
        // When it ended because it was asked to, what it has started must end too: that comes first, even if the wake-up
        // has not been seen yet. From here on nobody can ask any more.
        if self.handle.is_ending() {
            self.on_asked(now, lines);
        }
        self.out.process_ended();
        self.err.process_ended();
        self.feed(now, Event::Exited, lines);
    }

    /// The signal that has ended the job and stops the run as well: what stops all of a service or of a session reaches
    /// both. That is no failure of the job.
    fn interrupted_by(&self) -> Option<i32> {
        let why = |signal| self.exec.requests.stopping() == Some(StopReason::Interrupted(signal));
        let (signal, stops) = match wait::status(self.child.pid)? {
            Status::Signaled(signal) if !STOPS_A_RUN.contains(&signal) => return None,
            Status::Signaled(signal) => (signal, self.exec.requests.is_stopping_by(signal)),
            // A shell, or a program that handles the signal.
            Status::Exited(status) => (status - BY_SIGNAL, why(status - BY_SIGNAL)),
        };
        stops.then_some(signal)
    }

    fn stop(&self, ending: EndCause) {
        // It wakes us by the leash, like any other request.
        self.handle.stop(None, ending, self.exec.termseq.first());
    }

    fn feed(&mut self, now: Time, event: Event, lines: Lines<'_>) {
        let actions: Actions = self.life.handle(now, event);
        for action in actions.into_iter().flatten() {
            match action {
                Action::Signal(signal) => {
                    self.handle.signal(signal);
                    self.tree().signal_orphans(signal, &self.others());
                }
                Action::Sweep => self.tree().sweep(&self.others(), &|signal| self.handle.signal(signal)),
                Action::CloseOutput => {
                    self.out.close(lines);
                    self.err.close(lines);
                }
                Action::Reap => self.ended = self.handle.reap().transpose(),
            }
        }
    }

    fn tree(&self) -> Tree<'_> {
        Tree::new(&self.exec.process_table, self.child.pid, self.marks)
    }

    /// The first processes of the other jobs.
    fn others(&self) -> Vec<i32> {
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
        let (status, usage, ending) = match self.ended {
            Some(Ok((reaped, ending))) => {
                let usage = Usage { user: reaped.user, system: reaped.system, max_rss: reaped.max_rss };
                (Some(reaped.status), usage, ending)
            }
            // Someone else in this process has reaped it: how it ended is lost, so it counts as failed.
            _ => (None, Usage::default(), self.handle.forget()),
        };
        self.exec.add_cpu(usage.cpu());
        let outcome = match (self.lost, ending, status) {
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
            leaked: self.life.leaked(),
            out: self.out.finish(),
            err: self.err.finish(),
        }
    }
}

#[cfg(test)]
mod tests;

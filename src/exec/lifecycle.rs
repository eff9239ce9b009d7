//! The life of one child as a pure state machine: what happened goes in, what must be done comes out.
//!
//! The end of a process and the end of its output are two events and come in either order. It is told the time and does
//! nothing itself, so that it can be tested without a process.

use super::termseq::TermSeq;
use crate::sys::signals::SIGKILL;
use adaptive_pool::time::Time;
use std::time::Duration;

/// How often a process that does not die of KILL (it hangs in the kernel) gets another one.
const KILL_RETRY: Duration = Duration::from_secs(1);

/// Where in its life a child is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The process lives.
    Running,
    /// It has ended; something holds its output open, and we listen until then.
    Draining {
        /// Until when.
        until: Time,
    },
    /// It is being ended: the signal of this step was sent and may work until then.
    Terminating {
        /// The step of the sequence; its length once the last one is over.
        step: usize,
        /// Until when.
        until: Time,
    },
    /// It is reaped, or must be now. Nothing follows.
    Gone,
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Every stream has reached its end.
    OutputClosed,
    /// The process has ended; it is not reaped.
    Exited,
    /// It is to be ended. The first signal of the sequence has been sent.
    StopRequested,
    /// It is to be killed at once.
    KillRequested,
    /// While it is being ended: whether any process of the job is left besides its first one.
    Survivors(bool),
    /// Time has passed.
    Clock,
}

/// What must be done, in the order given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send this signal to all of the job.
    Signal(i32),
    /// Stop all of the job, then kill it.
    Sweep,
    /// Stop listening to its output, which something else holds open.
    CloseOutput,
    /// Reap it.
    Reap,
}

/// At most two things to do.
pub type Actions = [Option<Action>; 2];

const NO_ACTIONS: Actions = [None, None];

/// The machine.
#[derive(Clone, Debug)]
pub struct Lifecycle<'a> {
    phase: Phase,
    sequence: &'a TermSeq,
    leak: Duration,
    exited: bool,
    closed: bool,
    leaked: bool,
}

impl<'a> Lifecycle<'a> {
    /// A child that has just started, with `closed` when it has no output of ours. After its end we listen for `leak`.
    pub fn new(sequence: &'a TermSeq, leak: Duration, closed: bool) -> Lifecycle<'a> {
        Lifecycle { phase: Phase::Running, sequence, leak, exited: false, closed, leaked: false }
    }

    /// Where it is.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Whether the process has ended.
    pub fn exited(&self) -> bool {
        self.exited
    }

    /// Whether its output was closed by us because something else held it open.
    pub fn leaked(&self) -> bool {
        self.leaked
    }

    /// When [`Event::Clock`] is due.
    pub fn wake(&self) -> Option<Time> {
        match self.phase {
            Phase::Draining { until } | Phase::Terminating { until, .. } => Some(until),
            Phase::Running | Phase::Gone => None,
        }
    }

    /// Something happened.
    pub fn handle(&mut self, now: Time, event: Event) -> Actions {
        match event {
            Event::OutputClosed => self.closed = true,
            Event::Exited => self.exited = true,
            _ => {}
        }
        match (self.phase, event) {
            (Phase::Running, Event::Exited) => self.drain(now),
            (Phase::Running, Event::StopRequested) => self.begin(now),
            (Phase::Running | Phase::Terminating { .. }, Event::KillRequested) => self.sweep(now),
            (Phase::Terminating { .. }, Event::Survivors(false)) if self.exited => self.drain(now),
            (Phase::Terminating { step, until }, Event::Clock) if now >= until => self.next_step(now, step),
            (Phase::Draining { .. }, Event::OutputClosed) => self.end(false),
            // The job itself has ended well; what it left behind may live, but nobody waits for it now.
            (Phase::Draining { .. }, Event::StopRequested | Event::KillRequested) => self.end(true),
            (Phase::Draining { until }, Event::Clock) if now >= until => self.end(true),
            _ => NO_ACTIONS,
        }
    }

    fn begin(&mut self, now: Time) -> Actions {
        let Some(first) = self.sequence.steps().first() else { return self.sweep(now) };
        self.phase = Phase::Terminating { step: 0, until: now + first.wait };
        // It has been sent, but a KILL must reach more than the group.
        if first.signal == SIGKILL { [Some(Action::Sweep), None] } else { NO_ACTIONS }
    }

    fn next_step(&mut self, now: Time, step: usize) -> Actions {
        let steps = self.sequence.steps();
        if let Some(next) = steps.get(step + 1) {
            self.phase = Phase::Terminating { step: step + 1, until: now + next.wait };
            let kill = next.signal == SIGKILL;
            return [Some(if kill { Action::Sweep } else { Action::Signal(next.signal) }), None];
        }
        let killed = step >= steps.len() || steps[step].signal == SIGKILL;
        // All was done that can be done, so what the sweep did not find is not waited for.
        if self.exited && killed { self.drain(now) } else { self.sweep(now) }
    }

    fn sweep(&mut self, now: Time) -> Actions {
        self.phase = Phase::Terminating { step: self.sequence.steps().len(), until: now + KILL_RETRY };
        [Some(Action::Sweep), None]
    }

    fn drain(&mut self, now: Time) -> Actions {
        if self.closed {
            return self.end(false);
        }
        self.phase = Phase::Draining { until: now + self.leak };
        NO_ACTIONS
    }

    fn end(&mut self, leaked: bool) -> Actions {
        self.phase = Phase::Gone;
        self.leaked = leaked;
        [leaked.then_some(Action::CloseOutput), Some(Action::Reap)]
    }
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

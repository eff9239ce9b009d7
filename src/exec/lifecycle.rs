//! The states of one child, as a pure state machine: events in, actions out.
//!
//! The exit of the process and the end of its output are two events in any order. The time is an argument. The machine
//! does nothing itself, so tests need no process.

use super::termseq::TermSeq;
use crate::sys::signals::SIGKILL;
use adaptive_pool::time::Time;
use std::time::Duration;

/// How often KILL is sent again to a process that does not end (it hangs in the kernel).
const KILL_RETRY: Duration = Duration::from_secs(1);

/// The state of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The process runs.
    Running,
    /// The process has exited. Another process keeps the output open.
    Draining {
        /// When to close the output.
        until: Time,
    },
    /// The child is being ended. The signal of this step was sent.
    Terminating {
        /// The step of the sequence. After the last step, the length of the sequence.
        step: usize,
        /// When the next step is due.
        until: Time,
    },
    /// Reaped, or about to be. No event follows.
    Done,
}

/// An event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// All streams have reached their end.
    OutputClosed,
    /// The process has exited. It is not reaped.
    Exited,
    /// A stop was requested. The first signal of the sequence was sent.
    StopRequested,
    /// A kill was requested.
    KillRequested,
    /// While the child is being ended: whether other processes of the job are left.
    Survivors(bool),
    /// The time of [`Lifecycle::wake`] has come.
    Clock,
}

/// An action. Actions are done in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send this signal to all processes of the job.
    Signal(i32),
    /// Stop all processes of the job, then kill them.
    Sweep,
    /// Close the output, which another process keeps open.
    CloseOutput,
    /// Reap the child.
    Reap,
}

/// At most two actions.
pub type Actions = [Option<Action>; 2];

const NO_ACTIONS: Actions = [None, None];

/// The state machine.
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
    /// A child that has just started. `closed`: apool reads no output of it. `leak`: how long to read the output after
    /// the exit.
    pub fn new(sequence: &'a TermSeq, leak: Duration, closed: bool) -> Lifecycle<'a> {
        Lifecycle { phase: Phase::Running, sequence, leak, exited: false, closed, leaked: false }
    }

    /// The state.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Whether the process has exited.
    pub fn exited(&self) -> bool {
        self.exited
    }

    /// Whether the output was closed because another process kept it open.
    pub fn leaked(&self) -> bool {
        self.leaked
    }

    /// When [`Event::Clock`] is due.
    pub fn wake(&self) -> Option<Time> {
        match self.phase {
            Phase::Draining { until } | Phase::Terminating { until, .. } => Some(until),
            Phase::Running | Phase::Done => None,
        }
    }

    /// Handles an event. Returns the actions.
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
            // The job itself has exited. Its background processes stay, but apool does not wait for them.
            (Phase::Draining { .. }, Event::StopRequested | Event::KillRequested) => self.end(true),
            (Phase::Draining { until }, Event::Clock) if now >= until => self.end(true),
            _ => NO_ACTIONS,
        }
    }

    fn begin(&mut self, now: Time) -> Actions {
        let Some(first) = self.sequence.steps().first() else { return self.sweep(now) };
        self.phase = Phase::Terminating { step: 0, until: now + first.wait };
        // The KILL reached only the group. The sweep also finds the other processes.
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
        // After a KILL, processes that the sweep did not find are not waited for.
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
        self.phase = Phase::Done;
        self.leaked = leaked;
        [leaked.then_some(Action::CloseOutput), Some(Action::Reap)]
    }
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

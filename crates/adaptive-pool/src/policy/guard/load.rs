//! `--load N`: no new job while N or more threads are runnable.
//!
//! The guard uses the number of runnable threads at this moment, and the load average only where that is unknown: the average
//! lags by a minute, so a guard that follows it starts far too many jobs and then none. A momentary number varies, so the
//! higher of two readings counts. Jobs started since the reading count as runnable. Running jobs are left alone. When no job
//! runs, only the threads of other programs count.

use super::closed::{admit, has_no_reading};
use crate::policy::decision::Admit;
use crate::policy::interface::Guard;
use crate::policy::observation::Observation;
use crate::policy::task_event::TaskEvent;
use crate::policy::why::Why;
use crate::time::Time;

#[derive(Debug)]
pub(super) struct LoadGuard {
    threshold: f64,
    hold_first: bool,
    /// The time of the last reading.
    at: Option<Time>,
    last: Runnable,
    before_last: Runnable,
    /// Jobs that started after the last reading.
    started: u32,
    /// The number of jobs that may start before the next decision; `None` for any. 0 before the first reading.
    room: Option<u32>,
    /// Whether other programs alone reach the threshold; `None` when unknown.
    others_reach: Option<bool>,
}

/// The numbers of runnable threads.
#[derive(Clone, Copy, Debug, Default)]
struct Runnable {
    all: f64,
    /// Threads of other programs.
    others: f64,
}

impl LoadGuard {
    pub(super) fn new(threshold: f64, hold_first: bool) -> LoadGuard {
        LoadGuard {
            threshold,
            hold_first,
            at: None,
            last: Runnable::default(),
            before_last: Runnable::default(),
            started: 0,
            room: Some(0),
            others_reach: Some(hold_first),
        }
    }

    /// The number of runnable threads while `running` jobs run.
    fn load(&self, running: u32) -> f64 {
        match running {
            0 => self.last.others.max(self.before_last.others),
            _ => self.last.all.max(self.before_last.all) + f64::from(self.started),
        }
    }

    fn cap_for(&self, observation: &Observation<'_>, room: u32) -> Option<(u32, Why)> {
        let cap = observation.running.saturating_add(room);
        let cap = if self.hold_first { cap } else { cap.max(1) };
        let why = Why::LoadHigh { load: self.load(observation.running), threshold: self.threshold };
        (cap < observation.bounds.max).then_some((cap, why))
    }
}

impl Guard for LoadGuard {
    fn cap(&mut self, observation: &Observation<'_>) -> Option<(u32, Why)> {
        if has_no_reading(observation, self.hold_first) {
            // The last reading still applies, if there was one.
            let room = self.at.and(self.room).filter(|room| *room == 0)?;
            return self.cap_for(observation, room);
        }
        let reading = observation.machine;
        let Some(all) = reading.run_queue.or(reading.load).filter(|v| v.is_finite()) else {
            (self.room, self.others_reach) = (None, None);
            return None;
        };
        let ours = reading.run_queue.and(reading.tasks.as_ref()).map_or(0.0, |tasks| tasks.runnable);
        let runnable = Runnable { all, others: (all - ours).max(0.0) };
        let started_after_reading =
            |e: &&TaskEvent| matches!(e, TaskEvent::Started { at, .. } if *at > reading.at);
        let started = observation.events.iter().filter(started_after_reading).count() as u32;
        if self.at == Some(reading.at) {
            self.started += started;
        } else {
            self.before_last = if self.at.is_some() { self.last } else { runnable };
            (self.at, self.last) = (Some(reading.at), runnable);
            self.started = started;
        }
        let room = (self.threshold - self.load(observation.running)).ceil().max(0.0) as u32;
        self.room = Some(room);
        self.others_reach = Some(self.load(0) >= self.threshold);
        self.cap_for(observation, room)
    }

    fn admit(&mut self, _now: Time, running: u32) -> Admit {
        let closed = match running {
            0 => self.others_reach == Some(true),
            _ => self.room == Some(0),
        };
        admit(closed, running, self.hold_first)
    }

    fn started(&mut self, _now: Time) {
        self.room = self.room.map(|room| room.saturating_sub(1));
    }

    fn holds_first(&self) -> bool {
        self.hold_first
    }
}

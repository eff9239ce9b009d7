//! `--load N`: no new job while N or more threads are runnable.
//!
//! The number of runnable threads at this moment is preferred to the load average: the average lags by a minute, and a
//! guard that follows it starts far too many and then none. The higher of two readings counts, because one reading of a
//! momentary number proves little, and jobs started since the reading count as runnable, because the reading cannot have
//! seen them. What already runs is left alone. With nothing running only threads that were not our jobs' count: ours are gone.

use super::{gate, is_blind};
use crate::policy::{Admit, Guard, Observation, TaskEvent, Why};
use crate::time::Time;

#[derive(Debug)]
pub(super) struct LoadGuard {
    threshold: f64,
    hold_first: bool,
    /// The last two readings of runnable threads, with the time of the newer.
    at: Option<Time>,
    last: Runnable,
    before: Runnable,
    /// Jobs started after the newer.
    since: u32,
    /// How many more may start before the next look; before the first one a job at a time.
    room: Option<u32>,
    /// Threads that are not our jobs' are as many as the threshold by themselves; `None` when that is unknown.
    others: Option<bool>,
}

/// Runnable threads: all of them, and those that are not of our jobs.
#[derive(Clone, Copy, Debug, Default)]
struct Runnable {
    all: f64,
    others: f64,
}

impl LoadGuard {
    pub(super) fn new(threshold: f64, hold_first: bool) -> LoadGuard {
        let (last, before) = (Runnable::default(), Runnable::default());
        let (room, others) = (Some(0), Some(hold_first));
        LoadGuard { threshold, hold_first, at: None, last, before, since: 0, room, others }
    }

    /// How many are runnable by the last two readings, while so many of our jobs run.
    fn load(&self, running: u32) -> f64 {
        match running {
            0 => self.last.others.max(self.before.others),
            _ => self.last.all.max(self.before.all) + f64::from(self.since),
        }
    }

    fn verdict(&self, seen: &Observation<'_>, room: u32) -> Option<(u32, Why)> {
        let cap = seen.running.saturating_add(room);
        let cap = if self.hold_first { cap } else { cap.max(1) };
        let why = Why::LoadHigh { load: self.load(seen.running), threshold: self.threshold };
        (cap < seen.bounds.max).then_some((cap, why))
    }
}

impl Guard for LoadGuard {
    fn cap(&mut self, seen: &Observation<'_>) -> Option<(u32, Why)> {
        if is_blind(seen, self.hold_first) {
            // Nothing was read yet, or what was read last still holds.
            return self
                .at
                .and(self.room)
                .filter(|room| *room == 0)
                .and_then(|room| self.verdict(seen, room));
        }
        let reading = seen.machine;
        let Some(value) = reading.run_queue.or(reading.load).filter(|v| v.is_finite()) else {
            (self.room, self.others) = (None, None);
            return None;
        };
        let ours = reading.run_queue.and(reading.tasks.as_ref()).map_or(0.0, |tasks| tasks.runnable);
        let value = Runnable { all: value, others: (value - ours).max(0.0) };
        let started = |after: Time| {
            let is = |e: &&TaskEvent| matches!(e, TaskEvent::Started { at, .. } if *at > after);
            seen.events.iter().filter(is).count() as u32
        };
        if self.at == Some(reading.at) {
            self.since += started(reading.at);
        } else {
            self.before = if self.at.is_some() { self.last } else { value };
            (self.at, self.last) = (Some(reading.at), value);
            self.since = started(reading.at);
        }
        let room = (self.threshold - self.load(seen.running)).ceil().max(0.0) as u32;
        self.room = Some(room);
        self.others = Some(self.load(0) >= self.threshold);
        self.verdict(seen, room)
    }

    fn admit(&mut self, _now: Time, running: u32) -> Admit {
        let closed = match running {
            0 => self.others == Some(true),
            _ => self.room == Some(0),
        };
        gate(closed, running, self.hold_first)
    }

    fn started(&mut self, _now: Time) {
        self.room = self.room.map(|room| room.saturating_sub(1));
    }

    fn holds_first(&self) -> bool {
        self.hold_first
    }
}

//! `--load N`: no new job while N or more threads are runnable.
//!
//! The number of runnable threads at this moment is preferred to the load average: the average lags by a minute, and a
//! guard that follows it starts far too many and then none. The higher of two readings counts, because one reading of a
//! momentary number proves little, and jobs started since the reading count as runnable, because the reading cannot have
//! seen them. What already runs is left alone.

use super::{gate, is_too_early};
use crate::policy::{Admit, Guard, Observation, TaskEvent, Why};
use crate::time::Time;

#[derive(Debug)]
pub(super) struct LoadGuard {
    threshold: f64,
    /// The last two readings of runnable threads, with the time of the newer.
    at: Option<Time>,
    last: f64,
    before: f64,
    /// Jobs started after the newer.
    since: u32,
    /// How many more may start before the next look; before the first one a job at a time.
    room: Option<u32>,
}

impl LoadGuard {
    pub(super) fn new(threshold: f64) -> LoadGuard {
        LoadGuard { threshold, at: None, last: 0.0, before: 0.0, since: 0, room: Some(0) }
    }
}

impl Guard for LoadGuard {
    fn cap(&mut self, seen: &Observation<'_>) -> Option<(u32, Why)> {
        if is_too_early(seen) {
            return None;
        }
        let reading = seen.machine;
        let Some(value) = reading.run_queue.or(reading.load).filter(|v| v.is_finite()) else {
            self.room = None;
            return None;
        };
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
        let load = self.last.max(self.before) + f64::from(self.since);
        let room = (self.threshold - load).ceil().max(0.0) as u32;
        self.room = Some(room);
        let cap = seen.running.saturating_add(room).max(1);
        (cap < seen.bounds.max).then_some((cap, Why::LoadHigh { load, threshold: self.threshold }))
    }

    fn admit(&mut self, _now: Time, running: u32) -> Admit {
        gate(self.room == Some(0), running)
    }

    fn started(&mut self, _now: Time) {
        self.room = self.room.map(|room| room.saturating_sub(1));
    }
}

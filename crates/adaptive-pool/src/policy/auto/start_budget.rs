//! How many tasks may start before the next reading: as many as fit in memory, and no more in a step up than can be judged.

use super::super::Observation;
use super::cohort::Kind;
use super::staffing::UNBOUND;
use super::{Auto, consts};

impl Auto {
    /// The bound of the CPU. A short run has none while the gate sees the run queue: it starts one more when a core is free.
    /// What keeps the cores busy would be known too late there, and the rest of the work shows when it will change.
    /// Jobs that only compute have one all the same: the gate is blind where others fill the CPU.
    pub(super) fn cpu_bound(&self) -> f64 {
        if !(self.slow_start.brief && self.staffing.sees_queue) {
            self.staffing.level
        } else if self.staffing.computes() {
            self.staffing.level.max(consts::GATE_QUEUE * self.cores + 2.0)
        } else {
            UNBOUND
        }
    }

    /// So many run as keep the cores busy, and the gate alone says whether one more may.
    pub(super) fn is_beyond(&self, running: u32) -> bool {
        let level = self.staffing.level;
        self.cpu_bound() > level && f64::from(running) >= level
    }

    /// How many may start before the next reading, as far as memory goes; `None` while it is far from binding.
    pub(super) fn fit(&self, t: f64, seen: &Observation<'_>) -> Option<u32> {
        let room = self.memory.room?;
        let running = f64::from(seen.running);
        if self.memory.stopped > 0.0 {
            return Some(0); // what was stopped comes first
        }
        if self.brief().is_some() {
            return None;
        }
        if room >= (2.0 * running).max(64.0) && self.memory.is_learned() {
            return None;
        }
        // What ends before the next reading makes room for as many: without this, short tasks would wait for readings.
        let turnover = match self.mean {
            Some(mean) if self.memory.is_learned() && !self.memory.known => {
                running * (self.next(t).as_secs_f64() / mean).min(1.0)
            }
            _ => 0.0,
        };
        let unweighed = f64::from(self.unweighed);
        Some((room - unweighed + consts::TURNOVER * turnover).max(0.0) as u32)
    }

    /// A step up is taken in strides no longer than what the system can start between two readings, so that it ends where
    /// failures begin. Tasks that come and go within a stride are not held up.
    pub(super) fn stride(&mut self, t: f64, seen: &Observation<'_>) -> Option<u32> {
        let up = self.search.cohort.kind == Kind::Up && f64::from(seen.running) < 0.95 * self.search.level;
        let slow = self.mean.is_some_and(|m| m >= consts::STRIDE_S);
        if !(up && slow) {
            return None;
        }
        if t - self.stride.0 >= 0.9 * consts::TICK_FAST.as_secs_f64() {
            self.stride = (t, 0);
        }
        // Those that end meanwhile make room for as many.
        let turnover = self.mean.map_or(0.0, |mean| {
            f64::from(seen.running) * (t - self.stride.0 + consts::TICK_FAST.as_secs_f64()) / mean
        });
        // Each failure brings a decision of its own: what it allows is counted by time, not by decision.
        Some((consts::STRIDE.max(seen.running / 8) + turnover as u32).saturating_sub(self.stride.1))
    }

    /// Memory binds and tasks are short: readings must keep up with them.
    pub(super) fn hurried(&self) -> bool {
        self.memory.room.is_some_and(|r| r < 0.5 * self.limit)
            && self.mean.is_some_and(|m| m < consts::SHORT_S)
    }

    /// The level memory allows, when tasks are so brief that they come and go between two readings.
    pub(super) fn brief(&self) -> Option<f64> {
        self.memory.fits.filter(|_| self.mean.is_some_and(|m| m < consts::BRIEF_S))
    }
}

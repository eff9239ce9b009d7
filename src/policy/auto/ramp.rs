//! The first moments: start blind, double while nothing stands against it; and the gate that keeps starts from piling up
//! in the run queue.
//!
//! Short runs of waiting tasks cannot wait for evidence: half of them would be over before the first task ends. What can
//! be seen at once is whether the CPU, the disk or memory is what they need; while it is not, more are started.

use super::super::{Admit, Reading};
use super::consts::{GATE_FRESH_S, GATE_QUEUE, GATE_RETRY, RAMP_DARK_S, RAMP_IO, RAMP_QUEUE, TICK_START};
use super::evidence::Evidence;
use super::staffing::Staffing;
use crate::time::Time;

#[derive(Debug)]
pub(super) struct Ramp {
    /// How far the blind ramp goes.
    pub(super) cap: f64,
    /// A whole input no larger than this is started at once.
    small: f64,
    complete_seen: bool,
}

impl Ramp {
    pub(super) fn new(blind: u32, cores: f64) -> Ramp {
        let cap = f64::from(blind).max(2.0 * cores).floor();
        Ramp { cap, small: 2.0 * cap, complete_seen: false }
    }

    /// All input is known: a small one need not be learned about, it is started whole.
    pub(super) fn input(&mut self, complete: bool, queued: f64, running: f64, finished: u64) {
        if complete && !self.complete_seen {
            self.complete_seen = true;
            if queued + running + finished as f64 <= self.small {
                self.cap = self.cap.max(queued + running);
            }
        }
    }

    /// The next level of the blind ramp, when nothing stands against it.
    pub(super) fn next(&self, t: f64, began: f64, level: f64, full: bool, cores: f64, bound: f64, s: &Staffing, dark: bool) -> Option<f64> {
        let ripe = full && t - began >= 0.9 * TICK_START.as_secs_f64();
        let idle = s.queue < cores + RAMP_QUEUE && s.io < RAMP_IO && !(dark && !s.sees_queue && t < RAMP_DARK_S);
        let next = (level * 2.0).min(self.cap).min(bound).floor();
        (ripe && idle && next > level).then_some(next)
    }
}

/// Whether one more may start, by the run queue of this moment.
pub(super) fn gate(now: Time, cores: f64, machine: &Reading) -> Admit {
    let fresh = now.since(machine.at).as_secs_f64() <= GATE_FRESH_S;
    match Evidence::queue(machine) {
        Some(queue) if fresh && queue >= GATE_QUEUE * cores + 1.0 => Admit::After(GATE_RETRY),
        _ => Admit::Yes,
    }
}

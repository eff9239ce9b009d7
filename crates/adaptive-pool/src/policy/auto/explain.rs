//! What held the limit, for each decision and for the run as a whole.

use super::super::Observation;
use super::cohort::Kind;
use super::search::Mode;
use super::{Auto, AutoWhy, consts};

impl Auto {
    pub(super) fn why(&self, seen: &Observation<'_>, limit: u32) -> AutoWhy {
        let l = f64::from(limit);
        let (running, queued) = (seen.running, seen.queued);
        let tight = self.memory.room.is_some_and(|r| r < 1.0) && running < limit;
        if queued > 0 && (tight || self.memory_level < l + 1.0) {
            let per_task = self.memory.per_task as u64;
            return AutoWhy::Memory { per_task, free: self.memory.free };
        }
        if self.oom.level < l + 1.0 {
            return AutoWhy::Killed { ran: self.oom.ran() as u32 };
        }
        if self.failures.level < l + 1.0 {
            return AutoWhy::Failures { rate: self.failures.rate };
        }
        if let Some(per_second) = self.start_rate.rate().filter(|_| queued > 0 && running < limit) {
            return AutoWhy::Rate { per_second };
        }
        if queued == 0 && running < limit {
            return AutoWhy::Input;
        }
        let full = self.cpu_bound() < l + 1.0 || (self.is_beyond(running) && running < limit);
        if full && self.staffing.level < f64::from(seen.bounds.max) {
            return AutoWhy::CpuFull { duty: self.staffing.duty, cores: self.cores };
        }
        let from = self.search.reference.map_or(limit, |r| r.level as u32);
        match (self.search.cohort.kind, self.search.mode) {
            (Kind::Up, _) => AutoWhy::TryMore { from },
            (Kind::Down, _) => AutoWhy::TryFewer { from },
            _ if limit >= seen.bounds.max => AutoWhy::AtMax,
            (_, Mode::SlowStart) if self.finished > 0 || self.search.level >= self.slow_start.cap => {
                AutoWhy::Measuring
            }
            (_, Mode::SlowStart) => {
                AutoWhy::SlowStart { run_queue: self.staffing.sees_queue.then_some(self.staffing.queue) }
            }
            _ => AutoWhy::NoGain { tried: self.search.rejected_at.map(|l| l as u32) },
        }
    }

    pub(super) fn remember(&mut self, now: f64, seen: &Observation<'_>, limit: u32, why: &AutoWhy) {
        let span = (now - self.last).clamp(0.0, consts::GAP_S);
        self.last = now;
        self.max = seen.bounds.max;
        // Where the gate held, and not the limit.
        let gated = matches!(why, AutoWhy::CpuFull { .. }) && self.is_beyond(seen.running);
        let limit = if gated { limit.min(seen.running) } else { limit };
        let held = self.held.entry(why.kind()).or_insert((0.0, limit, why.clone()));
        *held = (held.0 + span, limit, why.clone());
    }
}

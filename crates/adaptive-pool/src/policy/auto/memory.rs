//! How many more tasks fit in memory, and the brake for when that was wrong.
//!
//! Learned from tasks that ended (mean, spread, maximum of their peak) and from those that run (size, growth). A task that
//! has not ended may still grow: what it is expected to take counts as taken. While tasks come and go at different times,
//! what they hold on average counts instead ([`occupancy`]). It reads nothing by itself and never kills.

mod occupancy;
mod suspend;

use self::occupancy::{Look, Occupancy};
use super::super::{Reading, TaskId};
use super::consts::{
    DARK_GROWTH_S, GROWTH_S, GROWTH_TASKS, IMAGE, LATE_KEEP, LATE_MOST_S, LEARNED, LEARNED_WELL, MEMORY_Z,
    NEAR, OUTGROWN, PLENTY, SAME, TASK_MIN, USABLE_SMOOTH,
};
use super::evidence::{Live, Tasks};

#[derive(Debug)]
pub(super) struct Memory {
    /// Part of memory kept free, 0 to 1.
    reserve: f64,
    brake: bool,
    /// How many more tasks fit (below 0: how many too many run); `None` while memory cannot be seen.
    pub(super) room: Option<f64>,
    /// How many tasks of the usual size fit in all; `None` until that is known well.
    pub(super) fits: Option<f64>,
    /// What all tasks together may take, bytes, smoothed: machine and tasks are not read at one moment.
    usable: Option<f64>,
    /// Sizes are learned well, none that runs is larger, and no more of them run than fit.
    pub(super) known: bool,
    /// What one more task is expected to take, bytes.
    pub(super) per_task: f64,
    /// Part of memory that is free.
    pub(super) free: f64,
    /// Smoothed: 1 while memory binds.
    pub(super) binding: f64,
    mean: f64,
    variance: f64,
    max: f64,
    /// The same, forgotten four times as slowly: for tasks so brief that what runs is drawn anew thousands of times.
    tail: f64,
    learned: u32,
    /// Available at the first reading and at the last, and when that was.
    before: Option<f64>,
    available: f64,
    at: f64,
    /// All there is, and what our tasks together could take at its last reading, bytes.
    total: f64,
    most: f64,
    /// How fast it falls, bytes a second: at the last reading, and smoothed.
    fell: f64,
    falling: f64,
    /// The last reading showed it.
    fresh: bool,
    /// How late readings come, seconds.
    late: f64,
    /// What tasks hold while they come and go.
    occupancy: Occupancy,
    mean_took: f64,
    /// Mean of peak times duration: what runs at any moment is more of the long ones.
    weighed: f64,
    /// Tasks that are stopped by the brake.
    pub(super) stopped: f64,
}

/// Sums over the running tasks.
#[derive(Default)]
struct Sums {
    need: f64,
    expected: f64,
    largest: f64,
    /// Tasks that may still grow.
    open: f64,
    looked_at: f64,
    rss: f64,
    /// Tasks that were seen, what they have, and the sum of its squares.
    seen: f64,
    sum: f64,
    squares: f64,
    /// What they have, those not seen yet counted.
    held: f64,
    /// What the largest has, and how many are stopped.
    most: f64,
    stopped: f64,
}

impl Memory {
    pub(super) fn new(reserve: f64, brake: bool) -> Memory {
        Memory {
            reserve,
            brake,
            room: None,
            fits: None,
            usable: None,
            known: false,
            per_task: 0.0,
            free: 1.0,
            binding: 0.0,
            mean: 0.0,
            variance: 0.0,
            max: 0.0,
            tail: 0.0,
            learned: 0,
            before: None,
            available: 0.0,
            at: 0.0,
            total: 0.0,
            most: 0.0,
            fell: 0.0,
            falling: 0.0,
            fresh: false,
            late: 0.0,
            occupancy: Occupancy::default(),
            mean_took: 0.0,
            weighed: 0.0,
            stopped: 0.0,
        }
    }

    /// A task ended with this peak.
    pub(super) fn learn(&mut self, peak: f64, took: f64) {
        self.learned = self.learned.saturating_add(1);
        let k = (1.0 / f64::from(self.learned)).max(0.03);
        let d = peak - self.mean;
        self.mean += k * d;
        self.variance = (1.0 - k) * (self.variance + k * d * d);
        self.max = peak.max(self.max * 0.998);
        self.tail = peak.max(self.tail * 0.9995);
        self.mean_took += k * (took - self.mean_took);
        self.weighed += k * (peak * took - self.weighed);
    }

    pub(super) fn is_learned(&self) -> bool {
        self.learned >= LEARNED
    }

    /// True while memory was never seen.
    pub(super) fn is_dark(&self) -> bool {
        self.before.is_none()
    }

    /// True when memory was seen just now, and there was plenty: nobody is killed for want of it.
    pub(super) fn has_plenty(&self, late: bool) -> bool {
        !late && !self.is_dark() && self.fresh && self.free > PLENTY
    }

    /// True while memory is so short that every reading counts.
    pub(super) fn is_near(&self) -> bool {
        self.room.is_some() && self.free < NEAR
    }

    /// One reading: the room, and what the brake stops and continues.
    pub(super) fn look(
        &mut self,
        t: f64,
        at: f64,
        machine: &Reading,
        tasks: &mut Tasks,
        running: f64,
    ) -> (Vec<TaskId>, Vec<TaskId>) {
        if let Some(reading) = &machine.tasks {
            let at = at.min(t);
            for task in &reading.each {
                if let Some(live) = tasks.get_mut(&task.id) {
                    see(live, at, task.rss as f64, task.suspended);
                }
            }
        }
        let age = (t - at.min(t)).clamp(0.0, LATE_MOST_S);
        self.late = age.max(self.late * LATE_KEEP);
        self.fresh = machine.memory.is_some_and(|m| m.total > 0);
        let Some(memory) = machine.memory.filter(|m| m.total > 0) else {
            return self.estimate(t, tasks, running);
        };
        let available = memory.available.min(memory.total) as f64;
        self.total = memory.total as f64;
        self.before.get_or_insert(available);
        let fell = (self.available - available).max(0.0) / (at - self.at).max(0.005);
        let falling = if self.available > 0.0 { fell } else { 0.0 };
        self.available = available;
        self.at = at;
        self.fell = falling;
        self.falling += 0.3 * (falling - self.falling);
        if machine.tasks.as_ref().is_none_or(|tasks| tasks.threads) {
            let used = (self.before.unwrap_or(available) - available).max(0.0);
            share(tasks, used, self.falling, running);
        }
        let sums = self.sum(at, tasks, running, false);
        self.most = available + sums.held;
        self.weigh(t, available, sums, tasks, running)
    }

    /// Without a reading of memory, what all tasks together may take is unchanged, and what they take is known or expected.
    fn estimate(&mut self, t: f64, tasks: &mut Tasks, running: f64) -> (Vec<TaskId>, Vec<TaskId>) {
        if self.is_dark() || !self.is_learned() {
            self.room = self.room.map(|r| r.min(0.0));
            return (Vec::new(), Vec::new());
        }
        let sums = self.sum(t, tasks, running, true);
        self.weigh(t, self.most - sums.held, sums, tasks, running)
    }

    /// The room, and the brake.
    fn weigh(
        &mut self,
        t: f64,
        available: f64,
        mut sums: Sums,
        tasks: &mut Tasks,
        running: f64,
    ) -> (Vec<TaskId>, Vec<TaskId>) {
        let total = self.total;
        self.free = (available / total).clamp(0.0, 1.0);
        let one = if self.is_learned() {
            sums.need +=
                (MEMORY_Z * self.variance.sqrt() * (sums.open + 1.0).sqrt()).max(self.max - self.mean);
            self.mean.max(sums.expected / running.max(1.0))
        } else if sums.looked_at > 0.0 {
            sums.largest
        } else {
            // Only the sum can be seen: what it may still grow by is taken, and tasks are taken to double.
            sums.need += self.fell.max(self.falling) * DARK_GROWTH_S;
            (self.before.unwrap_or(available) - available).max(0.0) / running.max(1.0) * 2.0
        };
        self.per_task = one.max(TASK_MIN);
        let now = available - self.reserve * total + sums.rss;
        let usable = self.usable.map_or(now, |usable| usable + USABLE_SMOOTH * (now - usable));
        self.usable = Some(usable);
        // One of them is as large as the largest, and the others are off by chance.
        let others = (running - 1.0).max(0.0);
        let swing = MEMORY_Z * self.variance.sqrt() * others.sqrt() + self.tail - self.mean;
        let well = self.learned >= LEARNED_WELL.max(running as u32);
        let usual = (self.weighed / self.mean_took.max(1e-6)).max(self.mean).max(TASK_MIN);
        self.fits = well.then(|| ((usable - swing) / usual).max(1.0));
        let left = available - self.reserve * total;
        let mut room = (left - sums.need) / self.per_task;
        if sums.most > OUTGROWN * self.tail {
            self.occupancy = Occupancy::default(); // tasks of another kind
        } else if well {
            if self.fresh {
                self.occupancy.look(&Look::new(
                    t,
                    running,
                    self.mean_took,
                    (sums.seen, sums.sum, sums.squares),
                ));
            }
            if let Some(fits) = self.occupancy.fits(usable, self.tail, self.catches()) {
                // Chance may have filled memory at the moment.
                room = room.max((fits - running).min(left / self.per_task));
                self.fits = self.fits.map(|peaks| peaks.max(fits));
            }
        }
        self.known = well && room > -1.0 && sums.most <= SAME * self.max;
        self.room = Some(room);
        self.stopped = sums.stopped;
        let (stop, go) =
            if self.brake { self.brake(t, available, total, tasks) } else { (Vec::new(), Vec::new()) };
        if !stop.is_empty() {
            self.occupancy.suspended_at(running);
        }
        // A reading may be missing or old: what was asked for counts until one shows otherwise.
        for (ids, suspended) in [(&stop, true), (&go, false)] {
            for id in ids {
                if let Some(live) = tasks.get_mut(id) {
                    live.suspended = suspended;
                }
            }
        }
        (stop, go)
    }

    /// What the running tasks are expected to take beyond what they have, as of `at`. `reckon`: not all were looked at
    /// then, so they have grown since.
    fn sum(&self, at: f64, tasks: &Tasks, running: f64, estimate: bool) -> Sums {
        let mut s = Sums::default();
        for live in tasks.values() {
            s.most = larger(s.most, live.rss);
            s.stopped += f64::from(u8::from(live.suspended));
            if let Some(seen) = live.seen {
                let expected = self.expect(at, live, tasks.len(), &mut s);
                let grown = if estimate { larger(live.growth, 0.0) * larger(at - seen, 0.0) } else { 0.0 };
                let now = smaller(live.rss + grown, larger(expected, live.rss));
                s.expected += expected;
                s.largest = larger(s.largest, expected);
                s.need += expected - now;
                s.rss += now;
                s.seen += 1.0;
                s.sum += now;
                s.squares += now * now;
                s.held += now;
                s.looked_at += 1.0;
            } else if self.is_learned() && tasks.len() <= 64 {
                // Not seen yet (or never, on this system): it grows evenly to the mean, as far as we know.
                let age = (at - live.started).max(0.0);
                let part = if self.mean_took > 0.0 { (age / self.mean_took).min(1.0) } else { 0.0 };
                s.open += 1.0;
                s.need += self.mean * (1.0 - part);
                s.held += self.mean * part;
                s.expected += self.mean;
                s.looked_at += 1.0;
            }
        }
        if s.looked_at < running && s.looked_at > 0.0 {
            // Only a sample was looked at: the others are like it.
            let scale = running / s.looked_at;
            s.need *= scale;
            s.rss *= scale;
            s.held *= scale;
            s.open *= scale;
            s.expected *= scale;
        }
        s
    }

    fn expect(&self, t: f64, live: &Live, running: usize, s: &mut Sums) -> f64 {
        let (rss, growth) = (live.rss, larger(live.growth, 0.0));
        // A task is expected to run on for as long as it has, and at least as others do.
        let ahead = smaller(larger(GROWTH_TASKS * self.mean_took, t - live.started), GROWTH_S) + self.late;
        if !self.is_learned() {
            return rss + growth * (GROWTH_S + self.late);
        }
        if self.learned < LEARNED_WELL.max(running as u32) {
            // The first to end are the short ones, so their size is no ceiling for the rest.
            s.open += 1.0;
            return larger(self.mean, rss + growth * ahead);
        }
        if rss < self.mean {
            s.open += 1.0;
            self.mean
        } else if rss <= SAME * self.max {
            s.open += f64::from(u8::from(growth > 0.02 * rss));
            smaller(larger(self.max, rss), rss + growth * (0.25 + self.late))
        } else {
            s.open += 1.0;
            rss + growth * ahead // larger than anything seen: no ceiling is known
        }
    }
}

/// The larger of two figures, neither of which is NaN: one instruction, where the rules of `f64::max` for NaN take five, and every
/// reading of memory takes some for each task.
fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

fn smaller(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

/// Running tasks cannot be looked at: each is taken to have its share of what was used since the start, and of what is
/// used more each second.
fn share(tasks: &mut Tasks, used: f64, falling: f64, running: f64) {
    let awake = tasks.values().filter(|l| !l.suspended).count().max(1) as f64;
    for live in tasks.values_mut().filter(|l| l.seen.is_none()) {
        live.rss = used / running.max(1.0);
        live.growth = if live.suspended { 0.0 } else { falling / awake };
    }
}

/// Records a running task's memory as it was read at `at`.
fn see(live: &mut Live, at: f64, rss: f64, suspended: bool) {
    match live.seen {
        None => live.growth = (rss - IMAGE).max(0.0) / (at - live.started).max(0.005),
        Some(before) if at > before => {
            let now = (rss - live.rss) / (at - before);
            live.growth = if suspended { 0.0 } else { live.growth + 0.5 * (now - live.growth) };
        }
        Some(_) => {}
    }
    live.seen = Some(at);
    live.rss = rss;
    live.suspended = suspended;
}

#[cfg(test)]
mod tests;

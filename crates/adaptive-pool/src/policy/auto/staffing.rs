//! How many tasks keep the cores busy: feed-forward from the measured duty, no search needed.
//!
//! The duty is CPU time over the time a task would take if it never waited for a core. With n tasks of duty f the demand
//! is n f on average, with variance n f (1 − f); the bound is the least n whose demand stays above the cores by one
//! standard deviation less. It knows nothing of what else may bind.

use super::consts::{
    COMPUTES, CREEP_CPU, CREEP_PER_S, DUTY_AGE, DUTY_FIRST_S, DUTY_KIND, DUTY_LONG_S, DUTY_MAX_S, DUTY_MIN_S,
    DUTY_OFF, DUTY_OFF_Z, GATE_QUEUE, GATED_S, NO_SLACK, SMOOTH_S, STAFF_EDGE, STAFF_STEP, STAFF_Z,
    STAFF_Z_GATED, STALE_FAR, STALE_LIFE, STALE_S, STALE_USED, UNSURE_ALONE,
};
use super::evidence::Interval;

/// No bound: a number no limit reaches.
pub(super) const UNBOUND: f64 = 1e6;

/// Tasks that keep the cores busy. While the cores work, C (1 − f) / f tasks are elsewhere on average, and that number
/// swings by its root; so C / f, and `z` times the root, keep one ready for each core nearly always.
pub(super) fn staff(cores: f64, duty: f64, z: f64) -> f64 {
    if duty <= 1e-6 {
        return UNBOUND;
    }
    if duty >= 1.0 {
        return cores / duty;
    }
    cores / duty + z * (cores * (1.0 - duty) / duty).sqrt()
}

#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts, not a state")]
pub(super) struct Staffing {
    /// The bound.
    pub(super) level: f64,
    /// The duty, 0 to 1 (above 1: several threads a task).
    pub(super) duty: f64,
    /// Smoothed run queue.
    pub(super) queue: f64,
    /// Smoothed CPU use of our tasks, 0 to 1.
    pub(super) used: f64,
    /// Part of the last interval lost to I/O.
    pub(super) io: f64,
    /// Whether the last reading had the run queue.
    pub(super) sees_queue: bool,
    /// The bound is reached, and the cores are free all the same.
    pub(super) idle: bool,
    /// The tasks are of another kind since the last reading that was asked for this.
    pub(super) changed: bool,
    /// The reading comes late: the bound does not rise on it.
    pub(super) late: bool,
    /// Standard deviations of the demand that there is room for.
    z: f64,
    /// When the gate saw the run queue last.
    gated: f64,
    /// Over a short time, and over as long as nothing changed.
    brief: Sums,
    long: Sums,
    /// How long that is, in seconds.
    age: f64,
    /// How far the short figure usually is from the long one, in ln, and for how long it has been too far.
    noise: f64,
    off: f64,
}

/// Faded sums, and what they say of the duty.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    cpu: f64,
    runnable: f64,
    seconds: f64,
}

impl Sums {
    fn add(&mut self, keep: f64, cpu: f64, runnable: f64, seconds: f64) {
        self.cpu = self.cpu * keep + cpu;
        self.runnable = self.runnable * keep + runnable;
        self.seconds = self.seconds * keep + seconds;
    }

    /// Task-seconds without the wait for a core.
    fn alone(&self) -> f64 {
        let waited = (self.runnable - self.cpu).max(0.0);
        (self.seconds - waited).max(0.05 * self.seconds).max(0.01 * self.cpu)
    }

    fn duty(&self) -> f64 {
        let alone = self.alone();
        if alone > 0.0 { (self.cpu / alone).min((self.cpu / self.seconds).max(1.0)) } else { 1.0 }
    }
}

impl Staffing {
    pub(super) fn new(cores: f64) -> Staffing {
        Staffing {
            level: cores.ceil().max(1.0),
            duty: 1.0,
            queue: 0.0,
            used: 0.0,
            io: 0.0,
            sees_queue: false,
            idle: false,
            changed: false,
            late: false,
            z: STAFF_Z,
            gated: f64::NEG_INFINITY,
            brief: Sums::default(),
            long: Sums::default(),
            age: 0.0,
            noise: 0.0,
            off: 0.0,
        }
    }

    /// The long sums follow the short ones at once while little is known, and when they have parted for good.
    fn average(&mut self, dt: f64, tau: f64, new: Sums) {
        self.age += dt;
        let tau_long = (DUTY_AGE * self.age).clamp(tau, DUTY_LONG_S.max(tau));
        let keep = libm::exp(-dt / tau_long);
        self.long.add(keep, new.cpu, new.runnable, new.seconds);
        let (brief, long) = (self.brief.duty().max(1e-3), self.long.duty().max(1e-3));
        let away = libm::log(brief / long).abs();
        self.off = if away > DUTY_OFF.max(DUTY_OFF_Z * self.noise) { self.off + dt } else { 0.0 };
        self.noise += (1.0 - keep) * (away - self.noise);
        if self.idle || self.off > tau {
            self.changed |= (brief / long).max(long / brief) >= DUTY_KIND;
            (self.long, self.age, self.off) = (self.brief, 0.0, 0.0);
        }
    }

    /// Where the gate sees the run queue at each start, more may be elsewhere and yet none pile up here.
    /// It counts as seen for a while: where tasks come in waves, a reading in the middle of one can take them for others'.
    pub(super) fn gated(&mut self, t: f64, sees: bool) {
        if sees {
            self.gated = t;
        }
        self.z = if t - self.gated < GATED_S { STAFF_Z_GATED } else { STAFF_Z };
    }

    /// Ours fill the CPU and more of them wait for it than do any good, though the gate does not see it at this moment.
    pub(super) fn is_crowded(&self, cores: f64, running: f64) -> bool {
        let most = GATE_QUEUE * cores + 1.0;
        self.sees_queue && self.used >= CREEP_CPU && self.queue >= most && running >= most
    }

    /// What ran so far did little but compute.
    pub(super) fn computes(&self) -> bool {
        self.long.cpu > 0.0 && self.duty >= COMPUTES
    }

    /// As many run as the bound allows.
    pub(super) fn is_reached(&self, running: f64) -> bool {
        running >= 0.9 * self.level
    }

    /// Records one interval. `lumpy`: CPU time is known only of tasks that ended.
    pub(super) fn update(
        &mut self,
        t: f64,
        cores: f64,
        running: f64,
        mean: Option<f64>,
        i: &Interval,
        lumpy: bool,
    ) {
        let k = 1.0 - libm::exp(-i.dt / if lumpy { 1.0 } else { SMOOTH_S });
        self.sees_queue = i.queue.is_some();
        self.queue += k * (i.queue.unwrap_or(0.0) - self.queue);
        self.used += k * (i.used.unwrap_or(0.0) - self.used);
        self.io = i.io.unwrap_or(0.0);
        let Some((cpu, seconds)) = i.cpu else {
            if self.brief.cpu <= 0.0 {
                self.level = UNBOUND; // nothing is known of the CPU: the search alone decides
            }
            return;
        };
        let tau =
            if t < 1.0 { DUTY_FIRST_S } else { (2.0 * mean.unwrap_or(0.5)).clamp(DUTY_MIN_S, DUTY_MAX_S) };
        // The bound is reached, and yet cores are free and nothing waits for one: the duty is of tasks that are gone.
        // In the trough of a wave, too; but those that run then have used as much as others.
        let others = i.duty_so_far.is_none_or(|duty| duty < STALE_LIFE * self.duty);
        let idle = others && self.used < STALE_USED && self.queue < cores && self.is_reached(running);
        self.idle = idle;
        // Half of them: that is no lull.
        let short = if self.used < STALE_FAR { STALE_S } else { DUTY_FIRST_S };
        let tau = if idle { tau.min(short) } else { tau };
        let keep = libm::exp(-i.dt / tau);
        // What is runnable belongs to all that run; a lumpy figure to those that ended, so it is scaled to them.
        let scale = if lumpy && running > 0.0 { seconds / (running * i.dt) } else { 1.0 };
        let new = Sums { cpu, runnable: i.queue.unwrap_or(0.0) * i.dt * scale, seconds };
        self.brief.add(keep, new.cpu, new.runnable, new.seconds);
        self.average(i.dt, tau, new);
        if self.brief.seconds <= 0.0 {
            return;
        }
        if lumpy && !self.sees_queue {
            // What ended in a moment is chance. What ended of late used this part of its time, and so does what runs.
            let own = self.brief.cpu / self.brief.seconds * running / cores;
            self.used = own.min(1.5).max(i.machine.unwrap_or(0.0));
        }
        self.duty = self.long.duty();
        let raw = staff(cores, self.duty.min(64.0), self.z);
        let mut want = if self.duty > 0.9 { (raw + 0.3).floor() } else { raw.ceil() }.max(1.0);
        if !self.sees_queue && self.used > CREEP_CPU && want > cores {
            // Saturated and blind: the duty hides the wait for a core. Give up a little until there is slack.
            want = (want.min(self.level).min(running) * (1.0 - CREEP_PER_S * i.dt)).max(cores.ceil());
            self.level = want;
        }
        if !self.sees_queue && self.used > NO_SLACK {
            want = want.min(self.level); // no growth while nothing shows that there is slack
        }
        if self.late || self.long.alone() < UNSURE_ALONE * self.long.seconds {
            want = want.min(self.level.max(cores.ceil())); // what the queue leaves is mostly error
        }
        let next_to = (want - self.level).abs() < 1.5 && (raw + 0.5 - self.level).abs() < STAFF_EDGE;
        if (want - self.level).abs() >= (STAFF_STEP * self.level).max(1.0) && !next_to {
            self.level = want.min(UNBOUND);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staffing_follows_the_square_root_rule() {
        assert_eq!(staff(4.0, 1.0, 1.0), 4.0);
        assert_eq!(staff(2.0, 0.1, 1.0).ceil(), 25.0);
        assert!(staff(4.0, 0.0, 1.0) >= UNBOUND);
        for duty in [0.02, 0.3, 0.7, 0.95] {
            assert!(staff(8.0, duty, 1.0) > 8.0 / duty && staff(8.0, duty, 0.0) * duty > 7.999);
        }
    }

    #[test]
    fn a_gate_that_is_blind_for_a_moment_is_still_there() {
        let mut staffing = Staffing::new(2.0);
        let mut z = |t: f64, sees: bool| {
            staffing.gated(t, sees);
            staffing.z
        };
        assert_eq!(z(0.1, false), STAFF_Z);
        assert_eq!(z(1.0, true), STAFF_Z_GATED);
        assert_eq!(z(1.2, false), STAFF_Z_GATED);
        assert_eq!(z(1.3, true), STAFF_Z_GATED);
        assert_eq!(z(2.4, false), STAFF_Z);
    }

    #[test]
    fn jobs_that_compute_are_told_from_those_that_wait() {
        let interval = |cpu: f64| Interval {
            dt: 0.1,
            cpu: Some((cpu, 0.4)),
            used: Some(cpu / 0.2),
            machine: Some(1.0),
            duty_so_far: None,
            queue: Some(4.0),
            io: None,
        };
        let after = |cpu: f64, queue: f64| {
            let mut staffing = Staffing::new(2.0);
            assert!(!staffing.computes(), "nothing is known yet");
            let i = Interval { queue: Some(queue), ..interval(cpu) };
            (1..5).for_each(|k| staffing.update(0.1 * f64::from(k), 2.0, 4.0, None, &i, false));
            staffing.computes()
        };
        assert!(after(0.2, 4.0), "all four want a core");
        assert!(after(0.05, 4.0), "others take most of the CPU");
        assert!(!after(0.1, 1.0), "three of four wait");
    }

    #[test]
    fn a_trough_is_not_taken_for_other_tasks() {
        let interval = |cpu: f64, duty: f64| Interval {
            dt: 0.1,
            cpu: Some((cpu, 4.6)),
            used: Some(cpu / 0.2),
            machine: None,
            duty_so_far: Some(duty),
            queue: Some(0.0),
            io: None,
        };
        let after = |duty: f64| {
            let mut staffing = Staffing::new(2.0);
            let mut look = |t: f64, i: &Interval, running: f64| {
                staffing.update(t, 2.0, running, Some(0.2), i, false);
                (staffing.level, staffing.idle)
            };
            (0..100).for_each(|k| _ = look(1.0 + 0.1 * f64::from(k), &interval(0.19, 0.05), 46.0));
            let before = look(11.1, &interval(0.19, 0.05), 46.0).0;
            let idle = (0..6).any(|k| look(11.2 + 0.1 * f64::from(k), &interval(0.02, duty), before).1);
            (before, idle)
        };
        let (level, same) = after(0.04);
        assert!((40.0..60.0).contains(&level) && !same, "{level}");
        assert!(after(0.002).1, "these are others");
    }
}

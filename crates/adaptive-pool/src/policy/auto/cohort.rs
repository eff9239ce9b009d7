//! A cohort: the first tasks started at a level, and what their durations say about throughput there.
//!
//! Throughput is not counted (that would take as long as the tasks) but follows from Little's law: X = n / w. Durations
//! are taken as logarithms, since they are multiplicative, and running members are censored (Kaplan and Meier, J. Am.
//! Stat. Assoc. 53, 1958), so that the slow ones are not left out.

use super::consts::{
    COHORT, COHORT_CALM, COHORT_MAX, COHORT_MIN, COHORT_MOST, COHORT_SHARE, FAIL_RISE, FAIL_RISE_Z, GAIN_UP,
    LOSS_DOWN, STALL_PART, STEP_CALM, UNSEEN, WIDEN,
};

/// Why a level is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The level in use.
    Hold,
    /// A test of a higher one.
    Up,
    /// A test of a lower one.
    Down,
    /// No test: something else binds.
    Off,
}

#[derive(Clone, Copy, Debug)]
enum End {
    Running,
    /// Ended: ln duration.
    Done(f64),
    /// Ended for a reason that says nothing about duration: it lasted at least so long (ln).
    Cut(f64),
}

#[derive(Clone, Copy, Debug)]
struct Member {
    started: f64,
    end: End,
    /// When time first stood still in its life, and for how long at most.
    until: f64,
    stood: f64,
}

impl Member {
    fn new(started: f64) -> Member {
        Member { started, end: End::Running, until: f64::INFINITY, stood: 0.0 }
    }

    /// ln of how long it lasted, or at least lasted; and whether it is the whole.
    ///
    /// One that stood still for a good part of its time is followed no further than to there. What stands still for a
    /// moment again and again is slow, and so is all that it is compared with.
    fn lasted(&self, now: f64) -> (f64, bool) {
        let (ln, done) = match self.end {
            End::Running => (libm::log((now - self.started).max(1e-6)), false),
            End::Done(ln) => (ln, true),
            End::Cut(ln) => (ln, false),
        };
        if self.stood > 0.0 && self.stood > STALL_PART * libm::exp(ln) {
            return (libm::log((self.until - self.started).max(1e-6)), false);
        }
        (ln, done)
    }
}

/// What a cohort showed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stats {
    /// Mean of ln duration, and its standard deviation.
    pub(super) ln_w: f64,
    pub(super) sd: f64,
    /// Members that ended.
    pub(super) m: f64,
    /// How many tasks ran, on average.
    pub(super) n: f64,
    /// Part that failed.
    pub(super) p: f64,
    pub(super) level: f64,
}

impl Stats {
    /// ln of the throughput of successes.
    pub(super) fn ln_x(&self) -> f64 {
        libm::log(self.n) - self.ln_w + libm::log((1.0 - self.p).max(1e-3))
    }
    /// Its variance: durations differ, and so does by chance the part that failed.
    pub(super) fn var(&self) -> f64 {
        let failed = self.p / (1.0 - self.p).max(1e-3);
        (self.sd * self.sd + failed) / self.m.max(1.0)
    }
    /// True when a greater part failed than in the other, beyond chance.
    pub(super) fn fails_more(&self, other: &Stats) -> bool {
        let (m, of) = (self.m.max(1.0), other.m.max(1.0));
        let p = (self.p * m + other.p * of) / (m + of);
        let chance = FAIL_RISE_Z * (p * (1.0 - p) * (1.0 / m + 1.0 / of)).sqrt();
        self.p > other.p + chance.max(FAIL_RISE)
    }
    /// One figure of two cohorts of the same level.
    pub(super) fn merge(&mut self, old: &Stats) {
        let a = self.m / (self.m + old.m);
        let mix = |new: &mut f64, old: f64| *new = old + a * (*new - old);
        mix(&mut self.ln_w, old.ln_w);
        mix(&mut self.n, old.n);
        mix(&mut self.p, old.p);
        mix(&mut self.sd, old.sd);
        self.m = (self.m + old.m).min(COHORT_MAX);
    }
}

#[derive(Debug)]
pub(super) struct Cohort {
    pub(super) id: u32,
    pub(super) level: f64,
    pub(super) kind: Kind,
    pub(super) began: f64,
    pub(super) step: f64,
    pub(super) target: usize,
    /// How often it was made larger for want of certainty.
    pub(super) extended: u32,
    /// Tasks that only fill the level up: no members.
    pub(super) fill: f64,
    members: Vec<Member>,
    ended: u32,
    failed: u32,
    /// Members that ended and were cut off by a stall.
    cut: usize,
    sum_n: f64,
}

impl Cohort {
    pub(super) fn new(id: u32, level: f64, kind: Kind, began: f64, target: usize, step: f64) -> Cohort {
        Cohort {
            id,
            level,
            kind,
            began,
            step,
            target,
            extended: 0,
            fill: 0.0,
            members: Vec::new(),
            ended: 0,
            failed: 0,
            cut: 0,
            sum_n: 0.0,
        }
    }

    /// How many members a test of this step takes. `fresh`: how many tasks start at once when the level is taken.
    pub(super) fn size(sd: f64, step: f64, fresh: f64, finished: u64) -> usize {
        let wanted = (COHORT * sd * sd / libm::log(step.max(1.05)).powi(2)).ceil().max(COHORT_MIN);
        let cap = (COHORT_SHARE * finished as f64)
            .clamp(16.0, if step <= STEP_CALM { COHORT_CALM } else { COHORT_MAX });
        wanted.min(cap).max(fresh.min(96.0)) as usize
    }

    /// The part of the members that ended.
    pub(super) fn share(&self) -> f64 {
        f64::from(self.ended) / self.followed().max(1) as f64
    }

    /// The members that were not lost sight of.
    fn followed(&self) -> usize {
        self.members.len() - self.cut
    }

    /// Members that failed.
    pub(super) fn failed(&self) -> u32 {
        self.failed
    }

    /// Takes a task that has just started, if there is room; gives its place.
    pub(super) fn join(&mut self, started: f64) -> Option<(u32, u32)> {
        if self.kind == Kind::Off || self.members.len() >= self.target {
            return None;
        }
        if self.fill >= 1.0 {
            self.fill -= 1.0;
            return None;
        }
        self.members.push(Member::new(started));
        Some((self.id, self.members.len() as u32 - 1))
    }

    /// A member ended. `failed`: `None` when its end says nothing.
    pub(super) fn end(&mut self, place: u32, took: f64, mean_running: f64, failed: Option<bool>) {
        let Some(member) = self.members.get_mut(place as usize) else { return };
        let ln = libm::log(took.max(1e-6));
        let Some(failed) = failed else {
            member.end = End::Cut(ln);
            return;
        };
        member.end = End::Done(ln);
        if !member.lasted(0.0).1 {
            // Another takes its place.
            self.cut += 1;
            self.target = (self.target + 1).min(COHORT_MOST.max(self.target));
            return;
        }
        self.ended += 1;
        self.failed += u32::from(failed);
        self.sum_n += mean_running;
    }

    /// Time stood still from `from` to `to`.
    pub(super) fn stalled(&mut self, from: f64, to: f64) {
        for member in self.members.iter_mut().filter(|m| matches!(m.end, End::Running)) {
            member.until = member.until.min(from);
            member.stood = member.stood.max(to - from);
        }
        self.began += to - from;
    }

    /// The cohort's figures, once enough of it has ended.
    pub(super) fn stats(&self, now: f64) -> Option<Stats> {
        if self.members.len() < self.target {
            return None;
        }
        self.peek(now, 0.4, UNSEEN)
    }

    /// The figures of what has joined so far, if at least `part` of it (and six) have ended, and no more than `unseen` of
    /// the durations cannot be known yet.
    pub(super) fn peek(&self, now: f64, part: f64, unseen: f64) -> Option<Stats> {
        let m = self.followed();
        if f64::from(self.ended) < (part * m as f64).max(6.0) {
            return None;
        }
        let (ln_w, second) = self.moments(now, unseen)?;
        Some(Stats {
            ln_w,
            sd: (second - ln_w * ln_w).max(1e-6).sqrt(),
            m: f64::from(self.ended),
            n: (self.sum_n / f64::from(self.ended)).max(1.0),
            p: f64::from(self.failed) / f64::from(self.ended),
            level: self.level,
        })
    }

    /// First and second moment of ln duration by Kaplan and Meier; `None` while over `unseen` of it cannot be known.
    ///
    /// The longest `unseen` part counts as its shortest member, whether it has ended or not: two cohorts are compared while
    /// some of each still run, and a tail that is known of one alone would look like a difference.
    fn moments(&self, now: f64, unseen: f64) -> Option<(f64, f64)> {
        let mut seen: Vec<(f64, bool)> = self.members.iter().map(|m| m.lasted(now)).collect();
        seen.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        let (mut alive, mut risk) = (1.0, seen.len() as f64);
        let (mut first, mut second) = (0.0, 0.0);
        for &(x, done) in &seen {
            if done {
                let left = alive - alive / risk;
                let q = if left <= unseen { alive } else { alive - left };
                first += q * x;
                second += q * x * x;
                if left <= unseen {
                    return Some((first, second));
                }
                alive = left;
            }
            risk -= 1.0;
        }
        None
    }

    /// The least that mean ln duration can become, its longest part counted as in [`Cohort::moments`]: as if everything
    /// that runs ended now.
    fn least(&self, now: f64) -> Option<f64> {
        let m = self.members.len();
        if m < 8 {
            return None;
        }
        let mut all: Vec<f64> = self.members.iter().map(|m| m.lasted(now).0).collect();
        all.sort_unstable_by(f64::total_cmp);
        let tail = all[((1.0 - UNSEEN) * m as f64).ceil() as usize - 1];
        Some(all.iter().map(|x| x.min(tail)).sum::<f64>() / m as f64)
    }

    /// Whether a test has already failed: even if everything running ended now, there would be no gain upwards, or a loss
    /// downwards.
    pub(super) fn already_worse(&self, now: f64, reference: &Stats, sd: f64) -> bool {
        let Some((gain, se)) = self.at_most(now, reference, sd) else { return false };
        let part = if self.kind == Kind::Down { LOSS_DOWN } else { GAIN_UP };
        gain < part * libm::log(self.level / reference.n) - se
    }

    /// What it would show if everything that runs ended now, so the most it can become: ln of the gain over the reference, and
    /// its standard error.
    pub(super) fn at_most(&self, now: f64, reference: &Stats, sd: f64) -> Option<(f64, f64)> {
        let gain = libm::log(self.level / reference.n) - (self.least(now)? - reference.ln_w);
        let var = reference.var() + sd * sd / self.members.len() as f64;
        Some((gain, WIDEN * var.sqrt()))
    }

    /// Goes on at a higher level: the whole blind ramp is one cohort.
    pub(super) fn raise(&mut self, level: f64, now: f64, target: usize) {
        self.level = level;
        self.began = now;
        self.target = target.max(self.members.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(durations: &[f64], running: usize) -> Cohort {
        let mut c = Cohort::new(1, 8.0, Kind::Hold, 0.0, durations.len() + running, 2.0);
        for _ in 0..durations.len() + running {
            c.join(0.0);
        }
        for (i, &d) in durations.iter().enumerate() {
            c.end(i as u32, d, 8.0, Some(false));
        }
        c
    }

    #[test]
    fn little_gives_the_throughput() {
        let s = filled(&[0.5; 12], 0).stats(1.0).expect("all ended");
        assert!((libm::exp(s.ln_x()) - 16.0).abs() < 1e-9);
        assert!(s.sd < 0.01);
    }

    #[test]
    fn failures_that_chance_explains_are_no_rise() {
        let of = |m: f64, p: f64| Stats { ln_w: 0.0, sd: 0.2, m, n: 32.0, p, level: 32.0 };
        // Jobs that fail by themselves, three in ten: two small cohorts may well show 4 and 9 of 17.
        assert!(!of(17.0, 9.0 / 17.0).fails_more(&of(17.0, 4.0 / 17.0)));
        assert!(of(170.0, 9.0 / 17.0).fails_more(&of(170.0, 4.0 / 17.0)));
        assert!(of(17.0, 9.0 / 17.0).fails_more(&of(17.0, 0.0)));
        assert!(!of(1000.0, 0.2).fails_more(&of(1000.0, 0.0)));
        // And what is compared is known less well.
        assert!(of(17.0, 0.3).var() > 3.0 * of(17.0, 0.0).var());
    }

    #[test]
    fn what_stood_still_is_replaced() {
        let mut c = Cohort::new(1, 8.0, Kind::Hold, 0.0, 24, 2.0);
        for i in 0..12 {
            c.join(0.0);
            c.end(i, 0.5, 8.0, Some(false));
        }
        for _ in 12..24 {
            c.join(0.3);
        }
        c.stalled(0.5, 1.0);
        for i in 12..24 {
            c.end(i, 1.0, 8.0, Some(false));
        }
        // Those that stood still have ended, but twelve more are wanted.
        assert!(c.stats(1.2).is_none());
        for i in 24..36 {
            assert_eq!(c.join(1.2), Some((1, i)));
            c.end(i, 0.5, 8.0, Some(false));
        }
        assert_eq!(c.join(1.2), None);
        let s = c.stats(1.7).expect("all ended");
        assert!((libm::exp(s.ln_w) - 0.5).abs() < 1e-9, "{s:?}");
        // A moment is no harm.
        c = filled(&[0.5; 12], 1);
        c.stalled(0.5, 0.51);
        c.end(12, 0.52, 8.0, Some(false));
        assert!(c.stats(0.6).is_some_and(|s| s.m == 13.0));
    }

    #[test]
    fn what_still_runs_weighs_the_same_whenever_it_is_looked_at() {
        let part = filled(&[1.0; 20], 2);
        let early = part.stats(1.5).expect("most ended").ln_w;
        let late = part.stats(40.0).expect("most ended").ln_w;
        assert_eq!(early, late);
        assert!(filled(&[1.0; 12], 20).stats(40.0).is_none());
    }
}

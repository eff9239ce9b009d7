//! After a step down: those that run beyond the new level hold their places until they end, and so long nothing starts.
//!
//! Where they are stuck (clients whose connection was dropped wait for seconds before they try again) the service stands idle
//! meanwhile. Once ends have fallen to half of what they were, what runs far longer than usual is left out of the count: as many
//! start in its stead, never more than ran before.

use super::Auto;
use super::consts::{
    CLOG_FADE, CLOG_LEAST, CLOG_LEFT, CLOG_PART, CLOG_TIMES, DRAIN_FELL, DRAIN_LEAST_S, DRAIN_STUCK,
    ENDS_TOGETHER,
};

/// How long the tasks that did well took of late: mean and variance of ln duration.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lengths {
    count: f64,
    ln: f64,
    var: f64,
}

impl Lengths {
    pub(super) fn add(&mut self, took: f64) {
        self.count += 1.0;
        let weight = (1.0 / self.count).max(CLOG_FADE);
        let off = libm::log(took) - self.ln;
        self.ln += weight * off;
        self.var = (1.0 - weight) * (self.var + weight * off * off);
    }

    /// The usual duration, where they are all alike and enough of them.
    fn alike(self) -> Option<f64> {
        (self.count >= CLOG_LEAST && self.var < ENDS_TOGETHER * ENDS_TOGETHER).then(|| libm::exp(self.ln))
    }
}

/// A step down under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drain {
    since: f64,
    /// How many ran, and ended a second.
    ran: f64,
    rate: f64,
    /// Ends have fallen: what is stuck does not count.
    fell: bool,
}

impl Auto {
    /// Those that run far longer than tasks that usually all take the same time, when they are many: something holds them, and
    /// more would be held too. 0 when there are none.
    pub(super) fn clogged(&self, t: f64, running: f64) -> f64 {
        let Some(usual) = self.lengths.alike() else { return 0.0 };
        let late = self.evidence.tasks.values().filter(|l| t - l.started > CLOG_TIMES * usual).count() as f64;
        if late >= (CLOG_PART * running).max(2.0) { late } else { 0.0 }
    }

    /// While a good part of those that run is held up and others end, a part of the others is enough, once a search: what is held
    /// up has room to come through.
    pub(super) fn unclog(&mut self, t: f64, running: f64) {
        let late = self.clogged(t, running);
        let Some(usual) = self.lengths.alike().filter(|_| late > 0.0 && !self.unclogged) else {
            self.clogged_since = None;
            return;
        };
        let since = *self.clogged_since.get_or_insert(t);
        let rest = running - late;
        let ends = self.search.ends.count(t - usual, t);
        if t - since < usual.max(DRAIN_LEAST_S) || ends < CLOG_PART * rest || rest < CLOG_PART * running {
            return;
        }
        self.unclogged = true;
        let level = (CLOG_LEFT * rest).floor().max(1.0);
        if level < self.limit {
            self.search.lower(t, level);
            self.drain = Some(Drain { since: t, ran: running, rate: 0.0, fell: true });
        }
    }

    /// How many may run beyond the limit, because as many of those that do are stuck.
    pub(super) fn drained(&mut self, t: f64, running: f64) -> f64 {
        let usual = self.search.usual().unwrap_or(0.0).max(0.01).min(self.mean.unwrap_or(f64::INFINITY));
        let span = usual.max(DRAIN_LEAST_S);
        if running <= self.limit {
            self.drain = None;
            return 0.0;
        }
        let ends = &self.search.ends;
        let drain = self.drain.get_or_insert_with(|| Drain {
            since: t,
            ran: running,
            rate: ends.count(t - 2.0 * span, t) / (2.0 * span),
            fell: false,
        });
        drain.fell |= t - drain.since >= span
            && ends.count(t - span, t) < DRAIN_FELL * drain.rate * span
            && self.failures.level > self.limit;
        let Drain { since, ran, fell, .. } = *drain;
        if !fell || self.memory_level < running {
            return 0.0;
        }
        let stuck = |l: &&super::evidence::Live| l.started < since && t - l.started > DRAIN_STUCK * usual;
        let stuck = self.evidence.tasks.values().filter(stuck).count() as f64;
        stuck.min((ran - self.limit).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_are_alike_when_they_take_the_same_time() {
        let mut lengths = Lengths::default();
        (0..5).for_each(|_| lengths.add(0.3));
        assert_eq!(lengths.alike(), None);
        (0..5).for_each(|_| lengths.add(0.32));
        assert!(lengths.alike().is_some_and(|usual| (usual - 0.31).abs() < 0.02));
        (0..5).for_each(|k| lengths.add(0.3 * f64::from(1 << k)));
        assert_eq!(lengths.alike(), None);
    }
}

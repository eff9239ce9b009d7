//! A limit of starts a second: tasks are refused when they follow too soon on the one before, however few run.
//!
//! Under a limit of how many run, whether a task is refused has nothing to do with how long before it another was let in.
//! Under one of how many start (a token bucket) it has to do with nothing else: those refused followed sooner than all that were
//! let in. Once that shows, starts are spaced, and no level is cut for refusals: the spacing is narrowed while none is refused,
//! and widened when one is. It knows nothing of levels.

use super::consts::{
    RATE_BACK, RATE_FIRST, RATE_LET_IN, RATE_LOOK_S, RATE_MOST, RATE_NARROW, RATE_REFUSED, RATE_ROUND,
    RATE_SHORTEST, RATE_WRONG,
};
use std::collections::VecDeque;

/// How a start went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Went {
    Open,
    LetIn,
    Refused,
}

/// Starts spaced by so much.
#[derive(Clone, Copy, Debug)]
struct Spacing {
    /// Seconds from one start to the next.
    gap: f64,
    /// One was refused at a gap not much shorter: it is narrowed slowly from now on.
    near: bool,
    /// Starts since the gap changed last, ends and refusals since it began.
    since: f64,
    let_in: u32,
    ended: u32,
    refused: u32,
}

#[derive(Debug, Default)]
pub(super) struct StartRate {
    /// The last starts in their order.
    starts: VecDeque<(f64, Went)>,
    /// How long after the one let in before them the last ones were let in, and refused.
    let_in: VecDeque<f64>,
    refused: VecDeque<f64>,
    spacing: Option<Spacing>,
    /// The earliest moment for the next start, on the clock of the pool.
    next: f64,
    /// How often it turned out wrong.
    wrong: u32,
}

fn keep(ring: &mut VecDeque<f64>, x: f64) {
    if ring.len() >= RATE_MOST {
        ring.pop_front();
    }
    ring.push_back(x);
}

impl StartRate {
    pub(super) fn started(&mut self, at: f64) {
        if self.starts.len() >= 16 * RATE_MOST {
            self.starts.pop_front();
        }
        self.starts.push_back((at, Went::Open));
    }

    /// A task ended that started at `at`. `refused`: it was refused, because too many ran.
    pub(super) fn ended(&mut self, now: f64, at: f64, refused: bool) {
        let Some(place) = self.starts.iter().rposition(|s| s.0 == at && s.1 == Went::Open) else { return };
        self.starts[place].1 = if refused { Went::Refused } else { Went::LetIn };
        let before = self.starts.iter().take(place).rev().find(|s| s.1 != Went::Refused);
        if let Some((before, _)) = before {
            keep(if refused { &mut self.refused } else { &mut self.let_in }, at - before);
        }
        if self.spacing.is_some() {
            self.space(now, at, refused);
        }
    }

    /// True when spacing starts begins now. `well`: tasks that did well in the last second; to space them must promise more.
    pub(super) fn begins(&mut self, now: f64, well: f64) -> bool {
        let needs = RATE_REFUSED << self.wrong.min(4);
        if self.spacing.is_some() || self.refused.len() < needs || self.let_in.len() < RATE_LET_IN {
            return false;
        }
        let least = self.let_in.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self.refused.iter().copied().fold(0.0, f64::max);
        if most >= least {
            return false;
        }
        let gap = (least * most.max(RATE_FIRST * least)).sqrt();
        if gap < RATE_SHORTEST || well * gap > 1.0 {
            return false;
        }
        self.spacing = Some(Spacing { gap, near: false, since: now, let_in: 0, ended: 0, refused: 0 });
        true
    }

    fn space(&mut self, now: f64, at: f64, refused: bool) {
        let Some(s) = &mut self.spacing else { return };
        if at < s.since {
            return; // started at another gap
        }
        s.ended += 1;
        s.refused += u32::from(refused);
        s.let_in += u32::from(!refused);
        if refused {
            s.gap *= RATE_BACK;
            (s.near, s.since, s.let_in) = (true, now, 0);
        } else if s.let_in >= if s.near { RATE_ROUND * RATE_ROUND * s.refused.max(1) } else { RATE_ROUND } {
            s.gap *= if s.near { libm::sqrt(libm::sqrt(RATE_NARROW)) } else { RATE_NARROW };
            (s.since, s.let_in) = (now, 0);
        }
        if s.refused >= RATE_WRONG && 2 * s.refused > s.ended {
            self.spacing = None;
            self.wrong += 1;
            self.refused.clear();
        }
    }

    /// Starts a second, while they are spaced.
    pub(super) fn rate(&self) -> Option<f64> {
        self.spacing.map(|s| 1.0 / s.gap.max(1e-6))
    }

    /// How long the next start must wait.
    pub(super) fn wait(&self, now: f64) -> Option<f64> {
        // Never so little that the clock would not move meanwhile.
        (self.spacing.is_some() && now < self.next).then_some((self.next - now).max(RATE_LOOK_S))
    }

    /// One is let start.
    pub(super) fn lets(&mut self, now: f64) {
        if let Some(s) = self.spacing {
            self.next = now + s.gap;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many starts a second into a service that lets one in after each `gap`, or `places` at once for `life`.
    fn serve(times: impl Iterator<Item = f64>, mut lets_in: impl FnMut(f64) -> bool) -> StartRate {
        let mut rate = StartRate::default();
        for at in times {
            rate.started(at);
            let refused = !lets_in(at);
            rate.ended(at + 0.001, at, refused);
        }
        rate
    }

    #[test]
    fn refusals_that_follow_too_soon_show_a_rate() {
        let mut last = -1.0;
        let mut rate = serve((0..400).map(|k| 0.007 * f64::from(k)), |at| {
            let lets = at - last >= 0.025;
            last = if lets { at } else { last };
            lets
        });
        assert!(rate.begins(3.0, 20.0));
        assert!(rate.rate().is_some_and(|rate| (30.0..60.0).contains(&rate)), "{:?}", rate.rate());
        rate.lets(3.0);
        assert!(rate.wait(3.01).is_some() && rate.wait(3.1).is_none());
        let due = 3.0 + 1.0 / rate.rate().unwrap_or(1.0);
        assert!(rate.wait(due - 1e-12).is_none_or(|wait| wait >= RATE_LOOK_S), "the clock has to move");
    }

    #[test]
    fn refusals_of_so_many_at_once_show_none() {
        // Ten places; a task holds one for a tenth of a second.
        let mut ends = VecDeque::new();
        let mut rate = serve((0..400).map(|k| 0.007 * f64::from(k) + 0.003 * f64::from(k % 3)), |at| {
            ends.retain(|end| *end > at);
            let lets = ends.len() < 10;
            if lets {
                ends.push_back(at + 0.1);
            }
            lets
        });
        assert!(!rate.begins(3.0, 20.0));
    }

    #[test]
    fn what_spacing_does_not_help_is_no_rate() {
        let mut rate = StartRate::default();
        (0..20).for_each(|_| keep(&mut rate.let_in, 0.1));
        (0..20).for_each(|_| keep(&mut rate.refused, 0.01));
        assert!(rate.begins(0.0, 5.0));
        for k in 1..=20 {
            let at = f64::from(k);
            rate.started(at);
            rate.ended(at + 0.01, at, true);
        }
        assert_eq!(rate.rate(), None);
    }
}

//! Failures that come from too much at once: cut, judge the cut, find the level that holds.
//!
//! Failures alone say nothing: a job that is wrong fails at any level. So a cut is an experiment: when the rate of failures
//! does not fall with it, it is undone and that rate is the base from then on. Failures that say so themselves
//! (`--backoff-on`) need no judging. It does not retry anything.

mod admitted_count;
mod blame;
mod hold;
mod judge;
mod rates;
mod refusal_cusum;

use super::consts::{
    FAIL_DOUBT, FAIL_DUTY, FAIL_FEW, FAIL_MIN, FAIL_RATE, FAIL_REACHED, FRESH_S, PROBE_S, RATES_FEWER,
    RATES_Z, TURNED_AWAY, WILSON_KNOWN_Z, WILSON_Z,
};
use super::staffing::UNBOUND;
use admitted_count::AdmittedCount;
use blame::Blame;
use rates::{Rates, wilson};
use refusal_cusum::RefusalCusum;

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// No bound.
    Normal,
    /// A cut is being judged: the rate of failures before it, and of how many.
    Test { before: f64, of: f64, cut: Cut },
    /// A level that holds is known.
    Hold,
}

/// What a cut was made by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// Hardly anything did not fail.
    Blind,
    /// The rate of failures.
    Rated,
    /// Those that did not fail at the very start.
    Counted,
}

/// What the law needs to see.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene {
    pub(super) t: f64,
    pub(super) limit: f64,
    /// The level before the step up under way, else the limit: what failed beyond it is no rate of fewer.
    pub(super) known: f64,
    pub(super) running: f64,
    pub(super) queued: f64,
    /// Tasks still to start, infinite while the input is open.
    pub(super) rest: f64,
    pub(super) duty: f64,
    pub(super) mean: f64,
    pub(super) cores: f64,
    /// A step up is under way.
    pub(super) rising: bool,
}

/// How many running tasks are older than this, in seconds.
pub(super) type Older<'a> = &'a dyn Fn(f64) -> f64;

#[derive(Debug)]
pub(super) struct Failures {
    /// The bound; [`UNBOUND`] when none.
    pub(super) level: f64,
    /// The rate that led to the bound.
    pub(super) rate: f64,
    state: State,
    base: f64,
    /// The base is known from a cut that changed nothing.
    judged: bool,
    since: f64,
    started: u32,
    failed: u32,
    ended: u32,
    /// Durations of those that failed, added up.
    failed_w: f64,
    /// The longest of them.
    failed_max: f64,
    /// The most that ran on average while one of them did.
    failed_ran: f64,
    /// Until when more of them may be on their way.
    fresh: f64,
    /// The first failure of all came just now: how many had done well by then.
    burst: Option<u32>,
    backoffs: u32,
    sum_w: f64,
    sum_n: f64,
    good: f64,
    bad: f64,
    next: f64,
    wait: f64,
    /// How far above the level that holds the next probe ends, as a factor; 1 while that end was seen to fail.
    reach: f64,
    /// How many more a probe tries where tasks are turned away.
    probe_by: f64,
    /// No probe has failed since the last cut, or since a level that held was doubted.
    probes_hold: bool,
    /// The highest level a probe of which held, unless it failed since; 0 when there is none.
    proven: f64,
    /// The rate at which a level that held before has failed since, and that level.
    doubted: Option<(f64, f64)>,
    /// After a cut by those let in: when to count them again.
    admitted_count: Option<AdmittedCount>,
    /// Tasks that did well since the last was turned away: they were let in too.
    passed: f64,
    /// The rate that led to the level held, and how many ran then: infinite when tasks say so themselves.
    cut_rate: f64,
    cut_running: f64,
    /// The first level of this row of cuts that did help, and the rate before.
    helped: Option<(f64, f64)>,
    /// Cuts in a row that changed nothing.
    again: u32,
    rates: Rates,
    refusal_cusum: RefusalCusum,
    /// Tasks that were turned away because steps up and probes were tried, and all that ended.
    spent: f64,
    all: f64,
    blame: Blame,
    /// While a bound stands for tasks turned away: failures that take longer are no refusals, and do not count.
    refusal_max_s: f64,
    /// Failures called for a cut, and it was not undone: they may again where more run.
    pub(super) after_failure_cut: bool,
}

impl Failures {
    pub(super) fn new() -> Failures {
        Failures {
            level: UNBOUND,
            rate: 0.0,
            state: State::Normal,
            base: 0.0,
            judged: false,
            since: 0.0,
            started: 0,
            failed: 0,
            ended: 0,
            failed_w: 0.0,
            failed_max: 0.0,
            failed_ran: 0.0,
            fresh: 0.0,
            burst: None,
            backoffs: 0,
            sum_w: 0.0,
            sum_n: 0.0,
            good: 1.0,
            bad: 1.0,
            next: 0.0,
            wait: PROBE_S,
            reach: 1.0,
            probe_by: 1.0,
            probes_hold: false,
            proven: 0.0,
            doubted: None,
            admitted_count: None,
            passed: 0.0,
            cut_rate: 1.0,
            cut_running: f64::INFINITY,
            helped: None,
            again: 0,
            rates: Rates::new(),
            refusal_cusum: RefusalCusum::new(),
            spent: 0.0,
            all: 0.0,
            blame: Blame::default(),
            refusal_max_s: f64::INFINITY,
            after_failure_cut: false,
        }
    }

    /// The usual duration of what does well, seconds; 0 while nothing has.
    pub(super) fn usual(&self) -> f64 {
        self.refusal_cusum.usual()
    }

    /// Records a start.
    pub(super) fn started(&mut self) {
        self.started += 1;
    }

    /// Records a task that ended by itself.
    pub(super) fn ended(&mut self, started: f64, took: f64, mean_running: f64, failed: bool, backoff: bool) {
        let failed = failed && took <= self.refusal_max_s;
        self.rates.book(mean_running, failed);
        self.all += 1.0;
        if started <= self.since && self.since > 0.0 {
            match &mut self.admitted_count {
                // Some were still undecided: there was no room at this moment either.
                Some(admitted_count) if failed => {
                    self.spent += 1.0;
                    self.blame.add(1.0);
                    admitted_count.at = admitted_count.at.max(started + took + admitted_count.quick);
                    self.passed = 0.0;
                }
                _ => self.passed += f64::from(u8::from(!failed)),
            }
            return;
        }
        self.refusal_cusum.book(took, mean_running, failed);
        self.ended += 1;
        self.sum_w += took;
        self.sum_n += mean_running;
        self.failed += u32::from(failed);
        if failed {
            self.failed_ran = self.failed_ran.max(mean_running);
            if self.failed == 1 && took <= FRESH_S {
                self.fresh = started + 3.0 * took;
                if self.since == 0.0 && self.state == State::Normal {
                    self.burst = Some(self.ended - 1);
                }
            }
            self.failed_w += took;
            self.failed_max = self.failed_max.max(took);
        }
        self.backoffs += u32::from(backoff);
    }

    /// True when something has failed since the last verdict, and not only while no more ran than there are cores.
    pub(super) fn any(&self, cores: f64) -> bool {
        self.failed > 0 && self.failed_ran > cores && {
            let few = self.rates.below(1.05 * cores + 1.0, WILSON_Z);
            few.is_none_or(|few| wilson(self.failed, self.ended, WILSON_Z).0 > few)
        }
    }

    /// A quick failure came just now, the first: those started with it will show whether more is too many.
    pub(super) fn is_fresh(&self, t: f64) -> bool {
        t < self.fresh
    }

    /// True while a cut is being judged.
    pub(super) fn judging(&self) -> bool {
        self.admitted_count.is_some() || matches!(self.state, State::Test { .. })
    }

    pub(super) fn decide(&mut self, s: &Scene, older: Older<'_>) {
        self.blame.bound(self.level);
        // While another law has lowered the limit, what fails are still those above it.
        let s = &Scene { limit: s.limit.max(s.running), ..*s };
        if self.count_again(s, older) {
            return;
        }
        if self.backoffs > 0 {
            self.burst = None;
            self.told_curve(s, older);
            return;
        }
        if self.bursts(s) {
            return;
        }
        match self.state {
            State::Normal | State::Hold => self.watch(s, older),
            State::Test { before, of, cut } => self.judge(s, (before, of), cut, older),
        }
    }

    fn told_curve(&mut self, s: &Scene, older: Older<'_>) {
        self.blame.add(f64::from(self.backoffs));
        self.blame.confirm();
        self.after_failure_cut = true;
        self.rate = f64::from(self.failed) / f64::from(self.ended.max(1));
        if self.state == State::Hold && s.limit > self.good {
            self.bad = s.limit;
            self.level = self.good;
            self.later(s.t);
            self.mark(s.t);
            return;
        }
        let from = s.limit.min(s.running + 1.0).max(1.0);
        let fallback = from * if self.rate > 0.3 { 0.5 } else { 0.8 };
        let room = self.let_in(s.t, from, older);
        self.good = room.unwrap_or(fallback).floor().max(1.0).min(self.level);
        self.bad = from;
        self.cut_running = f64::INFINITY;
        self.level = self.good;
        self.state = State::Hold;
        self.wait = PROBE_S;
        self.next = s.t + (3.0 * s.mean).max(1.0);
        self.mark(s.t);
    }

    fn watch(&mut self, s: &Scene, older: Older<'_>) {
        // Those that still run have not failed: failures are quick, so of those that ended they are too many.
        let (k, n) = (self.failed, self.ended.max(self.started));
        let rate = f64::from(k) / f64::from(n.max(1));
        if self.refusals_show(s) {
            self.rate = rate;
            self.retreat(s, s.limit, older);
            return;
        }
        let z = if self.judged { WILSON_KNOWN_Z } else { WILSON_Z };
        // A level that held is doubted only on good evidence: few failures cannot show its rate.
        let slow = self.failed_max > TURNED_AWAY * s.mean && !self.turned_away();
        let held = self.state == State::Hold && s.limit <= self.good;
        let least = if held || slow { FAIL_DOUBT } else { FAIL_MIN };
        // The limit may be more than ever runs at once; but so few that the cores alone hold them are no sign of too many.
        let ran = s.limit.min((self.sum_n / f64::from(self.ended.max(1))).max(2.0 * s.cores));
        let fewer = if k >= least { self.rates.below(ran.min(s.known), WILSON_Z) } else { None };
        let mut base = self.base.min(fewer.unwrap_or(1.0));
        let below = s.known.min(RATES_FEWER * ran);
        if k >= least && slow {
            base = base.max(self.rates.surely(below, WILSON_Z));
        }
        let floor = if k >= least && slow && self.rates.beyond(below, k, n) < RATES_Z {
            1.0 // fewer may fail as often
        } else if s.limit <= s.cores && fewer.is_none() {
            FAIL_FEW
        } else {
            base * 1.2 + FAIL_RATE
        };
        let more = k >= least && wilson(k, n, z).0 > floor;
        let own = s.duty >= FAIL_DUTY && !self.turned_away();
        let probed =
            self.state == State::Hold && s.limit > self.good && self.failed_max <= TURNED_AWAY * s.mean;
        let few = self.state == State::Hold && s.limit <= self.good.min(s.cores) && k >= FAIL_DOUBT;
        if few && !self.turned_away() && wilson(k, n, WILSON_Z).0 > 0.5 * self.cut_rate {
            // They were cut to hardly any, by chance: so few fail no less.
            self.own(rate);
            self.mark(s.t);
            return;
        }
        if more && self.pays(s, rate) && !own && (self.ended - k >= 5 || k >= FAIL_DOUBT || probed) {
            self.rate = rate;
            let most = ran.max(s.running);
            self.retreat(s, if most < FAIL_REACHED * s.limit { most } else { s.limit }, older);
        } else if self.ended >= if k == 0 && !self.probing() { 60 } else { 600 } {
            self.mark(s.t);
        }
        if self.state == State::Hold && s.t >= self.next && self.level < UNBOUND {
            self.probe(s, floor, older);
        }
    }

    /// Back from a probe or a level held, or the first cut, from so many.
    fn retreat(&mut self, s: &Scene, from: f64, older: Older<'_>) {
        self.pay();
        if self.state == State::Hold {
            self.back(s, older);
        } else {
            self.cut(s, from, older);
        }
        self.mark(s.t);
    }

    fn cut(&mut self, s: &Scene, limit: f64, older: Older<'_>) {
        if self.turned_away() {
            self.refusal_max_s = 2.0 * self.failed_max;
        }
        let room = self.let_in(s.t, limit, older);
        self.lower(s, limit, room);
    }

    /// Down from `limit`, to `room` if that is known, as an experiment.
    fn lower(&mut self, s: &Scene, limit: f64, room: Option<f64>) {
        self.after_failure_cut = true;
        let ok = self.ended - self.failed;
        let p = f64::from(self.failed) / f64::from(self.ended.max(1));
        // With almost nothing succeeding there is no rate to compare with: fall far back and measure again.
        let part = if ok < 5 {
            0.25
        } else if p > 0.3 {
            0.5
        } else {
            0.7
        };
        self.bad = limit.floor();
        self.probes_hold = true;
        if self.proven >= self.bad {
            self.proven = 0.0;
        }
        if self.state == State::Normal {
            self.helped = None;
            // What failed may have been started under a higher limit.
            self.cut_running = self.bad.max(self.sum_n / f64::from(self.ended.max(1)));
        }
        let room = room.unwrap_or((limit * part).max(self.least(s, p).min(limit)));
        self.level = room.floor().max(self.proven).max(1.0);
        let cut = if ok >= 5 { Cut::Rated } else { Cut::Blind };
        self.state = State::Test { before: p, of: f64::from(self.ended), cut };
    }
}

#[cfg(test)]
mod tests;

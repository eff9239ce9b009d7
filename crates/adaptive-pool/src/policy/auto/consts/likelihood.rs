//! The constants of what is concluded from lives and levels: the work clock, the lives of the first search, the curves.

/// Looks at the work clock during a test: at least this part of a mean duration apart, and so many seconds. 0.05–0.2,
/// 0.02–0.1: a reading costs up to 0.3 ms.
pub(in crate::policy::auto) const WORK_DUE: f64 = 0.05;
/// See [`WORK_DUE`].
pub(in crate::policy::auto) const WORK_DUE_S: f64 = 0.02;
/// With more running than this, readings are as much rarer as they cost more. 16–64.
pub(in crate::policy::auto) const WORK_DUE_N: f64 = 32.0;
/// Tasks that must have ended before the clock says anything. 4–10.
pub(in crate::policy::auto) const WORK_LEAST: f64 = 6.0;
/// Ended tasks it remembers. 64–256: older ones may be of another kind.
pub(in crate::policy::auto) const WORK_WINDOW: f64 = 128.0;
/// The most tasks that it reads. 128–512: each costs about 2 µs in each reading.
pub(in crate::policy::auto) const WORK_MOST: usize = 192;
/// The likelihood of the tasks is taken to this power: they are not independent, and not quite log-normal. 0.3–0.7. Model.
pub(in crate::policy::auto) const WORK_TEMPER: f64 = 0.4;
/// Prior for the spread of ln demand: as if so many tasks had shown this one. 2–5, 0.3–0.8.
pub(in crate::policy::auto) const WORK_PRIOR_N: f64 = 3.0;
/// See [`WORK_PRIOR_N`].
pub(in crate::policy::auto) const WORK_PRIOR_SD: f64 = 0.5;
/// Prior for the spread of ln demand in the lives: as [`WORK_PRIOR_N`], but narrower. 1–3, 0.25–0.5: with those of the work
/// clock, tasks that all take as long and began together look late before the first of them is due. Simulator.
pub(in crate::policy::auto) const CURVE_POST_PRIOR_N: f64 = 1.0;
/// See [`CURVE_POST_PRIOR_N`].
pub(in crate::policy::auto) const CURVE_POST_PRIOR_SD: f64 = 0.25;
/// Probability from which a step up is kept early, and from which any step is refused early (of the contrary). 0.85–0.95.
/// Model.
pub(in crate::policy::auto) const SURE_UP: f64 = 0.9;
/// Probability from which a step down is kept early. 0.95–0.98: what is given up by mistake is not looked for again. Model.
pub(in crate::policy::auto) const SURE_DOWN: f64 = 0.97;
/// A step up is kept early only after this part of a mean duration: what it makes fail shows by then. 0.2–0.5. Model.
pub(in crate::policy::auto) const LIVED: f64 = 0.3;
/// Tasks briefer than this when the search begins, in seconds, can be waited for once more at each step. 0.1–0.3: a round of
/// them is 1 % of the shortest run that counts as long. Model.
pub(in crate::policy::auto) const PATIENT_S: f64 = 0.2;
/// The first step begins when this part of the first cohort has ended ([`PEEK`](super::PEEK) is for inputs that end soon). 0.3–0.5. Model.
pub(in crate::policy::auto) const EARLY_PART: f64 = 0.35;
/// And this times the variance of ln duration: so many say where the durations lie. 20–80. Model.
pub(in crate::policy::auto) const EARLY: f64 = 40.0;
/// A normal distribution whose longest fifth ([`UNSEEN`](super::UNSEEN)) counts as its shortest member: how far its mean moves down, and
/// its standard deviation, both in standard deviations.
pub(in crate::policy::auto) const UNSEEN_MEAN: f64 = 0.112;
/// See [`UNSEEN_MEAN`].
pub(in crate::policy::auto) const UNSEEN_SD: f64 = 0.83;

/// The likelihood of lives under a curve is taken to this power. 0.6–1: a task lives through several levels, so more is
/// explained than by one power. Simulator.
pub(in crate::policy::auto) const CURVE_POST_TEMPER: f64 = 0.8;
/// Ended tasks that count; older ones fade. 200–800.
pub(in crate::policy::auto) const CURVE_POST_WINDOW: f64 = 400.0;
/// Running tasks that are followed, and those of them that are used: each takes 2 µs for all curves. 48–256, 16–32.
pub(in crate::policy::auto) const CURVE_POST_MOST: usize = 64;
/// See [`CURVE_POST_MOST`].
pub(in crate::policy::auto) const CURVE_POST_OPEN: usize = 20;
/// Looks at lives are this part of a mean duration apart, and so many seconds, at least. 0.05–0.15, 0.03–0.1.
pub(in crate::policy::auto) const CURVE_POST_DUE: f64 = 0.1;
/// See [`CURVE_POST_DUE`].
pub(in crate::policy::auto) const CURVE_POST_DUE_S: f64 = 0.04;
/// A curve less likely than the best by this (ln) is computed only in every so many readings: a reading takes a third of the time.
/// 15–40, 4–16.
pub(in crate::policy::auto) const CURVE_POST_DEAD: f64 = 18.0;
/// See [`CURVE_POST_DEAD`].
pub(in crate::policy::auto) const CURVE_POST_EVERY: u32 = 12;
/// Probability of a gain from which a step up is kept, from which one down is, and below which any is refused. Simulator
/// (0.85, 0.9 and 0.15 cost 0.0016).
pub(in crate::policy::auto) const CURVE_POST_SURE_UP: f64 = 0.97;
/// See [`CURVE_POST_SURE_UP`].
pub(in crate::policy::auto) const CURVE_POST_SURE_DOWN: f64 = 0.95;
/// How well a level judged by lives counts as known, in standard errors as part of ln of the step. 0.15–0.4.
pub(in crate::policy::auto) const CURVE_POST_SE: f64 = 0.25;
/// Ended tasks from which on brief ones need no lives: cohorts of them end at once.
pub(in crate::policy::auto) const CURVE_POST_KNOWN: u64 = 16;
/// See [`CURVE_POST_SURE_UP`].
pub(in crate::policy::auto) const CURVE_POST_REFUSE: f64 = 0.03;

/// Prior probability that tasks do not disturb each other at all. 0.2–0.4.
pub(in crate::policy::auto) const CURVE_FREE: f64 = 0.3;
/// What no shape explains, in ln throughput. 0.03–0.1.
pub(in crate::policy::auto) const CURVE_FLOOR: f64 = 0.05;
/// A step further off than so many standard errors counts linearly. 2–4.
pub(in crate::policy::auto) const CURVE_OFF: f64 = 3.0;
/// Throughput must grow by (n2/n1) to this power for more to be as good: less is easier on everything. 0.02–0.1; the same
/// as [`LOSS_DOWN`](super::LOSS_DOWN).
pub(in crate::policy::auto) const CURVE_FEE: f64 = 0.05;
/// What a test costs: so many times the tasks of the larger level at the throughput there. 0.5–3. Model.
pub(in crate::policy::auto) const CURVE_COST: f64 = 1.0;
/// The least that a test must promise, as part of the rest of the input. 0.005–0.02.
pub(in crate::policy::auto) const CURVE_LEAST: f64 = 0.01;
/// Levels remembered. 8–16.
pub(in crate::policy::auto) const CURVE_MOST: usize = 16;
/// Levels this close, in ln, are one. 0.02–0.05: less than a step of a tenth.
pub(in crate::policy::auto) const CURVE_SAME: f64 = 0.03;
/// No level is known better than this, in ln: a load changes a little all the time. 0.01–0.03.
pub(in crate::policy::auto) const CURVE_SURE: f64 = 0.02;
/// A level that only may be better is measured no more than so often, with those so close to it, in ln. 1–3, 0.06–0.2.
/// Simulator (without, one level was tried 40 times: what the shapes leave unexplained never goes away).
pub(in crate::policy::auto) const CURVE_TIMES: u32 = 2;
/// See [`CURVE_TIMES`].
pub(in crate::policy::auto) const CURVE_NEAR: f64 = 0.12;
/// And it is tried only once the level in use is known to so many times the variance that the test would have: to hold a
/// level costs nothing, and what is compared with it is only as sure as it is. 2–3; 1 costs 0.0016 over all plants, 5 as much.
/// Simulator.
pub(in crate::policy::auto) const CURVE_HELD: f64 = 3.0;
/// A curve with less than this part of the weight of the weightiest is left out: 280 such are under a thousandth. 1e-8–1e-5.
pub(in crate::policy::auto) const CURVE_NONE: f64 = 1e-6;

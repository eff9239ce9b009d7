//! Every constant of `auto` in one place: unit, sensible range, reason, and where it comes from.
//!
//! "Model" means: found by sweeps in the simulator of `tests/sim` (and the model before it), on seeds other than those the
//! tests assert. None of them is tuned to one plant: each was moved by factors of two and kept where the worst case over
//! all plants was least.

mod ends;
mod likelihood;
mod ramp;
mod rate;

pub(super) use ends::*;
pub(super) use likelihood::*;
pub(super) use ramp::*;
pub(super) use rate::*;

use std::time::Duration;

/// Longest time between two readings in the first moments, and the doubling time of the blind ramp. 5–20 ms: a process starts
/// in about 1 ms, so the run queue of those just started is visible by then. Model.
pub(super) const TICK_START: Duration = Duration::from_millis(10);
/// Time between readings while ramping, while memory is short and while a cut is judged. 10–50 ms. Model.
pub(super) const TICK_FAST: Duration = Duration::from_millis(20);
/// Time between readings otherwise. 50–250 ms: the reading costs up to 1 ms at 64 tasks, so this keeps the sampler under 1 % of
/// a core.
pub(super) const TICK: Duration = Duration::from_millis(100);
/// How long the start lasts, in seconds. 0.1–0.5. Model.
pub(super) const START_S: f64 = 0.15;
/// Until when readings stay fast whatever happens, in seconds. 0.3–1. Model.
pub(super) const EARLY_S: f64 = 0.5;
/// When nothing has ended after this time and the blind ramp is done, readings become slow, in seconds. 1–5: what lasts this
/// long loses nothing by a reading 80 ms later.
pub(super) const BLIND_S: f64 = 2.0;

/// Safety of the CPU staffing, in standard deviations of the demand. 0.5–2. Square-root staffing: Halfin and Whitt,
/// "Heavy-traffic limits for queues with many exponential servers", Operations Research 29 (1981).
pub(super) const STAFF_Z: f64 = 1.0;
/// The same while the gate sees the run queue at each start: it takes off what the chance of the moment puts on top. 1.5–3.
/// Simulator (1 costs 0.5 points of regret; without such a gate 2 costs as much).
pub(super) const STAFF_Z_GATED: f64 = 2.0;
/// How long the gate counts as seeing after it did, in seconds. 0.5–2: longer than a wave of tasks that start together.
pub(super) const GATED_S: f64 = 1.0;
/// Smoothing time of run queue and CPU use, in seconds. 0.1–0.5. Model.
pub(super) const SMOOTH_S: f64 = 0.15;
/// Averaging time of the duty in the first second, in seconds.
pub(super) const DUTY_FIRST_S: f64 = 0.25;
/// Bounds of the averaging time of the duty later (two mean durations), in seconds.
pub(super) const DUTY_MIN_S: f64 = 0.5;
/// See [`DUTY_MIN_S`].
pub(super) const DUTY_MAX_S: f64 = 4.0;
/// While the duty stays what it is, it is averaged over this part of that time. 0.3–1. Simulator.
pub(super) const DUTY_AGE: f64 = 0.5;
/// And over this time at most, in seconds. 5–20: noise of a run queue seen ten times a second falls to a third.
pub(super) const DUTY_LONG_S: f64 = 10.0;
/// It has changed when the short average is off by this, in ln, and by so many times what is usual, for as long as that
/// average takes. 0.15–0.4, 2–4.
pub(super) const DUTY_OFF: f64 = 0.25;
/// See [`DUTY_OFF`].
pub(super) const DUTY_OFF_Z: f64 = 3.0;
/// When less than this part of the tasks' time is left after the wait for a core is taken off, the duty is mostly error
/// (a busy neighbour: our threads wait too), and nothing is added because of it. 0.1–0.2. A loaded machine, where jobs
/// that do nothing but compute were given 80 workers.
pub(super) const UNSURE_ALONE: f64 = 0.15;
/// CPU use below which a CPU bound that is reached is known to be wrong. 0.5–0.8: one standard deviation of the demand is
/// less than the rest of it from 4 cores on.
pub(super) const STALE_USED: f64 = 0.7;
/// Tasks that run have used less CPU over their lives than this part of the duty: they are others than those it is of. In the
/// trough of a wave they have used more, as most compute first. 0.3–0.9: at 1.3 the limit of brief jobs still follows their waves
/// (real machine), and 0.5 costs 0.001 over all plants.
pub(super) const STALE_LIFE: f64 = 0.5;
/// CPU use below which it is no lull of the same jobs, and the duty follows at once. 0.4–0.6: at 0.7 the duty of jobs that
/// compute half of their time is taken for less. Model.
pub(super) const STALE_FAR: f64 = 0.5;
/// Averaging time of the duty then, in seconds. 0.03–0.1: two or three readings, as at the start. Model.
pub(super) const STALE_S: f64 = 0.05;
/// The CPU bound moves only by at least this part of itself (or one): no flicker. 0.05–0.1.
pub(super) const STAFF_STEP: f64 = 0.07;
/// A move by one needs the bound this far beyond the middle of the level's own place, so that two neighbours do not take
/// turns. 0.5 (no more than rounding) to 1.5.
pub(super) const STAFF_EDGE: f64 = 0.9;
/// Saturated without a run-queue signal: part of the bound given up a second. 0.05–0.3. Model.
pub(super) const CREEP_PER_S: f64 = 0.15;
/// CPU use from which the machine counts as saturated when the run queue cannot be seen. 0.9–0.98.
pub(super) const CREEP_CPU: f64 = 0.95;
/// CPU use from which the bound does not rise when the run queue cannot be seen. 0.7–0.9.
pub(super) const NO_SLACK: f64 = 0.8;
/// A sampler that wakes later than this, in seconds, had to wait for a core. 0.03–0.1; the same as the threshold of `aimd`.
pub(super) const LATE_LAG_S: f64 = 0.05;
/// The delay of readings of memory is the recent maximum, which fades by this factor with each reading. 0.9–0.99.
pub(super) const LATE_KEEP: f64 = 0.97;
/// A look later than this counts as missing, in seconds: what is carried forward that far is a guess. 0.5–2.
pub(super) const LATE_MOST_S: f64 = 1.0;
/// A reading older than this says nothing of what was started since, in seconds. 0.15–0.3: two of the longest periods.
pub(super) const LATE_AGE_S: f64 = 0.2;
/// Until when a sensor without a reading may only be late, in seconds. 0.3–1.
pub(super) const SIGHT_S: f64 = 0.5;
/// A sensor without a reading for so long is gone, in seconds. 2–10.
pub(super) const SIGHT_LOST_S: f64 = 5.0;
/// A gap between readings longer than this, in seconds, is a stopped machine or a clock step: nothing is measured over it.
pub(super) const GAP_S: f64 = 30.0;
/// A reading so many seconds later than it was due: the machine stood still. 0.1–0.2: more than a crowded one makes it wait.
pub(super) const STALL_S: f64 = 0.15;
/// A task that stood still for this part of its time says nothing of how fast tasks are. 0.1–0.2: less hardly changes a
/// verdict. Simulator.
pub(super) const STALL_PART: f64 = 0.12;

/// Run queue, in cores, above which nothing is started (and one more). 1.5–3. Model.
pub(super) const GATE_QUEUE: f64 = 2.0;
/// When to ask the gate again. 2–10 ms: a time slice.
pub(super) const GATE_RETRY: Duration = Duration::from_millis(5);
/// The blind ramp goes on while the run queue is below the cores plus this.
pub(super) const RAMP_QUEUE: f64 = 0.5;
/// The blind ramp goes on while this part of the time at most is lost to I/O (PSI). 0.1–0.4. Model.
pub(super) const RAMP_IO: f64 = 0.2;
/// In a short run it goes on so far all the same: a hard disk loses a sixth there, a solid-state disk gains three
/// quarters, and such a run is over before a search is. 6–12. Model.
pub(super) const RAMP_DISK: f64 = 8.0;
/// And so far in any run: a hard disk loses little there, a solid-state disk gains a third over four. 4–6; 8 and 12 cost a
/// hard disk a fifth and two fifths for as long as the first cohort lasts. Simulator.
pub(super) const RAMP_DISK_LONG: f64 = 6.0;
/// The first check of the first cohort, for a step up while most of it still runs: part that must have ended.
pub(super) const PEEK: f64 = 0.2;
/// After so many times the time that part took, the rest is overdue: the step up slowed it. 3–6: in a log-normal with a
/// spread of 0.8, four in five have ended by four times the time of the first fifth. Model.
pub(super) const LATE: f64 = 4.0;
/// Overdue earlier: after so many times, with less than this share ended.
pub(super) const LATE_EARLY: f64 = 3.0;
/// See [`LATE_EARLY`].
pub(super) const LATE_SHARE: f64 = 0.6;
/// Step factor downwards after a first step up that did far worse.
pub(super) const FAR_DOWN: f64 = 4.0;
/// The first step when it would start all the rest of the input, which must be no more than [`FIRST_STEP_REST`] levels.
pub(super) const FIRST_STEP_STEP: f64 = 2.5;
/// See [`FIRST_STEP_STEP`].
pub(super) const FIRST_STEP_REST: f64 = 3.0;
/// The first step is taken early only when the rest of the input is no more than so many levels: in a longer run it saves
/// one round of many, and where the service collapses it costs far more. 4–10.
pub(super) const LEAP_REST: f64 = 8.0;
/// The first step goes down when all input is known and more than so many levels: before that the leap is better. 4–8. Model.
pub(super) const FEWER_REST: f64 = 6.0;
/// And only from a level like that of the blind ramp, where half is no great loss. 12–24.
pub(super) const FEWER_LEVEL: f64 = 24.0;
/// Without any CPU signal the blind ramp waits this long for one, in seconds: sysinfo's first CPU figure takes 0.2 s.
pub(super) const RAMP_DARK_S: f64 = 0.25;

/// A higher level is kept when throughput grows by at least (n2/n1) to this power. 0.15–0.25: a disk that gains a tenth by
/// twice as many is worth them, and 0.12 already climbs beyond services that lose. Model.
pub(super) const GAIN_UP: f64 = 0.18;
/// A lower level is kept when throughput shrinks by at most (n1/n2) to this power. 0.02–0.1. Model.
pub(super) const LOSS_DOWN: f64 = 0.05;
/// Step factor of the first tests.
pub(super) const STEP_FIRST: f64 = 2.0;
/// The first step up is so large that a full gain stands out from no gain by so many standard errors. 2.5–4. Model.
pub(super) const CAREFUL_Z: f64 = 3.5;
/// Tasks started between two readings of [`TICK_FAST`] while a step up is taken, or an eighth of those that run: no more than can be
/// taken back when they turn out to be too many. 4–24.
pub(super) const STRIDE: u32 = 8;
/// Only for tasks that take this long, in seconds: shorter ones are replaced more often than readings come.
pub(super) const STRIDE_S: f64 = 0.08;
/// Step factor after a step that scaled almost perfectly (power over [`STRONG`]).
pub(super) const STEP_STRONG: f64 = 4.0;
/// A step larger than this that is refused is followed by a smaller one. 2–3: [`FIRST_STEP_STEP`] is none.
pub(super) const STEP_FAR: f64 = 2.6;
/// See [`STEP_STRONG`].
pub(super) const STRONG: f64 = 0.85;
/// Finer step factors, tried in turn after the first one is rejected both ways.
pub(super) const STEP_FINE: f64 = 1.41;
/// See [`STEP_FINE`]; only with [`FINEST_AFTER`] tasks behind it.
pub(super) const STEP_FINEST: f64 = 1.19;
/// See [`STEP_FINEST`].
pub(super) const FINEST_AFTER: u64 = 2000;
/// Step factor of a search that time alone began: what steady load may see of it. 1.05–1.1 (1.41 costs 0.0009 over all
/// plants, and 0.01 where there is a knee). Simulator.
pub(super) const STEP_CALM: f64 = 1.1;
/// Such a step that gains (n2/n1) to more than this power is followed by a larger one: what holds the load has changed. 0.5–0.8.
pub(super) const CALM_GROWS: f64 = 0.7;
/// A step of such a search from which less than (n2/n1) to this power is expected is kept only when its test shows it too.
/// 0.2–0.5. Simulator (without, one step follows another on a plateau, a third of the level in ten seconds).
pub(super) const CALM_GAIN: f64 = 0.3;
/// Size of a cohort: this times the variance of ln duration over ln² of the step. 20–80. Model.
pub(super) const COHORT: f64 = 40.0;
/// The longest part of a cohort that need not have ended; counted alike in all cohorts. 0.1–0.3. Model.
pub(super) const UNSEEN: f64 = 0.2;
/// Least and most members of a cohort.
pub(super) const COHORT_MIN: f64 = 12.0;
/// See [`COHORT_MIN`].
pub(super) const COHORT_MAX: f64 = 400.0;
/// And of one for a step of a tenth: it takes more to show a difference, and costs almost nothing. 400–1000 (1000 is all that a cohort holds).
/// Simulator: no difference on the mean, single knees up to 6 %.
pub(super) const COHORT_CALM: f64 = 800.0;
/// Most members, with those that take the place of others cut off. 500–2000.
pub(super) const COHORT_MOST: usize = 1000;
/// A cohort never takes more than this part of what has finished so far (but at least 16): tests stay cheap in short runs.
pub(super) const COHORT_SHARE: f64 = 0.12;
/// An upward result within so many standard errors of the threshold asks for more evidence.
pub(super) const UNSURE: f64 = 1.0;
/// An upward step is rejected only beyond so many standard errors.
pub(super) const REJECT_Z: f64 = 0.5;
/// A downward test needs an upward rejection this clear, in standard errors.
pub(super) const DOWN_NEEDS_Z: f64 = 1.5;
/// A step down is tried while more than so many levels wait, when nothing was clearly worse above. 2–6. Model.
pub(super) const DOWN_REST: f64 = 4.0;
/// A first step down that loses less than (n1/n2) to this power does not call for one up instead. 0.3–0.7. Model.
pub(super) const DOWN_LEVEL: f64 = 0.5;
/// Confidence demanded of a step down, in standard errors.
pub(super) const DOWN_Z: f64 = 0.5;
/// Standard errors of cohorts are widened by this: members are not independent.
pub(super) const WIDEN: f64 = 1.3;
/// Cruise before searching again: mean durations, and part of the time run so far.
pub(super) const CRUISE_TASKS: f64 = 20.0;
/// See [`CRUISE_TASKS`].
pub(super) const CRUISE_PART: f64 = 0.3;
/// Rest between two tests of a search that time alone began, in seconds. 2–10: what steady load may see of the search.
pub(super) const REST_S: f64 = 5.0;
/// Conditions changed: two cohorts in a row off by this in ln duration (or three standard errors).
pub(super) const CHANGED: f64 = 0.25;

/// Failures needed before anything is cut.
pub(super) const FAIL_MIN: u32 = 3;
/// A rate of failures (its lower bound) from which a cut is tried, beyond the base rate. 0.01–0.05.
pub(super) const FAIL_RATE: f64 = 0.02;
/// The same while no more tasks run than there are cores: hardly too many at once.
pub(super) const FAIL_FEW: f64 = 0.3;
/// Fewer than this part of the limit ran: then it is cut from what ran, as a limit that is not reached says nothing when it is
/// lowered. 0.6–0.9. Simulator.
pub(super) const FAIL_REACHED: f64 = 0.7;
/// No fewer are left to run on account of failures that are no refusals and not most. 2–6: what a few more or less change there
/// shows in hundreds of ends only. Simulator.
pub(super) const FAIL_LEAST: f64 = 4.0;
/// What failed with fewer running than this part of the limit is no doing of the limit. 0.7–0.9.
pub(super) const RATES_FEWER: f64 = 0.9;
/// Failures are remembered by the number running, in steps of this factor. 1.03–1.1: finer than a probe.
pub(super) const RATES_STEP: f64 = 1.05;
/// Ends with fewer running from which their rate of failures is known. 15–40: no failure in 20 says at most 12 %.
pub(super) const RATES_LEAST: f64 = 20.0;
/// Ends remembered of each number running; older ones fade, since what fails changes. 100–400.
pub(super) const RATES_MOST: f64 = 200.0;
/// Failures that take their time are too many when they are this many standard errors more than with fewer running. 2–3.
pub(super) const RATES_Z: f64 = 2.5;
/// A failure as quick as this, in seconds, is waited for: the next step up is not taken before those that were started with
/// it have ended. 0.05–0.2.
pub(super) const FRESH_S: f64 = 0.1;
/// Failures needed before a level that held is doubted.
pub(super) const FAIL_DOUBT: u32 = 8;
/// z of the Wilson bounds (one-sided 95 %). Wilson, J. Am. Stat. Assoc. 22 (1927).
pub(super) const WILSON_Z: f64 = 1.64;
/// z while a base rate of failures is known: four, since the test is repeated for the whole run.
pub(super) const WILSON_KNOWN_Z: f64 = 4.0;
/// A rate of failures from which it takes three cuts that changed nothing to believe that the jobs fail by themselves.
pub(super) const FAIL_MANY: f64 = 0.3;
/// After a cut: failures fell beyond doubt, in standard errors of the difference of two rates. 2–4.
pub(super) const FELL_Z: f64 = 3.0;
/// Failures that must have been due at the old rate before anything less clear decides. 8–20.
pub(super) const FELL_DUE: f64 = 10.0;
/// And the rest of the input must be this many times what that takes: a cut that turns out to be none is slow. 3–6. Simulator
/// (1 costs 0.0005 over all plants, and single ones up to two thirds).
pub(super) const FELL_REST: f64 = 4.0;
/// The part of the old rate below which they fell then. 0.2–0.5.
pub(super) const FELL_TO: f64 = 0.33;
/// The part left of what failed beyond the jobs' own, where that is known. 0.4–0.6.
pub(super) const FELL_HALF: f64 = 0.5;
/// Quick failures needed before they count as turned away. 3–8.
pub(super) const AWAY_MIN: u32 = 4;
/// While more are let start, tasks are turned away when this part more of what ends is turned away than before: the hypothesis
/// of the test. 0.2–0.5.
pub(super) const CUSUM_MORE: f64 = 0.3;
/// Jobs that fail quickly by themselves, as often as before, pass for that once in so many ends. 1e4–1e6.
pub(super) const CUSUM_RARE: f64 = 1e5;
/// The same while a level is probed above one that held, where others were turned away: it is as likely as not. 1e2–1e4.
pub(super) const CUSUM_DUE: f64 = 1e3;
/// The part before is taken to be this at least while nothing has ended. 0.02–0.1: so it takes six in a row.
pub(super) const CUSUM_LEAST: f64 = 0.05;
/// And this once many have. 0.005–0.02: so it takes four.
pub(super) const CUSUM_RARELY: f64 = 0.01;
/// Weight of one end in it, and in the usual duration. 0.005–0.05: some hundred ends.
pub(super) const CUSUM_FADE: f64 = 0.01;
/// First wait before a probe above a level known to be good, in seconds, doubling to [`PROBE_MAX_S`].
pub(super) const PROBE_S: f64 = 5.0;
/// See [`PROBE_S`].
pub(super) const PROBE_MAX_S: f64 = 300.0;
/// How far a first probe goes, as a factor; squared each time all of it held, up to [`PROBE_REACH_MAX`]. 1.05–1.2.
pub(super) const PROBE_REACH: f64 = 1.1;
/// It goes further only where no more than this part failed. 0.05–0.15: more are no chance.
pub(super) const PROBE_MILD: f64 = 0.1;
/// See [`PROBE_REACH`]. 1.5–3.
pub(super) const PROBE_REACH_MAX: f64 = 2.0;
/// Of all tasks so many may be turned away for the sake of probes; then none is made before more have ended. 0.002–0.01: nobody asked
/// to risk them.
pub(super) const PROBE_SPENDS: f64 = 0.005;
/// z of the rate at which a probe ends. 2–3.
pub(super) const PROBE_Z: f64 = 2.33;
/// A bound this close above the limit is probed further: the search makes no step that is smaller, and each would wait for the
/// other. 1.1–1.2: more than a step of a tenth.
pub(super) const PROBE_NEAR: f64 = 1.15;
/// A level that holds, fails by this part of the rate that led to the first cut all the same, and is this near to what ran then:
/// the bound goes. 0.2–0.4, 0.8–0.95.
pub(super) const CUT_SHOWS: f64 = 0.25;
/// See [`CUT_SHOWS`].
pub(super) const CUT_NEAR: f64 = 0.85;
/// A failure that takes less than this part of the usual duration was a refusal. 0.2–0.5. Model.
pub(super) const TURNED_AWAY: f64 = 0.4;
/// After so many times the duration of a failure a task that still runs was let in.
pub(super) const DECIDED: f64 = 1.6;
/// Up to this factor above a room that was counted there may be more. 1.1–1.5. Simulator: 1.25 takes connection limits from 0.965 to
/// 0.958 of the best.
pub(super) const COUNT_OFF: f64 = 1.25;
/// Duty above which failures are not blamed on the level: CPU-bound tasks fail by themselves.
pub(super) const FAIL_DUTY: f64 = 0.7;

/// Finished tasks after which their memory counts as learned.
pub(super) const LEARNED: u32 = 3;
/// Finished tasks (and as many as run) after which the largest of them is a ceiling. 6–20. Model.
pub(super) const LEARNED_WELL: u32 = 8;
/// How far growth is carried forward before anything has finished, in seconds. 1–4. Model.
pub(super) const GROWTH_S: f64 = 2.0;
/// The same while running tasks cannot be read: a task that has grown then looks like one that still grows.
pub(super) const DARK_GROWTH_S: f64 = 4.0;
/// The part of tasks that may fail more often above a step up than below it. 0.2–0.4: less is chance in a small cohort.
pub(super) const FAIL_RISE: f64 = 0.25;
/// And by so many standard errors: jobs that fail by themselves do so more often in one cohort than in the next. 2–3. Simulator.
pub(super) const FAIL_RISE_Z: f64 = 3.0;
/// Once durations are known: growth is carried forward for at most this many mean durations.
pub(super) const GROWTH_TASKS: f64 = 1.5;
/// Part of the tasks expected to end before the next reading whose memory is given out again beforehand. 0.5–0.9.
pub(super) const TURNOVER: f64 = 0.7;
/// Mean duration under which readings stay fast while memory binds, in seconds.
pub(super) const SHORT_S: f64 = 1.0;
/// Mean duration under which memory is a limit rather than a number of starts in each reading, in seconds: such tasks come and
/// go between two readings.
pub(super) const BRIEF_S: f64 = 0.25;
/// Safety of the memory forecast, in standard deviations. 1–3. Model.
pub(super) const MEMORY_Z: f64 = 2.0;
/// While this part of memory is free, a task that is killed was not killed for want of it. 0.15–0.4.
pub(super) const PLENTY: f64 = 0.25;
/// Tasks that together take no more than so many bytes do not fill a machine. 128–512 MiB.
pub(super) const OOM_LEAST: f64 = 256.0 * 1024.0 * 1024.0;
/// The part of those that ran when memory ran out that may run from then on. 0.4–0.7.
pub(super) const OOM_CUT: f64 = 0.5;
/// A bound after kills goes up in steps of this factor. 1.1–1.5.
pub(super) const OOM_STEP: f64 = 1.25;
/// Up to this part of those that ran when memory ran out it does so soon. 0.6–0.9.
pub(super) const OOM_NEAR: f64 = 0.75;
/// How long it waits soon, and before it goes beyond that, in mean durations.
pub(super) const OOM_SOON_TASKS: f64 = 2.0;
/// See [`OOM_SOON_TASKS`].
pub(super) const OOM_TASKS: f64 = 4.0;
/// The least that it waits before it goes beyond that, in seconds; doubled by each kill after a wait, up to
/// [`OOM_WAIT_MAX_S`]. 5–30.
pub(super) const OOM_WAIT_S: f64 = 10.0;
/// See [`OOM_WAIT_S`].
pub(super) const OOM_WAIT_MAX_S: f64 = 300.0;
/// So many kills of a task that ran alone: want of memory it may be, but fewer at once will not help. 2–5.
pub(super) const OOM_ALONE: u32 = 3;
/// Weight of a new reading in the memory that all tasks together may take. 0.1–0.5: at 1 the limit of brief tasks follows the
/// noise between two readings, at 0.05 it comes too late. Drawn plants with memory, seeds 31–35.
pub(super) const USABLE_SMOOTH: f64 = 0.2;
/// A task that is larger than the largest that ended by no more than this factor has no size of its own: what is read of a
/// running one and what the system says of an ended one differ by a page here and there. 1.02–1.1.
pub(super) const SAME: f64 = 1.05;
/// Below this part of memory free, readings are fast.
pub(super) const NEAR: f64 = 0.12;
/// The brake: below this part of memory free and growing, tasks are stopped. 0.02–0.05.
pub(super) const BRAKE: f64 = 0.03;
/// A program's own start is not growth: bytes left out of the first growth figure.
pub(super) const IMAGE: f64 = 16.0 * 1024.0 * 1024.0;
/// Smallest memory a task is taken to need, in bytes.
pub(super) const TASK_MIN: f64 = 1e6;
/// How far ahead the brake calculates, in seconds, when sizes are known. 0.04–0.1: two fast readings and a bit.
pub(super) const SUSPEND_AHEAD_S: f64 = 0.05;
/// Memory that fell since the last reading is expected to go on so, for this part of that time. 0.5–1: at 0 four were killed before
/// the brake saw it, at 1 half as many again are stopped.
pub(super) const SUSPEND_FALL: f64 = 0.6;
/// Room for chance in what tasks free meanwhile, in standard deviations. 2–4.
pub(super) const SUSPEND_Z: f64 = 3.0;
/// What tasks hold is averaged over so many mean durations, and counts after as many. 1.5–4. Model.
pub(super) const HELD_TASKS: f64 = 2.0;
/// Room for chance in what they hold together, as part of where the highest of all draws so far lies ([`occupancy`](super::memory)).
/// 0.6–1.2. Model.
pub(super) const HELD_Z: f64 = 0.8;
/// Over how long the draws of tasks that have just begun are reckoned at least, in seconds. 5–30.
pub(super) const HELD_AHEAD_S: f64 = 10.0;
/// The part of that room that is kept where the brake would surely stop tasks in time. 0.2–0.5: at 0.5 tasks of 8 s and 3 GB
/// take up to 1.22 of the best, at 0.3 up to 1.19.
pub(super) const HELD_CAUGHT: f64 = 0.3;
/// More of it each time the brake had to stop tasks, in standard deviations, and the most. 0.3–1.
pub(super) const HELD_MORE: f64 = 0.5;
/// See [`HELD_MORE`].
pub(super) const HELD_MOST: f64 = 4.0;
/// The part of those that ran when the brake stopped some that may run next. 0.8–0.9.
pub(super) const HELD_BACK: f64 = 0.85;
/// How fast the number that may run rises towards what fits, as part of it in a mean duration: those that start together
/// grow together. 0.25–1. Model.
pub(super) const HELD_RISE: f64 = 0.6;
/// A task so many times as large as the largest that ended is of another kind: what was held before says nothing. 1.2–2.
pub(super) const OUTGROWN: f64 = 1.5;
/// With fewer than so many, chance has no mean: their peaks count. 4–8.
pub(super) const HELD_LEAST: f64 = 4.0;

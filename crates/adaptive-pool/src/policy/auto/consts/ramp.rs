//! The constants of the blind start beyond a few tasks, and of draining; when tasks are of another kind.

/// So many tasks (or as many as cores) are started blind without a thought. 4–10: what nobody limits to less.
pub(in crate::policy::auto) const RAMP_FEW: f64 = 8.0;
/// Beyond that when one has ended well, or nothing has failed in so many seconds. 0.05–0.2: a refusal takes less.
pub(in crate::policy::auto) const RAMP_FEW_S: f64 = 0.1;
/// So many (or twice the cores) until [`RAMP_SOME_S`]. 12–20: services with 20 connections are as fast with 16.
pub(in crate::policy::auto) const RAMP_SOME: f64 = 16.0;
/// See [`RAMP_SOME`]; seconds, 0.15–0.3.
pub(in crate::policy::auto) const RAMP_SOME_S: f64 = 0.2;
/// Beyond that by this factor, every [`RAMP_BEYOND_S`]: what is refused then is a part of the last step. 1.25–1.5.
pub(in crate::policy::auto) const RAMP_BEYOND: f64 = 1.5;
/// See [`RAMP_BEYOND`]; seconds, 0.03–0.1: the time in which a client is refused.
pub(in crate::policy::auto) const RAMP_BEYOND_S: f64 = 0.045;
/// While fewer are to run and hardly any ends (less than this part of the rate before), what is stuck is left out of the count. 0.3–0.6.
pub(in crate::policy::auto) const DRAIN_FELL: f64 = 0.5;
/// Stuck is what runs for so many usual durations. 1.5–3.
pub(in crate::policy::auto) const DRAIN_STUCK: f64 = 1.5;
/// The shortest time, in seconds, over which ends are counted for that. 0.1–0.5.
pub(in crate::policy::auto) const DRAIN_LEAST_S: f64 = 0.2;
/// A duty that changes by this factor is that of another kind of task. 2–5: waves of one kind change it by less.
pub(in crate::policy::auto) const DUTY_KIND: f64 = 3.0;
/// Tasks that are all alike are held up when they have run for so many usual durations. 2–3.
pub(in crate::policy::auto) const CLOG_TIMES: f64 = 2.0;
/// And this part of all that run. 0.2–0.4.
pub(in crate::policy::auto) const CLOG_PART: f64 = 0.25;
/// Weight of one end in how long tasks take. 0.05–0.2: some ten ends.
pub(in crate::policy::auto) const CLOG_FADE: f64 = 0.1;
/// Ends that it takes. 5–10.
pub(in crate::policy::auto) const CLOG_LEAST: f64 = 6.0;
/// Then this part of the others is enough. 0.6–0.9: those that end at once are as many as there is room for, or one more.
pub(in crate::policy::auto) const CLOG_LEFT: f64 = 0.75;
/// From this duty on tasks do little but compute: no more than the gate lets in run at once. 0.8–0.95.
pub(in crate::policy::auto) const COMPUTES: f64 = 0.9;

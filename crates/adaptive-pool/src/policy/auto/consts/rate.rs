//! The constants of a limit of starts a second.

/// Starts let in and refused of which the gaps are remembered. 8–24: a burst that was saved up is soon forgotten.
pub(in crate::policy::auto) const RATE_MOST: usize = 12;
/// Refusals needed, doubled each time it was wrong. 3–6.
pub(in crate::policy::auto) const RATE_REFUSED: usize = 3;
/// The shortest gap, in seconds: to start a process takes a part of it. 0.003–0.01.
pub(in crate::policy::auto) const RATE_SHORTEST: f64 = 0.005;
/// Starts let in needed: three refused and six let in are in this order by chance once in 84. 6–12.
pub(in crate::policy::auto) const RATE_LET_IN: usize = 6;
/// The first gap is no less than the root of this part of the shortest at which a task was let in. 0.1–0.5.
pub(in crate::policy::auto) const RATE_FIRST: f64 = 0.25;
/// A gap is narrowed to this part of itself. 0.6–0.8; its fourth root where one was refused near it.
pub(in crate::policy::auto) const RATE_NARROW: f64 = 0.7;
/// After so many that were let in; near a refusal after the square of it, times the refusals so far: each is a job's. 4–8.
pub(in crate::policy::auto) const RATE_ROUND: u32 = 5;
/// A refusal widens it by this factor: at least what a step that comes near it narrows. 1.05–1.3.
pub(in crate::policy::auto) const RATE_BACK: f64 = 1.15;
/// So many refusals, and more of them than of those let in: starts are not what is limited. 4–10.
pub(in crate::policy::auto) const RATE_WRONG: u32 = 6;
/// The least time after which a start that was put off is asked for again, in seconds. 1e-5–1e-3: a fraction of the shortest gap.
pub(in crate::policy::auto) const RATE_LOOK_S: f64 = 1e-4;

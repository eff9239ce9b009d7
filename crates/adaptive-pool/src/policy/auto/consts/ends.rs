//! The constants of what is concluded from counted ends.

/// Ends whose moments are remembered: some rounds of tasks at the levels that are searched. 1024–8192: 8 bytes each.
pub(in crate::policy::auto) const ENDS_MOST: usize = 4096;
/// A step by less than this factor cannot be distinguished from none by counting: at 20 it takes hundreds of ends. 1.2–1.4.
pub(in crate::policy::auto) const ENDS_STEP: f64 = 1.3;
/// The growth that ends are asked for, as a power of that of the level. 0.3–0.6: about twice
/// [`GAIN_UP`](super::GAIN_UP), so that a gain of that much decides neither way.
pub(in crate::policy::auto) const ENDS_GROW: f64 = 0.4;
/// ln of the odds at which they decide. 0.7–2 (2 to 1 and 7 to 1): the tasks' durations must say the same.
pub(in crate::policy::auto) const ENDS_ODDS: f64 = 0.7;
/// After so many usual durations they decide whichever way they lean. 3–8.
pub(in crate::policy::auto) const ENDS_WAIT: f64 = 4.0;
/// Durations that differ by less than this standard deviation of ln were not those of a line: there they are as long as the place in
/// it. 0.2–0.4: of places that are taken evenly it is 1.
pub(in crate::policy::auto) const ENDS_TOGETHER: f64 = 0.3;
/// How well a level is known where as many ended as before, in standard errors as part of ln of the step. 0.05–0.2.
pub(in crate::policy::auto) const ENDS_SE: f64 = 0.1;
/// Where tasks stand in a line a step down goes to this part: more of them bring nothing. 0.25–0.5.
pub(in crate::policy::auto) const ENDS_DOWN: f64 = 0.4;

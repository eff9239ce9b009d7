//! The rules that all guards of the machine share.

use crate::policy::decision::Admit;
use crate::policy::observation::Observation;
use crate::time::Time;
use std::time::Duration;

/// The wait time of a closed guard. Its state changes only with a new reading.
const RETRY: Duration = Duration::from_millis(20);

/// The time for which a guard waits for the first reading. A sensor that fails never gives one.
const FIRST_READING_TIMEOUT: Duration = Duration::from_secs(1);

/// True before the first reading, for at most one second.
pub(super) fn awaits_first_reading(observation: &Observation<'_>) -> bool {
    observation.machine.at == Time::ZERO && observation.now < Time::ZERO + FIRST_READING_TIMEOUT
}

/// True when the observation has no usable reading. A guard that holds the first job then keeps its state for any time: a
/// machine that is too busy to be read has not become free. Other guards wait one second.
pub(super) fn has_no_reading(observation: &Observation<'_>, hold_first: bool) -> bool {
    observation.machine.at == Time::ZERO && (hold_first || awaits_first_reading(observation))
}

/// No start while the guard is closed. The first job may start unless the guard holds it too.
pub(super) fn admit(closed: bool, running: u32, hold_first: bool) -> Admit {
    if closed && (running > 0 || hold_first) { Admit::After(RETRY) } else { Admit::Yes }
}

/// The cap of a closed guard: the number of running jobs, at least 1 unless the guard holds the first job too.
pub(super) fn closed_cap(running: u32, hold_first: bool) -> u32 {
    if hold_first { running } else { running.max(1) }
}

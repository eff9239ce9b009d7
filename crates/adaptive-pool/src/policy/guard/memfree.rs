//! `--memfree` and `--memsuspend`: no new job while less memory is available than requested. Under `--memsuspend` one job may
//! always run, as in GNU parallel.

use super::closed::{admit, closed_cap, has_no_reading};
use crate::policy::decision::Admit;
use crate::policy::interface::Guard;
use crate::policy::observation::Observation;
use crate::policy::why::Why;
use crate::time::Time;

/// The option that requests the memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MemoryOption {
    MemFree,
    MemSuspend,
}

#[derive(Debug)]
pub(super) struct MemFreeGuard {
    option: MemoryOption,
    /// The requested memory, in bytes.
    floor: u64,
    hold_first: bool,
    closed: bool,
    /// The available memory at the last reading, in bytes, when it was below the floor.
    short: Option<u64>,
}

impl MemFreeGuard {
    pub(super) fn new(option: MemoryOption, floor: u64, hold_first: bool) -> MemFreeGuard {
        // Before the first reading one job at a time may run.
        MemFreeGuard { option, floor, hold_first, closed: true, short: None }
    }
}

impl Guard for MemFreeGuard {
    fn cap(&mut self, observation: &Observation<'_>) -> Option<(u32, Why)> {
        if !has_no_reading(observation, self.hold_first) {
            let available = observation.machine.memory.map(|memory| memory.available);
            self.short = available.filter(|available| *available < self.floor);
            self.closed = self.short.is_some();
        }
        let (available, floor) = (self.short?, self.floor);
        let why = match self.option {
            MemoryOption::MemFree => Why::MemFree { available, floor },
            MemoryOption::MemSuspend => Why::MemSuspend { available, floor },
        };
        Some((closed_cap(observation.running, self.hold_first), why))
    }

    fn admit(&mut self, _now: Time, running: u32) -> Admit {
        admit(self.closed, running, self.hold_first)
    }

    fn holds_first(&self) -> bool {
        self.hold_first
    }
}

//! `--memfree` and `--memsuspend`: no new job while less memory is available than was asked for. `--memsuspend` is to keep jobs
//! that run from filling the memory together, so one may always run, as under GNU parallel.

use super::{gate, is_blind, no_more};
use crate::policy::{Admit, Guard, Observation, Why};
use crate::time::Time;

/// Which of the two flags it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flag {
    MemFree,
    MemSuspend,
}

#[derive(Debug)]
pub(super) struct MemFreeGuard {
    flag: Flag,
    floor: u64,
    hold_first: bool,
    closed: bool,
    /// What was available at the last look, while that was too little.
    short: Option<u64>,
}

impl MemFreeGuard {
    pub(super) fn new(flag: Flag, floor: u64, hold_first: bool) -> MemFreeGuard {
        // Before the first look nobody knows: a job at a time at most.
        MemFreeGuard { flag, floor, hold_first, closed: true, short: None }
    }
}

impl Guard for MemFreeGuard {
    fn cap(&mut self, seen: &Observation<'_>) -> Option<(u32, Why)> {
        if !is_blind(seen, self.hold_first) {
            let available = seen.machine.memory.map(|memory| memory.available);
            self.short = available.filter(|available| *available < self.floor);
            self.closed = self.short.is_some();
        }
        let (available, floor) = (self.short?, self.floor);
        let why = match self.flag {
            Flag::MemFree => Why::MemFree { available, floor },
            Flag::MemSuspend => Why::MemSuspend { available, floor },
        };
        Some((no_more(seen.running, self.hold_first), why))
    }

    fn admit(&mut self, _now: Time, running: u32) -> Admit {
        gate(self.closed, running, self.hold_first)
    }

    fn holds_first(&self) -> bool {
        self.hold_first
    }
}

//! `--noswap`: no new job while the machine swaps.
//!
//! The machine swaps when pages move both in and out within a second. Pages that only move out are unused memory. Pages that
//! only move in are a program that wakes.

use super::closed::{admit, closed_cap, has_no_reading};
use crate::policy::decision::Admit;
use crate::policy::interface::Guard;
use crate::policy::observation::Observation;
use crate::policy::reading::Reading;
use crate::policy::why::Why;
use crate::time::Time;
use std::collections::VecDeque;
use std::time::Duration;

/// The time over which pages are counted.
const WINDOW: Duration = Duration::from_secs(1);

/// The number of readings after which the figures count as unavailable. A count is the difference of two readings, so the first
/// one has none.
const READINGS: u32 = 2;

#[derive(Debug)]
pub(super) struct SwapGuard {
    hold_first: bool,
    /// The time of a reading, pages in, pages out.
    recent: VecDeque<(Time, u64, u64)>,
    last_reading: Option<Time>,
    /// The number of readings, [`READINGS`] once the figures are known.
    readings: u32,
    closed: bool,
}

impl SwapGuard {
    pub(super) fn new(hold_first: bool) -> SwapGuard {
        SwapGuard { hold_first, recent: VecDeque::new(), last_reading: None, readings: 0, closed: hold_first }
    }

    /// Stores a new reading. True once the figures are known, or known to be unavailable.
    fn update(&mut self, reading: &Reading) -> bool {
        if self.last_reading.is_none_or(|at| at < reading.at) {
            self.last_reading = Some(reading.at);
            self.readings = self.readings.saturating_add(1);
            if let (Some(pages_in), Some(pages_out)) = (reading.swap_in, reading.swap_out) {
                self.readings = READINGS;
                self.recent.push_back((reading.at, pages_in, pages_out));
            }
        }
        self.readings >= READINGS
    }
}

impl Guard for SwapGuard {
    fn cap(&mut self, observation: &Observation<'_>) -> Option<(u32, Why)> {
        let has_reading = !has_no_reading(observation, self.hold_first);
        let known = has_reading && self.update(observation.machine);
        if self.hold_first && !known && self.recent.is_empty() {
            return self.closed.then_some((observation.running, Why::Unread));
        }
        while has_reading && self.recent.front().is_some_and(|(at, ..)| observation.now.since(*at) > WINDOW) {
            self.recent.pop_front();
        }
        let (pages_in, pages_out) = self
            .recent
            .iter()
            .fold((0u64, 0u64), |(i, o), (_, a, b)| (i.saturating_add(*a), o.saturating_add(*b)));
        self.closed = pages_in > 0 && pages_out > 0;
        let cap = closed_cap(observation.running, self.hold_first);
        self.closed.then_some((cap, Why::Swapping { pages_in, pages_out }))
    }

    fn admit(&mut self, _now: Time, running: u32) -> Admit {
        admit(self.closed, running, self.hold_first)
    }

    fn holds_first(&self) -> bool {
        self.hold_first
    }
}

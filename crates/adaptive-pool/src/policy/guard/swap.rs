//! `--noswap`: no new job while the machine swaps.
//!
//! Swapping is pages going both ways within a second: pages that only go out are idle memory being tidied away, and
//! pages that only come in are a program waking up.

use super::{gate, is_blind, no_more};
use crate::policy::{Admit, Guard, Observation, Reading, Why};
use crate::time::Time;
use std::collections::VecDeque;
use std::time::Duration;

/// Over how long pages are added up.
const WINDOW: Duration = Duration::from_secs(1);

/// Pages are counted from one look to the next, so the first look knows nothing yet; the second one does, or it cannot.
const LOOKS: u32 = 2;

#[derive(Debug)]
pub(super) struct SwapGuard {
    hold_first: bool,
    /// When read, pages in, pages out.
    recent: VecDeque<(Time, u64, u64)>,
    /// When the last look was, and how many there were while no figure was known.
    looked: Option<Time>,
    looks: u32,
    closed: bool,
}

impl SwapGuard {
    pub(super) fn new(hold_first: bool) -> SwapGuard {
        SwapGuard { hold_first, recent: VecDeque::new(), looked: None, looks: 0, closed: hold_first }
    }

    /// Takes a look in; true once the figures are known, or known to be unknown.
    fn look(&mut self, reading: &Reading) -> bool {
        if self.looked.is_none_or(|at| at < reading.at) {
            self.looked = Some(reading.at);
            self.looks = self.looks.saturating_add(1);
            if let (Some(pages_in), Some(pages_out)) = (reading.swap_in, reading.swap_out) {
                self.looks = LOOKS;
                self.recent.push_back((reading.at, pages_in, pages_out));
            }
        }
        self.looks >= LOOKS
    }
}

impl Guard for SwapGuard {
    fn cap(&mut self, seen: &Observation<'_>) -> Option<(u32, Why)> {
        let blind = is_blind(seen, self.hold_first);
        let known = !blind && self.look(seen.machine);
        if self.hold_first && !known && self.recent.is_empty() {
            return self.closed.then_some((seen.running, Why::Unread));
        }
        while !blind && self.recent.front().is_some_and(|(at, ..)| seen.now.since(*at) > WINDOW) {
            self.recent.pop_front();
        }
        let (pages_in, pages_out) = self
            .recent
            .iter()
            .fold((0u64, 0u64), |(i, o), (_, a, b)| (i.saturating_add(*a), o.saturating_add(*b)));
        self.closed = pages_in > 0 && pages_out > 0;
        let most = no_more(seen.running, self.hold_first);
        self.closed.then_some((most, Why::Swapping { pages_in, pages_out }))
    }

    fn admit(&mut self, _now: Time, running: u32) -> Admit {
        gate(self.closed, running, self.hold_first)
    }

    fn holds_first(&self) -> bool {
        self.hold_first
    }
}

//! `--noswap`: no new job while the machine swaps.
//!
//! Swapping is pages going both ways within a second: pages that only go out are idle memory being tidied away, and
//! pages that only come in are a program waking up.

use super::gate;
use crate::policy::{Admit, Guard, Observation, Why};
use crate::time::Time;
use std::collections::VecDeque;
use std::time::Duration;

/// Over how long pages are added up.
const WINDOW: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct SwapGuard {
    /// When read, pages in, pages out.
    recent: VecDeque<(Time, u64, u64)>,
    closed: bool,
}

impl Guard for SwapGuard {
    fn cap(&mut self, seen: &Observation<'_>) -> Option<(u32, Why)> {
        let reading = seen.machine;
        let new = self.recent.back().is_none_or(|(at, ..)| *at < reading.at);
        if let (true, Some(pages_in), Some(pages_out)) = (new, reading.swap_in, reading.swap_out) {
            self.recent.push_back((reading.at, pages_in, pages_out));
        }
        while self.recent.front().is_some_and(|(at, ..)| seen.now.since(*at) > WINDOW) {
            self.recent.pop_front();
        }
        let (pages_in, pages_out) = self
            .recent
            .iter()
            .fold((0u64, 0u64), |(i, o), (_, a, b)| (i.saturating_add(*a), o.saturating_add(*b)));
        self.closed = pages_in > 0 && pages_out > 0;
        self.closed.then(|| (seen.running.max(1), Why::Swapping { pages_in, pages_out }))
    }

    fn admit(&mut self, _now: Time, running: u32) -> Admit {
        gate(self.closed, running)
    }
}

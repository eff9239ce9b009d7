//! The first start under guards that also hold the first task ([`Guard::holds_first`](crate::policy::Guard::holds_first)): no
//! task starts before these guards had a reading, nor while one of them is closed.

use crate::policy::Why;
use crate::time::Time;
use std::time::Duration;

#[derive(Debug)]
pub(super) struct FirstStart {
    /// There are guards that hold the first task.
    guarded: bool,
    /// These guards have had no reading since the waiting tasks arrived.
    unread: bool,
    reading: FirstReading,
    /// Since when a guard lets no task start, and why.
    blocked: Option<(Time, Why)>,
    /// The total time of the earlier blocks.
    total: Duration,
}

/// The request for the first reading of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FirstReading {
    /// No task waits for it.
    NotNeeded,
    /// Tasks wait for it.
    Wanted,
    /// It was requested.
    Requested,
}

impl FirstStart {
    pub(super) fn new(guarded: bool) -> FirstStart {
        let reading = if guarded { FirstReading::Wanted } else { FirstReading::NotNeeded };
        FirstStart { guarded, unread: guarded, reading, blocked: None, total: Duration::ZERO }
    }

    /// Tasks arrive at an idle pool. True when guards must read the machine before the first start.
    pub(super) fn work_arrived(&mut self, now: Time) -> bool {
        self.unblock(now);
        self.unread = self.guarded;
        self.guarded
    }

    /// True while the guards have had no reading since the waiting tasks arrived.
    pub(super) fn is_unread(&self) -> bool {
        self.unread
    }

    /// A decision was made, with a reading or without.
    pub(super) fn decided(&mut self, with_reading: bool) {
        self.unread &= !with_reading;
    }

    /// Whether a guard lets no task start, and why.
    pub(super) fn set_blocked(&mut self, now: Time, why: Option<Why>) {
        if !self.guarded {
            return;
        }
        match (why, &mut self.blocked) {
            (Some(why), Some((_, last))) => *last = why,
            (Some(why), none) => *none = Some((now, why)),
            (None, _) => self.unblock(now),
        }
    }

    fn unblock(&mut self, now: Time) {
        self.total += self.blocked.take().map_or(Duration::ZERO, |(since, _)| now.since(since));
    }

    /// Since when a guard lets no task start, and why; and the total time of this.
    pub(super) fn blocked(&self, now: Time) -> (Option<&(Time, Why)>, Duration) {
        let blocked = self.blocked.as_ref();
        let current = blocked.map_or(Duration::ZERO, |(since, _)| now.since(*since));
        (blocked, self.total + current)
    }

    /// A start was delayed before the first reading.
    pub(super) fn want_reading(&mut self) {
        if self.reading == FirstReading::NotNeeded {
            self.reading = FirstReading::Wanted;
        }
    }

    /// True while tasks wait for the first reading and it was not requested.
    pub(super) fn wants_reading(&self) -> bool {
        self.reading == FirstReading::Wanted
    }

    /// [`FirstStart::wants_reading`], true once.
    pub(super) fn take_reading_request(&mut self) -> bool {
        let wanted = self.wants_reading();
        if wanted {
            self.reading = FirstReading::Requested;
        }
        wanted
    }
}

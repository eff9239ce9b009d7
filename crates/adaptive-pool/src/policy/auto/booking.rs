//! Passes the events since the last reading to the parts of the policy, and keeps the time without gaps.

use super::super::{Finished, Observation, TaskEvent, Verdict};
use super::{Auto, consts, evidence};
use crate::time::Time;

impl Auto {
    /// Now, without the gaps in which the machine (or its clock) jumped: nothing of ours ran then.
    pub(super) fn time(&mut self, seen: &Observation<'_>) -> f64 {
        let now = seen.now.as_secs();
        self.stood = None;
        let passed = now - self.now;
        let late = passed - self.next(self.last).as_secs_f64();
        if passed > consts::GAP_S && self.now > 0.0 {
            self.jumped = (self.now + consts::GAP_S / 2.0, self.offset);
            self.offset += late;
        } else if late > consts::STALL_S {
            self.search.stalled(self.last, now - self.offset, self.mean);
            self.stood = Some(now - self.offset - late);
        }
        self.now = now;
        now - self.offset
    }

    /// A moment in the same time as [`Auto::time`].
    pub(super) fn adjust(&self, at: Time) -> f64 {
        let at = at.as_secs();
        let (jump, before) = self.jumped;
        at - if at < jump { before } else { self.offset }
    }

    pub(super) fn book(&mut self, seen: &Observation<'_>) {
        for event in seen.events {
            let ended = self.evidence.event(event);
            match (event, ended) {
                (TaskEvent::Started { id, at }, _) => {
                    self.failures.started();
                    self.stride.1 = self.stride.1.saturating_add(1);
                    self.unweighed = self.unweighed.saturating_add(1);
                    let started = self.adjust(*at);
                    self.start_rate.started(started);
                    if let Some(live) = self.evidence.tasks.get_mut(id) {
                        live.started = started;
                        (live.work, live.curve_id) = self.search.start(started);
                        if self.stood.is_some_and(|from| started <= from) {
                            self.search.lose_last(live.curve_id);
                        } else {
                            live.cohort = self.search.cohort.join(started);
                        }
                    }
                }
                (TaskEvent::Finished(_), Some((live, end))) => self.ended(&live, &end, seen.running),
                (TaskEvent::Finished(_), None) => {}
            }
        }
    }

    fn ended(&mut self, live: &evidence::Live, end: &Finished, running: u32) {
        let took = end.took.as_secs_f64();
        let took =
            if self.offset > 0.0 { took.min(self.adjust(end.at) - live.started) } else { took }.max(1e-6);
        let counts = match end.verdict {
            Verdict::Ok => Some(false),
            Verdict::KilledByKernel if self.killed_by_kernel(live, end, running) => None,
            Verdict::Failed | Verdict::KilledByKernel | Verdict::Backoff => Some(true),
            Verdict::Killed | Verdict::NotStarted => None,
        };
        let refused = self.is_refused(took, end.verdict);
        if counts.is_some() {
            self.start_rate.ended(self.adjust(end.at), live.started, refused);
        }
        // While starts are spaced, a refusal is the spacing's: it says nothing of levels.
        let counts = counts.filter(|_| !(refused && self.start_rate.rate().is_some()));
        self.search.ended(live.work, live.curve_id, self.adjust(end.at), counts);
        if let Some(member) = live.cohort {
            let ran = (end.mean_running - self.stuck).max(1.0);
            self.search.end(member, took, ran, counts);
        }
        let Some(failed) = counts else { return };
        if !failed {
            self.lengths.add(took);
        }
        self.finished += 1;
        let mean = self.mean.get_or_insert(took);
        *mean += 0.05 * (took - *mean);
        let backoff = self.config.backoff && end.verdict == Verdict::Backoff;
        self.failures.ended(live.started, took, end.mean_running, failed, backoff);
        if let Some(rss) = end.max_rss {
            self.memory.learn(rss as f64, took);
        }
    }

    /// A task was killed, and not by us. True when that is taken for want of memory.
    fn killed_by_kernel(&mut self, live: &evidence::Live, end: &Finished, running: u32) -> bool {
        let peak = end.max_rss.map(|rss| rss as f64);
        // Its place was taken already, unless that is too many.
        let running = f64::from(running);
        let ran = if running == self.limit { running } else { running + 1.0 };
        !self.memory.has_plenty(self.reading_age.late)
            && self.oom.killed_by_kernel(self.adjust(end.at), live.started, ran, peak)
    }

    /// Refused: its status says so, or it failed very quickly.
    fn is_refused(&self, took: f64, verdict: Verdict) -> bool {
        let usual = self.failures.usual();
        let quick = if usual > 0.0 { took <= consts::TURNED_AWAY * usual } else { took <= consts::FRESH_S };
        verdict == Verdict::Backoff && self.config.backoff || verdict == Verdict::Failed && quick
    }
}

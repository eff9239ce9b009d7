//! Which job has been running for longest: for the live view, and kept only where there is one.

use crate::job::{Job, Slot};
use crate::run::worker::WorkerContext;
use crate::template::Values;
use adaptive_pool::time::Time;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A command in the view is cut after so many bytes.
const NAME_MAX: usize = 1024;

type Places = Vec<Option<(Time, Arc<Job>)>>;

/// The running jobs by slot.
#[derive(Debug)]
pub struct RunningJobs(Option<Mutex<Places>>);

/// While it lives, its job is among those that run.
#[derive(Debug)]
pub struct RunningEntry<'a> {
    running: &'a RunningJobs,
    slot: Slot,
}

impl RunningJobs {
    /// Nothing runs yet. Without anybody who looks nothing is kept.
    pub fn new(looked_at: bool) -> RunningJobs {
        RunningJobs(looked_at.then(Mutex::default))
    }

    /// A job starts in this slot.
    pub fn enter(&self, slot: Slot, started: Time, job: &Arc<Job>) -> RunningEntry<'_> {
        if let Some(mut places) = self.places() {
            let at = slot.0 as usize;
            if places.len() <= at {
                places.resize(at + 1, None);
            }
            places[at] = Some((started, Arc::clone(job)));
        }
        RunningEntry { running: self, slot }
    }

    /// The one that started first, and where it runs.
    fn longest(&self) -> Option<(Time, Slot, Arc<Job>)> {
        let places = self.places()?;
        let running = (0..).zip(places.iter()).filter_map(|(slot, place)| Some((slot, place.as_ref()?)));
        let (slot, (started, job)) = running.min_by_key(|(_, (started, _))| *started)?;
        Some((*started, Slot(slot), Arc::clone(job)))
    }

    fn places(&self) -> Option<MutexGuard<'_, Places>> {
        self.0.as_ref().map(|places| places.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for RunningEntry<'_> {
    fn drop(&mut self) {
        if let Some(mut places) = self.running.places() {
            places[self.slot.0 as usize] = None;
        }
    }
}

impl WorkerContext {
    /// The command of the job that has been running for longest, and for how long.
    pub(in crate::run) fn longest(&self, now: Time) -> Option<(Vec<u8>, Duration)> {
        let (started, slot, job) = self.running.longest()?;
        let total = Some(self.total.load(Ordering::Relaxed)).filter(|&n| n != u64::MAX);
        let template = &self.command.template;
        let argv = template.render(&Values { args: &job.args, seq: job.seq, slot, total }).ok()?;
        let mut name = template.shown(&argv);
        if name.len() > NAME_MAX {
            // Not in the middle of a character.
            let end = (0..=NAME_MAX).rev().find(|&at| name[at] & 0xc0 != 0x80);
            name.truncate(end.unwrap_or(NAME_MAX));
        }
        Some((name, now.since(started)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::{Args, Priority, Seq};

    fn job(seq: u64) -> Arc<Job> {
        Arc::new(Job { seq: Seq(seq), args: Args::default(), priority: Priority::default() })
    }

    #[test]
    fn the_oldest_that_runs_is_the_longest() {
        let running = RunningJobs::new(true);
        let at = |s| Time::ZERO + Duration::from_secs(s);
        assert!(running.longest().is_none());
        let first = running.enter(Slot(2), at(1), &job(1));
        let _second = running.enter(Slot(1), at(2), &job(2));
        assert_eq!(
            running.longest().map(|(started, slot, job)| (started, slot, job.seq)),
            Some((at(1), Slot(2), Seq(1)))
        );
        drop(first);
        assert_eq!(running.longest().map(|(_, slot, job)| (slot, job.seq)), Some((Slot(1), Seq(2))));
    }

    #[test]
    fn where_nobody_looks_nothing_is_kept() {
        let running = RunningJobs::new(false);
        let _place = running.enter(Slot(1), Time::ZERO, &job(1));
        assert!(running.longest().is_none());
    }
}

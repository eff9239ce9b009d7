//! The job that has been running for the longest time, for the live view. Without a view nothing is kept.

use crate::job::{Job, Slot};
use crate::template::{Template, Values};
use adaptive_pool::time::Time;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The length at which the view cuts a command, in bytes.
const NAME_MAX: usize = 1024;

/// The start and the job of each slot.
type Slots = Vec<Option<(Time, Arc<Job>)>>;

/// The running jobs by slot.
#[derive(Debug)]
pub struct RunningJobs(Option<Mutex<Slots>>);

/// Keeps a job among the running ones until it is dropped.
#[derive(Debug)]
pub struct RunningEntry<'a> {
    running: &'a RunningJobs,
    slot: Slot,
}

impl RunningJobs {
    /// No running job. Without a view nothing is kept.
    pub fn new(has_view: bool) -> RunningJobs {
        RunningJobs(has_view.then(Mutex::default))
    }

    /// A job starts in a slot.
    pub fn enter(&self, slot: Slot, started: Time, job: &Arc<Job>) -> RunningEntry<'_> {
        if let Some(mut slots) = self.slots() {
            let at = slot.0 as usize;
            if slots.len() <= at {
                slots.resize(at + 1, None);
            }
            slots[at] = Some((started, Arc::clone(job)));
        }
        RunningEntry { running: self, slot }
    }

    /// The command of the job that started first, and its run time. `total` is the number of jobs, if it is known.
    pub fn longest(&self, template: &Template, total: Option<u64>, now: Time) -> Option<(Vec<u8>, Duration)> {
        let (started, slot, job) = self.first_started()?;
        let argv = template.render(&Values { args: &job.args, seq: job.seq, slot, total }).ok()?;
        let mut name = template.shown(&argv);
        if name.len() > NAME_MAX {
            // The cut must not fall inside a UTF-8 character.
            let end = (0..=NAME_MAX).rev().find(|&at| name[at] & 0xc0 != 0x80);
            name.truncate(end.unwrap_or(NAME_MAX));
        }
        Some((name, now.since(started)))
    }

    /// The job that started first, and its slot.
    fn first_started(&self) -> Option<(Time, Slot, Arc<Job>)> {
        let slots = self.slots()?;
        let running = (0..).zip(slots.iter()).filter_map(|(slot, job)| Some((slot, job.as_ref()?)));
        let (slot, (started, job)) = running.min_by_key(|(_, (started, _))| *started)?;
        Some((*started, Slot(slot), Arc::clone(job)))
    }

    fn slots(&self) -> Option<MutexGuard<'_, Slots>> {
        self.0.as_ref().map(|slots| slots.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for RunningEntry<'_> {
    fn drop(&mut self) {
        if let Some(mut slots) = self.running.slots() {
            slots[self.slot.0 as usize] = None;
        }
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
    fn the_first_started_job_is_the_longest() {
        let running = RunningJobs::new(true);
        let at = |s| Time::ZERO + Duration::from_secs(s);
        assert!(running.first_started().is_none());
        let first = running.enter(Slot(2), at(1), &job(1));
        let _second = running.enter(Slot(1), at(2), &job(2));
        assert_eq!(
            running.first_started().map(|(started, slot, job)| (started, slot, job.seq)),
            Some((at(1), Slot(2), Seq(1)))
        );
        drop(first);
        assert_eq!(running.first_started().map(|(_, slot, job)| (slot, job.seq)), Some((Slot(1), Seq(2))));
    }

    #[test]
    fn without_a_view_nothing_is_kept() {
        let running = RunningJobs::new(false);
        let _entry = running.enter(Slot(1), Time::ZERO, &job(1));
        assert!(running.first_started().is_none());
    }
}

//! The jobs that have been running for the longest time, for the live view, and the most that ran at once. Without a
//! view or a summary nothing is kept.

use crate::job::{Job, Slot};
use crate::sink::RunningJob;
use crate::template::{Template, Values};
use adaptive_pool::time::Time;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The length at which the view cuts a command, in bytes.
const NAME_MAX: usize = 1024;

/// The running jobs.
#[derive(Debug, Default)]
struct Running {
    /// The start and the job of each slot.
    slots: Vec<Option<(Time, Arc<Job>)>>,
    now: u32,
    most: u32,
}

/// The running jobs by slot.
#[derive(Debug)]
pub struct RunningJobs(Option<Mutex<Running>>);

/// Keeps a job among the running ones until it is dropped.
#[derive(Debug)]
pub struct RunningEntry<'a> {
    running: &'a RunningJobs,
    slot: Slot,
}

impl RunningJobs {
    /// No running job. Nothing is kept unless `kept`.
    pub fn new(kept: bool) -> RunningJobs {
        RunningJobs(kept.then(Mutex::default))
    }

    /// A job starts in a slot.
    pub fn enter(&self, slot: Slot, started: Time, job: &Arc<Job>) -> RunningEntry<'_> {
        if let Some(mut running) = self.lock() {
            let at = slot.0 as usize;
            if running.slots.len() <= at {
                running.slots.resize(at + 1, None);
            }
            running.slots[at] = Some((started, Arc::clone(job)));
            running.now += 1;
            running.most = running.most.max(running.now);
        }
        RunningEntry { running: self, slot }
    }

    /// The most jobs that ran at once.
    pub fn most(&self) -> u32 {
        self.lock().map_or(0, |running| running.most)
    }

    /// The jobs that started first, at most `count`. `total` is the number of jobs, if it is known.
    pub fn oldest(
        &self,
        count: usize,
        template: &Template,
        total: Option<u64>,
        now: Time,
    ) -> Vec<RunningJob> {
        let shown = |(started, slot, job): (Time, Slot, Arc<Job>)| {
            let argv = template.render(&Values { args: &job.args, seq: job.seq, slot, total }).ok()?;
            let mut command = template.shown(&argv);
            if command.len() > NAME_MAX {
                // The cut must not fall inside a UTF-8 character.
                let end = (0..=NAME_MAX).rev().find(|&at| command[at] & 0xc0 != 0x80);
                command.truncate(end.unwrap_or(NAME_MAX));
            }
            Some(RunningJob { seq: job.seq.0, command, age: now.since(started) })
        };
        self.first_started(count).into_iter().filter_map(shown).collect()
    }

    /// The jobs that started first, and their slots.
    fn first_started(&self, count: usize) -> Vec<(Time, Slot, Arc<Job>)> {
        let Some(running) = self.lock() else { return Vec::new() };
        let slots = (0..).zip(running.slots.iter());
        let mut all: Vec<_> = slots
            .filter_map(|(slot, entry)| entry.as_ref().map(|(started, job)| (*started, slot, job)))
            .collect();
        if all.len() > count && count > 0 {
            all.select_nth_unstable_by_key(count - 1, |&(started, slot, _)| (started, slot));
        }
        all.truncate(count);
        all.sort_by_key(|&(started, slot, _)| (started, slot));
        all.into_iter().map(|(started, slot, job)| (started, Slot(slot), Arc::clone(job))).collect()
    }

    fn lock(&self) -> Option<MutexGuard<'_, Running>> {
        self.0.as_ref().map(|running| running.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for RunningEntry<'_> {
    fn drop(&mut self) {
        if let Some(mut running) = self.running.lock() {
            running.slots[self.slot.0 as usize] = None;
            running.now -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::{Args, Priority, Seq};
    use std::time::Duration;

    fn job(seq: u64) -> Arc<Job> {
        Arc::new(Job { seq: Seq(seq), args: Args::default(), priority: Priority::default() })
    }

    #[test]
    fn the_jobs_that_started_first_are_the_oldest() {
        let running = RunningJobs::new(true);
        let at = |s| Time::ZERO + Duration::from_secs(s);
        let first = |count| -> Vec<u64> {
            running.first_started(count).into_iter().map(|(_, _, job)| job.seq.0).collect()
        };
        assert!(first(3).is_empty());
        let entry = running.enter(Slot(2), at(1), &job(1));
        let others: Vec<_> = [(5, 4), (1, 2), (7, 3)]
            .map(|(slot, start)| running.enter(Slot(slot), at(start), &job(start)))
            .into_iter()
            .collect();
        assert_eq!(
            (first(0), first(1), first(3), first(9)),
            (vec![], vec![1], vec![1, 2, 3], vec![1, 2, 3, 4])
        );
        drop(entry);
        assert_eq!(first(2), [2, 3]);
        drop(others);
        assert!(first(2).is_empty());
        assert_eq!(running.most(), 4);
    }

    #[test]
    fn without_a_view_nothing_is_kept() {
        let running = RunningJobs::new(false);
        let _entry = running.enter(Slot(1), Time::ZERO, &job(1));
        assert!(running.first_started(1).is_empty());
        assert_eq!(running.most(), 0);
    }
}

//! The memory guard: a threshold of memory in use, and the fit of one more job by the learned size of jobs.
//!
//! With the threshold alone, all workers would start jobs while the young ones are still small. So the guard learns the peak
//! memory of ended jobs, and one more job starts only when it fits besides the expected growth of the running ones. Before
//! three jobs have ended, the memory of running jobs is used instead. The guard never stops a job. Only the threshold can
//! hold the first job: a job that is larger than the available memory may still run alone.

mod config;
mod job_size;

pub use self::config::MemoryGuardConfig;

use self::job_size::JobSize;
use super::closed::{admit, awaits_first_reading, closed_cap};
use crate::policy::decision::Admit;
use crate::policy::interface::Guard;
use crate::policy::observation::Observation;
use crate::policy::reading::Memory;
use crate::policy::task_event::TaskEvent;
use crate::policy::why::Why;
use crate::time::Time;
use std::collections::VecDeque;

#[derive(Debug)]
pub(super) struct MemoryGuard {
    config: MemoryGuardConfig,
    job_size: JobSize,
    /// The start times of jobs that started after the last reading.
    young: VecDeque<Time>,
    /// The number of jobs that may start before the next decision; `None` for any.
    room: Option<u32>,
    /// There was no reading yet. One job at a time may run.
    unread: bool,
    /// Memory in use was at or above the threshold at the last decision.
    at_threshold: bool,
    /// The time of the last figure of memory, and its cap. The cap stays until the next figure: ended jobs have freed their
    /// memory, and a machine that cannot be read has not become larger.
    last: Option<(Time, Option<(u32, Why)>)>,
}

impl MemoryGuard {
    pub(super) fn new(config: MemoryGuardConfig) -> MemoryGuard {
        MemoryGuard {
            config,
            job_size: JobSize::default(),
            young: VecDeque::new(),
            room: None,
            unread: true,
            at_threshold: false,
            last: None,
        }
    }

    /// Learns from the events, and forgets the starts that the reading includes.
    fn update(&mut self, observation: &Observation<'_>) {
        for event in observation.events {
            match event {
                TaskEvent::Started { at, .. } => self.young.push_back(*at),
                TaskEvent::Finished(end) => {
                    if let Some(peak) = end.max_rss.filter(|rss| *rss > 0) {
                        self.job_size.push(peak as f64);
                    }
                }
            }
        }
        while self.young.front().is_some_and(|at| *at <= observation.machine.at)
            || self.young.len() > observation.running as usize
        {
            self.young.pop_front();
        }
    }

    /// The cap for a new figure of memory.
    fn cap_for(&self, observation: &Observation<'_>, memory: Memory) -> Option<(u32, Why)> {
        let (used, threshold) = (memory.used(), self.config.memory_threshold);
        let running = observation.running;
        if used >= threshold {
            let cap = closed_cap(running, self.config.hold_first);
            return Some((cap, Why::MemoryFloor { used, threshold }));
        }
        if !self.config.learn {
            return None;
        }
        let read = observation.machine.tasks.as_ref().map_or(&[][..], |tasks| tasks.each.as_slice());
        let young = self.young.len() as f64;
        let old = (f64::from(running) - young).max(0.0);
        let reserve = memory.total as f64 * (1.0 - threshold);
        let (more, job) = self.job_size.fit(memory, reserve, read, (young, old))?;
        let why = Why::MemoryFit { job: job as u64, available: memory.available };
        Some((running.saturating_add(more).max(1), why))
    }
}

impl Guard for MemoryGuard {
    fn cap(&mut self, observation: &Observation<'_>) -> Option<(u32, Why)> {
        self.update(observation);
        self.unread &= awaits_first_reading(observation);
        let memory = observation.machine.memory.filter(|memory| memory.total > 0);
        let last = self.last.as_ref().filter(|(at, _)| memory.is_none() || *at == observation.machine.at);
        let cap = match (last, memory) {
            (Some((_, Some((_, why @ Why::MemoryFloor { .. })))), _) => {
                Some((closed_cap(observation.running, self.config.hold_first), why.clone()))
            }
            (Some((_, cap)), _) => cap.clone(),
            (None, Some(memory)) => self.cap_for(observation, memory),
            (None, None) => None,
        };
        if memory.is_some() {
            self.last = Some((observation.machine.at, cap.clone()));
        }
        self.room = cap.as_ref().map(|(cap, _)| cap.saturating_sub(observation.running));
        self.at_threshold = matches!(cap, Some((_, Why::MemoryFloor { .. })));
        cap.filter(|(cap, _)| *cap < observation.bounds.max)
    }

    fn admit(&mut self, _now: Time, running: u32) -> Admit {
        admit(self.unread || self.room == Some(0), running, self.config.hold_first && self.at_threshold)
    }

    fn holds_first(&self) -> bool {
        self.config.hold_first
    }
}

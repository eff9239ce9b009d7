//! Guards for what the system allows a process and a user: fixed numbers, known at the start.

use crate::policy::{Guard, Observation, Why};

/// Descriptors that one running job takes: two pipes and a pidfd.
const DESCRIPTORS_A_JOB: u64 = 3;
/// Descriptors kept for ourselves: logs, sensors, the terminal, input files.
const DESCRIPTORS_OURS: u64 = 64;
/// Entries of the process table that one job takes: a worker thread of ours and the job itself. Threads count too.
const PROCESSES_A_JOB: u64 = 2;
/// Entries kept for our other threads and for the user's shell, to be able to look.
const PROCESSES_OURS: u64 = 32;

/// The user's processes (RLIMIT_NPROC).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessLimit {
    /// How many the user may have.
    pub limit: u64,
    /// How many there were at the start.
    pub used: u64,
}

/// The most jobs that so many open files allow: (open − 64) / 3, at least 1.
pub fn descriptor_max(open: u64) -> u32 {
    clip(open.saturating_sub(DESCRIPTORS_OURS) / DESCRIPTORS_A_JOB)
}

/// The most jobs that the user's process limit allows: (limit − used − 32) / 2, at least 1.
pub fn process_max(processes: ProcessLimit) -> u32 {
    clip(processes.limit.saturating_sub(processes.used).saturating_sub(PROCESSES_OURS) / PROCESSES_A_JOB)
}

fn clip(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX).max(1)
}

#[derive(Debug)]
pub(super) struct DescriptorGuard {
    open: u64,
}

impl DescriptorGuard {
    pub(super) fn new(open: u64) -> DescriptorGuard {
        DescriptorGuard { open }
    }
}

impl Guard for DescriptorGuard {
    fn cap(&mut self, seen: &Observation<'_>) -> Option<(u32, Why)> {
        let max = descriptor_max(self.open);
        (max < seen.bounds.max).then_some((max, Why::Descriptors { open: self.open }))
    }
}

#[derive(Debug)]
pub(super) struct ProcessGuard {
    processes: ProcessLimit,
}

impl ProcessGuard {
    pub(super) fn new(processes: ProcessLimit) -> ProcessGuard {
        ProcessGuard { processes }
    }
}

impl Guard for ProcessGuard {
    fn cap(&mut self, seen: &Observation<'_>) -> Option<(u32, Why)> {
        let ProcessLimit { limit, used } = self.processes;
        let max = process_max(self.processes);
        (max < seen.bounds.max).then_some((max, Why::Processes { limit, used }))
    }
}

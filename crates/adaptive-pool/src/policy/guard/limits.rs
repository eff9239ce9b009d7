//! Guards for the limits of the system on a process and a user. They are fixed numbers, known at the start.

use crate::policy::interface::Guard;
use crate::policy::observation::Observation;
use crate::policy::why::Why;

/// The descriptors of one running job: two pipes and a pidfd.
const DESCRIPTORS_PER_JOB: u64 = 3;
/// The descriptors reserved for this process: logs, sensors, the terminal, input files.
const DESCRIPTORS_RESERVED: u64 = 64;
/// The entries in the process table of one job: a worker thread and the job itself. Threads count as processes.
const PROCESSES_PER_JOB: u64 = 2;
/// The entries reserved for the other threads of this process and for a shell of the user.
const PROCESSES_RESERVED: u64 = 32;

/// The limit on the processes of one user (RLIMIT_NPROC).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessLimit {
    /// The highest number of processes.
    pub limit: u64,
    /// The number of processes at the start.
    pub used: u64,
}

/// The highest number of jobs for this limit on open files: (open − 64) / 3, at least 1.
pub fn descriptor_max(open: u64) -> u32 {
    clamp(open.saturating_sub(DESCRIPTORS_RESERVED) / DESCRIPTORS_PER_JOB)
}

/// The highest number of jobs for this limit on processes: (limit − used − 32) / 2, at least 1.
pub fn process_max(processes: ProcessLimit) -> u32 {
    clamp(
        processes.limit.saturating_sub(processes.used).saturating_sub(PROCESSES_RESERVED) / PROCESSES_PER_JOB,
    )
}

fn clamp(n: u64) -> u32 {
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
    fn cap(&mut self, observation: &Observation<'_>) -> Option<(u32, Why)> {
        let max = descriptor_max(self.open);
        (max < observation.bounds.max).then_some((max, Why::Descriptors { open: self.open }))
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
    fn cap(&mut self, observation: &Observation<'_>) -> Option<(u32, Why)> {
        let ProcessLimit { limit, used } = self.processes;
        let max = process_max(self.processes);
        (max < observation.bounds.max).then_some((max, Why::Processes { limit, used }))
    }
}

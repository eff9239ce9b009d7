//! `--memsuspend`: which job is suspended while memory is short, and which is resumed. Pure.

use crate::exec::Live;
use adaptive_pool::policy::TaskId;

/// The action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryAction {
    /// Nothing.
    None,
    /// Suspend this job.
    Suspend(TaskId),
    /// Resume this job.
    Resume(TaskId),
}

/// Decides on one action. `floor` and `available` are in bytes.
///
/// Below `floor` the youngest running job is suspended, but not the last one. Above twice `floor` the oldest suspended
/// job is resumed. Between the two nothing changes, so that jobs do not alternate. If all jobs are suspended, the
/// oldest is resumed in any case, because these jobs may be the ones that use the memory.
pub fn memory_action(floor: u64, available: u64, live: &[Live]) -> MemoryAction {
    let suspended = live.iter().filter(|job| job.suspended).min_by_key(|job| job.started);
    let resume = suspended.map_or(MemoryAction::None, |job| MemoryAction::Resume(job.id));
    if live.iter().all(|job| job.suspended) {
        return resume;
    }
    if available < floor {
        let mut running: Vec<&Live> = live.iter().filter(|job| !job.suspended).collect();
        running.sort_unstable_by_key(|job| job.started);
        let youngest = running.get(1..).and_then(<[&Live]>::last);
        return youngest.map_or(MemoryAction::None, |job| MemoryAction::Suspend(job.id));
    }
    if available < floor.saturating_mul(2) { MemoryAction::None } else { resume }
}

#[cfg(test)]
mod tests {
    use super::*;
    use adaptive_pool::time::Time;
    use std::time::Duration;

    fn job(id: u64, started: u64, suspended: bool) -> Live {
        Live { id: TaskId(id), pid: 1, started: Time::ZERO + Duration::from_secs(started), suspended }
    }

    #[test]
    fn the_youngest_job_is_suspended_and_the_last_one_never() {
        let live = [job(1, 10, false), job(2, 30, false), job(3, 20, false)];
        assert_eq!(memory_action(100, 99, &live), MemoryAction::Suspend(TaskId(2)));
        assert_eq!(memory_action(100, 0, &live[..1]), MemoryAction::None);
        assert_eq!(memory_action(100, 0, &[job(1, 10, true), job(2, 20, false)]), MemoryAction::None);
    }

    #[test]
    fn the_oldest_job_is_resumed_at_twice_the_floor() {
        let live = [job(1, 10, false), job(2, 30, true), job(3, 20, true)];
        assert_eq!(memory_action(100, 150, &live), MemoryAction::None);
        assert_eq!(memory_action(100, 200, &live), MemoryAction::Resume(TaskId(3)));
        assert_eq!(memory_action(100, 200, &live[..1]), MemoryAction::None);
    }

    #[test]
    fn a_job_is_resumed_when_all_are_suspended() {
        assert_eq!(memory_action(100, 150, &[job(2, 30, true)]), MemoryAction::Resume(TaskId(2)));
        let suspended = [job(3, 40, true), job(2, 30, true)];
        assert_eq!(memory_action(100, 0, &suspended), MemoryAction::Resume(TaskId(2)));
        assert_eq!(memory_action(100, 0, &[]), MemoryAction::None);
    }
}

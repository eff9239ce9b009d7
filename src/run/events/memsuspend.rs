//! `--memsuspend`: which running job is stopped while memory is short, and which goes on. Pure.

use crate::exec::Live;
use adaptive_pool::policy::TaskId;

/// What to do about memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Stay,
    /// Stop this job.
    Suspend(TaskId),
    /// Let this job go on.
    Resume(TaskId),
}

/// One step: below `floor` the youngest running job is stopped, the last one that runs never; above twice that the oldest
/// stopped one goes on. Between the two nothing changes, so that jobs do not flap. When all stand still the oldest goes on
/// however little memory there is: it may be these jobs that hold it.
pub fn memory_step(floor: u64, available: u64, live: &[Live]) -> Step {
    let stopped = live.iter().filter(|job| job.suspended).min_by_key(|job| job.started);
    let goes_on = stopped.map_or(Step::Stay, |job| Step::Resume(job.id));
    if live.iter().all(|job| job.suspended) {
        return goes_on;
    }
    if available < floor {
        let mut running: Vec<&Live> = live.iter().filter(|job| !job.suspended).collect();
        running.sort_unstable_by_key(|job| job.started);
        let youngest = running.get(1..).and_then(<[&Live]>::last);
        return youngest.map_or(Step::Stay, |job| Step::Suspend(job.id));
    }
    if available < floor.saturating_mul(2) { Step::Stay } else { goes_on }
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
    fn the_youngest_stops_and_the_oldest_never_does() {
        let live = [job(1, 10, false), job(2, 30, false), job(3, 20, false)];
        assert_eq!(memory_step(100, 99, &live), Step::Suspend(TaskId(2)));
        assert_eq!(memory_step(100, 0, &live[..1]), Step::Stay);
        assert_eq!(memory_step(100, 0, &[job(1, 10, true), job(2, 20, false)]), Step::Stay);
    }

    #[test]
    fn the_oldest_goes_on_when_there_is_twice_as_much() {
        let live = [job(1, 10, false), job(2, 30, true), job(3, 20, true)];
        assert_eq!(memory_step(100, 150, &live), Step::Stay);
        assert_eq!(memory_step(100, 200, &live), Step::Resume(TaskId(3)));
        assert_eq!(memory_step(100, 200, &live[..1]), Step::Stay);
    }

    #[test]
    fn when_the_last_running_one_has_ended_another_goes_on() {
        assert_eq!(memory_step(100, 150, &[job(2, 30, true)]), Step::Resume(TaskId(2)));
        let still = [job(3, 40, true), job(2, 30, true)];
        assert_eq!(memory_step(100, 0, &still), Step::Resume(TaskId(2)));
        assert_eq!(memory_step(100, 0, &[]), Step::Stay);
    }
}

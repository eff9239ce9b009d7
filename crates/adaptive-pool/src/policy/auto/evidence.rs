//! What the tasks and the machine show, made into the few figures the laws use: CPU time used by our tasks, tasks
//! running, run queue, I/O stalls.
//!
//! Sources differ in quality, so each figure has an order of sources; a change of source starts a new baseline instead of
//! giving a difference of unlike things. It knows no law.

use super::super::{Finished, Observation, Reading, TaskEvent, TaskId};
use super::consts::{GAP_S, SIGHT_LOST_S};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A running task, as far as it is known.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Live {
    pub(super) started: f64,
    /// The cohort it belongs to, and its place there.
    pub(super) cohort: Option<(u32, u32)>,
    /// Its number on the work clock.
    pub(super) work: u64,
    /// Its number among the lives that are followed.
    pub(super) curve_id: Option<u64>,
    /// Resident memory when last seen.
    pub(super) rss: f64,
    /// When it was last seen; `None` when never.
    pub(super) seen: Option<f64>,
    /// Growth of its memory, bytes a second, smoothed.
    pub(super) growth: f64,
    pub(super) suspended: bool,
}

/// Task numbers are consecutive: one multiplication spreads them well, and a slow hash would cost more than the laws.
#[derive(Default)]
pub(super) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for &b in bytes {
            self.write_u64(u64::from(b));
        }
    }
    fn write_u64(&mut self, n: u64) {
        self.0 = (self.0 ^ n).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
    }
}

/// The running tasks by number.
pub(super) type Tasks = HashMap<TaskId, Live, BuildHasherDefault<IdHasher>>;

/// Where the CPU figure comes from, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// Running and finished tasks: exact at any time.
    Tasks,
    /// Finished tasks only: a ratio over those that ended.
    Finished,
    /// The whole machine, neighbours included.
    Machine,
    Nothing,
}

/// What happened between two readings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Interval {
    /// Its length, seconds.
    pub(super) dt: f64,
    /// CPU seconds used, and the task-seconds they belong to; `None` without a source.
    pub(super) cpu: Option<(f64, f64)>,
    /// CPU use of our tasks, 0 to 1; `None` without a source.
    pub(super) used: Option<f64>,
    /// The same of the whole machine, where that is seen.
    pub(super) machine: Option<f64>,
    /// CPU use of the running tasks over their lives so far, cores a task ([`Evidence::duty_so_far`]); `None` where it is not asked for.
    pub(super) duty_so_far: Option<f64>,
    /// Runnable threads now.
    pub(super) queue: Option<f64>,
    /// Part of the time in which something waited for I/O.
    pub(super) io: Option<f64>,
}

#[derive(Debug)]
pub(super) struct Evidence {
    pub(super) tasks: Tasks,
    source: Source,
    /// CPU seconds of tasks that ended up to the last reading, and of those that ended after it.
    ended: f64,
    ended_later: f64,
    later: Vec<(f64, f64)>,
    /// Task-seconds of ended tasks whose CPU time is known.
    ended_seconds: f64,
    knows_cpu: bool,
    last: Baseline,
    /// The last pressure, when it was, and the part of the time that it showed.
    stalls: Option<(f64, f64)>,
    io: Option<f64>,
    reading_at: f64,
    looked: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Baseline {
    at: f64,
    cpu: f64,
    /// Task-seconds of all tasks, and of those that ended.
    area: f64,
    ended: f64,
}

impl Evidence {
    pub(super) fn new() -> Evidence {
        Evidence {
            tasks: Tasks::default(),
            source: Source::Nothing,
            ended: 0.0,
            ended_later: 0.0,
            later: Vec::new(),
            ended_seconds: 0.0,
            knows_cpu: false,
            last: Baseline::default(),
            stalls: None,
            io: None,
            reading_at: 0.0,
            looked: false,
        }
    }

    /// Records one event, and returns the task that ended.
    pub(super) fn event(&mut self, event: &TaskEvent) -> Option<(Live, Finished)> {
        match event {
            TaskEvent::Started { id, at } => {
                self.tasks.insert(*id, Live { started: at.as_secs(), ..Live::default() });
                None
            }
            TaskEvent::Finished(end) => {
                if let Some(cpu) = end.cpu {
                    self.knows_cpu = true;
                    let cpu = cpu.as_secs_f64();
                    self.ended_later += cpu;
                    self.ended_seconds += end.took.as_secs_f64();
                    self.later.push((end.at.as_secs(), cpu));
                }
                let live = self.tasks.remove(&end.id);
                let started = end.at.as_secs() - end.took.as_secs_f64();
                Some((live.unwrap_or(Live { started, ..Live::default() }), *end))
            }
        }
    }

    /// True when the run queue can be seen.
    pub(super) fn queue(machine: &Reading) -> Option<f64> {
        match (machine.tasks.as_ref().map(|t| t.runnable), machine.run_queue) {
            (Some(own), Some(all)) => Some(own.min(all)),
            (own, all) => own.or(all),
        }
        .filter(|q| q.is_finite())
        .map(|q| q.max(0.0))
    }

    /// True when `seen` holds something that was not looked at before.
    pub(super) fn is_new(&self, seen: &Observation<'_>) -> bool {
        let at = seen.machine.at.as_secs();
        !self.looked || at != self.reading_at || *seen.machine == Reading::default()
    }

    /// One reading; `None` when too little time has passed to measure anything, or so much that it means nothing.
    pub(super) fn look(&mut self, seen: &Observation<'_>) -> Option<Interval> {
        let machine = seen.machine;
        let now = seen.now.as_secs();
        let stamp = machine.at.as_secs();
        // A reading from the future or from long ago has a clock of its own: take it as of now.
        let at = if stamp > now || now - stamp > 1.0 { now } else { stamp };
        let new_reading = stamp != self.reading_at || !self.looked;
        let had_looked = self.looked;
        self.reading_at = stamp;
        self.looked = true;
        self.settle(at);
        let source = self.pick(machine);
        let area = (seen.task_seconds - f64::from(seen.running) * (now - at)).max(self.last.area);
        let ended = self.ended_seconds;
        let cpu = match source {
            Source::Tasks => machine.tasks.as_ref().map_or(0.0, |t| (t.cpu + t.ended).as_secs_f64()),
            _ => self.ended + self.ended_later,
        };
        self.stall(at, machine);
        let before = self.last;
        let dt = at - before.at;
        let same = source == self.source && had_looked;
        self.source = source;
        if !(1e-3..=GAP_S).contains(&dt) {
            if !(0.0..=GAP_S).contains(&dt) {
                self.last = Baseline { at, cpu, area, ended };
            }
            return None;
        }
        // A rotating sample can make the sum step back: the least it can be is what it was.
        let cpu = if same { cpu.max(before.cpu) } else { cpu };
        self.last = Baseline { at, cpu, area, ended };
        let used_machine = machine.cpu.filter(|c| c.is_finite() && new_reading).map(|c| c.clamp(0.0, 1.0));
        let delta = match source {
            _ if !same => None,
            Source::Tasks => Some((cpu - before.cpu, area - before.area)),
            Source::Finished => Some((cpu - before.cpu, ended - before.ended)),
            Source::Machine => used_machine.map(|u| (u * seen.cores * dt, area - before.area)),
            Source::Nothing => None,
        };
        let own = delta.map(|(cpu, _)| (cpu / dt / seen.cores).min(1.5));
        let used = match source {
            Source::Finished => own.map(|o| o.max(used_machine.unwrap_or(0.0))),
            _ => own,
        };
        Some(Interval {
            dt,
            cpu: delta,
            used,
            machine: used_machine,
            duty_so_far: None,
            queue: Evidence::queue(machine),
            io: self.io,
        })
    }

    /// CPU use of the running tasks over their lives so far, cores a task; `None` where they are not read.
    pub(super) fn duty_so_far(&self, at: f64, machine: &Reading) -> Option<f64> {
        let lived: f64 = self.tasks.values().map(|live| (at - live.started).max(0.0)).sum();
        let cpu = machine.tasks.as_ref().filter(|tasks| !tasks.threads)?.cpu.as_secs_f64();
        (lived > 0.0).then(|| cpu / lived)
    }

    /// Time lost to I/O since the last reading that showed it. A reading that does not show it leaves it unchanged for a while.
    fn stall(&mut self, at: f64, machine: &Reading) {
        let Some(pressure) = machine.pressure else {
            if self.stalls.is_none_or(|(_, seen)| at - seen > SIGHT_LOST_S) {
                (self.stalls, self.io) = (None, None);
            }
            return;
        };
        let now = pressure.io_some.as_secs_f64();
        let (before, seen) = *self.stalls.get_or_insert((now, at));
        if at - seen >= 1e-3 {
            self.io = Some(((now - before) / (at - seen)).clamp(0.0, 1.0));
        }
        if !(0.0..1e-3).contains(&(at - seen)) {
            self.stalls = Some((now, at));
        }
    }

    /// True while the CPU figure counts only tasks that have ended.
    pub(super) fn is_lumpy(&self) -> bool {
        self.source == Source::Finished
    }

    /// True while there is no CPU figure at all.
    pub(super) fn is_dark(&self) -> bool {
        self.source == Source::Nothing || (self.source == Source::Finished && self.ended_seconds <= 0.0)
    }

    fn pick(&self, machine: &Reading) -> Source {
        if machine.tasks.is_some() {
            Source::Tasks
        } else if self.knows_cpu {
            Source::Finished
        } else if machine.cpu.is_some() {
            Source::Machine
        } else {
            Source::Nothing
        }
    }

    /// What ended up to `at` counts as ended for a reading of that moment; what ended later is still in its sum.
    fn settle(&mut self, at: f64) {
        let mut left = 0.0;
        let ended = &mut self.ended;
        self.later.retain(|&(when, cpu)| {
            if when <= at {
                *ended += cpu;
                return false;
            }
            left += cpu;
            true
        });
        self.ended_later = left;
    }
}

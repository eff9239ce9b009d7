//! How many threads of this pool's tasks want a CPU at this moment.
//!
//! A probe gives the number for the whole machine. The threads of other programs are subtracted: the lowest number in the
//! last readings, because workers and processes of ours that are starting look foreign for a moment.

use crate::policy::Reading;

/// The number of readings that count: half a second of them.
const READINGS: usize = 5;
/// The part of the cores from which on our tasks are what fills the CPUs. 0.3–0.7.
const OURS: f64 = 0.5;

#[derive(Debug)]
pub(super) struct RunQueue {
    cores: f64,
    /// Threads of other programs in the last readings. The oldest is overwritten.
    foreign: [f64; READINGS],
    /// The number of readings with both figures.
    readings: usize,
    /// The least of them in the first readings: what was there before ours.
    before: f64,
    /// Our threads at the last reading, and whether other programs alone filled the CPUs; `None` without both figures.
    last: Option<(f64, bool)>,
    /// CPU seconds of our tasks at the last reading, and its time.
    used: Option<(f64, f64)>,
    /// Our tasks used half of the cores or more between the last two readings.
    ours: bool,
    /// Our threads at the current event, and those started since.
    own: Option<f64>,
}

impl RunQueue {
    pub(super) fn new(cores: f64) -> RunQueue {
        RunQueue {
            cores,
            foreign: [0.0; READINGS],
            readings: 0,
            before: f64::INFINITY,
            last: None,
            used: None,
            ours: false,
            own: None,
        }
    }

    /// Takes the threads of other programs from a reading.
    pub(super) fn read(&mut self, reading: &Reading) {
        let own = reading.tasks.as_ref().map(|tasks| tasks.runnable).filter(|own| own.is_finite());
        let foreign = reading.run_queue.zip(own).map(|(all, own)| (all - own).max(0.0));
        self.last = own.zip(foreign).map(|(own, foreign)| (own, foreign >= self.cores));
        if let Some(foreign) = foreign {
            if self.readings < READINGS {
                self.before = self.before.min(foreign);
            }
            self.foreign[self.readings % READINGS] = foreign;
            self.readings += 1;
        }
        let Some(tasks) = &reading.tasks else { return };
        let now = ((tasks.cpu + tasks.ended).as_secs_f64(), reading.at.as_secs());
        if let Some((cpu, at)) = self.used.filter(|(_, at)| now.1 > *at) {
            self.ours = now.0 - cpu >= OURS * self.cores * (now.1 - at);
        }
        self.used = Some(now);
    }

    /// True when a probe gives a usable number. Where other programs alone fill the CPUs, their number varies more than ours.
    pub(super) fn is_usable(&self) -> bool {
        self.foreign().is_some()
    }

    /// While ours use half of the cores, threads that were not there before them are not taken for those of other programs.
    fn foreign(&self) -> Option<f64> {
        let readings = &self.foreign[..self.readings.min(READINGS)];
        let least = readings.iter().copied().reduce(f64::min).filter(|_| self.last.is_some())?;
        let least = if self.ours { least.min(self.before) } else { least };
        (least < self.cores).then_some(least)
    }

    /// Sets the runnable threads of the whole machine for the next event; `None` after the event.
    pub(super) fn set(&mut self, all: Option<f64>) {
        self.own = all.and_then(|all| Some((all - self.foreign()?).max(0.0)));
    }

    /// A task was started.
    pub(super) fn started(&mut self) {
        self.own = self.own.map(|own| own + 1.0);
    }

    /// Our threads that want a CPU, where known. Where other programs alone fill the CPUs, those of the last reading.
    pub(super) fn own(&self) -> Option<f64> {
        self.own.or_else(|| self.last.filter(|(_, crowded)| *crowded).map(|(own, _)| own))
    }
}

//! How many threads of this pool's tasks want a CPU at this moment.
//!
//! A probe gives the number for the whole machine. The threads of other programs are subtracted: the lowest number in the
//! last readings, because workers and processes of ours that are starting look foreign for a moment.

use crate::policy::Reading;

/// The number of readings that count: half a second of them.
const READINGS: usize = 5;

#[derive(Debug)]
pub(super) struct RunQueue {
    cores: f64,
    /// Threads of other programs in the last readings. The oldest is overwritten.
    foreign: [f64; READINGS],
    /// The number of readings with both figures.
    readings: usize,
    /// The last reading had both figures.
    known: bool,
    /// Our threads at the current event, and those started since.
    own: Option<f64>,
}

impl RunQueue {
    pub(super) fn new(cores: f64) -> RunQueue {
        RunQueue { cores, foreign: [0.0; READINGS], readings: 0, known: false, own: None }
    }

    /// Takes the threads of other programs from a reading.
    pub(super) fn read(&mut self, reading: &Reading) {
        let own = reading.tasks.as_ref().map(|tasks| tasks.runnable).filter(|own| own.is_finite());
        let foreign = reading.run_queue.zip(own).map(|(all, own)| (all - own).max(0.0));
        self.known = foreign.is_some();
        if let Some(foreign) = foreign {
            self.foreign[self.readings % READINGS] = foreign;
            self.readings += 1;
        }
    }

    /// True when a probe gives a usable number. Where other programs alone fill the CPUs, their number varies more than ours.
    pub(super) fn is_usable(&self) -> bool {
        self.foreign().is_some()
    }

    fn foreign(&self) -> Option<f64> {
        let readings = &self.foreign[..self.readings.min(READINGS)];
        let least = readings.iter().copied().reduce(f64::min).filter(|_| self.known)?;
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

    /// Our threads that want a CPU, where known.
    pub(super) fn own(&self) -> Option<f64> {
        self.own
    }
}

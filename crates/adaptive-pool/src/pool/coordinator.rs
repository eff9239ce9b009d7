//! The coordinator thread: it triggers the events that depend on time, starts and joins threads, and calls the observer and
//! the adviser.
//!
//! Submitters and workers start tasks themselves (see [`shared`](super::shared)). A slow observer, or a machine too busy to
//! run this thread, delays decisions only.

use super::config::PoolConfig;
use super::hooks::{Adviser, Observer, Spawn};
use super::panics::guarded;
use super::pool_state::PoolState;
use super::shared::{Grant, Shared, enter};
use super::{sampler, worker};
use crate::policy::{OnThreadStart, Sensor};
use crate::time::Time;
use crossbeam_channel::{Receiver, Sender};
use std::io;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// The shortest sensor period of an idle pool.
const IDLE_PERIOD: Duration = Duration::from_secs(1);

/// The delay before the sensor gets its thread, unless tasks wait for its first reading. To open the files of the sensor takes
/// 0.4 ms, as long as one short job, on a core that the job needs.
const SENSOR_DELAY: Duration = Duration::from_millis(5);

/// The default of [`Hooks::spawn`](super::Hooks::spawn).
pub(super) fn spawn(builder: Builder, work: Box<dyn FnOnce() + Send>) -> io::Result<JoinHandle<()>> {
    builder.spawn(work)
}

pub(super) struct Coordinator {
    pub(super) shared: Arc<Shared>,
    pub(super) grants: Receiver<Grant>,
    pub(super) spawn: Spawn,
    pub(super) threads: Vec<JoinHandle<()>>,
    pub(super) started: u64,
    pub(super) thread_name: String,
    pub(super) stack_size: Option<usize>,
    pub(super) observer: Option<Observer>,
    pub(super) advice: Option<Adviser>,
    /// The sensor before it gets its thread, and the time when it gets it.
    pub(super) sensor: Option<(Time, Box<dyn Sensor>)>,
    /// Each worker calls it first.
    pub(super) on_thread_start: Option<OnThreadStart>,
    /// Sends the sampler a new period. Dropping it ends the sampler.
    pub(super) periods: Option<Sender<Duration>>,
    pub(super) period: Duration,
}

impl Coordinator {
    pub(super) fn new(
        config: &PoolConfig,
        shared: Arc<Shared>,
        grants: Receiver<Grant>,
        spawn: Spawn,
    ) -> Coordinator {
        Coordinator {
            shared,
            grants,
            spawn,
            threads: Vec::new(),
            started: 0,
            thread_name: config.thread_name.clone(),
            stack_size: config.stack_size,
            observer: None,
            advice: None,
            sensor: None,
            on_thread_start: None,
            periods: None,
            period: Duration::ZERO,
        }
    }

    /// Stores the sensor until its thread is due.
    pub(super) fn attach_sensor(&mut self, mut sensor: Option<Box<dyn Sensor>>) {
        let Some(on_thread_start) = guarded(&mut sensor, |sensor| sensor.on_thread_start()) else {
            return self.shared.sensor_gone();
        };
        self.on_thread_start = on_thread_start;
        let due = self.shared.clock.now() + SENSOR_DELAY;
        self.sensor = sensor.map(|sensor| (due, sensor));
    }

    /// Runs until the pool is closed and all workers have ended.
    pub(super) fn run(mut self) {
        // An observer may drop the pool. That must not wait for this thread.
        enter(&self.shared);
        let mut out = Vec::new();
        loop {
            let (round, _) = self.shared.step(false, &mut out, |pool_state, now, out| {
                pool_state.poll(now, out);
                let period = if pool_state.is_idle() {
                    pool_state.period().max(IDLE_PERIOD)
                } else {
                    pool_state.period()
                };
                let pending =
                    (pool_state.take_thread_requests(), pool_state.take_records(), pool_state.take_advice());
                (pending, period, pool_state.take_reading_request())
            });
            let ((threads, records, advice), period, reading_requested) = round;
            for _ in 0..threads {
                self.add_thread();
            }
            guarded(&mut self.observer, |observer| records.iter().for_each(observer));
            guarded(&mut self.advice, |adviser| advice.into_iter().for_each(adviser));
            if let Some(periods) = self.periods.as_ref().filter(|_| period != self.period) {
                self.period = period;
                // This fails only when the sampler has ended.
                let _ = periods.send(period);
            }
            let now = self.shared.clock.now();
            if let Some((_, sensor)) = self.sensor.take_if(|(due, _)| reading_requested || *due <= now) {
                self.start_sampler(sensor, period);
            }
            let state = self.shared.lock();
            if state.pool_state.has_pending() {
                continue;
            }
            if state.pool_state.scheduler().is_over() {
                break;
            }
            self.shared.sleep(state, self.sensor.as_ref().map(|(due, _)| *due));
        }
        for thread in self.threads {
            // Workers catch the panics of tasks.
            let _ = thread.join();
        }
    }

    /// Starts the sampler thread. If the system refuses it, the pool has no sensor.
    fn start_sampler(&mut self, sensor: Box<dyn Sensor>, period: Duration) {
        let (periods, changes) = crossbeam_channel::unbounded();
        let (shared, clock) = (Arc::downgrade(&self.shared), Arc::clone(&self.shared.clock));
        self.period = period;
        let builder = Builder::new().name(format!("{}-sampler", self.thread_name));
        match spawn(builder, Box::new(move || sampler::sample(&shared, &clock, sensor, period, &changes))) {
            Ok(_) => self.periods = Some(periods),
            Err(_) => self.shared.sensor_gone(),
        }
    }

    /// Starts one worker, or reports that the system refused it.
    pub(super) fn add_thread(&mut self) {
        if let Err(_refused) = self.try_add_thread() {
            self.shared.step(false, &mut Vec::new(), PoolState::thread_refused);
        }
    }

    pub(super) fn try_add_thread(&mut self) -> io::Result<()> {
        self.started += 1;
        let name = format!("{}-{}", self.thread_name, self.started);
        let mut builder = Builder::new().name(name);
        if let Some(bytes) = self.stack_size {
            builder = builder.stack_size(bytes);
        }
        let (shared, grants, on_thread_start) =
            (Arc::clone(&self.shared), self.grants.clone(), self.on_thread_start.clone());
        let thread =
            (self.spawn)(builder, Box::new(move || worker::work(&shared, &grants, on_thread_start)))?;
        self.threads.retain(|t| !t.is_finished());
        self.threads.push(thread);
        Ok(())
    }
}

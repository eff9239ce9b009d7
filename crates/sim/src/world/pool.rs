//! The shipped pool core in a plant: what its shell of threads does, on the simulated clock.
//!
//! A thread that is asked for is there at once (it costs a tenth of what the process does that it starts); what is granted
//! becomes a process one after the other ([`Plant::spawn`] apart), and counts as running from the grant on, as in the pool.

use super::{Attempt, Driver, FixedConfig, PolicyConfig, QUEUE, Task, World};
use crate::plant::Plant;
use adaptive_pool::Priority;
use adaptive_pool::policy::{Bounds, TaskId};
use adaptive_pool::pool::Advice;
use adaptive_pool::pool::pool_state::{PoolState, Setup};
use adaptive_pool::pool::scheduler::Action;
use adaptive_pool::time::Time;
use std::time::Duration;

/// When the sensor looks first: as soon as the pool runs, but the first process comes before.
pub(super) const FIRST_READ: f64 = 0.001;

/// The pool of a run, and whether its policy looks at the machine.
pub(super) fn pool_state(plant: &Plant, driver: Driver) -> (PoolState<Task>, bool) {
    let (policy, watched, initial) = match driver {
        Driver::Fixed(workers) => {
            let fixed = PolicyConfig::Fixed(FixedConfig { workers: Some(workers), ..FixedConfig::default() });
            (fixed.build(plant.cores), false, Some(workers))
        }
        Driver::Policy(policy) => (policy, true, None),
    };
    let setup = Setup {
        policy,
        guards: Vec::new(),
        cores: plant.cores,
        bounds: Bounds { min: 1, max: initial.unwrap_or(plant.max) },
        initial,
        keep_alive: Duration::from_hours(1000),
        observed: watched,
        sensor: watched,
    };
    (PoolState::new(setup, Time::ZERO), watched)
}

impl World<'_> {
    /// The time as the pool is told it.
    pub(super) fn now(&self) -> Time {
        self.sensor.time(self.t)
    }

    /// When the pool wants to be polled.
    pub(super) fn next_poll(&self) -> f64 {
        let Some(at) = self.pool_state.next_poll() else { return f64::INFINITY };
        self.sensor.real(at.as_secs()).max(self.t)
    }

    /// When the next job can be submitted.
    pub(super) fn next_arrival(&self) -> f64 {
        if self.pool_state.scheduler().queued() >= QUEUE {
            return f64::INFINITY;
        }
        self.input.jobs.get(self.arrived).map_or(f64::INFINITY, |j| j.arrival)
    }

    /// Hands in what has come, as far as there is room.
    pub(super) fn submit(&mut self) {
        let now = self.now();
        let before = self.arrived;
        while self.pool_state.scheduler().queued() < QUEUE {
            let come = self.input.jobs.get(self.arrived).filter(|j| j.arrival <= self.t);
            let task = if let Some(again) = self.again.pop_front() {
                again
            } else if come.is_some() {
                self.arrived += 1;
                (self.arrived as u32 - 1, 0)
            } else {
                break;
            };
            self.probe(0);
            let taken = self.pool_state.submit(now, task, Priority::default(), &mut self.actions);
            debug_assert!(taken.is_ok(), "the pool is never closed");
            self.threads();
        }
        if before < self.input.jobs.len() && self.arrived == self.input.jobs.len() {
            self.pool_state.set_input_open(now, false);
        }
    }

    /// Sets the run queue for the next event, if the policy uses it. Granted tasks count as threads that want a CPU.
    pub(super) fn probe(&mut self, leaving: u32) {
        if self.pool_state.wants_probe(self.now(), leaving) {
            let granted = self.granted.len() + self.actions.len();
            self.pool_state.set_run_queue(self.sensor.probe(self, granted));
        }
    }

    fn threads(&mut self) {
        for _ in 0..self.pool_state.take_thread_requests() {
            let now = self.now();
            self.probe(0);
            self.pool_state.thread_ready(now, &mut self.actions);
        }
    }

    /// A look at the machine, or the end of one that took its time.
    pub(super) fn look(&mut self) {
        let mut sensor = std::mem::take(&mut self.sensor);
        let reading = sensor.pending.take().unwrap_or_else(|| sensor.read(self));
        let told = sensor.real(reading.at.as_secs()) + sensor.delay();
        if sensor.delay() > 0.0 && self.t < told {
            sensor.pending = Some(reading);
            self.sensor = sensor;
            self.next_read = told;
            return;
        }
        self.sensor = sensor;
        self.pool_state.reading(reading);
        self.poll();
        self.next_read = self.t + self.pool_state.period().as_secs_f64().max(0.005);
    }

    /// Does what the pool wants done now.
    pub(super) fn poll(&mut self) {
        self.out.decisions += 1;
        let now = self.now();
        self.probe(0);
        self.pool_state.poll(now, &mut self.actions);
    }

    /// Performs what the pool decided.
    pub(super) fn perform(&mut self) {
        while self.pool_state.has_pending() {
            self.threads();
            // The sensor looks when it is due; where there is none, nobody does.
            if self.pool_state.take_reading_request() && self.next_read.is_finite() {
                self.next_read = self.next_read.min(self.t);
            }
            for advice in self.pool_state.take_advice() {
                let (TaskId(id), stop) = match advice {
                    Advice::Suspend(id) => (id, true),
                    Advice::Resume(id) => (id, false),
                };
                let is = |a: &Attempt| a.id == id;
                let found = self.running.iter().copied().find(|&i| is(&self.attempts[i as usize]));
                if let Some(i) = found {
                    self.freeze(i, stop);
                }
            }
            for record in self.pool_state.take_records() {
                if let Some(trace) = self.trace.as_mut().filter(|_| record.old != record.new) {
                    trace(&format!(
                        "{:9.3}  {:4} -> {:4}  running {:4} queued {:6} caused {:4}  {}: {}",
                        self.t,
                        record.old,
                        record.new,
                        record.running,
                        record.queued,
                        self.out.caused,
                        record.why.kind(),
                        record.why
                    ));
                }
            }
        }
        for action in self.actions.drain(..) {
            if let Action::Start { id, task, slot, .. } = action {
                self.granted.push_back((id.0, slot, task));
            }
        }
        let limit = self.pool_state.scheduler().limit();
        if limit != self.limit {
            self.out.limits.push((self.t, limit));
            self.limit = limit;
        }
    }
}

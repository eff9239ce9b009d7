//! The CPU time of one reading of the machine, for numbers of running tasks. `cargo bench --bench sense`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark"
)]

use adaptive_pool::policy::{Sensor, TaskId};
use adaptive_pool::time::Time;
use adaptive_pool_sense::{MachineSensor, TaskSource};
use std::process::{Child, Command};
use std::time::Duration;

/// Sleeping processes.
struct Sleepers(Vec<Child>);

impl TaskSource for Sleepers {
    fn live(&mut self, each: &mut dyn FnMut(TaskId, u32, Time, bool)) {
        for (id, child) in self.0.iter().enumerate() {
            each(TaskId(id as u64 + 1), child.id(), Time::ZERO, false);
        }
    }

    fn finished_cpu(&self) -> Duration {
        Duration::ZERO
    }
}

impl Drop for Sleepers {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The CPU time of this thread, in microseconds.
fn own_cpu_us() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1000.0
}

fn main() {
    const READINGS: u32 = 200;
    for tasks in [0, 1, 8, 64, 512] {
        let sleepers = (0..tasks).map(|_| Command::new("sleep").arg("600").spawn().unwrap()).collect();
        let mut sensor = MachineSensor::with_tasks(Box::new(Sleepers(sleepers)));
        let began = own_cpu_us();
        for reading in 0..READINGS {
            sensor.read(Time::from_secs(f64::from(reading) * 0.1));
        }
        let us = (own_cpu_us() - began) / f64::from(READINGS);
        println!(
            "{tasks:>4} tasks: {us:>6.0} us a reading, {:.2} % of a core at 10 Hz",
            us / 1e6 * 10.0 * 100.0
        );
    }
}

//! A pool with a sensor of the machine.

use crate::{MachineSensor, cores};
use adaptive_pool::pool::{AdaptivePool, Hooks, PoolConfig, StartError};

/// Starts a pool with a [`MachineSensor`]. When [`PoolConfig::cores`] is `None`, it becomes the result of [`cores`].
///
/// # Errors
///
/// As for [`AdaptivePool::new`]: a setting is out of range, or the system refuses the first threads.
///
/// ```
/// use adaptive_pool::{PoolConfig, Priority};
///
/// let pool = adaptive_pool_sense::pool(PoolConfig { max: 4, ..PoolConfig::default() })?;
/// assert_eq!(pool.submit(|| 6 * 7, Priority::default())?.wait(), Ok(42));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn pool(mut config: PoolConfig) -> Result<AdaptivePool, StartError> {
    config.cores.get_or_insert_with(cores);
    let sensor = Box::new(MachineSensor::new());
    AdaptivePool::with(config, Hooks { sensor: Some(sensor), ..Hooks::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use adaptive_pool::Priority;
    use adaptive_pool::policy::{Bounds, Decision, Observation, Policy, TasksReading, Why};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    #[test]
    fn a_pool_with_sensors_works_and_has_its_cores() {
        let pool = pool(PoolConfig { max: 4, ..PoolConfig::default() }).unwrap();
        let handle = pool.submit(|| 6 * 7, Priority::default()).unwrap();
        assert_eq!(handle.wait(), Ok(42));
        assert_eq!(pool.config().cores, Some(cores()));
        assert_eq!(pool.shutdown(true).completed, 1);
    }

    /// Sends the reading of the tasks.
    struct SendsTasks(std::sync::mpsc::Sender<Option<TasksReading>>);

    impl Policy for SendsTasks {
        fn name(&self) -> &'static str {
            "sends-tasks"
        }
        fn initial(&self, bounds: Bounds) -> u32 {
            bounds.min
        }
        fn decide(&mut self, observation: &Observation<'_>) -> Decision {
            let _ = self.0.send(observation.machine.tasks.clone());
            Decision::new(observation.limit, Why::Initial, Duration::from_millis(5))
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_cpu_time_of_a_running_closure_is_read() {
        let (tx, rx) = std::sync::mpsc::channel();
        let hooks = Hooks {
            policy: Some(Box::new(SendsTasks(tx))),
            sensor: Some(Box::new(MachineSensor::new())),
            ..Hooks::default()
        };
        let pool = AdaptivePool::with(PoolConfig::default(), hooks).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stop_flag = Arc::clone(&stop);
        let spin = move || while !stop_flag.load(Ordering::Relaxed) {};
        let handle = pool.submit(spin, Priority::default()).unwrap();
        let tasks = rx.iter().flatten().find(|tasks| tasks.cpu > Duration::from_millis(2)).unwrap();
        assert!(tasks.threads);
        stop.store(true, Ordering::Relaxed);
        assert_eq!(handle.wait(), Ok(()));
    }

    #[test]
    fn cores_that_were_set_are_kept() {
        let pool = pool(PoolConfig { cores: Some(1.5), ..PoolConfig::default() }).unwrap();
        assert_eq!(pool.config().cores, Some(1.5));
    }
}

//! A pool that reads the machine it runs on.

use crate::{MachineSensor, cores};
use adaptive_pool::pool::{AdaptivePool, Hooks, PoolConfig, StartError};

/// A pool with these settings that reads the machine it runs on. Where [`PoolConfig::cores`] is not set, it becomes what
/// affinity and the CPU quotas of control groups leave, fractions kept.
///
/// # Errors
///
/// The errors of [`AdaptivePool::new`]: a setting out of range, or a thread that the system refuses.
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
    fn a_pool_with_sensors_works_and_says_its_cores() {
        let pool = pool(PoolConfig { max: 4, ..PoolConfig::default() }).unwrap();
        let ticket = pool.submit(|| 6 * 7, Priority::default()).unwrap();
        assert_eq!(ticket.wait(), Ok(42));
        assert_eq!(pool.config().cores, Some(cores()));
        assert_eq!(pool.shutdown(true).completed, 1);
    }

    /// Tells what it sees of the tasks.
    struct Onlooker(std::sync::mpsc::Sender<Option<TasksReading>>);

    impl Policy for Onlooker {
        fn name(&self) -> &'static str {
            "onlooker"
        }
        fn initial(&self, bounds: Bounds) -> u32 {
            bounds.min
        }
        fn decide(&mut self, seen: &Observation<'_>) -> Decision {
            let _ = self.0.send(seen.machine.tasks.clone());
            Decision::new(seen.limit, Why::Initial, Duration::from_millis(5))
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_cpu_time_of_a_closure_that_runs_is_seen() {
        let (say, seen) = std::sync::mpsc::channel();
        let hooks = Hooks {
            policy: Some(Box::new(Onlooker(say))),
            sensor: Some(Box::new(MachineSensor::new())),
            ..Hooks::default()
        };
        let pool = AdaptivePool::with(PoolConfig::default(), hooks).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stop_flag = Arc::clone(&stop);
        let spin = move || while !stop_flag.load(Ordering::Relaxed) {};
        let ticket = pool.submit(spin, Priority::default()).unwrap();
        let tasks = seen.iter().flatten().find(|tasks| tasks.cpu > Duration::from_millis(2)).unwrap();
        assert!(tasks.threads);
        stop.store(true, Ordering::Relaxed);
        assert_eq!(ticket.wait(), Ok(()));
    }

    #[test]
    fn cores_that_were_set_are_kept() {
        let pool = pool(PoolConfig { cores: Some(1.5), ..PoolConfig::default() }).unwrap();
        assert_eq!(pool.config().cores, Some(1.5));
    }
}

//! [`AdaptivePool::new`] for builds with sensors: the pool itself knows no machine.

use super::{MachineSensor, cores};
use crate::pool::{AdaptivePool, Hooks, PoolConfig, StartError};

impl AdaptivePool {
    /// A pool with these settings that reads the machine it runs on. Where [`PoolConfig::cores`] is not set, it becomes what
    /// affinity and the control groups' CPU quotas leave, fractions kept.
    pub fn new(mut config: PoolConfig) -> Result<AdaptivePool, StartError> {
        config.cores.get_or_insert_with(cores);
        let sensor = Box::new(MachineSensor::new());
        AdaptivePool::with(config, Hooks { sensor: Some(sensor), ..Hooks::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::Priority;

    #[test]
    fn a_pool_with_sensors_works_and_says_its_cores() {
        let pool = AdaptivePool::new(PoolConfig { max: 4, ..PoolConfig::default() }).unwrap();
        let ticket = pool.submit(|| 6 * 7, Priority::default()).unwrap();
        assert_eq!(ticket.wait(), Ok(42));
        assert_eq!(pool.config().cores, Some(cores()));
        assert_eq!(pool.shutdown(true).completed, 1);
    }

    #[test]
    fn cores_that_were_set_are_kept() {
        let pool = AdaptivePool::new(PoolConfig { cores: Some(1.5), ..PoolConfig::default() }).unwrap();
        assert_eq!(pool.config().cores, Some(1.5));
    }
}

//! CPU use, memory and load by sysinfo, for systems without a readable /proc.
//!
//! sysinfo returns 0 for unknown figures. They become `None` here.

use crate::cpu::LEAST;
use adaptive_pool::policy::Memory;
use adaptive_pool::time::Time;
use sysinfo::System;

/// Reads CPU use, memory and load by sysinfo.
#[derive(Debug)]
pub(crate) struct Portable {
    /// `None` on a system that sysinfo does not support.
    system: Option<System>,
    sampled: Option<Time>,
    cpu: Option<f64>,
}

impl Portable {
    pub(crate) fn new() -> Portable {
        Portable { system: System::new().ok(), sampled: None, cpu: None }
    }

    /// CPU use since the last reading, 0 to 1. sysinfo needs 200 ms; before that, the last value is returned.
    pub(crate) fn cpu(&mut self, now: Time) -> Option<f64> {
        if self.sampled.is_some_and(|at| now.since(at) < LEAST) {
            return self.cpu;
        }
        let system = self.system.as_mut()?;
        system.refresh_cpu_usage();
        // The first reading has no difference.
        let second = self.sampled.replace(now).is_some();
        let known = second && !system.cpus().is_empty();
        let used = f64::from(system.global_cpu_usage()) / 100.0;
        self.cpu = (known && used.is_finite()).then(|| used.clamp(0.0, 1.0));
        self.cpu
    }

    pub(crate) fn memory(&mut self) -> Option<Memory> {
        let system = self.system.as_mut()?;
        system.refresh_memory();
        let (total, available) = (system.total_memory(), system.available_memory());
        (total > 0).then(|| Memory { total, available: available.min(total) })
    }

    pub(crate) fn load() -> Option<f64> {
        let one = System::load_average().ok()?.one;
        (one.is_finite() && one >= 0.0).then_some(one)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_reading_has_memory_and_no_cpu_use() {
        let mut portable = Portable::new();
        assert_eq!(portable.cpu(Time::ZERO), None);
        assert_eq!(portable.cpu(Time::from_secs(0.1)), None);
        let memory = portable.memory().unwrap();
        assert!(memory.available <= memory.total);
        assert!(Portable::load().is_some());
    }
}

//! The machine through sysinfo: for systems without a readable /proc.
//!
//! sysinfo answers 0 where it knows nothing; here that becomes unknown again.

use crate::cpu::LEAST;
use adaptive_pool::policy::Memory;
use adaptive_pool::time::Time;
use sysinfo::System;

/// CPU use, memory and load by sysinfo.
#[derive(Debug)]
pub(crate) struct Portable {
    /// None on a system that sysinfo does not know.
    system: Option<System>,
    sampled: Option<Time>,
    cpu: Option<f64>,
}

impl Portable {
    pub(crate) fn new() -> Portable {
        Portable { system: System::new().ok(), sampled: None, cpu: None }
    }

    /// CPU use since the look before, 0 to 1; under 200 ms, which sysinfo demands, that of before.
    pub(crate) fn cpu(&mut self, now: Time) -> Option<f64> {
        if self.sampled.is_some_and(|at| now.since(at) < LEAST) {
            return self.cpu;
        }
        let system = self.system.as_mut()?;
        system.refresh_cpu_usage();
        // The first look has nothing to compare with.
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
    fn the_first_look_knows_no_use_and_every_look_knows_memory() {
        let mut portable = Portable::new();
        assert_eq!(portable.cpu(Time::ZERO), None);
        assert_eq!(portable.cpu(Time::from_secs(0.1)), None);
        let memory = portable.memory().unwrap();
        assert!(memory.available <= memory.total);
        assert!(Portable::load().is_some());
    }
}

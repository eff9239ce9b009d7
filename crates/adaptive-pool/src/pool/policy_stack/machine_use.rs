//! The use of the machine over all readings.

use crate::policy::Reading;
use crate::pool::metrics::Level;

/// The sums of the readings.
#[derive(Debug, Default)]
pub(in crate::pool) struct MachineUse {
    cpu: Sum,
    memory: Sum,
}

#[derive(Debug, Default)]
struct Sum {
    count: u32,
    total: f64,
    max: f64,
}

impl MachineUse {
    pub(in crate::pool) fn add(&mut self, reading: &Reading) {
        self.cpu.add(reading.cpu);
        self.memory.add(reading.memory.map(crate::policy::Memory::used));
    }

    pub(in crate::pool) fn cpu_percent(&self) -> Level {
        self.cpu.percent()
    }

    pub(in crate::pool) fn memory_percent(&self) -> Level {
        self.memory.percent()
    }
}

impl Sum {
    fn add(&mut self, ratio: Option<f64>) {
        if let Some(ratio) = ratio.filter(|ratio| ratio.is_finite()) {
            self.count += 1;
            self.total += ratio;
            self.max = self.max.max(ratio);
        }
    }

    fn percent(&self) -> Level {
        let known = self.count > 0;
        Level {
            mean: known.then(|| self.total / f64::from(self.count) * 100.0),
            max: known.then_some(self.max * 100.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_readings_count_for_nothing() {
        let mut seen = MachineUse::default();
        assert_eq!(seen.cpu_percent(), Level::default());
        for cpu in [None, Some(0.25), Some(0.75), Some(f64::NAN)] {
            seen.add(&Reading { cpu, ..Reading::default() });
        }
        assert_eq!(seen.cpu_percent(), Level { mean: Some(50.0), max: Some(75.0) });
        assert_eq!(seen.memory_percent(), Level::default());
    }
}

//! Profiles (`--profile`): bounds for a kind of task.

use super::bounds::{Bounds, whole_cores};
use super::setting::ConfigError;
use std::str::FromStr;

/// The resource that limits the tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Profile {
    /// CPU: 1 worker to one for each core.
    Cpu,
    /// Disks or the network: 2 to 4 workers for each core.
    Io,
    /// CPU and I/O: 1 worker to 2 for each core.
    Mixed,
    /// Memory: 8 to 16 workers, whatever the number of cores.
    Memory,
}

impl Profile {
    /// The bounds of this profile, in tasks at once.
    pub fn bounds(self, cores: f64) -> Bounds {
        let c = whole_cores(cores);
        match self {
            Profile::Cpu => Bounds { min: 1, max: c },
            Profile::Io => Bounds { min: c.saturating_mul(2), max: c.saturating_mul(4) },
            Profile::Mixed => Bounds { min: 1, max: c.saturating_mul(2) },
            Profile::Memory => Bounds { min: 8, max: 16 },
        }
    }

    /// The limit at the start: `max` for [`Profile::Cpu`] and [`Profile::Mixed`], `min` for the others.
    pub fn initial(self, cores: f64) -> u32 {
        let bounds = self.bounds(cores);
        match self {
            Profile::Cpu | Profile::Mixed => bounds.max,
            Profile::Io | Profile::Memory => bounds.min,
        }
    }
}

impl FromStr for Profile {
    type Err = ConfigError;

    fn from_str(name: &str) -> Result<Profile, ConfigError> {
        match name {
            "cpu" => Ok(Profile::Cpu),
            "io" => Ok(Profile::Io),
            "mixed" => Ok(Profile::Mixed),
            "memory" => Ok(Profile::Memory),
            _ => Err(ConfigError::new(format!(
                "unknown profile {name:?} (the profiles are cpu, io, mixed, memory)"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_multiples_of_the_cores() {
        let bounds = |p: Profile| (p.bounds(4.0).min, p.bounds(4.0).max, p.initial(4.0));
        assert_eq!(bounds(Profile::Cpu), (1, 4, 4));
        assert_eq!(bounds(Profile::Io), (8, 16, 8));
        assert_eq!(bounds(Profile::Mixed), (1, 8, 8));
        assert_eq!(bounds(Profile::Memory), (8, 16, 8));
        assert_eq!(Profile::Cpu.bounds(0.5).max, 1);
        assert_eq!(Profile::Io.bounds(1.5).max, 8);
    }

    #[test]
    fn profiles_have_names() {
        assert_eq!("io".parse(), Ok(Profile::Io));
        let refusal = "disk".parse::<Profile>().unwrap_err().to_string();
        assert_eq!(refusal, "unknown profile \"disk\" (the profiles are cpu, io, mixed, memory)");
    }
}

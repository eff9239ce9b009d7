//! Which policy, and its constants, as plain data.

use super::{Bounds, Decision, Observation, Policy, Why};
use std::time::Duration;

/// Which policy moves the limit.
#[derive(Clone, Debug)]
pub enum PolicyConfig {
    /// Always so many workers.
    Fixed {
        /// How many.
        workers: u32,
    },
}

impl Default for PolicyConfig {
    fn default() -> PolicyConfig {
        PolicyConfig::Fixed { workers: 2 }
    }
}

impl PolicyConfig {
    /// The state machine that these constants describe.
    pub fn build(&self, _cores: f64) -> Box<dyn Policy> {
        match *self {
            PolicyConfig::Fixed { workers } => Box::new(Fixed { workers }),
        }
    }
}

struct Fixed {
    workers: u32,
}

impl Policy for Fixed {
    fn name(&self) -> &'static str {
        "fixed"
    }

    fn initial(&self, _bounds: Bounds) -> u32 {
        self.workers
    }

    fn decide(&mut self, _seen: &Observation<'_>) -> Decision {
        Decision::new(self.workers, Why::Fixed, Duration::from_secs(1))
    }
}

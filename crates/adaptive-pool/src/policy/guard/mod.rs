//! Guards: what may lower the limit that a policy proposes, whichever policy it is.
//!
//! Pure, as the policies are: what they need of the system (descriptors, processes) is passed in as numbers. A guard
//! never raises the limit and never caps it below one, so that one job may always run. A reading that is missing binds
//! nothing: a sensor that fails must not stop the run. "No new job" is both a cap at what runs and a refusal to admit,
//! because a cap alone would let the next job in when one ends.

mod limits;
mod load;
mod memory;
mod pace;
mod swap;

pub use limits::{ProcessLimit, descriptor_max, process_max};
pub use memory::MemoryGuardConfig;
pub use pace::{DelayConfig, Rate};

use super::setting::ConfigError;
use super::{Admit, Guard, Observation};
use crate::time::Time;
use std::time::Duration;

/// How long a closed guard asks to wait before it is asked again. Its state changes only with a new look.
const ASK_AGAIN: Duration = Duration::from_millis(20);

/// Which guards are in force.
#[derive(Clone, Debug, PartialEq)]
pub struct GuardConfig {
    /// The memory floor and the fit of learned job sizes; `None` with `--no-guards`.
    pub memory: Option<MemoryGuardConfig>,
    /// How many files this process may have open (soft limit); `None` when unknown or unlimited.
    pub nofile: Option<u64>,
    /// The user's process limit and what is in use.
    pub processes: Option<ProcessLimit>,
    /// `--load`: no new job at or above so many runnable threads. Above 0.
    pub load: Option<f64>,
    /// `--memfree`: no new job while less is available, in bytes.
    pub memfree: Option<u64>,
    /// `--noswap`: no new job while the machine swaps both in and out.
    pub noswap: bool,
    /// `--delay`.
    pub delay: Option<DelayConfig>,
    /// `--rate`.
    pub rate: Option<Rate>,
}

impl Default for GuardConfig {
    fn default() -> GuardConfig {
        GuardConfig { memory: Some(MemoryGuardConfig::default()), ..GuardConfig::none() }
    }
}

impl GuardConfig {
    /// No guard at all.
    pub fn none() -> GuardConfig {
        GuardConfig {
            memory: None,
            nofile: None,
            processes: None,
            load: None,
            memfree: None,
            noswap: false,
            delay: None,
            rate: None,
        }
    }

    /// Refuses settings out of range, in a sentence that names the flag.
    pub fn validate(&self) -> Result<(), ConfigError> {
        if let Some(memory) = &self.memory {
            memory.validate()?;
        }
        if let Some(load) = self.load.filter(|load| !(load.is_finite() && *load > 0.0)) {
            return Err(ConfigError::new(format!("--load {load} must be above 0")));
        }
        Ok(())
    }

    /// The guards, ready to use.
    pub fn build(&self) -> Vec<Box<dyn Guard>> {
        let mut guards: Vec<Box<dyn Guard>> = Vec::new();
        if let Some(config) = &self.memory {
            guards.push(Box::new(memory::MemoryGuard::new(config.clone())));
        }
        if let Some(open) = self.nofile {
            guards.push(Box::new(limits::DescriptorGuard::new(open)));
        }
        if let Some(processes) = self.processes {
            guards.push(Box::new(limits::ProcessGuard::new(processes)));
        }
        if let Some(load) = self.load {
            guards.push(Box::new(load::LoadGuard::new(load)));
        }
        if let Some(floor) = self.memfree {
            guards.push(Box::new(memory::MemFreeGuard::new(floor)));
        }
        if self.noswap {
            guards.push(Box::new(swap::SwapGuard::default()));
        }
        if let Some(delay) = self.delay {
            guards.push(Box::new(pace::DelayGuard::new(delay)));
        }
        if let Some(rate) = self.rate {
            guards.push(Box::new(pace::RateGuard::new(rate)));
        }
        guards
    }
}

/// How long a guard waits for the first look at the machine, which a sensor that fails never has.
const PATIENCE: Duration = Duration::from_secs(1);

/// True while nothing has been read of the machine and something may still be.
fn is_too_early(seen: &Observation<'_>) -> bool {
    seen.machine.at == Time::ZERO && seen.now < Time::ZERO + PATIENCE
}

/// No new job while closed, except when none runs.
fn gate(closed: bool, running: u32) -> Admit {
    if closed && running > 0 { Admit::After(ASK_AGAIN) } else { Admit::Yes }
}

#[cfg(test)]
mod edges;
#[cfg(test)]
mod tests;

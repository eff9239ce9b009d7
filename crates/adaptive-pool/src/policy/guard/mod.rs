//! Guards: what may lower the limit that a policy proposes, whichever policy it is.
//!
//! Pure, as the policies are: what they need of the system (descriptors, processes) is passed in as numbers. A guard
//! never raises the limit. One that the user asked for (`hold_first`) holds the first job too, for as long as it takes;
//! any other never caps below one, so that one job may always run. A figure that cannot be read binds nothing: a sensor
//! that fails must not stop the run. A look that is only late changes nothing. "No new job" is both a cap at what runs
//! and a refusal to admit, because a cap alone would let the next job in when one ends.

mod limits;
mod load;
mod memfree;
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
    /// `--memsuspend`: the same, but one job always runs.
    pub memsuspend: Option<u64>,
    /// `--noswap`: no new job while the machine swaps both in and out.
    pub noswap: bool,
    /// Whether `load`, `memfree` and `noswap` hold the first job back too. Default false: with nothing running
    /// one may start.
    pub hold_first: bool,
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
            memsuspend: None,
            noswap: false,
            hold_first: false,
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
        let hold_first = self.hold_first;
        if let Some(load) = self.load {
            guards.push(Box::new(load::LoadGuard::new(load, hold_first)));
        }
        if let Some(floor) = self.memfree {
            guards.push(Box::new(memfree::MemFreeGuard::new(memfree::Flag::MemFree, floor, hold_first)));
        }
        if let Some(floor) = self.memsuspend {
            guards.push(Box::new(memfree::MemFreeGuard::new(memfree::Flag::MemSuspend, floor, false)));
        }
        if self.noswap {
            guards.push(Box::new(swap::SwapGuard::new(hold_first)));
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

/// True while there is no look that counts: there was none yet, or the last one is too old. A guard that holds the first job
/// keeps what it knows then, for as long as it takes: a machine so busy that nobody can look has not become free.
fn is_blind(seen: &Observation<'_>, hold_first: bool) -> bool {
    seen.machine.at == Time::ZERO && (hold_first || is_too_early(seen))
}

/// No new job while closed, except when none runs and the first is not to be held.
fn gate(closed: bool, running: u32, hold_first: bool) -> Admit {
    if closed && (running > 0 || hold_first) { Admit::After(ASK_AGAIN) } else { Admit::Yes }
}

/// The cap that lets nothing new in.
fn no_more(running: u32, hold_first: bool) -> u32 {
    if hold_first { running } else { running.max(1) }
}

#[cfg(test)]
mod edges;
#[cfg(test)]
mod first;
#[cfg(test)]
mod tests;

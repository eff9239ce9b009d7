//! The selection of guards, as plain data.

use super::delay::{DelayConfig, DelayGuard};
use super::limits::{DescriptorGuard, ProcessGuard, ProcessLimit};
use super::load::LoadGuard;
use super::memfree::{MemFreeGuard, MemoryOption};
use super::memory::{MemoryGuard, MemoryGuardConfig};
use super::rate::{Rate, RateGuard};
use super::swap::SwapGuard;
use crate::policy::interface::Guard;
use crate::policy::setting::ConfigError;

/// The selection of guards, as plain data.
#[derive(Clone, Debug, PartialEq)]
pub struct GuardConfig {
    /// The memory guard; `None` for none (`--no-guards`).
    pub memory: Option<MemoryGuardConfig>,
    /// The number of files that this process may have open (soft limit); `None` for no guard.
    pub nofile: Option<u64>,
    /// The limit on processes of this user; `None` for no guard.
    pub processes: Option<ProcessLimit>,
    /// `--load`: no new job while this number of threads or more is runnable. Above 0.
    pub load: Option<f64>,
    /// `--memfree`: no new job while fewer bytes are available.
    pub memfree: Option<u64>,
    /// `--memsuspend`: no second job while fewer bytes are available.
    pub memsuspend: Option<u64>,
    /// `--noswap`: no new job while the machine swaps in and out.
    pub noswap: bool,
    /// Whether `load`, `memfree` and `noswap` also hold the first job. Default false.
    pub hold_first: bool,
    /// `--delay`.
    pub delay: Option<DelayConfig>,
    /// `--rate`.
    pub rate: Option<Rate>,
}

impl Default for GuardConfig {
    /// The memory guard alone.
    fn default() -> GuardConfig {
        GuardConfig { memory: Some(MemoryGuardConfig::default()), ..GuardConfig::none() }
    }
}

impl GuardConfig {
    /// No guard.
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

    /// Checks the ranges of all settings.
    ///
    /// # Errors
    ///
    /// One sentence that names the option.
    pub fn validate(&self) -> Result<(), ConfigError> {
        if let Some(memory) = &self.memory {
            memory.validate()?;
        }
        if let Some(load) = self.load.filter(|load| !(load.is_finite() && *load > 0.0)) {
            return Err(ConfigError::new(format!("--load {load} must be above 0")));
        }
        Ok(())
    }

    /// The guards.
    pub fn build(&self) -> Vec<Box<dyn Guard>> {
        let mut guards: Vec<Box<dyn Guard>> = Vec::new();
        if let Some(config) = &self.memory {
            guards.push(Box::new(MemoryGuard::new(config.clone())));
        }
        if let Some(open) = self.nofile {
            guards.push(Box::new(DescriptorGuard::new(open)));
        }
        if let Some(processes) = self.processes {
            guards.push(Box::new(ProcessGuard::new(processes)));
        }
        let hold_first = self.hold_first;
        if let Some(load) = self.load {
            guards.push(Box::new(LoadGuard::new(load, hold_first)));
        }
        if let Some(floor) = self.memfree {
            guards.push(Box::new(MemFreeGuard::new(MemoryOption::MemFree, floor, hold_first)));
        }
        if let Some(floor) = self.memsuspend {
            guards.push(Box::new(MemFreeGuard::new(MemoryOption::MemSuspend, floor, false)));
        }
        if self.noswap {
            guards.push(Box::new(SwapGuard::new(hold_first)));
        }
        if let Some(delay) = self.delay {
            guards.push(Box::new(DelayGuard::new(delay)));
        }
        if let Some(rate) = self.rate {
            guards.push(Box::new(RateGuard::new(rate)));
        }
        guards
    }
}

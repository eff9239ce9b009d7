//! The selection of a policy with its constants, as plain data.

use super::aimd::{Aimd, AimdConfig};
use super::auto::{Auto, AutoConfig};
use super::bounds::{Bounds, DefaultBounds, whole_cores};
use super::fixed::{Fixed, FixedConfig};
use super::interface::Policy;
use super::predictive::{Predictive, PredictiveConfig};
use super::ratio::{Ratio, RatioConfig};
use super::setting::{ConfigError, Field, Value, at_most, flag};
use super::threshold::{Threshold, ThresholdConfig};
use std::str::FromStr;
use std::time::Duration;

/// A policy with its constants, as plain data.
///
/// A constant whose default depends on the number of cores is `None` until [`PolicyConfig::resolve`] sets it.
#[derive(Clone, Debug, PartialEq)]
pub enum PolicyConfig {
    /// Measures throughput and finds the limit itself.
    Auto(AutoConfig),
    /// The limit is a given number.
    Fixed(FixedConfig),
    /// Load ratio. Grows slowly, falls quickly.
    Conservative(RatioConfig),
    /// Load ratio. Grows as quickly as it falls.
    Balanced(RatioConfig),
    /// Load ratio. Grows quickly, falls slowly.
    Aggressive(RatioConfig),
    /// Thresholds of CPU use and queue length.
    Threshold(ThresholdConfig),
    /// Additive increase, multiplicative decrease.
    Aimd(AimdConfig),
    /// Moving averages and trends.
    Predictive(PredictiveConfig),
}

impl Default for PolicyConfig {
    fn default() -> PolicyConfig {
        PolicyConfig::Auto(AutoConfig::default())
    }
}

/// All names of policies, for [`PolicyConfig::from_str`].
pub const POLICY_NAMES: [&str; 8] =
    ["auto", "fixed", "conservative", "balanced", "aggressive", "threshold", "aimd", "predictive"];

impl PolicyConfig {
    /// The name of the policy.
    pub fn name(&self) -> &'static str {
        match self {
            PolicyConfig::Auto(_) => "auto",
            PolicyConfig::Fixed(_) => "fixed",
            PolicyConfig::Conservative(_) => "conservative",
            PolicyConfig::Balanced(_) => "balanced",
            PolicyConfig::Aggressive(_) => "aggressive",
            PolicyConfig::Threshold(_) => "threshold",
            PolicyConfig::Aimd(_) => "aimd",
            PolicyConfig::Predictive(_) => "predictive",
        }
    }

    /// The bounds and the interval when the user gives none, for this number of cores. Source: the table in
    /// `docs/policies.md`.
    pub fn default_bounds(&self, cores: f64) -> DefaultBounds {
        let c = whole_cores(cores);
        let wide = c.saturating_mul(12).max(32);
        let of = |min, initial: u32, max: u32| DefaultBounds {
            min: u32::min(min, max),
            initial: initial.clamp(u32::min(min, max), max),
            max,
            interval: self.interval(),
        };
        match self {
            PolicyConfig::Auto(config) => of(1, c.min(config.start), c.saturating_mul(12).max(256)),
            PolicyConfig::Fixed(config) => {
                let n = config.workers.unwrap_or(c);
                of(1, n, n)
            }
            PolicyConfig::Conservative(_) | PolicyConfig::Balanced(_) | PolicyConfig::Aggressive(_) => {
                of(2, c, wide)
            }
            PolicyConfig::Threshold(_) => of(c.max(4), c.max(4), c.saturating_mul(12).min(100)),
            PolicyConfig::Aimd(_) => of(5, 20, 200),
            PolicyConfig::Predictive(_) => of(2, c, wide),
        }
    }

    /// The time between two decisions.
    pub fn interval(&self) -> Duration {
        match self {
            PolicyConfig::Auto(_) => AutoConfig::INTERVAL,
            PolicyConfig::Fixed(config) => config.interval,
            PolicyConfig::Conservative(c) | PolicyConfig::Balanced(c) | PolicyConfig::Aggressive(c) => {
                c.interval
            }
            PolicyConfig::Threshold(config) => config.interval,
            PolicyConfig::Aimd(config) => config.interval,
            PolicyConfig::Predictive(config) => config.interval,
        }
    }

    /// Sets all constants whose default depends on the number of cores.
    pub fn resolve(&mut self, cores: f64) {
        match self {
            PolicyConfig::Fixed(config) => config.resolve(cores),
            PolicyConfig::Conservative(c) | PolicyConfig::Balanced(c) | PolicyConfig::Aggressive(c) => {
                c.resolve(cores);
            }
            PolicyConfig::Auto(_)
            | PolicyConfig::Threshold(_)
            | PolicyConfig::Aimd(_)
            | PolicyConfig::Predictive(_) => {}
        }
    }

    /// Sets one constant by the name of its field (`cpu_threshold`). [`PolicyConfig::validate`] checks its range.
    ///
    /// # Errors
    ///
    /// The policy has no such constant, or the value is of another kind.
    pub fn set(&mut self, name: &str, value: Value) -> Result<(), ConfigError> {
        let policy = self.name();
        match self.fields().into_iter().find(|(field, _)| *field == name) {
            Some((field, mut slot)) => slot.set(field, value),
            None => Err(unknown_constant(policy, name)),
        }
    }

    /// All constants by name. Call [`PolicyConfig::resolve`] first for the values in force.
    pub fn settings(&self) -> Vec<(&'static str, Value)> {
        self.clone().fields().iter().map(|(name, slot)| (*name, slot.get())).collect()
    }

    /// Checks the range of all constants, and the constants against each other.
    ///
    /// # Errors
    ///
    /// One sentence that names the option.
    pub fn validate(&self) -> Result<(), ConfigError> {
        for (name, slot) in self.clone().fields() {
            slot.check(name)?;
        }
        match self {
            PolicyConfig::Auto(config) => config.validate(),
            PolicyConfig::Fixed(_) => Ok(()),
            PolicyConfig::Conservative(c) | PolicyConfig::Balanced(c) | PolicyConfig::Aggressive(c) => {
                c.validate()
            }
            PolicyConfig::Threshold(config) => config.validate(),
            PolicyConfig::Aimd(config) => config.validate(),
            PolicyConfig::Predictive(config) => config.validate(),
        }
    }

    /// Checks 1 ≤ `min` ≤ soft limit ≤ `max`, where the policy has a soft limit.
    ///
    /// # Errors
    ///
    /// One sentence that names the option.
    pub fn check_bounds(&self, bounds: Bounds) -> Result<(), ConfigError> {
        if bounds.min == 0 {
            return Err(ConfigError::new("--min-workers 0 must be at least 1"));
        }
        if bounds.max == 0 {
            return Err(ConfigError::new("--max-workers 0 must be at least 1"));
        }
        at_most(("min_workers", u64::from(bounds.min)), ("max_workers", u64::from(bounds.max)))?;
        let (PolicyConfig::Conservative(config)
        | PolicyConfig::Balanced(config)
        | PolicyConfig::Aggressive(config)) = self
        else {
            return Ok(());
        };
        let Some(soft) = config.soft_limit else { return Ok(()) };
        at_most(("min_workers", u64::from(bounds.min)), ("soft_limit", u64::from(soft)))?;
        at_most(("soft_limit", u64::from(soft)), ("max_workers", u64::from(bounds.max)))
    }

    /// The policy, for this number of cores.
    pub fn build(&self, cores: f64) -> Box<dyn Policy> {
        let mut config = self.clone();
        config.resolve(cores);
        let name = config.name();
        match config {
            PolicyConfig::Auto(c) => Box::new(Auto::new(c, cores)),
            PolicyConfig::Fixed(c) => Box::new(Fixed::new(&c, cores)),
            PolicyConfig::Conservative(c) | PolicyConfig::Balanced(c) | PolicyConfig::Aggressive(c) => {
                Box::new(Ratio::new(name, c, cores))
            }
            PolicyConfig::Threshold(c) => Box::new(Threshold::new(c, cores)),
            PolicyConfig::Aimd(c) => Box::new(Aimd::new(c)),
            PolicyConfig::Predictive(c) => Box::new(Predictive::new(c, cores)),
        }
    }

    fn fields(&mut self) -> Vec<Field<'_>> {
        match self {
            PolicyConfig::Auto(config) => config.fields(),
            PolicyConfig::Fixed(config) => config.fields(),
            PolicyConfig::Conservative(c) | PolicyConfig::Balanced(c) | PolicyConfig::Aggressive(c) => {
                c.fields()
            }
            PolicyConfig::Threshold(config) => config.fields(),
            PolicyConfig::Aimd(config) => config.fields(),
            PolicyConfig::Predictive(config) => config.fields(),
        }
    }
}

impl FromStr for PolicyConfig {
    type Err = ConfigError;

    fn from_str(name: &str) -> Result<PolicyConfig, ConfigError> {
        Ok(match name {
            "auto" => PolicyConfig::Auto(AutoConfig::default()),
            "fixed" => PolicyConfig::Fixed(FixedConfig::default()),
            "conservative" => PolicyConfig::Conservative(RatioConfig::conservative()),
            "balanced" => PolicyConfig::Balanced(RatioConfig::balanced()),
            "aggressive" => PolicyConfig::Aggressive(RatioConfig::aggressive()),
            "threshold" => PolicyConfig::Threshold(ThresholdConfig::default()),
            "aimd" => PolicyConfig::Aimd(AimdConfig::default()),
            "predictive" => PolicyConfig::Predictive(PredictiveConfig::default()),
            _ => return Err(unknown(name)),
        })
    }
}

/// The error for an unknown name. It suggests a similar name.
fn unknown(name: &str) -> ConfigError {
    let near = POLICY_NAMES.iter().min_by_key(|known| distance(name, known));
    let near =
        near.filter(|known| distance(name, known) <= 2 || (name.len() >= 3 && known.starts_with(name)));
    let all = POLICY_NAMES.join(", ");
    ConfigError::new(match near {
        Some(near) => format!("unknown policy {name:?}: did you mean {near}? (the policies are {all})"),
        None => format!("unknown policy {name:?} (the policies are {all})"),
    })
}

/// The Levenshtein distance of two words.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let swap = corner + usize::from(x != *y);
            corner = row[j + 1];
            row[j + 1] = swap.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// The error for a constant that this policy does not have. It names the policies that have it.
fn unknown_constant(policy: &str, name: &str) -> ConfigError {
    let has = |other: &&str| {
        let config = other.parse::<PolicyConfig>();
        config.is_ok_and(|config| config.settings().iter().any(|(field, _)| *field == name))
    };
    let others: Vec<&str> = super::POLICY_NAMES.into_iter().filter(has).collect();
    let option = flag(name);
    ConfigError::new(match others[..] {
        [] => format!("{option} means nothing to --policy {policy}"),
        [one] => format!("{option} means nothing to --policy {policy}; it is for --policy {one}"),
        [ref more @ .., last] => {
            format!("{option} means nothing to --policy {policy}; it is for {} and {last}", more.join(", "))
        }
    })
}

#[cfg(test)]
mod tests;
